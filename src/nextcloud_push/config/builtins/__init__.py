"""PHP's built-in functions, as far as configurations use them, by subject.

Importing this package registers them in `nextcloud_push.config.registry`.
"""

from nextcloud_push.config.builtins import (
    array_making,
    arrays,
    encoding,
    environment,
    files,
    formatting,
    functions,
    hashing,
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
    "hashing",
    "json",
    "math",
    "regex",
    "sorting",
    "text",
    "types",
    "urls",
]
