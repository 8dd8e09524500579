"""Functions on files and their names: they read, and never write."""

from __future__ import annotations

import re

from nextcloud_push.config.host import Refused
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.registry import builtin, constant_function
from nextcloud_push.config.values import NotEvaluable, PhpArray, Unknown, Value

_WRAPPER = re.compile(rb"([A-Za-z0-9+.-]+)://")


def _local(path: bytes) -> bytes:
    """A path without the wrapper ``file://``.

    Raises:
        NotEvaluable: It has another wrapper.
    """
    wrapper = _WRAPPER.match(path)
    if wrapper is None:
        return path
    if wrapper[1].lower() != b"file":
        shown = wrapper[1].decode()
        raise NotEvaluable(Unknown(None, f"reading from “{shown}://” is not supported"))
    return path[wrapper.end() :]


def _content(it: Interpreter, path: bytes) -> bytes | None:
    try:
        return it.host.read(_local(path))
    except Refused as refused:
        shown = path.decode("utf-8", "replace")
        raise NotEvaluable(Unknown(None, f"the file {shown} is not read: {refused}")) from None


@builtin()
def _file_get_contents(
    it: Interpreter,
    filename: bytes,
    use_include_path: bool = False,
    context: Value = None,
    offset: int = 0,
    length: int | None = None,
) -> Value:
    data = _content(it, filename)
    if data is None:
        return False
    return data[max(offset, 0) :][: None if length is None else max(length, 0)]


@builtin()
def _file(it: Interpreter, filename: bytes, flags: int = 0, context: Value = None) -> Value:
    data = _content(it, filename)
    if data is None:
        return False
    lines = re.findall(rb"[^\n]*\n|[^\n]+", data)
    if flags & 2:
        lines = [line.removesuffix(b"\n").removesuffix(b"\r") for line in lines]
    if flags & 4:
        lines = [line for line in lines if line]
    return PhpArray.of(list[Value](lines))


@builtin()
def _file_exists(it: Interpreter, filename: bytes) -> Value:
    return it.host.exists(_local(filename))


@builtin()
def _is_file(it: Interpreter, filename: bytes) -> Value:
    return it.host.is_file(_local(filename))


@builtin()
def _is_dir(it: Interpreter, filename: bytes) -> Value:
    return it.host.is_dir(_local(filename))


@builtin()
def _is_readable(it: Interpreter, filename: bytes) -> Value:
    return it.host.is_readable(_local(filename))


@builtin()
def _filesize(it: Interpreter, filename: bytes) -> Value:
    data = _content(it, filename)
    return False if data is None else len(data)


@builtin()
def _realpath(it: Interpreter, path: bytes) -> Value:
    found = it.host.real_path(path)
    return False if found is None else found


def directory(path: bytes, levels: int = 1) -> bytes:
    """The parent of a path, so many levels up, as ``dirname`` has it."""
    for _ in range(min(levels, path.count(b"/") + 1)):
        head = path.rstrip(b"/")
        if not head:
            return path[:1] or b""
        path = head.rpartition(b"/")[0]
        if b"/" not in head:
            return b"."
        path = path.rstrip(b"/") or b"/"
    return path


@builtin()
def _dirname(it: Interpreter, path: bytes, levels: int = 1) -> Value:
    return directory(path, max(levels, 1)) if path else b""


@builtin()
def _basename(it: Interpreter, path: bytes, suffix: bytes = b"") -> Value:
    name = path.rstrip(b"/").rpartition(b"/")[2]
    return name.removesuffix(suffix) if suffix and name != suffix else name


@builtin()
def _pathinfo(it: Interpreter, path: bytes, flags: int = 15) -> Value:
    made = PhpArray()
    name = path.rstrip(b"/").rpartition(b"/")[2]
    stem, dot, extension = name.rpartition(b".")
    parts: list[tuple[int, bytes, bytes | None]] = [
        (1, b"dirname", directory(path) if path else None),
        (2, b"basename", name),
        (4, b"extension", extension if dot else None),
        (8, b"filename", stem if dot else name),
    ]
    for bit, key, value in parts:
        if flags & bit and value is not None:
            made.set(key, value)
    if flags != 15:
        return made.values()[0] if len(made) else b""
    return made


@builtin()
def _getcwd(it: Interpreter) -> Value:
    return it.host.working_directory()


constant_function(b"/tmp", "sys_get_temp_dir")


@builtin()
def _glob(it: Interpreter, pattern: bytes, flags: int = 0) -> Value:
    if flags:
        raise NotEvaluable(Unknown(None, "flags of glob() cannot be evaluated"))
    found = it.host.glob(_local(pattern))
    return PhpArray.of(list[Value](found))


@builtin()
def _scandir(it: Interpreter, directory: bytes, sorting_order: int = 0) -> Value:
    names = it.host.names(_local(directory))
    if names is None:
        return False
    return PhpArray.of(list[Value](sorted(names, reverse=bool(sorting_order))))
