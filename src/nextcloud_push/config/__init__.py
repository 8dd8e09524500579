"""Evaluator for config.php: the values that Nextcloud would see, without PHP.

`load` evaluates a file (and, when asked, the ``*.config.php`` files beside it) in Python, and
`load_apart` does so in a child process; `load_via_php` asks an installed PHP instead. Each answers
a `ConfigFile`.
"""

from nextcloud_push.config.apart import load_apart
from nextcloud_push.config.config_file import ConfigFile
from nextcloud_push.config.loading import load
from nextcloud_push.config.via_php import load_via_php

__all__ = ["ConfigFile", "load", "load_apart", "load_via_php"]
