"""Flags over environment over files, and what a wrong one gets: one line, and a status."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
import trustme

from contract.conftest import Bus, Start
from notify_push.cli import daemon_main
from support.daemon import own_port, run_daemon
from support.databases import SqliteDatabase
from support.nextcloud import StubNextcloud
from support.processes import scratch
from support.waiting import wait_for

COMPLETE = {
    "DATABASE_URL": "sqlite:///nowhere/nc.db",
    "REDIS_URL": "redis://127.0.0.1:9",
    "NEXTCLOUD_URL": "http://127.0.0.1:9",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as path:
        yield path


def complaint(env: dict[str, str], *flags: str) -> tuple[int, str]:
    """The exit status and the one line on standard error of a daemon that does not start."""
    return one_line(run_daemon(env, *flags))


def one_line(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert "Traceback" not in done.stderr + done.stdout
    assert len(lines) == 1, done.stderr
    return done.returncode, lines[0]


def dumping(
    env: dict[str, str], *flags: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in this process with ``--dump-config``, after which it always ends."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd or "/"),
        mock.patch.dict(os.environ, env, clear=True),
        mock.patch.object(sys, "argv", ["notify_push", *flags, "--dump-config"]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        daemon_main()
    return subprocess.CompletedProcess([], int(end.value.code or 0), out.getvalue(), err.getvalue())


def dump(env: dict[str, str], *flags: str, cwd: Path | None = None) -> str:
    """What ``--dump-config`` prints."""
    done = dumping(env, *flags, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


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
    assert set(NAMES.split()) <= set(re.split(r"[\s,()\[\]]+", done.stdout))


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


@pytest.mark.parametrize("value", ["1", "0", "true", "false", "yes", "no", "on", "off", "TRUE", ""])
def test_what_switches_take(value: str):
    dump(COMPLETE | {"ALLOW_SELF_SIGNED": value, "NO_ANSI": value, "REDIS_TLS_INSECURE": value})


@pytest.mark.parametrize("flags", [["--unknown"], ["--port"], ["a.php", "b.php"], ["--no-such=1"]])
def test_bad_arguments(flags: list[str]):
    done = dumping(COMPLETE, *flags)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["0660", "660", "0600", "0777", "0"])
def test_octal_permissions(value: str):
    dump(COMPLETE | {"SOCKET_PERMISSIONS": value})


@pytest.mark.parametrize("given", ["cert", "key"])
def test_tls_needs_both(folder: Path, given: str):
    file = folder / "file.pem"
    file.touch()
    status, line = complaint(COMPLETE | {f"TLS_{given.upper()}": str(file)})
    assert status in (1, 2)
    assert f"TLS_{given.upper()}" in line
    assert complaint(COMPLETE, f"--tls-{given}", str(file))[0] in (1, 2)


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
    assert status in (1, 2)
    assert "ca.pem" in line or name in line


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
    dump(COMPLETE, cwd=folder)


# The set-up wizard


CONFIG = """<?php
$CONFIG = [
  'dbtype' => 'sqlite3',
  'datadirectory' => '{folder}',
  'dbname' => 'nc',
  'dbtableprefix' => 'oc_',
  'redis' => ['host' => '127.0.0.1', 'port' => {port}],
  'overwrite.cli.url' => '{url}',
];
"""


@pytest.fixture
def config(folder: Path, bus: Bus, nextcloud: StubNextcloud) -> Path:
    """A config.php that names everything."""
    SqliteDatabase(folder / "nc.db").create_nextcloud_tables()
    path = folder / "config.php"
    text = CONFIG.replace("{folder}", str(folder)).replace("{port}", str(bus.server.port))
    path.write_text(text.replace("{url}", nextcloud.url))
    return path


WITHOUT = {"DATABASE_URL": "", "REDIS_URL": "", "NEXTCLOUD_URL": ""}


def test_a_config_file_is_enough(start: Start, config: Path, user: str):
    start(str(config), env=WITHOUT).log_in(user)


def test_the_wizards_environment(start: Start, config: Path, nextcloud: StubNextcloud, user: str):
    """The wizard gives four variables, no PATH and no HOME, and reads standard output."""
    env = {"ALLOW_SELF_SIGNED": "true", "LOG": "notify_push=info", "PORT": str(own_port())}
    daemon = start(str(config), env=WITHOUT | env | {"NEXTCLOUD_URL": nextcloud.url})
    assert daemon.http("GET /test/cookie").body == "0"
    daemon.log_in(user)
    daemon.output.wait_for("INFO")
    assert daemon.errors.text == ""


def test_the_environment_wins_over_the_config_file(start: Start, config: Path):
    config.write_text(config.read_text().replace("'host' => '127.0.0.1'", "'host' => '127.9.9.9'"))
    env = {name: value for name, value in WITHOUT.items() if name != "REDIS_URL"}
    start(str(config), env=env)


def test_a_config_file_that_is_not_there():
    status, line = complaint({}, "/nowhere/config.php")
    assert status == 1
    assert "/nowhere/config.php" in line


def test_a_config_file_that_is_no_php(folder: Path):
    (folder / "config.php").write_text("<?php\n$CONFIG = [ 'a' => ;\n")
    status, line = complaint({}, str(folder / "config.php"))
    assert status == 1
    assert "config.php" in line


def test_further_files_beside_it(start: Start, config: Path):
    further = config.parent / "redis.config.php"
    further.write_text(config.read_text())
    config.write_text(config.read_text().replace("127.0.0.1", "127.9.9.9"))
    start("--glob-config", str(config), env=WITHOUT)


def test_a_config_file_without_redis(config: Path, folder: Path):
    text = config.read_text()
    begin, end = text.index("'redis'"), text.index("'overwrite")
    config.write_text(text[:begin] + text[end:])
    assert "127.0.0.1:6379" in dump({}, str(config))


# The log


def test_log_lines_go_to_standard_output(start: Start):
    daemon = start(env={"LOG": "info"})
    daemon.output.wait_for("listening")
    assert daemon.errors.text == ""


def test_no_colours_where_there_is_no_terminal(start: Start):
    daemon = start(env={"LOG": "trace"})
    assert "\x1b" not in daemon.output.text


def test_json_lines(start: Start):
    daemon = start("--log-format", "json", env={"LOG": "debug"})
    daemon.output.wait_for("listening")
    assert all("message" in json.loads(line) for line in daemon.output.lines)


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_secret_is_logged(
    start: Start, bus: Bus, nextcloud: StubNextcloud, user: str, style: str
):
    bus.client.config_set("requirepass", "redissecret")
    try:
        url = bus.url.replace("//", "//:redissecret@")
        env = {"REDIS_URL": url, "LOG": "trace", "LOG_FORMAT": style}
        bus.client.execute_command("AUTH", "redissecret")
        daemon = start(env=env)
        bus.publish("pre_auth", {"user": user, "token": "tokensecret"})
        bus.raw("pre_auth", '{"user":1,"token":"brokensecret"}')
        bus.client.set("test-token", "testsecret")
        for name, password in (("", "tokensecret"), (user, "pw"), (user, "wrongsecret")):
            daemon.connect().send(name, password)
        assert daemon.http("GET /test/reverse_cookie", "token: testsecret").status == 200
        daemon.http("GET /test/cookie", "token: othersecret")
        client = daemon.log_in(user)
        bus.fence(client, user)
    finally:
        bus.client.config_set("requirepass", "")
    daemon.output.wait_for("pre_auth")
    assert "secret" not in daemon.output.text
    assert "cHc=" not in daemon.output.text
    wait_for(lambda: daemon.output.matching("does not decode"))


def test_a_failing_redis_password_is_not_told(start: Start, bus: Bus):
    bus.client.config_set("requirepass", "redissecret")
    try:
        env = {"REDIS_URL": bus.url.replace("//", "//user:othersecret@"), "LOG": "trace"}
        daemon = start(env=env, wait=False)
        daemon.output.wait_for("(?i)redis.*(WRONGPASS|password|denied|invalid)")
    finally:
        bus.client.execute_command("AUTH", "redissecret")
        bus.client.config_set("requirepass", "")
    assert "secret" not in daemon.output.text


def test_off_says_nothing(start: Start):
    daemon = start(env={"LOG": "off", "REDIS_URL": "redis://127.0.0.1:9"}, wait=False)
    assert daemon.http("GET /ready").status == 503
    assert daemon.output.text == ""
