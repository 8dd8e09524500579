"""Evaluator for config.php: the values that Nextcloud would see, without PHP.

`load` evaluates a file (and, when asked, the ``*.config.php`` files beside it) in Python, and
`load_apart` does so in a child process; `load_via_php` asks an installed PHP instead. Each answers
a `ConfigFile`.
"""

from notify_push.config_php.apart import load_apart
from notify_push.config_php.config_file import ConfigFile
from notify_push.config_php.loading import load
from notify_push.config_php.via_php import load_via_php

__all__ = ["ConfigFile", "load", "load_apart", "load_via_php"]
