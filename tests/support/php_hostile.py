"""Configurations that ask for too much, by what they do."""

from __future__ import annotations

import random

__all__ = ["HOSTILE", "mutated"]

HOSTILE: dict[str, str] = {
    "a tower of powers": "$CONFIG['a'] = 9**9**9**9;",
    "a doubling string": "$s = 'x'; while (true) $s .= $s;",
    "1,500 concatenations": "$CONFIG['s'] = " + ".".join(["'a'"] * 1500) + ";",
    "50,000 concatenations": "$s = " + ".".join(["'a'"] * 50_000) + ";",
    "5,000 brackets": "$CONFIG = " + "[" * 5000 + "]" * 5000 + ";",
    "20,000 parentheses": "$CONFIG = " + "(" * 20_000 + "1" + ")" * 20_000 + ";",
    "3,000 conditions": "$a = " + "0 ? 1 : (" * 3000 + "1" + ")" * 3000 + ";",
    "30,000 negations": "$a = " + "!" * 30_000 + "1;",
    "2,000 else ifs": "if (0) {}" + " else if (0) {}" * 2000,
    "20,000 elseifs": "if (0) {}" + " elseif (0) {}" * 20_000,
    "a padding": "$CONFIG['a'] = sprintf('%1000000000d', 1);",
    "a repetition": "$CONFIG['a'] = str_repeat('x', 1 << 40);",
    "many digits": "$CONFIG['a'] = number_format(1e300, 999999) . round(1e308, 300);",
    "an endless loop": "while (1);",
    "another endless loop": "for (;;) {}",
    "a function that calls itself": "function f($n) { return f($n + 1); } $CONFIG['a'] = f(1);",
    "a closure that calls itself": "$f = function () use (&$f) { return $f(); }; $f();",
    "a growing array": "while (1) $a[] = 1;",
    "a nested array": "$a = []; while (1) $a = [$a];",
    "a doubling array": "$a = [1]; while (1) $a = array_merge($a, $a);",
    "an array in itself": "$a = []; $a['x'] = &$a; $CONFIG['c'] = $a == $a; var_export($a, true);",
    "itself": "$CONFIG['x'] = &$CONFIG;",
    "many long strings": "$s = str_repeat('x', 1000000); while (1) $a[] = $s . count($a);",
    "a long range": "$a = range(1, 100000000);",
    "fine steps": "$a = range(0, 1, 0.0000001);",
    "many parts": "$a = explode(',', str_repeat(',', 1000000));",
    "a swelling replacement": "$a = str_replace('a', $b = str_repeat('b', 999999), $b . 'aaa');",
    "a swelling translation": "$a = strtr(str_repeat('a', 9999), ['a' => str_repeat('b', 9999)]);",
    "deep JSON": "$a = json_decode(str_repeat('[', 100000) . str_repeat(']', 100000));",
    "broad JSON": "$a = json_decode('[' . str_repeat('[],', 300000) . '1]');",
    "a long number": "$CONFIG['a'] = hexdec($s = str_repeat('9', 900000)) . ($s + 1) . (int) $s;",
    "endless devices": "$a = file_get_contents('/dev/zero'); include '/dev/zero';",
    "a file that includes itself": "$CONFIG['a'] = 1; include __FILE__;",
    "a list of 400,000": "$CONFIG = [" + "1," * 400_000 + "];",
    "a list of 60,000": "$CONFIG = [" + "1," * 60_000 + "];",
    "40,000 nested lists": "$CONFIG = [" + "[[[1]]]," * 40_000 + "];",
    "no PHP at all": '$a = {"(*&^%' * 20_000,
    "needless comparisons": "$a = range(1, 40000); while (1) in_array(-1, $a);",
    "needless copies": "$a = range(1, 40000); while (1) { $b = $a; $b[] = 1; }",
    "needless sorting": "while (1) { $a = range(3000, 1); sort($a); }",
    "quadratic uniqueness": "$a = array_unique(range(1, 30000), SORT_REGULAR);",
    "long zeros": "$s = str_repeat('0', 500000); while (1) strnatcmp($s . '1', $s . '2');",
    "many hashes": "$s = str_repeat('a', 1000000); while (1) hash('sha512', $s);",
    "much to spoil": "if (nope()) {" + "$a[$b[$c]] = 1;" * 20_000 + "}",
    "much that is unknown": "\n".join(f"$CONFIG['k{i}'] = nope({i});" for i in range(15_000)),
    "a static hoard": "function g() { static $a = []; $a[] = str_repeat('x', 99999); g(); } g();",
    "200 nested tries": "try {" * 200 + "throw new E();" + "} catch (X $e) {}" * 200,
    "a hoard of variables": "while (1) putenv('A' . ++$i . '=' . str_repeat('x', 9999));",
    "a slow expression": "preg_match('/(x+x+)+y/', str_repeat('x', 1000));",
    "a costly expression": "preg_match('/((((a?){60}){60}){60}){60}/', str_repeat('a', 1000));",
    "a long expression": "preg_match('/' . str_repeat('(', 900000) . '/', 'a');",
    "no UTF-8": "$CONFIG['a'] = str_repeat(\"\\xff\", 1000000);",
    "a long URL": "$u = 'http://' . str_repeat('a:', 400000) . '@x'; while (1) parse_url($u);",
}


def mutated(code: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A program with a few pieces cut out, doubled, or put in from elsewhere."""
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(code) + 1)
        end = min(len(code), start + chance.randint(0, 20))
        other = chance.choice(others)
        at = chance.randrange(len(other) + 1)
        piece = chance.choice((b"", code[start:end] * 2, other[at : at + chance.randint(1, 40)]))
        code = code[:start] + piece + code[end:]
    return code
