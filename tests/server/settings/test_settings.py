from pathlib import Path

import pytest

from nextcloud_push.server.errors import ConfigurationError, InvalidSetting, MissingSetting
from nextcloud_push.server.settings import Database, Redis, RedisNode, Settings
from nextcloud_push.server.settings.load import load_settings, read_values, with_dotenv
from nextcloud_push.server.settings.options import OPTIONS
from nextcloud_push.words.version import __version__

NEEDED = {
    "DATABASE_URL": "sqlite:///srv/nc.db",
    "REDIS_URL": "redis://127.0.0.1",
    "NEXTCLOUD_URL": "https://cloud.example.com/nextcloud",
}


class Config:
    """What a config.php could say."""

    def database(self) -> Database:
        return Database(kind="mysql", name="from config", prefix="cfg_")

    def redis(self) -> Redis:
        return Redis(nodes=(RedisNode("from.config"),))

    def nextcloud_url(self) -> str:
        return "http://from.config"

    def table_prefix(self) -> str:
        return "cfg_"

    def source(self, key: str) -> str | None:
        return f"config.php: {key}"


def load(config: Config | None = None, /, **environ: str) -> Settings:
    return load_settings(read_values([], NEEDED | environ), config)


def flags(*arguments: str) -> Settings:
    return load_settings(read_values(arguments, NEEDED), None)


def test_defaults() -> None:
    settings = load()
    assert settings.listen.port == 7867
    assert settings.listen.bind is None
    assert settings.listen.permissions == 0o660
    assert settings.metrics is None
    assert settings.log_spec == "warn"
    assert (settings.max_debounce_time, settings.max_connection_time) == (15, 0)
    assert (settings.max_connections_per_user, settings.mapping_cache_size) == (64, 50_000)
    assert settings.nextcloud.user_agent == f"notify_push/{__version__}"
    assert settings.debounce
    assert settings.database.prefix == "oc_"


def test_command_line_wins_over_environment() -> None:
    values = read_values(["--port", "1"], {"PORT": "2", "LOG": "info"})
    assert (values.get("port"), values.get("log_level")) == (1, "info")
    assert (values.source("port"), values.source("log_level")) == ("--port", "LOG")
    assert values.source("bind") == "default"


def test_environment_wins_over_config() -> None:
    settings = load(Config(), DATABASE_PREFIX="env_")
    assert settings.database.path == Path("/srv/nc.db")
    assert settings.database.prefix == "env_"
    assert settings.redis.nodes[0].host == "127.0.0.1"
    assert settings.nextcloud.url == "https://cloud.example.com/nextcloud/"


def test_config_fills_in_what_nobody_says() -> None:
    settings = load_settings(read_values([], {}), Config())
    assert (settings.database.name, settings.database.prefix) == ("from config", "cfg_")
    assert settings.redis.nodes[0].host == "from.config"
    assert settings.nextcloud.url == "http://from.config/"


def test_prefix_of_config_goes_with_a_url() -> None:
    assert load(Config()).database.prefix == "cfg_"


def test_prefix_of_command_line_goes_with_config() -> None:
    settings = load_settings(read_values(["--database-prefix", "x_"], {}), Config())
    assert settings.database.prefix == "x_"


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("DATABASE_URL", "No database is configured"),
        ("REDIS_URL", "No redis server is configured"),
        ("NEXTCLOUD_URL", "No nextcloud url is configured"),
    ],
)
def test_what_is_missing_is_named(variable: str, message: str) -> None:
    with pytest.raises(MissingSetting, match=f"{message}: set {variable} or --"):
        load(**{variable: ""})


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "7e3"),
        ("METRICS_PORT", "9" * 30),
        ("SOCKET_PERMISSIONS", "0999"),
        ("SOCKET_PERMISSIONS", "7777"),
        ("SOCKET_PATH", "a\0b"),
        ("MAX_DEBOUNCE_TIME", "long"),
        ("MAX_CONNECTION_TIME", "-1"),
        ("MAX_CONNECTION_TIME", "nan"),
        ("MAX_CONNECTION_TIME", "inf"),
        ("MAX_CONNECTIONS_PER_USER", "0"),
        ("ALLOW_SELF_SIGNED", "maybe"),
        ("LOG", "notify_push=loud"),
        ("LOG", "loud"),
        ("LOG", "info,verbose"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_PREFIX", "oc_; DROP TABLE"),
        ("USER_AGENT", "a\r\nb"),
        ("NEXTCLOUD_URL", "cloud.example.com"),
        ("NEXTCLOUD_URL", "ftp://cloud.example.com"),
        ("NEXTCLOUD_URL", "https://"),
        ("NEXTCLOUD_URL", "https://[::1"),
        ("NEXTCLOUD_URL", "https://c:99999/"),
        ("NEXTCLOUD_URL", "https://cloud.example.com/?a"),
        ("TLS_CERT", "/cert.pem"),
        ("TLS_KEY", "/key.pem"),
        ("REDIS_TLS_CERT", "/cert.pem"),
        ("REDIS_TLS_KEY", "/key.pem"),
    ],
)
def test_value_that_does_not_parse_names_its_variable(variable: str, text: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        load(**{variable: text})
    assert str(caught.value).startswith(f"{variable}: ")
    assert "\n" not in str(caught.value)


def test_value_that_does_not_parse_names_its_flag() -> None:
    with pytest.raises(InvalidSetting, match=r"^--port: 'x' is not a valid whole number\.$"):
        flags("-p", "x")


@pytest.mark.parametrize("text", ["1", "true", "YES", "on"])
def test_switches_on(text: str) -> None:
    assert not load(NO_ANSI=text).ansi


@pytest.mark.parametrize("text", ["0", "False", "no", "off", ""])
def test_switches_off(text: str) -> None:
    assert load(NO_ANSI=text).ansi


@pytest.mark.parametrize(
    ("text", "on"),
    [("true", True), (" TRUE ", True), *((text, False) for text in ("1", "yes", "on", "0", ""))],
)
def test_self_signed_certificates_are_allowed_by_true_alone(text: str, on: bool) -> None:
    assert load(ALLOW_SELF_SIGNED=text).nextcloud.allow_self_signed is on


def test_switch_by_flag() -> None:
    assert flags("--allow-self-signed").nextcloud.allow_self_signed
    assert not flags("--no-ansi").ansi


@pytest.mark.parametrize("text", ["info", "warning", "notify_push", "notify_push::send", "x=info"])
def test_levels_and_modules(text: str) -> None:
    assert load(LOG=text).log_spec == text


@pytest.mark.parametrize("text", ["", "0", "x"])
def test_debounce_is_switched_off_by_being_named(text: str) -> None:
    assert not load(DEBOUNCE_DISABLE=text).debounce


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h", "http://h/"),
        ("http://h///", "http://h/"),
        ("http://h/a/b//", "http://h/a/b/"),
        (" http://h:8080/ ", "http://h:8080/"),
    ],
)
def test_nextcloud_url_ends_with_one_slash(url: str, expected: str) -> None:
    assert load(NEXTCLOUD_URL=url).nextcloud.url == expected


@pytest.mark.parametrize("text", ["0600", "600", "0o600"])
def test_permissions_are_octal(text: str) -> None:
    assert load(SOCKET_PERMISSIONS=text).listen.permissions == 0o600


def test_metrics_listener_takes_after_the_main_one() -> None:
    settings = load(METRICS_PORT="9867", BIND="127.0.0.1", TLS_CERT="/c", TLS_KEY="/k")
    assert settings.metrics is not None
    assert (settings.metrics.bind, settings.metrics.port) == ("127.0.0.1", 9867)
    assert settings.metrics.tls_cert == Path("/c")
    assert settings.metrics.socket is None


def test_several_redis_urls_make_a_cluster() -> None:
    redis = flags("--redis-url", "redis://a", "--redis-url", "redis://b").redis
    assert (redis.mode, len(redis.nodes)) == ("cluster", 2)
    assert load(REDIS_URL="redis://a, redis://b").redis == redis


def test_relative_socket_path_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(SOCKET_PATH="push.sock").listen.socket == tmp_path / "push.sock"


def test_dotenv_fills_in_what_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=1\nBIND='::1'\nBARE\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert with_dotenv({"PORT": "2"}) == {"PORT": "2", "BIND": "::1"}


def test_dotenv_that_is_no_text_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    monkeypatch.chdir(tmp_path)
    assert with_dotenv({"PORT": "2"}) == {"PORT": "2"}


def test_names_flags_and_variables_are_unique() -> None:
    for names in zip(*((o.key, o.flag, o.variable) for o in OPTIONS), strict=True):
        assert len(set(names)) == len(OPTIONS)


def test_secrets_are_in_no_repr() -> None:
    settings = load(DATABASE_URL="postgres://u:sesame@h/d", REDIS_URL="redis://u:sesame@h")
    assert "sesame" not in repr(settings)
    assert settings.database.password == settings.redis.password == "sesame"


def test_every_failure_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError):
        load(REDIS_URL="http://h")
