"""What Nextcloud is asked, and with which headers."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from support.background import in_background
from support.daemon import DaemonProcess, Start
from support.in_process import StartTimed
from support.nextcloud import Reply, Seen, StubNextcloud, stub_nextcloud
from support.processes import scratch
from support.waiting import wait_for


def login(nextcloud: StubNextcloud) -> Seen:
    """The last login that was checked."""
    return [one for one in nextcloud.seen if one.target.endswith("/uid")][-1]


def forwarded(push: DaemonProcess, nextcloud: StubNextcloud, *headers: str) -> str:
    push.connect("/ws", *headers).log_in("somebody")
    return login(nextcloud).headers["x-forwarded-for"]


def test_the_login_request(push: DaemonProcess, nextcloud: StubNextcloud, user: str):
    push.connect().log_in(user)
    seen = login(nextcloud)
    assert (seen.method, seen.target) == ("GET", "/index.php/apps/notify_push/uid")
    assert seen.credentials() == (user, "pw")
    assert seen.headers["user-agent"].startswith("notify_push/")
    assert seen.headers["x-forwarded-for"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("headers", "chain"),
    [
        (["X-Forwarded-For: 1.2.3.4"], "1.2.3.4, 127.0.0.1"),
        (["X-Forwarded-For: 1.2.3.4, 5.6.7.8"], "1.2.3.4, 5.6.7.8, 127.0.0.1"),
        (["X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 5.6.7.8"], "1.2.3.4, 5.6.7.8, 127.0.0.1"),
        (["X-Forwarded-For: 1.2.3.4:5678"], "1.2.3.4, 127.0.0.1"),
        (["X-Forwarded-For: [2001:db8::1]:80, ::1"], "2001:db8::1, ::1, 127.0.0.1"),
        (["X-Forwarded-For: ::ffff:1.2.3.4"], "1.2.3.4, 127.0.0.1"),
        (["X-Forwarded-For: unknown, 1.2.3.4, , x"], "1.2.3.4, 127.0.0.1"),
        (["X-Forwarded-For: nonsense"], "127.0.0.1"),
        (["X-Real-IP: 1.2.3.4"], "1.2.3.4, 127.0.0.1"),
        (["X-Real-IP: 1.2.3.4", "X-Forwarded-For: 5.6.7.8"], "5.6.7.8, 127.0.0.1"),
        (["Forwarded: for=1.2.3.4;proto=https"], "1.2.3.4, 127.0.0.1"),
        (['Forwarded: for="[2001:db8::1]:80", for=5.6.7.8'], "2001:db8::1, 5.6.7.8, 127.0.0.1"),
        (["Forwarded: for=_hidden, for=unknown"], "127.0.0.1"),
        (["Forwarded: for=9.9.9.9", "X-Real-IP: 1.2.3.4"], "1.2.3.4, 127.0.0.1"),
    ],
)
def test_the_chain_of_addresses(
    push: DaemonProcess, nextcloud: StubNextcloud, headers: list[str], chain: str
):
    assert forwarded(push, nextcloud, *headers) == chain


@pytest.mark.parametrize(
    ("headers", "chain"), [([], None), (["X-Forwarded-For: 1.2.3.4"], "1.2.3.4")]
)
def test_over_a_unix_socket_there_is_no_peer(
    start: Start, nextcloud: StubNextcloud, user: str, headers: list[str], chain: str | None
):
    with scratch() as folder:
        path = folder / "push.sock"
        daemon = start("--socket-path", str(path), socket_path=path)
        daemon.connect("/ws", *headers).log_in(user)
        assert login(nextcloud).headers.get("x-forwarded-for") == chain


def test_an_ipv4_peer_of_a_dual_stack_socket(push: DaemonProcess, nextcloud: StubNextcloud):
    assert "::ffff" not in forwarded(push, nextcloud)


@pytest.mark.parametrize(
    ("prefix", "written"),
    [("/", "{url}"), ("/", "{url}/"), ("/next/", "{url}"), ("/a/b/", "{url}/"), ("/", "{url}//")],
)
def test_the_base_has_exactly_one_slash(
    start_timed: StartTimed, user: str, written: str, prefix: str
):
    with in_background(stub_nextcloud(prefix=prefix)) as stub:
        stub.users[user] = ("pw", user)
        url = written.format(url=stub.url.rstrip("/"))
        daemon = start_timed(env={"NEXTCLOUD_URL": url})
        daemon.connect().log_in(user)
        assert login(stub).target == f"{prefix}index.php/apps/notify_push/uid"


def test_another_user_agent(start: Start, nextcloud: StubNextcloud, user: str):
    daemon = start(env={"USER_AGENT": "firewall friend/1"})
    daemon.connect().log_in(user)
    assert {one.headers["user-agent"] for one in nextcloud.seen} == {"firewall friend/1"}


def test_the_version_is_asked_for_without_a_token(start: Start, nextcloud: StubNextcloud):
    start()
    wait_for(lambda: nextcloud.seen)
    seen = nextcloud.seen[0]
    assert seen.target == "/index.php/apps/notify_push/test/version"
    assert "token" not in seen.headers
    assert "authorization" not in seen.headers


def test_32_at_a_time(push: DaemonProcess, nextcloud: StubNextcloud, user: str):
    under_way, most, released = 0, 0, False

    async def uid(request: Seen) -> Reply:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        while not released:
            await asyncio.sleep(0.005)
        under_way -= 1
        return Reply(body=(request.credentials() or ("", ""))[0].encode())

    nextcloud.replies["uid"] = uid
    clients = [push.connect() for _ in range(100)]
    for number, client in enumerate(clients):
        client.send(f"{user}-{number}", "pw")
        assert client.round_trip() == []
    wait_for(lambda: under_way == 32)
    released = True
    assert {client.receive() for client in clients} == {"authenticated"}
    assert most == 32


def test_first_come_first_served(start: Start, nextcloud: StubNextcloud, user: str):
    daemon = start("--auth-concurrency", "1")
    wait_for(lambda: nextcloud.seen)  # the call of the start
    clients = [daemon.connect() for _ in range(20)]
    for number, client in enumerate(clients):
        client.send(f"{user}-{number}", "pw")
        client.round_trip()
    for client in clients:
        assert client.receive() == "authenticated"
    asked = [one.credentials() for one in nextcloud.seen if one.target.endswith("/uid")]
    assert asked == [(f"{user}-{number}", "pw") for number in range(20)]


def test_a_proxy_is_used(start: Start, nextcloud: StubNextcloud, user: str):
    env = {"NEXTCLOUD_URL": "http://cloud.invalid:8080/", "HTTP_PROXY": nextcloud.url}
    nextcloud.replies["http://cloud.invalid:8080/index.php/apps/notify_push/uid"] = Reply(
        body=user.encode()
    )
    daemon = start(env=env)
    daemon.connect().log_in(user)
    assert login(nextcloud).target.startswith("http://cloud.invalid:8080/")


def test_a_proxy_of_a_dotenv_file_is_used(
    start: Start, nextcloud: StubNextcloud, user: str, folder: Path
):
    (folder / ".env").write_text(f"HTTP_PROXY={nextcloud.url}\n")
    nextcloud.replies["http://cloud.invalid:8080/index.php/apps/notify_push/uid"] = Reply(
        body=user.encode()
    )
    daemon = start(env={"NEXTCLOUD_URL": "http://cloud.invalid:8080/"}, cwd=folder)
    daemon.connect().log_in(user)
    assert login(nextcloud).target.startswith("http://cloud.invalid:8080/")


def test_unless_no_proxy_names_the_host(start: Start, nextcloud: StubNextcloud, user: str):
    daemon = start(env={"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"})
    daemon.connect().log_in(user)


@pytest.mark.parametrize(
    ("settings", "trusted"),
    [
        ({}, False),
        ({"ALLOW_SELF_SIGNED": "true"}, True),
        ({"ALLOW_SELF_SIGNED": "false"}, False),
        ({"NEXTCLOUD_CA": "{ca}"}, True),
    ],
)
def test_certificates(start_timed: StartTimed, user: str, settings: dict[str, str], trusted: bool):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with scratch() as folder, in_background(stub_nextcloud(tls=context)) as stub:
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        env = {name: value.format(ca=folder / "ca.pem") for name, value in settings.items()}
        stub.users[user] = ("pw", user)
        client = start_timed(env=env | {"NEXTCLOUD_URL": stub.url}).connect()
        client.send(user, "pw")
        answer = client.receive()
    assert (answer == "authenticated") is trusted
    assert trusted or "certificate" in answer


def test_credentials_do_not_follow_a_redirect_to_another_host(
    start: Start, nextcloud: StubNextcloud, user: str
):
    with in_background(stub_nextcloud()) as elsewhere:
        location = f"{elsewhere.url}index.php/apps/notify_push/uid"
        nextcloud.replies["uid"] = Reply(302, headers=(("Location", location),))
        client = start().connect()
        client.send(user, "pw")
        assert client.receive() != "authenticated"
        assert [one.headers.get("authorization") for one in elsewhere.seen] == [None]
