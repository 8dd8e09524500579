"""Asking an installed PHP for the configuration: only ever on the admin's own request."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from nextcloud_push.config.errors import ConfigFault
from nextcloud_push.config.loading import Loaded
from nextcloud_push.config.shown import to_php
from nextcloud_push.config.values import PhpArray

__all__ = ["load_via_php"]

_SECONDS = 15
_SCRIPT = r"""
class OC { public static $SERVERROOT = ''; }
OC::$SERVERROOT = dirname($argv[1], 2);
(function (string $__main, bool $__glob): void {
    $__files = [$__main];
    if ($__glob) {
        $__more = [];
        foreach (scandir(dirname($__main)) as $__name) {
            if ($__name[0] !== '.' && str_ends_with($__name, '.' . basename($__main))) {
                $__more[] = dirname($__main) . '/' . $__name;
            }
        }
        natsort($__more);
        $__files = array_merge($__files, $__more);
    }
    $__merged = [];
    ob_start();
    foreach ($__files as $__file) {
        unset($CONFIG);
        include $__file;
        if (isset($CONFIG) && is_array($CONFIG)) {
            $__merged = array_merge($__merged, $CONFIG);
        }
    }
    ob_end_clean();
    echo json_encode(['config' => $__merged], JSON_INVALID_UTF8_SUBSTITUTE
        | JSON_PRESERVE_ZERO_FRACTION | JSON_PARTIAL_OUTPUT_ON_ERROR);
})($argv[1], $argv[2] === '1');
"""


def load_via_php(
    path: Path,
    *,
    glob: bool,
    environ: Mapping[str, str],
    php: str | None = None,
) -> Loaded:
    """Let PHP evaluate a config.php. The file's code runs, with all that it does.

    Args:
        path: The main file.
        glob: Also read ``*.config.php`` beside it.
        environ: PHP's environment variables.
        php: The program; looked for in ``PATH`` by default.

    Raises:
        ConfigFault: There is no PHP, or it does not answer with a configuration.
    """
    main = Path(os.path.abspath(path))
    program = php or shutil.which("php", path=environ.get("PATH"))
    if program is None:
        raise ConfigFault(str(main), "there is no program “php” to ask", remedy="install it")
    # Warnings would name values; the exit status is all that is looked at.
    command = [program, "-d", "display_errors=0", "-d", "log_errors=0", "-d", "html_errors=0"]
    command += ["-d", "variables_order=EGPCS", "-r", _SCRIPT, "--", str(main), str(int(glob))]
    try:
        done = subprocess.run(  # noqa: S603 - the admin asked for it, and the path is an argument
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        config = json.loads(done.stdout)["config"]
    except subprocess.TimeoutExpired:
        raise ConfigFault(str(main), f"PHP did not answer within {_SECONDS} s") from None
    except OSError as error:
        raise ConfigFault(str(main), f"PHP cannot be run: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        reason = f"PHP ended with status {done.returncode} and without a configuration"
        raise ConfigFault(str(main), reason) from None
    values = to_php(config, set())
    assert isinstance(values, PhpArray)
    return Loaded(main, values)
