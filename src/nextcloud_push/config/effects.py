"""What a piece of code may write, found without running it.

When a condition is unknown, nobody can tell which branch runs: everything that the statement may
write becomes unknown, and the rest of the configuration stays usable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nextcloud_push.config.completion import Completion, Fatal, Return
from nextcloud_push.config.interpreter import Interpreter
from nextcloud_push.config.places import locate
from nextcloud_push.config.syntax import MALFORMED, constant_defined
from nextcloud_push.config.values import NotEvaluable, PhpArray, Thrown, Unknown

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["CONFIG", "skip"]

CONFIG = b"CONFIG"
"""The name of the variable that all of this is about."""

_INNER_FUNCTIONS = frozenset({"function_definition", "anonymous_function", "arrow_function"})
_BODIES = _INNER_FUNCTIONS | {"method_declaration", "program"}
_LOOPS = frozenset({"while_statement", "do_statement", "for_statement", "foreach_statement"})
_WRITES = {
    "assignment_expression": "left",
    "augmented_assignment_expression": "left",
    "reference_assignment_expression": "left",
    "update_expression": "argument",
    "catch_clause": "name",
}
_INCLUDES = frozenset(
    {"include_expression", "include_once_expression", "require_expression"}
    | {"require_once_expression"}
)
_WRITE_ARGUMENTS = frozenset(
    """
    apc_fetch apcu_dec apcu_fetch apcu_inc array_multisort array_pop array_push array_shift
    array_splice array_unshift array_walk array_walk_recursive arsort asort curl_multi_exec
    curl_multi_info_read datefmt_localtime datefmt_parse dns_get_mx dns_get_record end exec
    exif_thumbnail extract flock fscanf fsockopen ftp_alloc getimagesize getimagesizefromstring
    getmxrr getopt grapheme_extract headers_sent idn_to_ascii idn_to_utf8 is_callable krsort
    ksort ldap_get_option ldap_parse_exop ldap_parse_reference ldap_parse_result
    mb_convert_variables mb_parse_str msg_receive msg_send mysqli_poll mysqli_stmt_bind_param
    mysqli_stmt_bind_result natcasesort natsort next numfmt_parse_currency openssl_cms_read
    openssl_csr_export openssl_csr_new openssl_encrypt openssl_open openssl_pkcs12_export
    openssl_pkcs12_read openssl_pkcs7_read openssl_pkey_export openssl_private_decrypt
    openssl_private_encrypt openssl_public_decrypt openssl_public_encrypt
    openssl_random_pseudo_bytes openssl_seal openssl_sign openssl_x509_export parse_str passthru
    pcntl_sigprocmask pcntl_sigtimedwait pcntl_sigwaitinfo pcntl_wait pcntl_waitpid pfsockopen
    preg_filter preg_match preg_match_all preg_replace preg_replace_callback
    preg_replace_callback_array prev proc_open reset rsort settype shuffle similar_text
    socket_create_pair socket_getpeername socket_getsockname socket_recv socket_recvfrom
    socket_recvmsg socket_select sodium_add sodium_crypto_generichash_final
    sodium_crypto_generichash_update sodium_crypto_secretstream_xchacha20poly1305_pull
    sodium_crypto_secretstream_xchacha20poly1305_push
    sodium_crypto_secretstream_xchacha20poly1305_rekey sodium_increment sodium_memzero sort
    sscanf str_ireplace str_replace stream_select stream_socket_accept stream_socket_client
    stream_socket_recvfrom stream_socket_server system uasort uksort usort xml_parse_into_struct
    """.split()  # noqa: SIM905  # nobody reads 120 names in quotes
)
"""PHP's functions that write to an argument, known to the evaluator or not."""


def skip(it: Interpreter, nodes: Sequence[Node], unknown: Unknown) -> Completion:
    """Go on behind statements of which nobody knows whether they ran, or how.

    Raises:
        NotEvaluable: They may end a loop or throw to a ``try``, so what is around is unknown too.
        Fatal: They may end the file.
    """
    escapes: set[str] = set()
    for node in nodes:
        _spoil(it, node, unknown)
        escapes |= _escapes(it, node)
    if "return" in escapes:
        if not it.scope.function:
            raise Fatal(unknown)
        _spoil(it, _body_around(nodes[0]), unknown)  # what comes behind may run, or not
        return Return(unknown)
    if "loop" in escapes or ("throw" in escapes and it.tries):
        raise NotEvaluable(unknown)
    return None


def _body_around(node: Node) -> Node:
    """The body of the function that a node is in."""
    while node.parent is not None and node.parent.type not in _BODIES:
        node = node.parent
    return node


def _walk(it: Interpreter, node: Node, *, into_loops: bool = True) -> Iterator[Node]:
    """A node and all below it that run with it, bodies of functions left out."""
    pending = [node]
    while pending:
        it.budget.step()
        current = pending.pop()
        yield current
        for part in reversed(current.named_children):
            if part.type not in _INNER_FUNCTIONS and (into_loops or part.type not in _LOOPS):
                pending.append(part)


def _escapes(it: Interpreter, node: Node) -> set[str]:
    """How control may leave a statement before its end: ``return``, ``throw``, ``loop``."""
    found = set()
    for part in _walk(it, node):
        if part.type == "return_statement":
            found.add("return")
        elif part.type in ("goto_statement", "yield_expression"):
            found.add("return")  # nobody can tell what runs next
        elif part.type == "throw_expression":
            found.add("throw")
    own_loop = node.type in _LOOPS or node.type == "switch_statement"
    for part in _walk(it, node, into_loops=False):
        if part.type in ("break_statement", "continue_statement") and (
            not own_loop or part.named_child_count
        ):
            found.add("loop")
    return found


def _targets(it: Interpreter, node: Node) -> Iterator[Node]:
    for part in _walk(it, node):
        field = _WRITES.get(part.type)
        if field is not None:
            target = part.child_by_field_name(field)
            if target is not None:
                yield target
        elif part.type == "unset_statement":
            yield from part.named_children
        elif part.type == "by_ref":  # an element of an array that may be written through
            yield part
        elif part.type == "foreach_statement":
            bodies = {body.id for body in part.children_by_field_name("body")}
            yield from (head for head in part.named_children[1:] if head.id not in bodies)
        elif part.type == "function_call_expression":
            called = it.text(part.named_children[0]).lstrip("\\").lower()
            if called in _WRITE_ARGUMENTS:
                passed = part.named_children[-1].named_children
                yield from (argument.named_children[-1] for argument in passed)


_PLACES = frozenset({"variable_name", "subscript_expression", "member_access_expression"})
_PATTERNS = frozenset({"list_literal", "pair", "by_ref"})


def _places(target: Node) -> Iterator[Node]:
    """The places that a target writes: itself, or those in its pattern."""
    if target.type in _PATTERNS:
        for part in target.named_children:
            yield from _places(part)
    elif target.type in _PLACES:
        yield target


def _spoil(it: Interpreter, node: Node, unknown: Unknown) -> None:
    """Make everything unknown that a statement may write."""
    places = [place for target in _targets(it, node) for place in _places(target)]
    # Variables first: keys that depend on them are then unknown too.
    for place in places:
        if place.type == "variable_name":
            it.scope.ref(it.raw(place)[1:]).value = unknown
    for place in places:
        if place.type != "variable_name":
            _spoil_element(it, place, unknown)
    for part in _walk(it, node):
        if part.type in _INCLUDES or _is_eval(it, part):
            it.scope.ref(CONFIG).value = unknown
        _spoil_declarations(it, part, unknown)


def _is_eval(it: Interpreter, node: Node) -> bool:
    return (
        node.type == "function_call_expression"
        and it.text(node.named_children[0]).lower() == "eval"
    )


def _spoil_declarations(it: Interpreter, node: Node, unknown: Unknown) -> None:
    """Functions and constants that a piece of code may declare, unless they are already."""
    constant = constant_defined(node, it.file.source.data)
    if constant is not None and constant not in it.constants:
        it.perhaps[constant] = unknown
    for part in node.named_children:
        if part.type == "function_definition" and (name := part.child_by_field_name("name")):
            it.functions.setdefault(it.file.names.here(it.text(name)).lower(), unknown)


def _spoil_element(it: Interpreter, place: Node, unknown: Unknown) -> None:
    try:
        locate(it, place).spoil(unknown)
        return
    except (NotEvaluable, Thrown, *MALFORMED):
        pass
    root = place
    while root.type in ("subscript_expression", "member_access_expression"):
        root = root.named_children[0]
    if root.type == "variable_name":
        array = PhpArray()
        array.rest = unknown
        it.scope.ref(it.raw(root)[1:]).value = array
