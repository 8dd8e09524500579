"""What the evaluator does not know is unknown: never false, and never caught."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from support.php import Evaluate, Evaluated
from support.processes import program


def known(config: Evaluated) -> Any:
    return json.loads(config.to_json(show_secrets=True)[0])


def unknown(config: Evaluated) -> list[str]:
    return [line.partition(": ")[0] for line in config.to_json()[1]]


def asked_of_php(code: str) -> Any:
    done = subprocess.run([program("php"), "-r", f"echo json_encode({code});"], capture_output=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("test", "names"),
    [
        ("function_exists", 'get_defined_functions()["internal"]'),
        ("is_callable", 'get_defined_functions()["internal"]'),
        ("class_exists", "get_declared_classes()"),
        ("interface_exists", "get_declared_interfaces()"),
        ("defined", "array_keys(get_defined_constants())"),
        ("extension_loaded", "get_loaded_extensions()"),
    ],
)
def test_nothing_that_php_has_is_absent(evaluate: Evaluate, test: str, names: str) -> None:
    lines = [f"$CONFIG[] = {test}({json.dumps(name)});" for name in asked_of_php(names)]
    answers = known(evaluate("\n".join(lines).replace("$", "\\$").replace("\\$CONFIG", "$CONFIG")))
    found = answers.values() if isinstance(answers, dict) else answers
    assert len(lines) > 20
    assert set(found) == {True}


@pytest.mark.parametrize(
    "code",
    [
        "function_exists('gethostbyname_of_mine')",
        "is_callable('nope')",
        "is_callable('A::b')",
        "is_callable(['A', 'b'])",
        "class_exists('Redis')",
        "class_exists('Some\\\\Thing')",
        "interface_exists('Some\\\\Thing')",
        "method_exists('OC', 'init')",
        "property_exists('OC', 'SERVERROOT')",
        "enum_exists('Suit')",
        "defined('NOPE')",
        "defined('PDO::NOPE')",
        "defined('Some::NOPE')",
        "constant('NOPE')",
        "constant('PDO::NOPE')",
        "NOPE",
        "nope",
        "Some\\NOPE",
        "PDO::NOPE",
        "extension_loaded('apcu')",
        "phpversion('redis')",
        "ini_get('memory_limit')",
        "ini_set('memory_limit', 1)",
        "setlocale(LC_ALL, 0)",
        "nope() ?? 'x'",
        "nope() ?: 'x'",
        "nope() ? 1 : 2",
        "@nope()",
        "!function_exists('nope')",
        "function_exists('nope') && nope()",
        "function_exists('nope') || true",
        "true && class_exists('Nope')",
        "defined('NOPE') ? NOPE : 'x'",
        "isset(nope()['x'])",
        "empty(nope())",
        "nope() ?? nope() ?? 1",
        "match (true) { function_exists('nope') => 1, default => 2 }",
        "match (nope()) { default => 2 }",
        "json_decode(str_repeat('[', 300) . str_repeat(']', 300))",
        "hash('md2', 'x')",
        "hash('snefru', 'x')",
        "hash_hmac('md2', 'x', 'k')",
        "hash('sha256', 'x', false, ['seed' => 1])",
    ],
)
def test_what_is_not_known_is_unknown(evaluate: Evaluate, code: str) -> None:
    assert unknown(evaluate(f"$CONFIG['a'] = {code};")) == ["a"]


def test_what_no_branch_needs_stays_known(evaluate: Evaluate) -> None:
    code = (
        "$CONFIG = [false && nope(), true || nope(), 1 ?? nope(), true ? 1 : nope(),"
        " function_exists('gethostbyname'), class_exists('Exception'), class_exists('Throwable'),"
        " interface_exists('Throwable'), interface_exists('Exception'), defined('E_ALL'),"
        " is_callable(5), is_callable(fn() => 1)];"
    )
    text, left_out = evaluate(code).to_json()
    assert not left_out
    assert json.loads(text) == [
        False, True, 1, 1, True, True, False, True, False, True, False, True,
    ]  # fmt: skip


def test_what_the_configuration_declares_itself_is_known(evaluate: Evaluate) -> None:
    config = evaluate(
        "namespace Some;\n"
        "if (!function_exists('own')) { \\define('OWN', 1); }\n"
        "if (!defined('OWN_X')) { define('OWN_X', 5); }\n"
        "$CONFIG['x'] = \\OWN_X;\n"
        "if (!\\defined('LATER') && false) { define('LATER', 1); }\n"
        "$CONFIG['later'] = defined('LATER'); function own() {}"
    )
    assert known(config) == {"x": 5, "later": False}


@pytest.mark.parametrize(
    ("code", "left_out"),
    [
        ("if (nope()) { define('C', 1); } $CONFIG['a'] = C;", ["a"]),
        ("if (nope()) { define('C', 1); } $CONFIG['a'] = defined('C');", ["a"]),
        ("if (nope()) { define('C', 1); } $CONFIG['a'] = define('C', 2);", ["a"]),
        ("define('C', 1); if (nope()) { define('C', 2); } $CONFIG['a'] = C;", []),
        ("if (nope()) { function f() { return 1; } } $CONFIG['a'] = f();", ["a"]),
        ("if (nope()) { function f() {} } $CONFIG['a'] = function_exists('f');", ["a"]),
        ("$CONFIG['a'] = define('E_ALL', 2);", []),
    ],
)
def test_what_may_have_been_declared(evaluate: Evaluate, code: str, left_out: list[str]) -> None:
    assert unknown(evaluate(code)) == left_out


CATCH = "catch (Throwable $e) { $CONFIG['a'] = 'fallback'; }"


@pytest.mark.parametrize(
    ("code", "left_out"),
    [
        (f"try {{ $CONFIG['a'] = nope(); }} {CATCH}", ["a"]),
        (f"try {{ $CONFIG['a'] = hash('md2', 'x'); }} {CATCH}", ["a"]),
        (f"try {{ $x = nope(); $CONFIG['a'] = 'x'; }} {CATCH}", ["a"]),
        (f"try {{ nope(); $CONFIG['a'] = 'x'; }} {CATCH}", ["a"]),
        (f"try {{ $CONFIG['b'] = 1; nope(); }} {CATCH}", ["a"]),
        (f"try {{ $CONFIG['a'] = new Redis(); }} {CATCH}", ["a"]),
        (f"try {{ $CONFIG['a'] = NOPE; }} {CATCH}", ["a"]),
        (f"try {{ $x = [nope()]; throw new Exception; }} {CATCH}", ["a"]),
        (f"try {{ if (nope()) {{ throw new Exception; }} }} {CATCH}", ["a"]),
        (f"function f() {{ return nope(); }} try {{ $b = f(); }} {CATCH}", ["a"]),
        (f"try {{ $CONFIG['b'] = nope(); }} {CATCH} finally {{ $x = 1; }}", ["b", "a"]),
        (f"try {{ try {{ nope(); }} finally {{ }} $CONFIG['b'] = 1; }} {CATCH}", ["b", "a"]),
        # The clause that ends PHP is no way to a value.
        ("try { $CONFIG['b'] = nope(); $CONFIG['a'] = 1; } catch (E $e) { throw $e; }", ["b"]),
        ("try { $CONFIG['b'] = nope(); $CONFIG['a'] = 1; } catch (E $e) { exit(1); }", ["b"]),
        ("try { $CONFIG['b'] = nope(); $CONFIG['a'] = 1; } catch (E $e) { }", ["b", "a"]),
        ("try { $CONFIG['b'] = nope(); $CONFIG['a'] = 1; } finally { }", ["b"]),
        # What is known is caught as before.
        (f"try {{ throw new Exception; }} {CATCH}", []),
        (f"$x = nope(); try {{ $CONFIG['b'] = $x; }} {CATCH}", ["b"]),
        (f"try {{ json_decode('{{', false, 512, JSON_THROW_ON_ERROR); }} {CATCH}", []),
    ],
)
def test_ignorance_is_not_caught(evaluate: Evaluate, code: str, left_out: list[str]) -> None:
    assert unknown(evaluate(code)) == left_out


@pytest.mark.parametrize(
    "body",
    [
        "try { return nope(); } catch (Exception $e) { return 'b'; }",
        "try { nope(); return 'a'; } catch (Exception $e) { return 'b'; }",
        "try { nope(); return 'a'; } catch (Exception $e) { }",
        "try { nope(); } catch (Exception $e) { return 'b'; } return 'a';",
        "try { return 'a' . nope(); } catch (Exception $e) { } finally { $x = 1; }",
    ],
)
def test_nor_is_it_in_a_function(evaluate: Evaluate, body: str) -> None:
    config = evaluate(f"function f() {{ {body} }} $CONFIG['a'] = f(); $CONFIG['b'] = 1;")
    assert unknown(config) == ["a"]
    assert known(config) == {"b": 1}


def test_nor_in_a_loop(evaluate: Evaluate) -> None:
    config = evaluate(
        "foreach ([1, 2] as $i) { try { nope(); $CONFIG['a'] = $i; break; }"
        " catch (Exception $e) { continue; } } $CONFIG['b'] = 1;"
    )
    assert unknown(config) == ["a"]
    assert known(config) == {"b": 1}


def test_where_an_unknown_answer_came_from(evaluate: Evaluate) -> None:
    config = evaluate("\n$CONFIG['a'] = ini_set('x', '1');")
    assert config.to_json()[1][0].startswith(f"a: {config.path}:3:16: what the web server's PHP")
