"""Constants that PHP 8.2 and the extensions Nextcloud needs bring along."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nextcloud_push.config.completion import Fatal
from nextcloud_push.config.interpreter import Interpreter, expression
from nextcloud_push.config.values import INT_MAX, INT_MIN, NotEvaluable, Unknown, Value

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["CLASS_CONSTANTS", "constant"]

_CONSTANTS: dict[str, Value] = {
    "PHP_EOL": b"\n",
    "PHP_INT_MAX": INT_MAX,
    "PHP_INT_MIN": INT_MIN,
    "PHP_INT_SIZE": 8,
    "PHP_FLOAT_EPSILON": 2.0**-52,
    "PHP_FLOAT_MAX": 1.7976931348623157e308,
    "PHP_FLOAT_MIN": 2.2250738585072014e-308,
    "PHP_FLOAT_DIG": 15,
    "PHP_OS": b"Linux",
    "PHP_OS_FAMILY": b"Linux",
    "PHP_VERSION": b"8.2.0",
    "PHP_VERSION_ID": 80200,
    "PHP_MAJOR_VERSION": 8,
    "PHP_MINOR_VERSION": 2,
    "PHP_RELEASE_VERSION": 0,
    "PHP_EXTRA_VERSION": b"",
    "PHP_SAPI": b"cli",
    "PHP_DEBUG": 0,
    "PHP_ZTS": 0,
    "PHP_MAXPATHLEN": 4096,
    "DIRECTORY_SEPARATOR": b"/",
    "PATH_SEPARATOR": b":",
    "E_ERROR": 1,
    "E_WARNING": 2,
    "E_PARSE": 4,
    "E_NOTICE": 8,
    "E_STRICT": 2048,
    "E_DEPRECATED": 8192,
    "E_USER_ERROR": 256,
    "E_USER_WARNING": 512,
    "E_USER_NOTICE": 1024,
    "E_USER_DEPRECATED": 16384,
    "E_ALL": 32767,
    "M_PI": math.pi,
    "M_E": math.e,
    "NAN": math.nan,
    "INF": math.inf,
    "ARRAY_FILTER_USE_KEY": 2,
    "ARRAY_FILTER_USE_BOTH": 1,
    "COUNT_NORMAL": 0,
    "COUNT_RECURSIVE": 1,
    "SORT_REGULAR": 0,
    "SORT_NUMERIC": 1,
    "SORT_STRING": 2,
    "SORT_DESC": 3,
    "SORT_ASC": 4,
    "SORT_LOCALE_STRING": 5,
    "SORT_NATURAL": 6,
    "SORT_FLAG_CASE": 8,
    "CASE_LOWER": 0,
    "CASE_UPPER": 1,
    "STR_PAD_LEFT": 0,
    "STR_PAD_RIGHT": 1,
    "STR_PAD_BOTH": 2,
    "PHP_ROUND_HALF_UP": 1,
    "JSON_ERROR_NONE": 0,
    "JSON_ERROR_DEPTH": 1,
    "JSON_ERROR_STATE_MISMATCH": 2,
    "JSON_ERROR_CTRL_CHAR": 3,
    "JSON_ERROR_SYNTAX": 4,
    "JSON_ERROR_UTF8": 5,
    "JSON_ERROR_INF_OR_NAN": 7,
    "JSON_ERROR_UNSUPPORTED_TYPE": 8,
    "JSON_OBJECT_AS_ARRAY": 1,
    "JSON_BIGINT_AS_STRING": 2,
    "JSON_HEX_TAG": 1,
    "JSON_HEX_AMP": 2,
    "JSON_HEX_APOS": 4,
    "JSON_HEX_QUOT": 8,
    "JSON_FORCE_OBJECT": 16,
    "JSON_NUMERIC_CHECK": 32,
    "JSON_UNESCAPED_SLASHES": 64,
    "JSON_PRETTY_PRINT": 128,
    "JSON_UNESCAPED_UNICODE": 256,
    "JSON_PARTIAL_OUTPUT_ON_ERROR": 512,
    "JSON_PRESERVE_ZERO_FRACTION": 1024,
    "JSON_INVALID_UTF8_IGNORE": 1048576,
    "JSON_INVALID_UTF8_SUBSTITUTE": 2097152,
    "JSON_THROW_ON_ERROR": 4194304,
    "PHP_URL_SCHEME": 0,
    "PHP_URL_HOST": 1,
    "PHP_URL_PORT": 2,
    "PHP_URL_USER": 3,
    "PHP_URL_PASS": 4,
    "PHP_URL_PATH": 5,
    "PHP_URL_QUERY": 6,
    "PHP_URL_FRAGMENT": 7,
    "PATHINFO_DIRNAME": 1,
    "PATHINFO_BASENAME": 2,
    "PATHINFO_EXTENSION": 4,
    "PATHINFO_FILENAME": 8,
    "PATHINFO_ALL": 15,
    "FILE_USE_INCLUDE_PATH": 1,
    "FILE_IGNORE_NEW_LINES": 2,
    "FILE_SKIP_EMPTY_LINES": 4,
    "FILTER_VALIDATE_INT": 257,
    "FILTER_VALIDATE_BOOLEAN": 258,
    "FILTER_VALIDATE_BOOL": 258,
    "FILTER_VALIDATE_FLOAT": 259,
    "FILTER_VALIDATE_URL": 273,
    "FILTER_VALIDATE_EMAIL": 274,
    "FILTER_VALIDATE_IP": 275,
    "FILTER_VALIDATE_DOMAIN": 277,
    "FILTER_DEFAULT": 516,
    "FILTER_UNSAFE_RAW": 516,
    "FILTER_NULL_ON_FAILURE": 134217728,
    "FILTER_FLAG_IPV4": 1048576,
    "FILTER_FLAG_IPV6": 2097152,
    "INI_SCANNER_NORMAL": 0,
    "INI_SCANNER_RAW": 1,
    "INI_SCANNER_TYPED": 2,
    "ENT_QUOTES": 3,
    "ENT_COMPAT": 2,
    "ENT_NOQUOTES": 0,
    "ENT_HTML5": 48,
    "PREG_SPLIT_NO_EMPTY": 1,
    "PREG_SPLIT_DELIM_CAPTURE": 2,
    "GLOB_BRACE": 1024,
    "GLOB_NOSORT": 4,
    "SCANDIR_SORT_ASCENDING": 0,
    "SCANDIR_SORT_DESCENDING": 1,
    "PREG_PATTERN_ORDER": 1,
    "PREG_SET_ORDER": 2,
    "LC_ALL": 6,
    "LC_CTYPE": 0,
    "LOG_ERR": 3,
    "LOG_WARNING": 4,
    "LOG_INFO": 6,
    "LOG_DEBUG": 7,
    "LOCK_SH": 1,
    "LOCK_EX": 2,
    "EXTR_OVERWRITE": 0,
    "EXTR_SKIP": 1,
    "OPENSSL_VERSION_NUMBER": 0x30000000,
    "CURLOPT_SSL_VERIFYPEER": 64,
    "CURLOPT_SSL_VERIFYHOST": 81,
}

_PDO: dict[str, Value] = {
    "PARAM_NULL": 0,
    "PARAM_INT": 1,
    "PARAM_STR": 2,
    "PARAM_LOB": 3,
    "PARAM_BOOL": 5,
    "FETCH_ASSOC": 2,
    "FETCH_NUM": 3,
    "FETCH_BOTH": 4,
    "FETCH_OBJ": 5,
    "FETCH_COLUMN": 7,
    "CASE_NATURAL": 0,
    "CASE_LOWER": 2,
    "CASE_UPPER": 1,
    "ERRMODE_SILENT": 0,
    "ERRMODE_WARNING": 1,
    "ERRMODE_EXCEPTION": 2,
    "ATTR_AUTOCOMMIT": 0,
    "ATTR_PREFETCH": 1,
    "ATTR_TIMEOUT": 2,
    "ATTR_ERRMODE": 3,
    "ATTR_SERVER_VERSION": 4,
    "ATTR_CLIENT_VERSION": 5,
    "ATTR_SERVER_INFO": 6,
    "ATTR_CONNECTION_STATUS": 7,
    "ATTR_CASE": 8,
    "ATTR_CURSOR_NAME": 9,
    "ATTR_CURSOR": 10,
    "ATTR_ORACLE_NULLS": 11,
    "ATTR_PERSISTENT": 12,
    "ATTR_STATEMENT_CLASS": 13,
    "ATTR_FETCH_TABLE_NAMES": 14,
    "ATTR_FETCH_CATALOG_NAMES": 15,
    "ATTR_DRIVER_NAME": 16,
    "ATTR_STRINGIFY_FETCHES": 17,
    "ATTR_MAX_COLUMN_LEN": 18,
    "ATTR_DEFAULT_FETCH_MODE": 19,
    "ATTR_EMULATE_PREPARES": 20,
    "ATTR_DEFAULT_STR_PARAM": 21,
    "MYSQL_ATTR_USE_BUFFERED_QUERY": 1000,
    "MYSQL_ATTR_LOCAL_INFILE": 1001,
    "MYSQL_ATTR_INIT_COMMAND": 1002,
    "MYSQL_ATTR_COMPRESS": 1003,
    "MYSQL_ATTR_DIRECT_QUERY": 1004,
    "MYSQL_ATTR_FOUND_ROWS": 1005,
    "MYSQL_ATTR_IGNORE_SPACE": 1006,
    "MYSQL_ATTR_SSL_KEY": 1007,
    "MYSQL_ATTR_SSL_CERT": 1008,
    "MYSQL_ATTR_SSL_CA": 1009,
    "MYSQL_ATTR_SSL_CAPATH": 1010,
    "MYSQL_ATTR_SSL_CIPHER": 1011,
    "MYSQL_ATTR_SERVER_PUBLIC_KEY": 1012,
    "MYSQL_ATTR_MULTI_STATEMENTS": 1013,
    "MYSQL_ATTR_SSL_VERIFY_SERVER_CERT": 1014,
    "MYSQL_ATTR_LOCAL_INFILE_DIRECTORY": 1015,
    "PGSQL_ATTR_DISABLE_PREPARES": 1000,
}

_REDIS: dict[str, Value] = {
    "OPT_SERIALIZER": 1,
    "OPT_PREFIX": 2,
    "OPT_READ_TIMEOUT": 3,
    "OPT_SCAN": 4,
    "SERIALIZER_NONE": 0,
    "SERIALIZER_PHP": 1,
    "SERIALIZER_IGBINARY": 2,
    "SERIALIZER_JSON": 4,
    "SERIALIZER_MSGPACK": 3,
    "ATOMIC": 0,
    "MULTI": 1,
    "PIPELINE": 2,
}

_REDIS_CLUSTER: dict[str, Value] = {
    "OPT_SLAVE_FAILOVER": 5,
    "FAILOVER_NONE": 0,
    "FAILOVER_ERROR": 1,
    "FAILOVER_DISTRIBUTE": 2,
    "FAILOVER_DISTRIBUTE_SLAVES": 3,
}

CLASS_CONSTANTS: dict[str, dict[str, Value]] = {
    "pdo": _PDO,
    "redis": _REDIS,
    "rediscluster": _REDIS | _REDIS_CLUSTER,
    "pdo\\mysql": {
        name.removeprefix("MYSQL_"): value
        for name, value in _PDO.items()
        if name.startswith("MYSQL_")
    },
}
"""Constants by lower-case class name."""


def constant(it: Interpreter, name: str) -> tuple[bool, Value]:
    """Look a constant up.

    Args:
        it: The interpreter.
        name: As written, backslashes included.

    Returns:
        Whether it is known, and its value.

    Raises:
        NotEvaluable: Nobody can tell whether the file defined it.
    """
    for full in it.file.names.constant(name):
        if full in it.constants:
            return True, it.constants[full]
        if full in it.perhaps:
            raise NotEvaluable(it.perhaps[full])
        if full in _CONSTANTS:
            return True, _CONSTANTS[full]
        if full.lower() in ("true", "false", "null"):
            return True, {"true": True, "false": False, "null": None}[full.lower()]
    return False, None


def _magic(it: Interpreter, node: Node, name: str) -> Value:
    path = it.file.source.path.encode("utf-8", "surrogateescape")
    found: dict[str, Value] = {
        "__FILE__": path,
        "__DIR__": path.rpartition(b"/")[0] or b"/",
        "__LINE__": it.place(node).line,
        "__NAMESPACE__": it.file.names.namespace.encode(),
        "__FUNCTION__": it.scope.function.encode(),
        "__METHOD__": it.scope.function.encode(),
        "__CLASS__": b"",
        "__TRAIT__": b"",
    }
    return found[name]


@expression("name", "qualified_name", "relative_name")
def _name(it: Interpreter, node: Node) -> Value:
    name = it.text(node)
    if name.startswith("__") and name.upper() in _MAGIC:
        return _magic(it, node, name.upper())
    if name.lower() in ("exit", "die"):
        raise Fatal(Unknown(it.place(node), f"“{name}” ends PHP here"))
    exists, value = constant(it, name)
    if exists:
        return value
    # It may well exist in PHP: constants of extensions are too many to know.
    raise it.unsupported(node, f"the constant “{name}”")


_MAGIC = frozenset(
    {"__FILE__", "__DIR__", "__LINE__", "__NAMESPACE__", "__FUNCTION__", "__METHOD__"}
    | {"__CLASS__", "__TRAIT__"}
)
