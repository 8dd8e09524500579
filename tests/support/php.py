"""The real PHP, for comparison: the configuration it sees in files, many in one process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from nextcloud_push.config.answer import answer
from nextcloud_push.config.loading import Loaded, load
from nextcloud_push.config.shown import as_text, left_out
from nextcloud_push.server.settings.evaluator import ask
from nextcloud_push.server.settings.nextcloud_file import ConfigFile
from support.processes import program


class Evaluated(ConfigFile):
    """A configuration as the settings see it, and as it is shown, with secrets and without."""

    def __init__(
        self, plain: dict[str, Any], masked: dict[str, Any], environ: Mapping[str, str]
    ) -> None:
        # Through JSON, as it comes from the program.
        self._answers = [json.loads(json.dumps(found)) for found in (masked, plain)]
        super().__init__(self._answers[True], environ)

    def to_json(self, *, show_secrets: bool = False) -> tuple[str, list[str]]:
        """What ``config eval`` prints, and what it leaves out."""
        found = self._answers[show_secrets]
        return as_text(found), left_out(found)


def described(loaded: Loaded, environ: Mapping[str, str]) -> Evaluated:
    """A configuration that was loaded in this process."""
    return Evaluated(answer(loaded, show_secrets=True), answer(loaded), environ)


def load_here(path: Path, *, glob: bool, environ: Mapping[str, str]) -> Evaluated:
    """Evaluate a file in this process, without the limits that the program has."""
    return described(load(path, glob=glob, environ=environ), environ)


def load_apart(
    path: Path, *, glob: bool, environ: Mapping[str, str], via_php: bool = False
) -> Evaluated:
    """Evaluate a file as the daemon does: by the program."""
    masked, plain = (
        ask(path, glob=glob, environ=environ, show_secrets=shown, via_php=via_php)
        for shown in (False, True)
    )
    return Evaluated(plain, masked, environ)


def read_apart(path: Path, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """What ``config eval --show-secrets`` prints for a file, and what it leaves out."""
    found = ask(path, glob=False, environ=environ, show_secrets=True)
    return as_text(found), left_out(found)


class Evaluate(Protocol):
    """The fixture ``evaluate``: code without its opening tag, as a config.php."""

    def __call__(self, code: str, *, environ: Mapping[str, str] | None = None) -> Evaluated: ...


_SCRIPT = r"""
class OC { public static $SERVERROOT; }
function merged(array $__files): array {
    $__merged = [];
    foreach ($__files as $__file) {
        unset($CONFIG);
        include $__file;
        if (isset($CONFIG) && is_array($CONFIG)) { $__merged = array_merge($__merged, $CONFIG); }
    }
    return $__merged;
}
error_reporting(0);
foreach (json_decode(stream_get_contents(STDIN), true) as [$root, $files]) {
    OC::$SERVERROOT = $root;
    ob_start();
    try {
        $answer = ['config' => merged($files)];
    } catch (\Throwable $error) {
        $answer = ['error' => get_class($error) . ': ' . $error->getMessage()];
    }
    ob_end_clean();
    echo json_encode($answer, JSON_PRETTY_PRINT | JSON_PRESERVE_ZERO_FRACTION
        | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    echo "---\n";
}
"""


def php_reads(groups: Sequence[Sequence[Path]], environ: Mapping[str, str]) -> list[str]:
    """What PHP answers for each group of files, merged as Nextcloud does: JSON texts.

    A text is an object with either ``config`` or, when a file throws, ``error``.
    """
    asked = json.dumps([[str(files[0].parent.parent), [*map(str, files)]] for files in groups])
    command = [program("php"), "-d", "variables_order=EGPCS", "-d", "display_errors=stderr"]
    done = subprocess.run(
        [*command, "-r", _SCRIPT],
        input=asked.encode(),
        env=dict(environ),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()[-500:]
    return done.stdout.decode().split("---\n")[:-1]


def php_config(files: Sequence[Path], environ: Mapping[str, str]) -> Any:
    """The configuration that PHP sees in some files, in order."""
    (answer,) = php_reads([files], environ)
    return json.loads(answer)["config"]
