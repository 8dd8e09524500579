from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextcloud_push.server.errors import InvalidSetting
from nextcloud_push.server.settings.database_url import (
    check_table_prefix,
    parse_database_url,
    unknown_database_parameters,
)
from nextcloud_push.server.settings.model import Database
from support.databases import ASCII_SYMBOLS


def parse(url: str) -> Database:
    return parse_database_url(url, name="--database-url", prefix="oc_")


def error_of(url: str) -> str:
    with pytest.raises(InvalidSetting) as caught:
        parse(url)
    assert str(caught.value).startswith("--database-url")
    return str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        ("postgres", "postgres"),
        ("postgresql", "postgres"),
        ("PostgreSQL", "postgres"),
        ("mysql", "mysql"),
        ("mariadb", "mysql"),
    ],
)
def test_schemes(scheme, kind):
    assert parse(f"{scheme}://u:p@h:1234/db") == Database(
        kind=kind, host="h", port=1234, user="u", password="p", name="db"
    )


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///srv/nc.db", "/srv/nc.db"),
        ("sqlite:////srv/nc.db", "/srv/nc.db"),
        ("sqlite://nc.db", "nc.db"),
        ("sqlite://data/nc.db?mode=rwc", "data/nc.db"),
        ("sqlite:///srv/with%20space%3F#1.db", "/srv/with space?#1.db"),
        ("sqlite:///srv/ä.db\n", "/srv/ä.db"),
    ],
)
def test_sqlite_paths(url, path):
    database = parse(url)
    assert (database.kind, database.path) == ("sqlite", Path(path))
    assert str(database.path) == path


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("h", {"host": "h"}),
        ("db-1.example.org:6000", {"host": "db-1.example.org", "port": 6000}),
        ("[::1]", {"host": "::1"}),
        ("[2001:db8::2]:6000", {"host": "2001:db8::2", "port": 6000}),
        ("[fe80::1%25eth0]", {"host": "fe80::1%eth0"}),
        ("%2Frun%2Fpostgresql:6000", {"socket": "/run/postgresql", "port": 6000}),
        ("", {}),
    ],
)
def test_places(place, expected):
    assert parse(f"postgres://u@{place}/db") == Database(
        kind="postgres", user="u", name="db", **expected
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("host=/run/pg", {"socket": "/run/pg"}),
        ("host=/run/pg&port=6000", {"socket": "/run/pg", "port": 6000}),
        ("host=/run/pg/.s.PGSQL.6000", {"socket": "/run/pg", "port": 6000}),
        ("host=other&port=6000", {"host": "other", "port": 6000}),
        ("hostaddr=192.0.2.1", {"host": "192.0.2.1"}),
        ("user=a@b&password=c%26d&dbname=e", {"user": "a@b", "password": "c&d", "name": "e"}),
        ("sslmode=verify-full", {"sslmode": "verify-full"}),
        (
            "sslrootcert=/ca&sslcert=/c&sslkey=/k&sslcrl=/r",
            {
                "tls_ca": Path("/ca"),
                "tls_cert": Path("/c"),
                "tls_key": Path("/k"),
                "tls_crl": Path("/r"),
            },
        ),
        ("options=-c%20search_path%3Dnc", {"options": {"options": "-c search_path=nc"}}),
        ("options[search_path]=nc", {"options": {"search_path": "nc"}}),
        ("application_name=push", {"options": {"application_name": "push"}}),
        ("sslmode=&connect_timeout=3", {}),
    ],
)
def test_postgres_parameters(query, expected):
    usual = {"host": None if "socket" in expected else "h", "name": "db"}
    assert parse(f"postgres://h/db?{query}") == Database(kind="postgres", **{**usual, **expected})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("socket=/run/mysqld/mysqld.sock", {"socket": "/run/mysqld/mysqld.sock", "host": None}),
        ("charset=utf8", {"charset": "utf8"}),
        ("ssl-mode=DISABLED", {"sslmode": "disable"}),
        ("ssl-mode=PREFERRED", {"sslmode": "prefer"}),
        ("ssl-mode=REQUIRED", {"sslmode": "require"}),
        ("ssl-mode=VERIFY_CA", {"sslmode": "verify-ca"}),
        ("sslmode=verify_identity", {"sslmode": "verify-full"}),
        (
            "ssl-ca=/ca&ssl-cert=/cert&ssl-key=/key",
            {"tls_ca": Path("/ca"), "tls_cert": Path("/cert"), "tls_key": Path("/key")},
        ),
    ],
)
def test_mysql_parameters(query, expected):
    usual = {"host": "h", "name": "db"}
    assert parse(f"mysql://h/db?{query}") == Database(kind="mysql", **{**usual, **expected})


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_every_encoded_password_comes_back(password):
    url = f"mysql://u:{quote(password, safe='')}@h:1/db?ssl-mode=REQUIRED"
    assert parse(url).password == password


@given(st.text(sorted(set(ASCII_SYMBOLS + "äß漢") - set("%=")), min_size=1))
def test_raw_passwords_are_told_apart(password):
    database = parse(f"postgres://u:{password}@h:1/db")
    assert (database.user, database.password, database.host) == ("u", password, "h")


@pytest.mark.parametrize(
    ("raw", "password"),
    [
        (ASCII_SYMBOLS, ASCII_SYMBOLS),
        ("100%", "100%"),
        ("%zz%41", "%zzA"),
        ("50%ff", "50%ff"),  # no UTF-8, so it was never encoded
        ("12/34", "12/34"),
        ("5432?a=b", "5432?a=b"),
        ("", ""),
    ],
)
def test_raw_passwords(raw, password):
    database = parse(f"postgres://u:{raw}@h/db")
    assert (database.user, database.password, database.host) == ("u", password, "h")


@pytest.mark.parametrize(
    ("user_info", "user", "password"),
    [("u", "u", None), ("u@server:p", "u@server", "p"), ("u:a:b", "u", "a:b"), (":p", None, "p")],
)
def test_users(user_info, user, password):
    database = parse(f"postgres://{user_info}@h/db")
    assert (database.user, database.password) == (user, password)


def test_a_fragment_is_ignored():
    assert parse("postgres://u:p@h/db#part").name == "db"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "must begin with"),
        ("secret", "must begin with"),
        ("oracle://u:secret@h/db", "must begin with"),
        ("u:secret://postgres", "must begin with"),
        ("postgres://u:secret@a,b/db", "not a valid postgres URL"),
        ("postgres://u:secret@h:port/db", "not a valid postgres URL"),
        ("postgres://u:secret@h:65536/db", "port"),
        ("postgres://u:secret@h:0/db", "port"),
        ("postgres://u:secret@h/db?port=-1", "port"),
        ("postgres://u:secret@h/db?sslmode=secret", "(sslmode): must be one of"),
        ("postgres://u:secret%00@h/db", "NUL"),
        ("postgres://h/db?options=secret%00", "NUL"),
        ("mysql://u:secret@h", "names no database"),
        ("mysql://h/db?charset=secret;--", "(charset)"),
        ("sqlite://", "names no file"),
        ("sqlite://?mode=ro", "names no file"),
        ("sqlite:///secret%00", "NUL"),
    ],
)
def test_errors_say_what_is_wrong_and_quote_nothing(url, says):
    text = error_of(url)
    assert says in text
    assert "secret" not in text


def test_unknown_parameters_are_named_without_values():
    url = "postgres://u:p@h/db?sslmode=require&connect_timeout=3&options[a]=b&secret=s3"
    assert unknown_database_parameters(url) == ["connect_timeout", "secret"]
    assert unknown_database_parameters("sqlite://x?mode=ro") == []
    assert unknown_database_parameters("nonsense") == []


@pytest.mark.parametrize("prefix", ["", "oc_", "NC$2_"])
def test_good_prefixes(prefix):
    check_table_prefix(prefix, name="DATABASE_PREFIX")
    assert parse_database_url("sqlite://x", name="U", prefix=prefix).prefix == prefix


@pytest.mark.parametrize("prefix", ["oc-", 'oc"', "oc`", "o c", "oc\n", "öc_", "oc_;--", "%s"])
def test_bad_prefixes(prefix):
    with pytest.raises(InvalidSetting):
        parse_database_url("sqlite://x", name="U", prefix=prefix)
