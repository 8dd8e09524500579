"""What cannot be evaluated harms only the values it is part of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nextcloud_push.server.errors import ConfigFileError
from support.php import Evaluate, Evaluated


def known(config: Evaluated) -> Any:
    return json.loads(config.to_json(show_secrets=True)[0])


def left_out(config: Evaluated) -> list[str]:
    return [line.partition(": ")[0] for line in config.to_json()[1]]


BEFORE = "$CONFIG = ['dbtype' => 'mysql', 'dbhost' => 'db', 'list' => ['a' => 1]];\n"

# code after BEFORE → the keys that are not known afterwards
CASES = {
    "unknown functions in values": ("$CONFIG['dbhost'] = nope();", ["dbhost"]),
    "in elements": ("$CONFIG['new'] = ['a' => nope(), 'b' => 1];", ["new.a"]),
    "in a calculation": ("$x = nope(); $CONFIG['dbhost'] = 'a' . $x;", ["dbhost"]),
    "in an appended text": ("$CONFIG['dbhost'] .= nope();", ["dbhost"]),
    "in a default": ("$CONFIG['new'] ??= nope();", ["new"]),
    "in interpolation": ("$x = nope(); $CONFIG['new'] = \"a{$x}b\";", ["new"]),
    "in a key": ("$CONFIG[nope()] = 1;", ["$CONFIG"]),
    "in a key of a literal": ("$CONFIG = ['a' => 1, nope() => 2, 'b' => 3];", ["$CONFIG"]),
    "in an argument of a built-in function": ("$CONFIG['new'] = trim(nope());", ["new"]),
    "in an argument of a user function": (
        "function f($x) { return 1; } function g($x) { return $x; }"
        "$CONFIG['one'] = f(nope()); $CONFIG['two'] = g(nope());",
        ["two"],
    ),
    "in a condition": ("if (nope()) { $CONFIG['dbhost'] = 'x'; } else { $y = 1; }", ["dbhost"]),
    "in a condition before a nested write": (
        "if (nope()) { $CONFIG['list']['b'] = 1; $CONFIG['other']['c'] = 2; }",
        ["list.b", "other"],
    ),
    "in a condition before an append": ("if (nope()) $CONFIG['list'][] = 1;", ["list"]),
    "in a loop's subject": ("foreach (nope() as $k => $v) { $CONFIG[$k] = $v; }", ["$CONFIG"]),
    "in a loop's condition": ("while (nope()) { $CONFIG['n']['m'] = 1; $i++; }", ["n"]),
    "in a condition before a continue": (
        "foreach ([1, 2] as $x) { if (nope()) continue; $CONFIG['dbhost'] = $x; }",
        ["dbhost"],
    ),
    "in a loop inside of a condition": (
        "foreach ([1] as $x) { while (nope()) { break; } $CONFIG['dbhost'] = $x; }",
        [],
    ),
    "in a switch": ("switch (nope()) { case 1: $CONFIG['dbhost'] = 'x'; break; }", ["dbhost"]),
    "in a pattern": ("[$a, [$b]] = nope(); $CONFIG['a'] = $a; $CONFIG['b'] = $b;", ["a", "b"]),
    "in a keyed pattern": ("['x' => $a] = nope(); $CONFIG['a'] = $a;", ["a"]),
    "before a return in a function": (
        "function f() { if (nope()) return 1; return 2; } $CONFIG['a'] = f();",
        ["a"],
    ),
    "before a return": ("$CONFIG['a'] = 1; if (nope()) return; $CONFIG['b'] = 2;", ["$CONFIG"]),
    "before a throw that may be caught": (
        "try { if (nope()) throw new Exception; $CONFIG['a'] = 1; }"
        " catch (Exception $e) { $CONFIG['b'] = 2; }",
        ["a", "b"],
    ),
    "in a sorted array": ("$x = nope(); sort($x); $CONFIG['x'] = $x;", ["x"]),
    "passed by reference": ("if (nope()) sort($CONFIG['list']);", ["list"]),
    "unset": ("if (nope()) unset($CONFIG['dbhost']);", ["dbhost"]),
    "in an include": ("include nope();", ["$CONFIG"]),
    "required but missing": ("require '/nonexistent/file.php';", ["$CONFIG"]),
    "thrown in an element": (
        "function f() { throw new RuntimeException('no secret'); }"
        "$CONFIG['dbpassword'] = f(); $CONFIG['x'] = ['y' => f()];",
        ["dbpassword", "x.y"],
    ),
    "thrown": ("throw new Exception('stop');", ["$CONFIG"]),
    "the end of PHP": ("exit('bye');", ["$CONFIG"]),
    "the end of PHP as a function": ("die;", ["$CONFIG"]),
    "the end of PHP as an alternative": ("nope() or die('x'); false or die();", ["$CONFIG"]),
    "the end of PHP as a name": ("false or exit;", ["$CONFIG"]),
    "overwritten later": ("$CONFIG['dbhost'] = nope(); $CONFIG['dbhost'] = 'known';", []),
    "all of it": ("$CONFIG = nope();", ["$CONFIG"]),
    "all of it, and a known key": ("$CONFIG = nope(); $CONFIG['a'] = 1;", ["$CONFIG"]),
    "added to": ("$CONFIG = nope(); $x = $CONFIG + ['b' => 1]; $CONFIG = $x;", ["$CONFIG"]),
    "a class": ("$CONFIG['a'] = new DateTime();", ["a"]),
    "a static call": ("$CONFIG['a'] = Some\\Thing::make();", ["a"]),
    "a method": ("$e = new Exception; $CONFIG['a'] = $e->nope();", ["a"]),
    "a class's constant": ("$CONFIG['a'] = Some\\Thing::VALUE;", ["a"]),
    "a static property": ("$CONFIG['a'] = Some\\Thing::$value;", ["a"]),
    "a computed class": ("$CONFIG['a'] = new $cls; $CONFIG['b'] = $cls::X;", ["a", "b"]),
    "a constant of an extension": ("$CONFIG['a'] = IMAGETYPE_PNG;", ["a"]),
    "a shell command": ("$CONFIG['a'] = `id`;", ["a"]),
    "a generator": ("function g() { yield 1; } $CONFIG['a'] = g();", ["a"]),
    "a write into a string": ("$s = 'abc'; $s[0] = 'x'; $CONFIG['a'] = $s;", ["a"]),
    "an element of nothing": ("$CONFIG['a'] = $x[];", ["a"]),
    "a reference in a pattern": ("[&$a] = [1]; $CONFIG['a'] = $a;", ["a"]),
    "a strange callable": (
        "$f = ['A', 'b']; $CONFIG['a'] = $f(); $CONFIG['b'] = 'nope'();",
        ["a", "b"],
    ),
    "an unknown callable": (
        "$f = nope(); $CONFIG['a'] = array_map($f, [1]); $CONFIG['b'] = $f();",
        ["a", "b"],
    ),
    "unknown class checks": (
        "$CONFIG['a'] = class_exists('Redis'); $CONFIG['b'] = extension_loaded('apcu');",
        ["a", "b"],
    ),
    "unknown function checks": ("$CONFIG['a'] = function_exists('apcu_fetch');", ["a"]),
    "unknown class constants": ("$CONFIG['a'] = defined('Some::X');", ["a"]),
    "an unknown comparison": (
        "$x = nope(); $CONFIG['a'] = $x == 1; $CONFIG['b'] = [$x] === [1];",
        ["a", "b"],
    ),
    "unknown tests": (
        "$x = nope(); $CONFIG['a'] = isset($x); $CONFIG['b'] = empty($x['y']);",
        ["a", "b"],
    ),
    "unknown arithmetic": (
        "$x = nope(); $CONFIG['a'] = 1 + $x; $CONFIG['b'] = -$x; $x++; $CONFIG['c'] = $x;",
        ["a", "b", "c"],
    ),
    "unknown properties": (
        "$o = nope(); $CONFIG['a'] = $o->x; $o->y = 1; $CONFIG['b'] = $o;",
        ["a", "b"],
    ),
    "unknown casts": (
        "$x = nope(); $CONFIG['a'] = (array) $x; $CONFIG['b'] = (object) $x; "
        "$CONFIG['c'] = (string) $x; $CONFIG['d'] = (bool) $x;",
        ["a", "b", "c", "d"],
    ),
    "unknown elements that are looked at": (
        "$x = [nope()]; $CONFIG['a'] = implode($x); $CONFIG['b'] = json_encode($x); "
        "$CONFIG['c'] = in_array(1, $x); $CONFIG['d'] = count($x);",
        ["a", "b", "c"],
    ),
    "an unknown instance": (
        "$x = nope(); $CONFIG['a'] = $x instanceof Exception; $CONFIG['b'] = 1 instanceof $x;",
        ["a", "b"],
    ),
    "what has no JSON": ("$CONFIG['a'] = NAN; $CONFIG['b'] = [INF];", ["a", "b.0"]),
    "reading from elsewhere": (
        "$CONFIG['a'] = file_get_contents('http://localhost/x'); $CONFIG['b'] = file('/dev/null');",
        ["a", "b"],
    ),
    "fine points of functions": (
        "$CONFIG['a'] = filter_var('1', FILTER_VALIDATE_INT, ['options' => ['min_range' => 2]]); "
        "$CONFIG['b'] = filter_var('a@b', FILTER_VALIDATE_EMAIL); "
        "parse_str('a[]=1', $CONFIG['c']);",
        ["a", "b", "c"],
    ),
    "unknown popped": ("$x = nope(); $CONFIG['a'] = array_pop($x);", ["a"]),
    "an unknown value unpacked": (
        "$CONFIG['a'] = [...nope()]; $CONFIG['b'] = max(...nope());",
        ["a", "b"],
    ),
    "unknown in a match": ("$CONFIG['a'] = match (nope()) { 1 => 2, default => 3 };", ["a"]),
    "tests of emptiness": ("$x = nope(); $CONFIG['a'] = empty($x);", ["a"]),
    "a global": ("if (nope()) $GLOBALS['x'] = 1; $CONFIG['a'] = $GLOBALS['x'];", ["a"]),
    "a loop into a string": ("$s = 'x'; foreach ([1] as $s[0]); $CONFIG['a'] = $s;", ["a"]),
    "what only looks like PHP": ("$CONFIG['a'] = f(..1); $CONFIG['b'] = 1;", ["a"]),
    "what cannot be read": ("$CONFIG['a'] = file_get_contents('/proc/self/mem');", ["a"]),
    "an exception's own words": (
        "try { throw new Exception(nope()); }"
        " catch (Exception $e) { $CONFIG['a'] = $e->getMessage(); }",
        ["a"],
    ),
    "an object's array": ("$x = [nope()]; $o = (object) $x; $CONFIG['a'] = (array) $o;", ["a.0"]),
    "the class of an unknown value": (
        "$x = nope(); try { throw $x; } catch (Exception $e) { } $CONFIG['a'] = $x;",
        ["a"],
    ),
    "a property of what is unknown": ("$x = nope(); if (isset($x->y)) $CONFIG['a'] = 1;", ["a"]),
    "a sum of what is unknown": ("$CONFIG['a'] = array_sum([nope()]);", ["a"]),
    "an array with unknown keys, added to": (
        "$x = []; if (nope()) $x[] = 1; $CONFIG['a'] = $x + ['b' => 1]; $y = ['c' => 1] + $x;"
        "$CONFIG['b'] = $y;",
        ["a", "b"],
    ),
    "a parameter with a type": (
        "function f(int $x) { return $x; } $CONFIG['a'] = f(nope());",
        ["a"],
    ),
    "too few arguments": ("function f($x, $y = 1) {} $CONFIG['a'] = f();", ["a"]),
    "a global by its name": ("if (nope()) $$name = 1; $CONFIG['a'] = 1;", []),
    "an element of a call": ("if (nope()) f()['x'] = 1; $CONFIG['a'] = 1;", []),
    "a cast that PHP no longer has": ("$CONFIG['a'] = (unset) $x; $CONFIG['b'] = 1;", ["a"]),
    "functions inside of a condition": (
        "if (nope()) { $f = function () { $CONFIG = 1; }; try { } catch (E) { } }",
        [],
    ),
    "options of another type": ("$CONFIG['a'] = filter_var('5', FILTER_VALIDATE_INT, '0');", []),
    "globals": ("$GLOBALS['g'] = &$y; unset($GLOBALS['g']); $CONFIG['a'] = $GLOBALS['g'];", []),
    "a property's element": ("$o = nope(); $o->x['y'] = 1; $CONFIG['a'] = $o;", ["a"]),
    "expressions nested too deep": (
        "$CONFIG['a'] = preg_match('/' . str_repeat('(', 9999) . str_repeat(')', 9999) . '/', '');",
        ["a"],
    ),
    "expressions that mean something else here": (
        "$CONFIG['a'] = preg_match('/\\\\R/', 'a'); $CONFIG['b'] = preg_match('/(?>a)/', 'a');"
        "$CONFIG['c'] = preg_match('/[[:alpha:]]/', 'a');"
        "$CONFIG['d'] = preg_match('/a{,2}/', 'a');"
        "$CONFIG['e'] = preg_match('/a/U', 'a'); $CONFIG['f'] = preg_match('/a$/D', 'a');"
        "$CONFIG['g'] = preg_match('a', 'a'); $CONFIG['h'] = preg_match('/(/', 'a');"
        "$CONFIG['i'] = preg_split('/x*/', 'a'); $CONFIG['j'] = preg_split('/,/', 'a', 2);",
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
    ),
    "a search with flags": ("$CONFIG['a'] = glob('/etc/{a,b}', GLOB_BRACE);", ["a"]),
    "a goto": ("goto end; end: $CONFIG['a'] = 1;", ["$CONFIG"]),
}


@pytest.mark.parametrize("name", CASES)
def test_only_what_it_touches_is_unknown(evaluate: Evaluate, name: str) -> None:
    code, expected = CASES[name]
    assert left_out(evaluate(BEFORE + code)) == expected


def test_the_rest_is_known(evaluate: Evaluate) -> None:
    config = evaluate(BEFORE + "$CONFIG['dbhost'] = nope(); $CONFIG['x'] = 1;")
    assert known(config) == {"dbtype": "mysql", "list": {"a": 1}, "x": 1}


def test_a_later_key_of_an_unknown_array_is_known(evaluate: Evaluate) -> None:
    config = evaluate("$CONFIG = nope(); $CONFIG['dbhost'] = 'x'; $CONFIG['l'][] = 1;")
    assert config.get("dbhost") == "x"
    with pytest.raises(ConfigFileError):
        config.get("dbname")


def test_the_error_says_where_and_what_to_do(evaluate: Evaluate) -> None:
    config = evaluate("\n$CONFIG['dbhost'] =\n   nope(1);")
    with pytest.raises(ConfigFileError) as caught:
        config.get("dbhost", "DATABASE_URL")
    error = caught.value
    assert (error.line, error.column) == (4, 4)
    assert error.path == str(config.path)
    assert error.reason == "“dbhost” is not known: the function “nope()” cannot be evaluated"
    assert error.remedy == "set DATABASE_URL or try --config-via-php"


def test_the_error_of_a_thrown_exception_names_it(evaluate: Evaluate) -> None:
    config = evaluate("function f() { throw new LogicException('why'); }\n$CONFIG['a'] = f();")
    with pytest.raises(ConfigFileError, match=r"config.php:3:16: .* throws LogicException: why"):
        config.get("a")


def test_functions_with_other_effects_do_no_harm(evaluate: Evaluate) -> None:
    config = evaluate(BEFORE + "var_dump($CONFIG); some_logger($CONFIG); opcache_compile_file(1);")
    assert left_out(config) == []


def test_the_dynamic_state_is_put_back(evaluate: Evaluate) -> None:
    code = "function f() { return nope() + 1; } $x = f(); $CONFIG['line'] = __LINE__;"
    assert known(evaluate(code)) == {"line": 2}
