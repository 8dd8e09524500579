"""Variables, array elements and properties: reading, writing, references, patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nextcloud_push.config.conversions import array_key, numeric_string, to_bytes, to_int
from nextcloud_push.config.interpreter import Interpreter, expression
from nextcloud_push.config.syntax import child, children
from nextcloud_push.config.values import (
    NotEvaluable,
    PhpArray,
    PhpObject,
    Place,
    Ref,
    Thrown,
    Unknown,
    Value,
    describe,
    share,
)

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Target", "assign", "destructure", "element", "locate", "read", "refer"]


@dataclass(frozen=True, slots=True)
class _Index:
    key: Value


@dataclass(frozen=True, slots=True)
class _Append:
    pass


@dataclass(frozen=True, slots=True)
class _Property:
    name: bytes


_Step = _Index | _Append | _Property


@dataclass(slots=True)
class Target:
    """A place to write: a variable and the way from it to an element.

    The keys on the way are evaluated, the arrays are not looked at before the write.
    """

    root: Ref
    steps: list[_Step]
    place: Place
    name: bytes | None = None

    def _holder(self) -> tuple[PhpArray, _Step]:
        """The array that the last step writes into, and that step."""
        holder: Ref | tuple[PhpArray, _Step] = self.root
        for step in self.steps:
            holder = (_descend(holder, step), step)
        assert isinstance(holder, tuple)
        return holder

    def write(self, it: Interpreter, value: Value) -> None:
        """Assign.

        Raises:
            Thrown: The place cannot be written.
        """
        if not self.steps:
            self.root.value = share(value)
            return
        array, step = self._holder()
        array.set(_key(array, step), value, self.place)
        if len(self.steps) > 1 and isinstance(outer := self.root.value, PhpArray):
            outer.origins.setdefault(_key(outer, self.steps[0]), self.place)

    def spoil(self, unknown: Unknown) -> None:
        """Make the place unknown, or the first array on the way that may not even exist."""
        if not self.steps:
            self.root.value = unknown
            return
        holder: Ref | tuple[PhpArray, _Step] = self.root
        for step in self.steps:
            array = _descend(holder, step)
            holder = (array, step)
            if isinstance(step, _Append) or not array.has(_key(array, step)):
                break
        if isinstance(step, _Append):
            array.rest = unknown
        else:
            array.set(_key(array, step), unknown)

    def reference(self) -> Ref:
        """A reference to the place, which then exists.

        Raises:
            Thrown: The place cannot be written.
        """
        if not self.steps:
            return self.root
        array, step = self._holder()
        return array.reference(_key(array, step))

    def bind(self, it: Interpreter, ref: Ref) -> None:
        """Make the place a reference."""
        if self.steps:
            array, step = self._holder()
            array.bind(_key(array, step), ref)
        elif self.name is not None:
            it.scope.variables[self.name] = ref

    def delete(self, it: Interpreter) -> None:
        """``unset``: what is not there is not made on the way."""
        if not self.steps:
            if self.name is not None:
                it.scope.variables.pop(self.name, None)
            return
        holder: Ref | tuple[PhpArray, _Step] = self.root
        for step in self.steps:
            content = _content(holder)
            if content is None or content is False:
                return
            if isinstance(content, bytes):
                raise Thrown.of("Error", "Cannot unset string offsets")
            if isinstance(content, int | float):
                raise Thrown.of("Error", "Cannot unset offset in a non-array variable")
            holder = (_descend(holder, step), step)
        array, step = self._holder()
        array.delete(_key(array, step))


def _content(holder: Ref | tuple[PhpArray, _Step]) -> Value:
    if isinstance(holder, Ref):
        return holder.value
    array, step = holder
    return None if isinstance(step, _Append) else array.get(_key(array, step))


def _descend(holder: Ref | tuple[PhpArray, _Step], step: _Step) -> PhpArray:
    """The array behind a holder, to write into."""
    if isinstance(step, _Property):
        value = _content(holder)
        if isinstance(value, PhpObject):
            return value.properties
        if isinstance(value, Unknown):
            raise NotEvaluable(value)
        name = step.name.decode("utf-8", "replace")
        raise Thrown.of("Error", f'Attempt to assign property "{name}" on {describe(value)}')
    if isinstance(holder, Ref):
        return holder.open()
    return holder[0].open(_key(*holder))


def _key(array: PhpArray, step: _Step) -> int | bytes:
    if isinstance(step, _Property):
        return step.name
    if isinstance(step, _Append):
        return array.append_key()
    return array_key(step.key)


def locate(it: Interpreter, node: Node) -> Target:
    """Find the place an expression names; the keys on the way are evaluated.

    Raises:
        NotEvaluable: A key is unknown, or the expression is no place.
        Thrown: A key throws.
    """
    kind = node.type
    if kind in ("variable_name", "dynamic_variable_name"):
        name = _variable(it, node)
        root = it.superglobal(name) or it.scope.ref(name)
        return Target(root, [], it.place(node), name)
    if kind == "subscript_expression":
        base, *index = children(node)
        if it.raw(base) == b"$GLOBALS" and index:
            return Target(it.globals.ref(to_bytes(it.known(index[0]))), [], it.place(node))
        target = locate(it, base)
        target.steps.append(_Index(_index(it, index[0])) if index else _Append())
        return target
    if kind == "member_access_expression":
        target = locate(it, child(node, "object"))
        target.steps.append(_Property(_member(it, node)))
        return target
    return Target(Ref(it.known(node)), [], it.place(node))


def _variable(it: Interpreter, node: Node) -> bytes:
    """The name of a variable, dynamic ones too."""
    if node.type == "variable_name":
        return it.raw(node)[1:]
    inner = children(node)[0]
    return it.raw(inner) if inner.type == "name" else to_bytes(it.known(inner))


def _member(it: Interpreter, node: Node) -> bytes:
    name = child(node, "name")
    return it.raw(name) if name.type == "name" else to_bytes(it.known(name))


def _index(it: Interpreter, node: Node) -> Value:
    """The value between brackets; inside a string a bare word is text."""
    return it.raw(node) if node.type == "name" and _in_string(node) else it.known(node)


def _in_string(node: Node) -> bool:
    bracket = node.parent
    holder = bracket.parent if bracket is not None else None
    if holder is None or holder.type not in ("encapsed_string", "heredoc_body"):
        return False
    assert bracket is not None
    before = bracket.prev_sibling
    return before is None or before.type != "{"


@expression("variable_name", "dynamic_variable_name", "subscript_expression")
@expression("member_access_expression", "nullsafe_member_access_expression")
def _read(it: Interpreter, node: Node) -> Value:
    return share(read(it, node))


def read(it: Interpreter, node: Node, *, quiet: bool = False) -> Value:
    """The value of a place, or of any other expression.

    Args:
        it: The interpreter.
        node: The expression.
        quiet: Read as ``isset`` and ``??`` do: what is not there is null.
    """
    kind = node.type
    if kind in ("variable_name", "dynamic_variable_name"):
        found = it.variable(_variable(it, node))
        return found.value if found else None
    if kind == "subscript_expression":
        base, *index = children(node)
        if not index:
            raise it.unsupported(node, "reading “[]”")
        if it.raw(base) == b"$GLOBALS":
            return it.globals.ref(to_bytes(it.known(index[0]))).value
        holder = read(it, base, quiet=quiet)
        return element(holder, _index(it, index[0]), quiet=quiet)
    if kind in ("member_access_expression", "nullsafe_member_access_expression"):
        holder = read(it, child(node, "object"), quiet=quiet)
        if isinstance(holder, Unknown):
            raise NotEvaluable(holder)
        return holder.properties.get(_member(it, node)) if isinstance(holder, PhpObject) else None
    return it.evaluate(node)


def element(holder: Value, key: Value, *, quiet: bool = False) -> Value:
    """The element of an array, or the character of a string.

    Args:
        holder: The array or string; anything else has none.
        key: Which element.
        quiet: What is not there is null, as in `read`.

    Raises:
        NotEvaluable: The holder is unknown.
        Thrown: It is an object, or the key cannot be one.
    """
    if isinstance(holder, PhpArray):
        return holder.get(array_key(key))
    if isinstance(holder, bytes):
        return _character(holder, key, quiet=quiet)
    if isinstance(holder, Unknown):
        raise NotEvaluable(holder)
    if isinstance(holder, PhpObject):
        raise Thrown.of("Error", f"Cannot use object of type {holder.class_name} as array")
    return None


def _character(text: bytes, key: Value, *, quiet: bool) -> Value:
    number = numeric_string(key) if isinstance(key, bytes) else key
    if isinstance(number, PhpArray) or (isinstance(key, bytes) and not isinstance(number, int)):
        if quiet:
            return None
        raise Thrown.of("TypeError", f"Cannot access offset of type {describe(key)} on string")
    index = to_int(number)
    if -len(text) <= index < len(text):
        index %= len(text)
        return text[index : index + 1]
    return None if quiet else b""


def assign(it: Interpreter, node: Node, value: Value) -> None:
    """Write a value to a place or through a pattern.

    Raises:
        NotEvaluable: The place or the needed part of the value is unknown.
        Thrown: The place cannot be written.
    """
    if node.type == "list_literal":
        destructure(it, node, value)
    else:
        locate(it, node).write(it, value)


def refer(it: Interpreter, node: Node) -> Ref:
    """A reference to a place; of any other expression to its value."""
    return locate(it, node).reference()


def destructure(it: Interpreter, node: Node, value: Value) -> None:
    """Write the elements of an array to the places of a pattern like ``[$a, 'k' => $b]``."""
    if isinstance(value, Unknown):
        raise NotEvaluable(value)
    position = 0
    parts = [part for part in node.children if part.type not in _PATTERN_SIGNS]
    pending: list[Node] = []
    for part in [*parts, None]:
        if part is not None and part.type != ",":
            pending.append(part)
            continue
        if pending:
            key, target = _pattern_part(it, pending, position)
            found = element(value, key, quiet=True)
            if target.type == "by_ref":
                raise it.unsupported(target, "a reference in a pattern")
            assign(it, target, share(found))
        position += 1
        pending = []


def _pattern_part(it: Interpreter, parts: list[Node], position: int) -> tuple[Value, Node]:
    if len(parts) == 3:  # key => target
        return it.known(parts[0]), parts[2]
    return position, parts[0]


_PATTERN_SIGNS = frozenset({"[", "]", "(", ")", "list", "comment"})
