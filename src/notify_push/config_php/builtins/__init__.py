"""PHP's built-in functions, as far as configurations use them, by subject.

Importing this package registers them in `notify_push.config_php.registry`.
"""

from notify_push.config_php.builtins import (
    array_making,
    arrays,
    encoding,
    environment,
    files,
    formatting,
    functions,
    json,
    math,
    regex,
    sorting,
    text,
    types,
    urls,
)

__all__ = [
    "array_making",
    "arrays",
    "encoding",
    "environment",
    "files",
    "formatting",
    "functions",
    "json",
    "math",
    "regex",
    "sorting",
    "text",
    "types",
    "urls",
]
