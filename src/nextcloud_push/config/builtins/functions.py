"""Functions on functions, constants and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nextcloud_push.config.callables import Arguments, Callee
from nextcloud_push.config.calls import call
from nextcloud_push.config.constants import CLASS_CONSTANTS, constant
from nextcloud_push.config.conversions import to_bytes
from nextcloud_push.config.registry import BUILTINS, builtin
from nextcloud_push.config.values import NotEvaluable, PhpArray, Ref, Thrown, Unknown, Value

if TYPE_CHECKING:
    from nextcloud_push.config.interpreter import Interpreter

# Extensions that Nextcloud itself demands, hence loaded wherever a configuration is.
_EXTENSIONS = frozenset(
    {b"core", b"ctype", b"curl", b"date", b"dom", b"fileinfo", b"filter", b"gd", b"hash"}
    | {b"iconv", b"json", b"libxml", b"mbstring", b"openssl", b"pcre", b"pdo", b"posix"}
    | {b"random", b"reflection", b"session", b"simplexml", b"spl", b"standard", b"xml"}
    | {b"xmlreader", b"xmlwriter", b"zip", b"zlib"}
)
_MAYBE = [
    "apcu_",
    "apc_",
    "opcache_",
    "curl_",
    "mb_",
    "posix_",
    "pcntl_",
    "image",
    "ldap_",
    "openssl_",
    "sodium_",
    "redis",
    "exif_",
    "gmp_",
    "bc",
    "intl",
    "sem_",
    "shm_",
    "socket_",
    "ssh2_",
    "ftp_",
    "pg_",
    "mysqli_",
    "oci_",
    "sqlite",
    "memcache",
    "xdebug_",
    "igbinary_",
    "msgpack_",
    "proc_",
    "exec",
    "shell_exec",
    "system",
    "passthru",
    "popen",
    "fopen",
    "fsockopen",
    "mail",
    "random_",
    "date",
    "time",
    "strto",
    "mk",
    "gmdate",
    "array_",
    "str_",
    "preg_",
    "iconv",
    "is_",
    "get_",
    "spl_",
    "stream_",
    "ini_",
    "file",
    "hash_",
    "mt_",
    "password_",
    "http_",
    "header",
    "set_",
    "ob_",
    "gz",
    "json_",
    "ctype_",
    "filter_",
    "func_",
    "url",
    "html",
    "utf8_",
    "sys_",
    "syslog",
    "uniqid",
    "usleep",
    "sleep",
    "glob",
    "mkdir",
    "unlink",
    "rename",
    "touch",
    "chmod",
    "scandir",
    "opendir",
    "readdir",
    "fread",
    "fwrite",
    "fclose",
    "fgets",
    "putenv",
    "dl",
    "cli_",
    "fastcgi_",
    "apache_",
    "yaml_",
    "simplexml_",
    "xml",
    "libxml_",
    "zip_",
]


def exists(it: Interpreter, name: bytes) -> bool:
    """Whether a function exists.

    Raises:
        NotEvaluable: It may be one of PHP's that this evaluator does not know.
    """
    lower = name.decode("utf-8", "replace").lstrip("\\").lower()
    if lower in it.functions or lower in BUILTINS:
        return True
    if any(lower.startswith(prefix) for prefix in _MAYBE):
        raise NotEvaluable(Unknown(None, f"whether PHP has the function “{lower}()” is not known"))
    return False


@builtin()
def _function_exists(it: Interpreter, function: bytes) -> Value:
    return exists(it, function)


@builtin()
def _extension_loaded(it: Interpreter, extension: bytes) -> Value:
    if extension.lower() in _EXTENSIONS:
        return True
    name = extension.decode("utf-8", "replace")
    raise NotEvaluable(Unknown(None, f"whether PHP has the extension “{name}” is not known"))


@builtin("class_exists", "interface_exists")
def _class_exists(it: Interpreter, class_: bytes, autoload: bool = True) -> Value:
    name = class_.decode("utf-8", "replace").lstrip("\\").lower()
    if name in ("stdclass", "exception", "error", "closure", "pdo", "oc"):
        return True
    raise NotEvaluable(Unknown(None, f"whether PHP has the class “{name}” is not known"))


def _constant_value(it: Interpreter, name: bytes) -> tuple[bool, Value]:
    text = name.decode("utf-8", "replace").lstrip("\\")
    class_name, separator, member = text.partition("::")
    if not separator:
        return constant(it, "\\" + text)
    members = CLASS_CONSTANTS.get(class_name.lower())
    if members is None:
        raise NotEvaluable(Unknown(None, f"the class “{class_name}” cannot be evaluated"))
    return member in members, members.get(member)


@builtin()
def _defined(it: Interpreter, constant_name: bytes) -> Value:
    return _constant_value(it, constant_name)[0]


@builtin()
def _constant(it: Interpreter, name: bytes) -> Value:
    found, value = _constant_value(it, name)
    if not found:
        text = name.decode("utf-8", "replace")
        raise Thrown.of("Error", f'Undefined constant "{text}"')
    return value


@builtin()
def _define(
    it: Interpreter, constant_name: bytes, value: Value, case_insensitive: bool = False
) -> Value:
    name = constant_name.decode("utf-8", "replace").lstrip("\\")
    if name in it.constants:
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
