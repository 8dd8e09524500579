import io
import json
import logging
from typing import Literal

import pytest

from nextcloud_push.server.logs import LogControl, RateLimit, parse_spec, set_up


@pytest.mark.parametrize(
    ("specification", "levels"),
    [
        ("info", {"notify_push": logging.INFO}),
        ("WARN", {"notify_push": logging.WARNING}),
        ("notify_push=debug", {"notify_push": logging.DEBUG}),
        ("notify_push::send", {"notify_push.send": 5}),
        ("error, notify_push::receive=trace,other=debug", {
            "notify_push": logging.ERROR, "notify_push.receive": 5}),
        ("info,notify_push=error", {"notify_push": logging.ERROR}),
        ("", {}),
    ],
)  # fmt: skip
def test_specifications(specification: str, levels: dict[str, int]) -> None:
    assert parse_spec(specification) == levels


def test_unknown_level_is_named() -> None:
    with pytest.raises(ValueError, match="unknown log level 'loud'"):
        parse_spec("notify_push=loud")


def enabled() -> int:
    return logging.getLogger("notify_push.anything").getEffectiveLevel()


def test_temporary_levels_stack() -> None:
    control = LogControl("error")
    changes = [enabled()]
    for specification in ("notify_push=debug", "notify_push=info", None, None, None):
        if specification is None:
            control.pop()
        else:
            control.push(specification)
        changes.append(enabled())
    assert changes == [logging.ERROR, logging.DEBUG, logging.INFO, logging.DEBUG,
                       logging.ERROR, logging.ERROR]  # fmt: skip


def test_what_is_logged_for_each_message_follows_the_level() -> None:
    control = LogControl("notify_push::send=debug")
    assert (control.sent, control.received) == (True, False)
    control.push("notify_push::receive=trace")
    assert (control.sent, control.received) == (False, True)
    control.pop()
    assert (control.sent, control.received) == (True, False)


def test_bad_temporary_level_changes_nothing() -> None:
    control = LogControl("info")
    with pytest.raises(ValueError, match="unknown"):
        control.push("notify_push=loud")
    assert enabled() == logging.INFO


def logged(
    message: str,
    *,
    style: Literal["text", "json"] = "text",
    level: str = "debug",
    error: bool = False,
    tty: bool = False,
) -> str:
    stream = io.StringIO()
    stream.isatty = lambda: tty  # type: ignore[method-assign]  # what a terminal says
    set_up(style, stream=stream)
    LogControl(level)
    try:
        raise RuntimeError("inner") if error else LookupError
    except (RuntimeError, LookupError):
        logging.getLogger("notify_push.x").warning(message, exc_info=error)
    return stream.getvalue()


def test_record_is_one_line_whatever_is_in_it() -> None:
    line = logged("one\ntwo\x1b[31m\r\u2028")
    assert line.count("\n") == 1
    assert line.endswith(" WARN notify_push.x: one\\ntwo\\x1b[31m\\x0d\\u2028\n")


def test_traceback_is_shown_at_debug_only() -> None:
    assert logged("failed", level="info", error=True).endswith("x: failed: RuntimeError\n")
    line = logged("failed", error=True)
    assert "Traceback" in line
    assert line.count("\n") == 1


def test_terminal_gets_colours_and_whole_tracebacks() -> None:
    text = logged("failed", error=True, tty=True)
    assert "\x1b[33mWARN\x1b[0m" in text
    assert "\nTraceback" in text


def test_json_lines() -> None:
    record = json.loads(logged("ä\n", style="json", error=True))
    assert record["level"] == "warn"
    assert record["logger"] == "notify_push.x"
    assert record["message"] == "ä\n: RuntimeError"
    assert "RuntimeError: inner" in record["traceback"]


def test_libraries_stay_quiet_at_debug() -> None:
    stream = io.StringIO()
    set_up(stream=stream)
    LogControl("trace")
    logging.getLogger("websockets.server").debug("password")
    logging.getLogger("httpcore.connection").info("Authorization")
    assert stream.getvalue() == ""


def test_rate_limit_lets_a_few_through_in_a_time() -> None:
    limit = RateLimit(2, 10.0)
    assert [limit.allows(now) for now in (0.0, 1.0, 9.9, 10.0, 10.1, 10.2)] == [
        True, True, False, True, True, False]  # fmt: skip
