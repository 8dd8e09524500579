"""Functions on functions, constants and variables."""

from __future__ import annotations

from nextcloud_push.config.calls import call
from nextcloud_push.config.constants import CLASS_CONSTANTS, constant
from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.interpreter import Arguments, Callee, Interpreter
from nextcloud_push.config.php_names import php_names
from nextcloud_push.config.registry import builtin
from nextcloud_push.config.syntax import defines
from nextcloud_push.config.values import NotEvaluable, PhpArray, Ref, Unknown, Value

# Extensions that Nextcloud itself demands, hence loaded wherever a configuration is.
_EXTENSIONS = frozenset(
    {b"core", b"ctype", b"curl", b"date", b"dom", b"fileinfo", b"filter", b"gd", b"hash"}
    | {b"iconv", b"json", b"libxml", b"mbstring", b"openssl", b"pcre", b"pdo", b"posix"}
    | {b"random", b"reflection", b"session", b"simplexml", b"spl", b"standard", b"xml"}
    | {b"xmlreader", b"xmlwriter", b"zip", b"zlib"}
)


def _doubt(what: str) -> NotEvaluable:
    return NotEvaluable(Unknown(None, f"whether PHP has the {what} is not known"))


def exists(it: Interpreter, name: bytes) -> bool:
    """Whether a function exists.

    Raises:
        NotEvaluable: It is neither PHP's own nor one that the configuration declares: an extension
            or Nextcloud may have it.
    """
    lower = name.decode("utf-8", "replace").lstrip("\\").lower()
    declared = it.functions.get(lower)
    if declared is not None and not isinstance(declared, Unknown):
        return True
    if lower in php_names("functions"):
        return True
    if declared is None and _declared_later(it, "function", lower):
        return False
    raise _doubt(f"function “{lower}()”")


def _declared_later(it: Interpreter, kind: str, name: str) -> bool:
    """Whether the configuration has a declaration that did not run yet.

    ``function_exists('f')`` before ``function f()`` asks whether the file was read before.
    """
    return any(defines(source, kind, name) for source in it.sources)


@builtin()
def _function_exists(it: Interpreter, function: bytes) -> Value:
    return exists(it, function)


@builtin()
def _extension_loaded(it: Interpreter, extension: bytes) -> Value:
    if extension.lower() in _EXTENSIONS:
        return True
    name = extension.decode("utf-8", "replace")
    raise _doubt(f"extension “{name}”")


def _kind_of_class(name: bytes) -> str:
    """What PHP's own class or interface of a name is.

    Raises:
        NotEvaluable: PHP has none, and Nextcloud may.
    """
    text = name.decode("utf-8", "replace").lstrip("\\").lower()
    if text in php_names("classes") or text == "oc":
        return "class"
    if text in php_names("interfaces"):
        return "interface"
    raise _doubt(f"class “{text}”")


@builtin()
def _class_exists(it: Interpreter, class_: bytes, autoload: bool = True) -> Value:
    return _kind_of_class(class_) == "class"


@builtin()
def _interface_exists(it: Interpreter, interface: bytes, autoload: bool = True) -> Value:
    return _kind_of_class(interface) == "interface"


def _constant_value(it: Interpreter, name: bytes) -> tuple[bool, Value]:
    text = name.decode("utf-8", "replace").lstrip("\\")
    class_name, separator, member = text.partition("::")
    if not separator:
        return constant(it, "\\" + text)
    members = CLASS_CONSTANTS.get(class_name.lower(), {})
    return member in members, members.get(member)


@builtin()
def _defined(it: Interpreter, constant_name: bytes) -> Value:
    text = constant_name.decode("utf-8", "replace").lstrip("\\")
    if _constant_value(it, constant_name)[0]:
        return True
    if _declared_later(it, "constant", text):
        return False
    raise _doubt(f"constant “{text}”")


@builtin()
def _constant(it: Interpreter, name: bytes) -> Value:
    found, value = _constant_value(it, name)
    if not found:
        text = name.decode("utf-8", "replace")
        raise NotEvaluable(Unknown(None, f"the constant “{text}” cannot be evaluated"))
    return value


@builtin()
def _define(
    it: Interpreter, constant_name: bytes, value: Value, case_insensitive: bool = False
) -> Value:
    name = constant_name.decode("utf-8", "replace").lstrip("\\")
    if name in it.perhaps:
        raise NotEvaluable(it.perhaps[name])
    if constant(it, "\\" + name)[0]:
        return False
    it.constants[name] = value
    return True


@builtin()
def _call_user_func(it: Interpreter, callback: Callee, *args: Value) -> Value:
    return call(it, callback, list(args))


@builtin()
def _call_user_func_array(it: Interpreter, callback: Callee, args: PhpArray) -> Value:
    passed = Arguments()
    for key, value in args.pairs():
        if isinstance(key, int):
            passed.positional.append(value)
        else:
            passed.named[key.decode("utf-8", "replace")] = value
    return callback.call(it, passed)


@builtin()
def _func_get_args(it: Interpreter) -> Value:
    given = it.scope.arguments
    return PhpArray.of([value.value if isinstance(value, Ref) else value for value in given])


@builtin()
def _func_num_args(it: Interpreter) -> Value:
    return len(it.scope.arguments)


@builtin()
def _compact(it: Interpreter, *var_names: Value) -> Value:
    made = PhpArray()
    for name in var_names:
        names = name.values() if isinstance(name, PhpArray) else [name]
        for each in map(to_bytes, names):
            if each in it.scope.variables:
                made.set(each, it.scope.variables[each].value)
    return made


@builtin()
def _extract(it: Interpreter, array: PhpArray, flags: int = 0) -> Value:
    count = 0
    for key, value in array.pairs():
        if isinstance(key, bytes) and not (flags == 1 and key in it.scope.variables):
            it.scope.ref(key).value = value
            count += 1
    return count
