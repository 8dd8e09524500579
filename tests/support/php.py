"""The real PHP, for comparison: the configuration it sees in files, many in one process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from nextcloud_push.config import ConfigFile
from support.processes import program


class Evaluate(Protocol):
    """The fixture ``evaluate``: code without its opening tag, as a config.php."""

    def __call__(self, code: str, *, environ: Mapping[str, str] | None = None) -> ConfigFile: ...


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
