"""Flags over environment over files, and what a wrong one gets: one line, and a status."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
import trustme

from support.command import complaint, dump, dumping, one_line
from support.daemon import Start, own_port, run_daemon

COMPLETE = {
    "DATABASE_URL": "sqlite:///nowhere/nc.db",
    "REDIS_URL": "redis://127.0.0.1:9",
    "NEXTCLOUD_URL": "http://127.0.0.1:9",
}


# What only prints


@pytest.mark.parametrize("env", [{}, COMPLETE])
def test_version_is_one_line(env: dict[str, str]):
    done = run_daemon(env, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("notify_push ")
    assert done.stdout.count("\n") == 1


NAMES = """
--database-url DATABASE_URL
--database-prefix DATABASE_PREFIX
--redis-url REDIS_URL
--redis-tls-cert REDIS_TLS_CERT
--redis-tls-key REDIS_TLS_KEY
--redis-tls-ca REDIS_TLS_CA
--redis-tls-dont-validate-hostname REDIS_TLS_DONT_VALIDATE_HOSTNAME
--redis-tls-insecure REDIS_TLS_INSECURE
--nextcloud-url NEXTCLOUD_URL
-p --port PORT
--bind BIND
--socket-path SOCKET_PATH
--socket-permissions SOCKET_PERMISSIONS
-m --metrics-port METRICS_PORT
--metrics-socket-path METRICS_SOCKET_PATH
--allow-self-signed ALLOW_SELF_SIGNED
--user-agent USER_AGENT
--log-level LOG
--no-ansi NO_ANSI
--tls-cert TLS_CERT
--tls-key TLS_KEY
--max-debounce-time MAX_DEBOUNCE_TIME
--max-connection-time MAX_CONNECTION_TIME
--glob-config --dump-config --version --help DEBOUNCE_DISABLE
"""


def test_help_names_everything():
    done = run_daemon({}, "--help")
    assert done.returncode == 0
    assert set(NAMES.split()) <= set(re.split(r"[\s,;()\[\]]+", done.stdout))


def test_a_dump_masks_secrets():
    secrets = {
        "DATABASE_URL": "postgres://dbuser:dbsecret@h/d",
        "REDIS_URL": "redis://:redissecret@127.0.0.1:9",
        "NEXTCLOUD_URL": "https://ncuser:ncsecret@cloud.example.com/x",
    }
    text = dump(secrets)
    assert "cloud.example.com" in text
    assert not any(secret in text for secret in ("dbsecret", "redissecret", "ncsecret"))


def test_a_dump_of_the_process():
    done = run_daemon(COMPLETE, "--dump-config")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == dump(COMPLETE)


def test_a_dump_names_the_values():
    text = dump(COMPLETE | {"MAX_DEBOUNCE_TIME": "77"}, "--port", "12345")
    assert "77" in text
    assert "12345" in text
    assert "/nowhere/nc.db" in text


def test_several_redis_urls_are_a_cluster():
    env = COMPLETE | {"REDIS_URL": ""}
    flags = ["--redis-url", "redis://:pw@a:1/3", "--redis-url", "redis://b:2"]
    assert dump(env, *flags).replace("--redis-url", "") == dump(
        COMPLETE | {"REDIS_URL": "redis://:pw@a:1/3,redis://b:2"}
    ).replace("REDIS_URL", "")
    assert "cluster" in dump(env, *flags)


# What is missing


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("DATABASE_URL", "No database is configured"),
        ("REDIS_URL", "No redis server is configured"),
        ("NEXTCLOUD_URL", "No nextcloud url is configured"),
    ],
)
@pytest.mark.parametrize("empty", [False, True])
def test_something_needed_is_missing(missing: str, named: str, empty: bool):
    env = {name: value for name, value in COMPLETE.items() if name != missing}
    status, line = complaint(env | ({missing: ""} if empty else {}))
    assert status == 1
    assert named in line


# What does not parse


@pytest.mark.parametrize(
    ("flag", "variable", "value"),
    [
        ("--port", "PORT", "x"),
        ("--port", "PORT", "65536"),
        ("--port", "PORT", "-1"),
        ("-m", "METRICS_PORT", "70000"),
        ("--metrics-port", "METRICS_PORT", "1.5"),
        ("--socket-permissions", "SOCKET_PERMISSIONS", "0999"),
        ("--socket-permissions", "SOCKET_PERMISSIONS", "rw"),
        ("--max-debounce-time", "MAX_DEBOUNCE_TIME", "-1"),
        ("--max-debounce-time", "MAX_DEBOUNCE_TIME", "soon"),
        ("--max-connection-time", "MAX_CONNECTION_TIME", "nan"),
        ("--max-connections-per-user", "MAX_CONNECTIONS_PER_USER", "0"),
        ("--log-level", "LOG", "notify_push=loud"),
        ("--log-level", "LOG", "loud"),
        ("--database-prefix", "DATABASE_PREFIX", "oc_; DROP TABLE"),
        ("--nextcloud-url", "NEXTCLOUD_URL", "cloud.example.com"),
        ("--nextcloud-url", "NEXTCLOUD_URL", "ftp://cloud.example.com"),
        ("--nextcloud-url", "NEXTCLOUD_URL", "http://"),
        ("--database-url", "DATABASE_URL", "mongodb://h/d"),
        ("--redis-url", "REDIS_URL", "http://h"),
        ("--redis-url", "REDIS_URL", "redis://h:port"),
        ("--redis-url", "REDIS_URL", "redis://h/x"),
        ("--user-agent", "USER_AGENT", "a\nb"),
    ],
)
def test_a_value_that_does_not_parse(flag: str, variable: str, value: str):
    long_flag = {"-m": "--metrics-port"}.get(flag, flag)
    given = f"{flag}={value}" if flag != "-m" else f"-m{value}"
    status, line = one_line(dumping(COMPLETE, given))
    assert status == 2
    assert long_flag in line
    status, line = one_line(dumping(COMPLETE | {variable: value}))
    assert status == 2
    assert variable in line


@pytest.mark.parametrize(
    "variable",
    ["ALLOW_SELF_SIGNED", "NO_ANSI", "REDIS_TLS_INSECURE", "REDIS_TLS_DONT_VALIDATE_HOSTNAME"],
)
def test_a_switch_that_is_neither(variable: str):
    status, line = one_line(dumping(COMPLETE | {variable: "perhaps"}))
    assert status == 2
    assert variable in line


def dumped(env: dict[str, str]) -> dict[str, str]:
    """What the daemon would do, by name."""
    lines = [re.split(r"  +", line) for line in dump(COMPLETE | env).splitlines() if line]
    return {name: value for name, value, _ in lines}


@pytest.mark.parametrize(
    ("value", "on"),
    [(value, True) for value in ("1", "true", "yes", "on", "TRUE")]
    + [(value, False) for value in ("0", "false", "no", "off", "False", "")],
)
def test_what_switches_take(value: str, on: bool):
    names = ["NO_ANSI", "REDIS_TLS_INSECURE", "REDIS_TLS_DONT_VALIDATE_HOSTNAME"]
    found = dumped(dict.fromkeys(names, value) | {"REDIS_URL": "rediss://127.0.0.1:9"})
    said = {True: "yes", False: "no"}
    assert found["log.colours"] == said[not on]
    assert f"verify={said[not on]}, check_hostname={said[not on]}" in found["redis.tls"]


@pytest.mark.parametrize(
    ("value", "said"),
    [("true", "yes"), ("True", "yes"), ("1", "no"), ("yes", "no"), ("on", "no"), ("", "no")],
)
def test_self_signed_certificates_are_allowed_by_true_alone(value: str, said: str):
    assert dumped({"ALLOW_SELF_SIGNED": value})["nextcloud.allow_self_signed"] == said


@pytest.mark.parametrize("flags", [["--unknown"], ["--port"], ["a.php", "b.php"], ["--no-such=1"]])
def test_bad_arguments(flags: list[str]):
    done = dumping(COMPLETE, *flags)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("value", "mode"),
    [("0660", "0660"), ("660", "0660"), ("0600", "0600"), ("0777", "0777"), ("0", "0000")],
)
def test_octal_permissions(value: str, mode: str):
    found = dumped({"SOCKET_PATH": "/nowhere/push.sock", "SOCKET_PERMISSIONS": value})
    assert found["listen.permissions"] == mode


@pytest.mark.parametrize("flags", [["--port=1", "--dump-config"], ["--dump-config", "--port=1"]])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_dump_takes_no_word_behind_it_for_its_form(folder: Path, flags: list[str], place: int):
    (folder / "json").write_text("<?php $CONFIG = ['overwrite.cli.url' => 'http://of.the.file'];")
    env = {name: text for name, text in COMPLETE.items() if name != "NEXTCLOUD_URL"}
    given = [*flags[:place], str(folder / "json"), *flags[place:]]
    done = run_daemon(env, *given)
    assert (done.returncode, done.stderr) == (0, "")
    assert "http://of.the.file/" in done.stdout


@pytest.mark.parametrize("given", ["cert", "key"])
def test_tls_needs_both(folder: Path, given: str):
    file = folder / "file.pem"
    file.touch()
    status, line = complaint(COMPLETE | {f"TLS_{given.upper()}": str(file)})
    assert status == 2
    assert f"TLS_{given.upper()}" in line
    status, line = complaint(COMPLETE, f"--tls-{given}", str(file))
    assert status == 2
    assert f"--tls-{given}" in line


# What the machine refuses


def test_a_certificate_that_is_not_there():
    status, line = complaint(COMPLETE | {"TLS_CERT": "/nowhere/c", "TLS_KEY": "/nowhere/k"})
    assert status == 1
    assert "/nowhere/c" in line


def test_a_certificate_that_is_none(folder: Path):
    (folder / "c").write_text("no certificate")
    env = {"TLS_CERT": str(folder / "c"), "TLS_KEY": str(folder / "c")}
    status, line = complaint(COMPLETE | env)
    assert status == 1
    assert str(folder / "c") in line


def test_a_key_of_another_certificate(folder: Path):
    for name in ("a", "b"):
        issued = trustme.CA().issue_cert("localhost")
        issued.cert_chain_pems[0].write_to_path(str(folder / f"{name}.cert"))
        issued.private_key_pem.write_to_path(str(folder / f"{name}.key"))
    env = {"TLS_CERT": str(folder / "a.cert"), "TLS_KEY": str(folder / "b.key")}
    assert complaint(COMPLETE | env)[0] == 1


@pytest.mark.parametrize("flag", ["--port", "--metrics-port"])
def test_a_port_in_use(flag: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        env = COMPLETE | {"BIND": "127.0.0.1", "PORT": str(own_port())}
        status, line = complaint(env, flag, port)
    assert status == 1
    assert port in line


@pytest.mark.parametrize("address", ["203.0.113.1", "no.such.host.invalid", "x y"])
def test_an_address_that_is_not_ours(address: str):
    assert complaint(COMPLETE | {"BIND": address, "PORT": str(own_port())})[0] == 1


@pytest.mark.parametrize("name", ["REDIS_TLS_CA", "NEXTCLOUD_CA"])
def test_an_authority_that_is_not_there(name: str):
    env = COMPLETE | {name: "/nowhere/ca.pem", "REDIS_URL": "rediss://127.0.0.1:9"}
    env |= {"NEXTCLOUD_URL": "https://127.0.0.1:9", "PORT": str(own_port())}
    status, line = complaint(env)
    assert status == 1
    assert "/nowhere/ca.pem" in line


# Which one wins


def test_flags_win_over_the_environment(start: Start, environment: dict[str, str]):
    start("--redis-url", environment["REDIS_URL"], env={"REDIS_URL": "redis://127.0.0.1:9"})


def test_the_environment_alone(start: Start):
    daemon = start(env={"PORT": str(own_port())})
    assert daemon.http("GET /ready").status == 200


def test_an_empty_variable_is_an_unset_one(start: Start):
    names = ["BIND", "SOCKET_PATH", "TLS_CERT", "TLS_KEY", "METRICS_PORT", "LOG", "USER_AGENT"]
    names += ["MAX_DEBOUNCE_TIME", "REDIS_TLS_CA", "ALLOW_SELF_SIGNED", "DATABASE_PREFIX"]
    start(env=dict.fromkeys(names, ""))


# .env


def write_dotenv(folder: Path, values: dict[str, str]) -> None:
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))


@pytest.mark.parametrize("below", ["", "a", "a/b/c"])
def test_a_dotenv_file_fills_in(folder: Path, below: str):
    write_dotenv(folder, COMPLETE | {"MAX_DEBOUNCE_TIME": "77"})
    (folder / below).mkdir(parents=True, exist_ok=True)
    assert "77" in dump({}, cwd=folder / below)


def test_the_nearest_dotenv_file_counts(folder: Path):
    write_dotenv(folder, COMPLETE | {"MAX_DEBOUNCE_TIME": "77"})
    (folder / "a").mkdir()
    write_dotenv(folder / "a", COMPLETE | {"MAX_DEBOUNCE_TIME": "88"})
    text = dump({}, cwd=folder / "a")
    assert "88" in text
    assert "77" not in text


def test_the_environment_wins_over_a_dotenv_file(folder: Path):
    write_dotenv(folder, {"MAX_DEBOUNCE_TIME": "77"})
    assert "88" in dump(COMPLETE | {"MAX_DEBOUNCE_TIME": "88"}, cwd=folder)


def test_quotes_and_comments_in_a_dotenv_file(folder: Path):
    lines = [
        "# comment",
        'USER_AGENT="quoted agent"',
        "export MAX_DEBOUNCE_TIME=77",
        "",
        "nonsense",
    ]
    (folder / ".env").write_text("\n".join(lines))
    text = dump(COMPLETE, cwd=folder)
    assert "quoted agent" in text
    assert "77" in text


def test_a_dotenv_file_that_is_no_text(folder: Path):
    (folder / ".env").write_bytes(b"\xff\xfe\0")
    assert "127.0.0.1:9" in dump(COMPLETE, cwd=folder)
