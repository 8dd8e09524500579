"""Which files are read, in what order, and what is wrong with them."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nextcloud_push.config import via_php
from nextcloud_push.config.comparison import natural_order
from nextcloud_push.config.errors import ConfigFault
from nextcloud_push.config.via_php import load_via_php
from nextcloud_push.server.errors import ConfigFileError
from support.php import Evaluate, described, load_here

Write = Callable[[str | bytes], Path]
ENVIRON = {"PATH": "/usr/bin:/bin"}


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigFault, match=r"config\.php: there is no such file"):
        load_here(tmp_path / "config.php", glob=True, environ={})


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigFault, match="it is no regular file"):
        load_here(tmp_path, glob=False, environ={})


def test_a_file_that_is_too_large(config_file: Write) -> None:
    path = config_file("<?php //" + "x" * 1024 * 1024)
    with pytest.raises(ConfigFault, match="larger than 1 MiB"):
        load_here(path, glob=False, environ={})


def test_a_path_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigFault, match="cannot be read"):
        load_here(tmp_path / ("x" * 300), glob=False, environ={})


def test_a_syntax_error(config_file: Write) -> None:
    path = config_file("<?php\n$CONFIG = [\n  'a' => 1\n  'b' => 2,\n  'c' => 3,\n];\n")
    with pytest.raises(ConfigFault, match="no valid PHP from here on") as caught:
        load_here(path, glob=False, environ={})
    assert (caught.value.line, caught.value.column) == (3, 10)


def test_what_follows_the_end_of_the_program(config_file: Write) -> None:
    path = config_file("<?php $CONFIG = ['a' => 1]; __halt_compiler(); }}} %&")
    assert load_here(path, glob=False, environ={}).get("a") == 1


def test_an_unreadable_file_beside_it(config_file: Write) -> None:
    path = config_file("<?php $CONFIG = [];")
    (path.parent / "x.config.php").symlink_to("/nonexistent")
    with pytest.raises(ConfigFault, match=r"x\.config\.php: there is no such file"):
        load_here(path, glob=True, environ={})


def test_files_are_merged_key_by_key(config_file: Write) -> None:
    path = config_file("<?php $CONFIG = ['a' => ['x' => 1], 'b' => 1, 5 => 'five']; $y = 'kept';")
    (path.parent / "1.config.php").write_text("<?php $CONFIG['a']['z'] = $y; $CONFIG[] = 'n';")
    (path.parent / "2.config.php").write_text("<?php $CONFIG = 'no array';")
    config = load_here(path, glob=True, environ={})
    assert json.loads(config.to_json()[0]) == {"a": {"z": "kept"}, "b": 1, "0": "five", "1": "n"}
    assert config.source("a") == f"{path.parent}/1.config.php:1"


def test_an_unknown_file_hides_what_was_before(config_file: Write) -> None:
    path = config_file("<?php $CONFIG = ['a' => 1];")
    (path.parent / "1.config.php").write_text("<?php $CONFIG = nope();")
    (path.parent / "2.config.php").write_text("<?php $CONFIG = ['b' => 2, 7 => 'x'];")
    config = load_here(path, glob=True, environ={})
    assert config.get("b") == 2
    with pytest.raises(ConfigFileError):
        config.get("a")


def test_a_partly_unknown_file_hides_what_was_before(config_file: Write) -> None:
    path = config_file("<?php $CONFIG = ['a' => 1];")
    (path.parent / "1.config.php").write_text("<?php $CONFIG = nope(); $CONFIG['b'] = 2;")
    config = load_here(path, glob=True, environ={})
    assert config.get("b") == 2
    with pytest.raises(ConfigFileError):
        config.get("a")


def test_a_syntax_error_in_an_included_file(config_file: Write, tmp_path: Path) -> None:
    (tmp_path / "bad.php").write_text("<?php $a = ;;")
    path = config_file(f"<?php $CONFIG['a'] = include '{tmp_path}/bad.php';")
    with pytest.raises(ConfigFileError, match=r"bad\.php:1:.* syntax error"):
        load_here(path, glob=False, environ={}).get("a")


def test_includes_that_find_nothing_or_something_else(evaluate: Evaluate, tmp_path: Path) -> None:
    (tmp_path / "once.php").write_text("<?php return 'first';")
    (tmp_path / "folder").mkdir()
    config = evaluate(
        f"$once = '{tmp_path}/once.php';"
        "$CONFIG['once'] = [include_once $once, include_once $once];"
        f"$CONFIG['none'] = @include '{tmp_path}/nope.php';"
        f"$CONFIG['folder'] = @include '{tmp_path}/folder';"
    )
    text, left_out = config.to_json()
    assert json.loads(text) == {"once": ["first", True], "none": False}
    assert "is no regular file" in left_out[0]


def test_variables_win_over_files(evaluate: Evaluate) -> None:
    config = evaluate("$CONFIG['dbhost'] = 'file';", environ={"NC_dbhost": "variable"})
    assert config.get("dbhost") == "variable"
    assert config.source("dbhost") == "variable NC_dbhost"
    assert json.loads(config.to_json()[0]) == {"dbhost": "file"}


def test_every_key_knows_its_line(evaluate: Evaluate) -> None:
    config = evaluate(
        "$CONFIG = [\n'a' => 1,\n'b' => ['x' => 1],\n];\n"
        "$CONFIG['b']['y'] = 2;\n$CONFIG['c'] = 3;\n"
        "$CONFIG = array_merge($CONFIG, ['d' => 4]);\n$CONFIG = array_flip(['e' => 'f']) + $CONFIG;"
    )
    lines = {key: (config.source(key) or "").rpartition(":")[2] for key in "abcdf"}
    assert lines == {"a": "3", "b": "4", "c": "7", "d": "8", "f": "9"}
    assert config.source("nope") is None


def test_secrets_are_masked(evaluate: Evaluate) -> None:
    code = (
        "$CONFIG = ['dbpassword' => 'a', 'secret' => 'b', 'passwordsalt' => 'c', 'dbuser' => 'u',"
        "'redis' => ['password' => ['x'], 'host' => 'h'], 'proxy' => 'http://u:p@proxy:80',"
        "'objectstore' => ['arguments' => ['key' => 'k', 'secret' => 's', 'bucket' => 'b']]];"
    )
    masked = json.loads(evaluate(code).to_json()[0])
    assert masked == {
        "dbpassword": "***",
        "secret": "***",
        "passwordsalt": "***",
        "dbuser": "u",
        "redis": {"password": "***", "host": "h"},
        "proxy": "http://***@proxy:80",
        "objectstore": {"arguments": {"key": "***", "secret": "***", "bucket": "b"}},
    }


def test_objects_and_closures_are_shown(evaluate: Evaluate) -> None:
    config = evaluate(
        "$o = new stdClass; $o->a = ['b' => 1]; $CONFIG = ['o' => $o, 'f' => fn() => 1];"
    )
    assert json.loads(config.to_json()[0]) == {"o": {"a": {"b": 1}}, "f": {}}


def test_objects_nested_without_end_are_left_out(evaluate: Evaluate) -> None:
    config = evaluate("$o = new stdClass; $o->o = $o; $CONFIG['o'] = $o; $CONFIG['a'] = 1;")
    assert "is nested too deep" in config.to_json()[1][0]


def test_php_is_asked_only_where_it_is(config_file: Write) -> None:
    path = config_file("<?php $CONFIG = ['a' => [1.0, true, null, ['x' => 'y']], 'é' => 'ü'];")
    with pytest.raises(ConfigFault, match="there is no program “php”"):
        load_via_php(path, glob=False, environ={"PATH": "/nonexistent"})
    with pytest.raises(ConfigFault, match="PHP cannot be run"):
        load_via_php(path, glob=False, environ={}, php="/nonexistent/php")
    config = described(load_via_php(path, glob=False, environ=ENVIRON), ENVIRON)
    assert config.to_json() == load_here(path, glob=False, environ=ENVIRON).to_json()


def test_php_that_fails(config_file: Write) -> None:
    path = config_file("<?php exit(3);")
    with pytest.raises(ConfigFault, match="PHP ended with status 3"):
        load_via_php(path, glob=False, environ=ENVIRON)


def test_php_that_hangs(config_file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(via_php, "_SECONDS", 0.1)
    path = config_file("<?php while (true);")
    with pytest.raises(ConfigFault, match="did not answer within"):
        load_via_php(path, glob=False, environ=ENVIRON)


def test_a_folder_that_cannot_be_listed(
    config_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config_file("<?php $CONFIG = ['a' => 1];")

    def refuse(folder: object) -> list[str]:
        raise PermissionError

    monkeypatch.setattr(os, "listdir", refuse)
    assert load_here(path, glob=True, environ={}).get("a") == 1


def test_files_of_a_folder(evaluate: Evaluate, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in ("b.php", "a.php", ".hidden.php", "c.txt"):
        (folder / name).touch()
    config = evaluate(
        f"$found = glob('{folder}/*.php');"
        "$CONFIG = ['glob' => array_map('basename', $found), 'none' => glob('/no/*'),"
        f"'scan' => scandir('{folder}'), 'failed' => scandir('/no'), 'nul' => glob(\"\\0\")];"
    )
    assert json.loads(config.to_json()[0]) == {
        "glob": ["a.php", "b.php"],
        "none": [],
        "scan": [".", "..", ".hidden.php", "a.php", "b.php", "c.txt"],
        "failed": False,
        "nul": [],
    }


def test_functions_of_an_extension_that_php_lacks_here(evaluate: Evaluate) -> None:
    config = evaluate(
        "$CONFIG = [mb_strtolower('ÄB'), mb_strtoupper('äb'), mb_strlen('äb'),"
        " mb_substr('äöü', 1, 1), mb_strpos('abc', 'c')];"
    )
    assert json.loads(config.to_json()[0]) == ["äb", "ÄB", 2, "ö", 2]


def test_natural_order_is_that_of_php() -> None:
    chance = random.Random(7)
    pairs = [["".join(chance.choices("0012 aB.", k=chance.randint(0, 6))) for _ in "lr"]
             for _ in range(3000)]  # fmt: skip
    script = (
        "foreach (json_decode(stream_get_contents(STDIN)) as [$l, $r])"
        " $all[] = [strnatcmp($l, $r), strnatcasecmp($l, $r)]; echo json_encode($all);"
    )
    asked = json.dumps(pairs)
    done = subprocess.run(["php", "-r", script], input=asked, capture_output=True, text=True)
    answers = [
        [natural_order(left.encode(), right.encode(), fold_case=fold) for fold in (False, True)]
        for left, right in pairs
    ]
    assert answers == json.loads(done.stdout)
