"""Values of Nextcloud's keys that are wrong, missing, or not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextcloud_push.server.errors import (
    ConfigFileError,
    ConfigurationError,
    InvalidSetting,
    MissingSetting,
)
from nextcloud_push.server.settings import RedisNode, Tls, nextcloud_config
from nextcloud_push.server.settings.nextcloud_config import NextcloudConfig
from support.php import Evaluate, load_here

PG = "$CONFIG = ['dbtype' => 'pgsql', 'dbhost' => 'h'];\n"
MY = "$CONFIG = ['dbtype' => 'mysql', 'dbhost' => 'h'];\n"

WRONG = {
    "$CONFIG = ['dbtype' => 'oci'];": "“dbtype” names the unsupported database type 'oci'",
    MY + "$CONFIG['dbhost'] = ['h'];": "“dbhost” is an array, expected a string",
    MY + "$CONFIG['dbhost'] = getenv('X');": "“dbhost” is a boolean, expected a string (getenv()",
    MY + "$CONFIG['dbport'] = 'abc';": "“dbport” is a string, expected a number from 0 to 65535",
    MY + "$CONFIG['dbport'] = 70000;": "“dbport” is an integer, expected a number from 0",
    MY + "$CONFIG['dbport'] = 1.5;": "“dbport” is a float, expected a number from 0 to 65535",
    MY + "$CONFIG['dbuser'] = new stdClass;": "“dbuser” is a stdClass, expected a string",
    MY + "$CONFIG['dbname'] = \"a\\0b\";": "“dbname” holds a NUL character",
    MY + "$CONFIG['dbpassword'] = \"\\xff\";": "“dbpassword” is no UTF-8 text",
    MY + "$CONFIG['dbdriveroptions'] = 'x';": "“dbdriveroptions” is a string, expected an array",
    MY + "$CONFIG['dbdriveroptions'] = [1009 => []];": "“dbdriveroptions → 1009” is an array",
    MY + "$CONFIG['dbtableprefix'] = 'oc-';": "dbtableprefix: only ASCII letters",
    PG
    + "$CONFIG['pgsql_ssl'] = ['mode' => 'maybe'];": "“pgsql_ssl → mode” names an unknown sslmode",
    PG + "$CONFIG['dbhost'] = 'h;port=x';": "“dbhost” names a port that is no number",
    PG + "$CONFIG['dbhost'] = 'h;sslmode=x';": "“dbhost” names an unknown sslmode",
    PG + "$CONFIG['dbuser'] = nope();": "“dbuser” is not known: the function “nope()” cannot be",
    PG + "$CONFIG['pgsql_ssl']['key'] = nope();": "“pgsql_ssl → key” is not known",
}

WRONG_REDIS = {
    "$CONFIG['redis'] = 'host';": "“redis” is a string, expected an array",
    "$CONFIG['redis']['port'] = [];": "“redis → port” is an array, expected a number from 0",
    "$CONFIG['redis']['timeout'] = 'x';": "“redis → timeout” is a string, expected a number of sec",
    "$CONFIG['redis']['host'] = 'a b:c:d';": "“redis → host” is no address",
    "$CONFIG['redis']['host'] = 'h:99999';": "“redis → host” is no address",
    "$CONFIG['redis.cluster'] = [];": "“redis.cluster → seeds” names no server",
    "$CONFIG['redis.cluster'] = ['seeds' => [null]];": "“redis.cluster → seeds” names no server",
    "$CONFIG['redis.cluster'] = ['seeds' => 'h:1'];": "“redis.cluster → seeds” is a string",
    "$CONFIG['notify_push_redis'] = 'x';": "“notify_push_redis” is a string, expected an array",
    "$CONFIG['redis']['ssl_context'] = 'x';": "“redis → ssl_context” is a string",
}


@pytest.mark.parametrize("code", WRONG)
def test_wrong_database(evaluate: Evaluate, code: str) -> None:
    with pytest.raises((ConfigFileError, InvalidSetting)) as caught:
        NextcloudConfig(evaluate(code)).database()
    assert WRONG[code] in str(caught.value)


@pytest.mark.parametrize("code", WRONG_REDIS)
def test_wrong_redis(evaluate: Evaluate, code: str) -> None:
    with pytest.raises(ConfigFileError) as caught:
        NextcloudConfig(evaluate(code)).redis()
    assert WRONG_REDIS[code] in str(caught.value)


def test_the_error_names_file_and_line(evaluate: Evaluate) -> None:
    config = evaluate("$CONFIG['dbtype'] = 'mysql';\n$CONFIG['dbhost'] = [];")
    with pytest.raises(ConfigFileError) as caught:
        NextcloudConfig(config).database()
    assert (caught.value.path, caught.value.line) == (str(config.path), 3)


def test_a_wrong_variable_names_no_line(evaluate: Evaluate) -> None:
    config = evaluate("$CONFIG = ['dbtype' => 'mysql'];", environ={"NC_dbport": "x"})
    with pytest.raises(ConfigFileError) as caught:
        NextcloudConfig(config).database()
    assert caught.value.line is None


def test_no_error_shows_a_value(evaluate: Evaluate) -> None:
    for code in (*WRONG, *WRONG_REDIS):
        config = NextcloudConfig(evaluate(code + "$CONFIG['dbpassword'] ??= 'hunter2';"))
        for ask in (config.database, config.redis):
            try:
                ask()
            except ConfigurationError as error:
                assert "hunter2" not in str(error)  # noqa: PT017 - some of them are no errors


def test_no_url(evaluate: Evaluate) -> None:
    with pytest.raises(MissingSetting, match=r"has no overwrite\.cli\.url: set NEXTCLOUD_URL"):
        NextcloudConfig(evaluate("$CONFIG = [];")).nextcloud_url()


@pytest.mark.parametrize("ask", ["database", "nextcloud_url"])
def test_files_that_were_not_read_are_named(evaluate: Evaluate, ask: str) -> None:
    path = evaluate("$CONFIG = [];").path
    (path.parent / "more.config.php").write_text("<?php $CONFIG = [];")
    config = NextcloudConfig(load_here(path, glob=False, environ={}))
    with pytest.raises(
        MissingSetting, match=r"or try --glob-config: 1 file \*\.config\.php beside"
    ):
        getattr(config, ask)()


def test_localhost_is_a_socket_where_there_is_one(
    evaluate: Evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = tmp_path / "mysqld.sock"
    monkeypatch.setattr(nextcloud_config, "MYSQL_SOCKETS", ("/nonexistent", str(socket)))
    config = NextcloudConfig(evaluate("$CONFIG = ['dbtype' => 'mysql'];"))
    assert config.database().host == "localhost"
    socket.touch()
    assert (config.database().host, config.database().socket) == (None, str(socket))


def test_localhost_with_a_port_is_tcp(evaluate: Evaluate) -> None:
    config = NextcloudConfig(evaluate(MY + "$CONFIG['dbhost'] = 'localhost:3306';"))
    assert (config.database().host, config.database().port) == ("localhost", 3306)


def test_a_port_does_not_apply_to_a_mysql_socket(evaluate: Evaluate) -> None:
    code = "$CONFIG['dbhost'] = '/run/mysqld.sock'; $CONFIG['dbport'] = 3307;"
    database = NextcloudConfig(evaluate(MY + code)).database()
    assert (database.socket, database.port) == ("/run/mysqld.sock", None)


def test_a_port_names_a_postgres_socket(evaluate: Evaluate) -> None:
    code = "$CONFIG['dbhost'] = '/run/postgresql'; $CONFIG['dbport'] = '5433';"
    database = NextcloudConfig(evaluate(PG + code)).database()
    assert (database.socket, database.port) == ("/run/postgresql", 5433)


def test_parameters_of_a_postgres_host(evaluate: Evaluate) -> None:
    code = (
        "$CONFIG['dbhost'] = 'h; port=5433;user=u;password=p;sslcert=/c;sslkey=/k;sslcrl=/l;"
        "options=-c search_path=nc;unknown=x';"
    )
    database = NextcloudConfig(evaluate(PG + code)).database()
    assert (database.port, database.user, database.password) == (5433, "u", "p")
    assert database.options == {"search_path": "nc"}
    assert (database.tls_cert, database.tls_crl) == (Path("/c"), Path("/l"))


def test_mysql_without_tls_files_uses_none(evaluate: Evaluate) -> None:
    code = "$CONFIG['dbdriveroptions'] = [1002 => 'SET x', 1014 => false];"
    assert NextcloudConfig(evaluate(MY + code)).database().sslmode is None


def test_a_false_password_is_none(evaluate: Evaluate) -> None:
    code = "$CONFIG['dbpassword'] = getenv('NOPE'); $CONFIG['redis'] = ['password' => false];"
    config = NextcloudConfig(evaluate(MY + code))
    assert config.database().password is None
    assert config.redis().password is None


def test_a_prefix(evaluate: Evaluate) -> None:
    assert NextcloudConfig(evaluate("$CONFIG = [];")).table_prefix() == "oc_"
    assert NextcloudConfig(evaluate("$CONFIG['dbtableprefix'] = '';")).table_prefix() == ""


def test_passwords_as_arrays(evaluate: Evaluate) -> None:
    both = NextcloudConfig(evaluate("$CONFIG['redis'] = ['password' => ['u', 'p']];")).redis()
    assert (both.user, both.password) == ("u", "p")
    one = NextcloudConfig(evaluate("$CONFIG['redis'] = ['password' => ['p']];")).redis()
    assert (one.user, one.password) == (None, "p")


def test_addresses_of_redis(evaluate: Evaluate) -> None:
    nodes = {
        "unix:///run/r.sock": RedisNode(socket="/run/r.sock"),
        "tcp://h:1": RedisNode("h", 1),
        "tls://[::1]:7000": RedisNode("::1", 7000),
        "::1": RedisNode("::1"),
    }
    for host, node in nodes.items():
        redis = NextcloudConfig(evaluate(f"$CONFIG['redis'] = ['host' => '{host}'];")).redis()
        assert redis.nodes == (node,)
        assert redis.tls == (Tls() if host.startswith("tls") else None)


def test_sources(evaluate: Evaluate) -> None:
    config = evaluate("$CONFIG['dbhost'] = 'x';")
    assert NextcloudConfig(config).source("dbhost") == f"{config.path}:2"


def test_numbers_as_text_and_truth(evaluate: Evaluate) -> None:
    code = (
        "$CONFIG['dbname'] = 5; $CONFIG['dbuser'] = 1.5; $CONFIG['dbpassword'] = 3.0;"
        "$CONFIG['redis'] = ['timeout' => ' 1.5 ', 'port' => ' 7 ', 'ssl_context' =>"
        " ['verify_peer' => '0', 'verify_peer_name' => new stdClass]];"
    )
    config = NextcloudConfig(evaluate(MY + code))
    database, redis = config.database(), config.redis()
    assert (database.name, database.user, database.password) == ("5", "1.5", "3")
    assert (redis.timeout, redis.nodes[0].port) == (1.5, 7)
    assert redis.tls is not None
    assert (redis.tls.verify, redis.tls.check_hostname) == (False, True)


@pytest.mark.parametrize(
    "code",
    [
        "$CONFIG['redis.cluster'] = ['seeds' => ['a:1', nope()]];",
        "$CONFIG['redis.cluster'] = ['seeds' => ['a:1']]; $x = nope();"
        " $CONFIG['redis.cluster']['seeds'][$x] = 'b:1';",
        "$CONFIG['notify_push_redis'] = []; $CONFIG['notify_push_redis'][nope()] = 1;",
        "$CONFIG['redis']['password'] = ['u', nope()];",
        "$CONFIG['redis.cluster'] = ['seeds' => ['a:1']];"
        " if (nope()) $CONFIG['redis.cluster']['seeds'][] = 'b:1';",
        "$CONFIG['other'] = nope(); $CONFIG['redis'] = ['password' => [1 => nope()]];",
    ],
)
def test_a_list_that_is_partly_unknown_is_not_shortened(evaluate: Evaluate, code: str) -> None:
    with pytest.raises(ConfigFileError, match=r"is not known: .*nope"):
        NextcloudConfig(evaluate(code)).redis()


def test_sources_of_what_is_unknown_or_overruled(evaluate: Evaluate) -> None:
    config = evaluate("$CONFIG['a'] = nope(); $CONFIG['b'] = new X;", environ={"NC_b": "x"})
    assert config.source("a") == f"{config.path}:2"
    assert config.source("b") == "variable NC_b"
    assert config.source("c") is None
    assert config.class_of(("b",)) is None
