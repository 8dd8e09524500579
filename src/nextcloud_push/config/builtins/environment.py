"""Functions on the environment, the machine and PHP's own settings."""

from __future__ import annotations

import re

from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin, constant_function
from nextcloud_push.config.values import NotEvaluable, PhpArray, Thrown, Unknown, Value


@builtin()
def _getenv(it: Interpreter, name: Value = None, local_only: bool = False) -> Value:
    if name is None:
        made = PhpArray()
        for variable, text in it.host.environ.items():
            made.set(variable, text)
        return made
    return it.host.environ.get(to_bytes(name), False)


@builtin()
def _putenv(it: Interpreter, assignment: bytes) -> Value:
    name, separator, text = assignment.partition(b"=")
    if not name:
        raise Thrown.of(
            "ValueError", "putenv(): Argument #1 ($assignment) must have a valid syntax"
        )
    if separator:
        it.host.environ[name] = text
    else:
        it.host.environ.pop(name, None)
    return True


@builtin()
def _gethostname(it: Interpreter) -> Value:
    return it.host.system()[1].encode()


@builtin()
def _php_uname(it: Interpreter, mode: bytes = b"a") -> Value:
    system = it.host.system()
    parts = dict(zip(b"snrvm", system, strict=True))
    chosen = parts.get(mode[0]) if mode else None
    return (chosen if chosen is not None else " ".join(system)).encode()


@builtin()
def _phpversion(it: Interpreter, extension: bytes | None = None) -> Value:
    if extension is None:
        return b"8.2.0"
    raise NotEvaluable(Unknown(None, "the versions of extensions are not known"))


@builtin()
def _time(it: Interpreter) -> Value:
    return int(it.host.time())


@builtin()
def _microtime(it: Interpreter, as_float: bool = False) -> Value:
    now = it.host.time()
    return now if as_float else f"{now % 1:.8f} {int(now)}".encode()


@builtin()
def _getmypid(it: Interpreter) -> Value:
    return it.host.process_id()


_UNTOLD = Unknown(None, "what the web server's PHP answers is not known")

# What has no effect on a configuration's values: logging, headers, the runtime's settings.
constant_function(True, "error_log", "trigger_error", "user_error", "set_time_limit")
constant_function(True, "date_default_timezone_set", "mb_internal_encoding")
constant_function(True, "opcache_invalidate", "clearstatcache", "assert", "flush", "syslog")
constant_function(None, "register_shutdown_function")
constant_function(_UNTOLD, "ini_set", "setlocale", "headers_sent", "opcache_reset")
constant_function(_UNTOLD, "http_response_code")
constant_function(None, "header", "header_remove", "set_error_handler", "set_exception_handler")
constant_function(None, "restore_error_handler", "var_dump", "usleep", "error_get_last")
constant_function(None, "gc_enable", "gc_disable", "ob_start")
constant_function(0, "sleep", "ignore_user_abort")
constant_function(32767, "error_reporting")
constant_function(b"cli", "php_sapi_name")
constant_function(b"UTC", "date_default_timezone_get")

_STAGES = {
    "dev": 0,
    "alpha": 1,
    "a": 1,
    "beta": 2,
    "b": 2,
    "rc": 3,
    "c": 3,
    "#": 4,
    "pl": 5,
    "p": 5,
}


def _canonical(version: bytes) -> list[str]:
    text = version.decode("latin-1")
    text = re.sub(r"[-_+]", ".", text)
    text = re.sub(r"(\d)([^\d.])", r"\1.\2", text)
    text = re.sub(r"([^\d.])(\d)", r"\1.\2", text)
    return [part for part in text.split(".") if part]


def _stage(part: str) -> int:
    if part.isdigit():
        return _STAGES["#"]
    return next((rank for name, rank in _STAGES.items() if part.startswith(name)), -1)


def _compare_parts(left: str, right: str) -> int:
    if left.isdigit() and right.isdigit():
        first, second = int(left[:20]), int(right[:20])
    else:
        first, second = _stage(left), _stage(right)
    return (first > second) - (first < second)


def _compare_versions(left: bytes, right: bytes) -> int:
    first, second = _canonical(left), _canonical(right)
    for mine, theirs in zip(first, second, strict=False):
        order = _compare_parts(mine, theirs)
        if order:
            return order
    if len(first) == len(second):
        return 0
    longer, sign = (first, 1) if len(first) > len(second) else (second, -1)
    following = longer[min(len(first), len(second))]
    return sign if following.isdigit() else sign * _compare_parts(following, "#")


@builtin()
def _version_compare(
    it: Interpreter, version1: bytes, version2: bytes, operator: bytes | None = None
) -> Value:
    order = _compare_versions(version1, version2)
    if operator is None:
        return order
    answers = {
        (b"<", b"lt"): order < 0,
        (b"<=", b"le"): order <= 0,
        (b">", b"gt"): order > 0,
        (b">=", b"ge"): order >= 0,
        (b"==", b"=", b"eq"): order == 0,
        (b"!=", b"<>", b"ne"): order != 0,
    }
    for names, answer in answers.items():
        if operator in names:
            return answer
    raise Thrown.of(
        "ValueError",
        "version_compare(): Argument #3 ($operator) must be a valid comparison operator",
    )
