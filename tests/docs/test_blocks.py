"""Each code block is run, or checked as far as its language allows.

sh, console       parsed by bash; those of the tutorial are run (test_tutorial.py)
python            run by tests/client/test_docs.py and tests/dev
javascript, html  parsed by node; run in a browser (test_tutorial.py, test_javascript.py)
php               parsed by php; run with stand-ins for Nextcloud's classes (test_php.py)
nginx, apache, caddyfile   run by tests/proxies, which find them by their markers
haproxy           no such program in the tests: what it must say is looked for
ini, yaml, json, http, sql   parsed; sql is run (test_rights.py)
text              output, formulas and fragments: nothing to run
"""

from __future__ import annotations

import configparser
import json
import re
import subprocess

import pytest
import yaml

from docs.blocks import ROOT, Block, all_blocks
from support.processes import program

MARKED = {"nginx": {"nginx", "nginx-tls"}, "apache": {"apache"}, "caddyfile": {"caddy"}}
LANGUAGES = {
    "apache", "caddyfile", "console", "haproxy", "html", "http", "ini", "javascript", "json",
    "nginx", "php", "python", "sh", "sql", "text", "yaml",
}  # fmt: skip


def parse(command: list[str], text: str) -> None:
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_every_block_has_a_category():
    assert [str(block) for block in all_blocks() if block.language not in LANGUAGES] == []


def test_no_fence_escapes_the_tests():
    for path in {block.page for block in all_blocks()}:
        fences = re.findall(r"^ *```", (ROOT / path).read_text("utf-8"), re.MULTILINE)
        assert len(fences) == 2 * sum(block.page == path for block in all_blocks()), path


@pytest.mark.parametrize("block", all_blocks("sh"), ids=str)
def test_shell_parses(block: Block):
    parse(["bash", "-n"], block.text)


@pytest.mark.parametrize("block", all_blocks("console"), ids=str)
def test_commands_of_a_session_parse(block: Block):
    commands = re.findall(r"^\$ (.*(?:\\\n.*)*)", block.text, re.MULTILINE)
    assert commands
    parse(["bash", "-n"], "\n".join(commands))


@pytest.mark.parametrize("block", all_blocks("javascript"), ids=str)
def test_javascript_parses(block: Block):
    kind = "module" if block.title == "module" else "commonjs"
    parse([program("node"), f"--input-type={kind}", "--check"], block.text)


@pytest.mark.parametrize("block", all_blocks("php"), ids=str)
def test_php_parses(block: Block):
    parse([program("php"), "-l"], block.text)


@pytest.mark.parametrize("block", all_blocks("python"), ids=str)
def test_python_is_where_it_is_run(block: Block):
    compile(block.text, str(block), "exec")
    tests = "".join(path.read_text("utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    assert block.page.rpartition("/")[2] in tests, "no test names this page"


@pytest.mark.parametrize("block", all_blocks("json"), ids=str)
def test_json_parses(block: Block):
    try:
        json.loads(block.text)
    except ValueError:  # one object a line
        assert [json.loads(line) for line in block.text.splitlines()]


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=str)
def test_yaml_parses(block: Block):
    assert yaml.safe_load(block.text)


@pytest.mark.parametrize("block", all_blocks("ini"), ids=str)
def test_units_parse(block: Block):
    included = re.fullmatch(r'--8<-- "(.+)"\n', block.text)
    text = (ROOT / included[1]).read_text("utf-8") if included else block.text
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(text)
    assert parser["Service"]


@pytest.mark.parametrize("block", all_blocks("http"), ids=str)
def test_requests_have_their_form(block: Block):
    assert re.match(r"(GET|POST) /\S* HTTP/1\.1\n([\w-]+: .+\n)*", block.text)


@pytest.mark.parametrize("block", all_blocks("haproxy"), ids=str)
def test_haproxy_passes_the_prefix_to_the_push_server(block: Block):
    assert "use_backend push if { path_beg /push/ }" in block.text
    assert "server push1 127.0.0.1:7867" in block.text


def test_configurations_are_found_by_the_proxies_tests():
    for block in all_blocks(*MARKED):
        assert block.marker in MARKED[block.language], str(block)
    assert {b.marker for b in all_blocks() if b.marker} == set.union(*MARKED.values())
