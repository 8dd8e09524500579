"""Parts that no configuration reaches on its own, or only at its limits."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from nextcloud_push.config import limits
from nextcloud_push.config.conversions import to_array, to_bool, to_bytes, to_number, to_object
from nextcloud_push.config.errors import ConfigFault
from nextcloud_push.config.values import NotEvaluable, PhpArray, Unknown, Value
from support.php import Evaluate
from support.php_hostile import HOSTILE

UNKNOWN = Unknown(None, "unknown")


@pytest.mark.parametrize(
    "convert",
    [to_array, to_bool, to_bytes, to_object, lambda value: to_number(value, "+", 1)],
)
def test_nothing_is_made_of_what_is_unknown(convert: Callable[[Value], Value]) -> None:
    with pytest.raises(NotEvaluable):
        convert(UNKNOWN)


def test_a_copy_shares_what_is_inside() -> None:
    inner = PhpArray.of([1])
    outer = PhpArray.of([inner])
    outer.copy().open(0).append(2)
    assert inner.values() == [1]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("a function that calls itself", "nested more than 180 deep"),
        ("5,000 brackets", "nested more than 180 deep"),
        ("a list of 60,000", "more than 50,000 parts"),
        ("another endless loop", "more than 200,000 steps"),
    ],
)
def test_what_is_counted(evaluate: Evaluate, name: str, fault: str) -> None:
    with pytest.raises(ConfigFault, match=fault) as caught:
        evaluate(HOSTILE[name])
    assert caught.value.line == 2


def test_the_stack_ends_before_the_count(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_DEPTH", 100_000)
    with pytest.raises(ConfigFault, match="nested too deep"):
        evaluate(HOSTILE["a function that calls itself"])


def test_large_numbers_and_inverted_bits(evaluate: Evaluate) -> None:
    config = evaluate(
        f"$CONFIG['a'] = [{'9' * 400} > 1e300, -{'9' * 400} < 0, bin2hex(~'ab'), ~5, ~1.9];"
        "try { ~null; } catch (TypeError $e) { $CONFIG['b'] = $e->getMessage(); }"
    )
    assert config.get("a") == [True, True, "9e9d", -6, -2]
    assert config.get("b") == "Cannot perform bitwise not on null"


def test_a_digest_without_its_package(evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xxhash", None)
    config = evaluate("$CONFIG = ['a' => hash('xxh32', 'x'), 'b' => hash('joaat', '')];")
    assert "“xxh32” of hash() cannot be evaluated" in config.to_json()[1][0]
    assert config.get("b") == "00000000"


def test_a_limit_that_no_statement_reached(evaluate: Evaluate) -> None:
    with pytest.raises(ConfigFault, match="more than 50,000 parts") as caught:
        evaluate(";" * 50_001)
    assert caught.value.line is None


def test_a_name_in_a_comment_declares_nothing(evaluate: Evaluate) -> None:
    config = evaluate("// function f() {}\nfunction g() {} $CONFIG['a'] = function_exists('f');")
    assert config.to_json()[1]
