"""PHP's values as Python values.

null, booleans, integers and floats are Python's own (an integer always fits 64 bits), strings are
``bytes``, arrays are `PhpArray`, objects `PhpObject`. `Unknown` stands for what could not be
evaluated: it may be stored and passed on, and becomes an error only where its content is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias, Union

__all__ = [
    "INT_MAX",
    "INT_MIN",
    "Key",
    "NotEvaluable",
    "PhpArray",
    "PhpObject",
    "Place",
    "Ref",
    "Thrown",
    "Unknown",
    "Value",
    "describe",
    "known",
    "share",
]

INT_MAX = 2**63 - 1
INT_MIN = -(2**63)

Key: TypeAlias = int | bytes
Value: TypeAlias = Union[bool, int, float, bytes, "PhpArray", "PhpObject", "Unknown", None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file, a line and a column, both counted from 1."""

    path: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that could not be evaluated.

    Args:
        place: Where the construct stands that is to blame.
        reason: What is wrong with it, ready to be read by an admin.
    """

    place: Place | None
    reason: str


class NotEvaluable(Exception):
    """A construct beyond the evaluator; makes unknown the value it is part of."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


def known(value: Value) -> Value:
    """The value, whose content is needed now.

    Raises:
        NotEvaluable: It is unknown.
    """
    if isinstance(value, Unknown):
        raise NotEvaluable(value)
    return value


@dataclass(slots=True)
class Ref:
    """A variable, or an array element that a reference was taken of."""

    value: Value = None

    def open(self) -> PhpArray:
        """The array in it, made if need be, to write into.

        Raises:
            Thrown: It holds something else.
        """
        self.value = array = _writable(self.value)
        return array


def share(value: Value) -> Value:
    """Mark an array as held in more than one place, and hand it on."""
    if isinstance(value, PhpArray):
        value.shared = True
    return value


def _writable(value: Value) -> PhpArray:
    if isinstance(value, PhpArray):
        return value.copy() if value.shared else value
    array = PhpArray()
    if isinstance(value, Unknown):
        array.rest = value
    elif isinstance(value, bytes):
        raise NotEvaluable(Unknown(None, "a write to a character of a string is not supported"))
    elif isinstance(value, PhpObject):
        raise Thrown.of("Error", f"Cannot use object of type {value.class_name} as array")
    elif value is not None and value is not False:
        raise Thrown.of("Error", "Cannot use a scalar value as an array")
    return array


class PhpArray:
    """PHP's ordered map. Whoever writes into a `shared` array has to `copy` it first.

    Attributes:
        items: The elements in order; a `Ref` where a reference was taken.
        next: The key the next appended element gets; None before the first integer key.
        shared: More than one place may hold this array.
        rest: Set when other keys than those in ``items`` may exist, with unknown values.
        origins: Where elements were written, as far as known.
    """

    __slots__ = ("items", "next", "origins", "rest", "shared")

    def __init__(self) -> None:
        self.items: dict[Key, Value | Ref] = {}
        self.next: int | None = None
        self.shared = False
        self.rest: Unknown | None = None
        self.origins: dict[Key, Place] = {}

    @classmethod
    def of(cls, values: dict[Key, Value] | list[Value]) -> PhpArray:
        """Make an array of a Python list or dictionary."""
        array = cls()
        pairs = values.items() if isinstance(values, dict) else enumerate(values)
        for key, value in pairs:
            array.set(key, value)
        return array

    def __len__(self) -> int:
        self.known()
        return len(self.items)

    def get(self, key: Key) -> Value:
        """The element, or null; an `Unknown` when the key may or may not exist."""
        found = self.items.get(key, self.rest)
        return share(found.value if isinstance(found, Ref) else found)

    def has(self, key: Key) -> bool:
        """Whether the key exists.

        Raises:
            NotEvaluable: Nobody can tell.
        """
        if key in self.items:
            return True
        self.known()
        return False

    def known(self) -> None:
        """Make sure that ``items`` is all there is.

        Raises:
            NotEvaluable: It is not.
        """
        if self.rest is not None:
            raise NotEvaluable(self.rest)

    def set(self, key: Key, value: Value, place: Place | None = None) -> None:
        """Write an element; a reference to it sees the new value."""
        share(value)
        present = self.items.get(key)
        if isinstance(present, Ref):
            present.value = value
        else:
            self.items[key] = value
            if isinstance(key, int) and (self.next is None or key >= self.next):
                self.next = key + 1
        if place is not None:
            self.origins[key] = place

    def bind(self, key: Key, ref: Ref) -> None:
        """Make an element a reference."""
        if key not in self.items:
            self.set(key, None)
        self.items[key] = ref

    def reference(self, key: Key) -> Ref:
        """Take a reference of an element, which then exists."""
        present = self.items.get(key)
        if isinstance(present, Ref):
            return present
        ref = Ref(self.get(key))
        self.bind(key, ref)
        return ref

    def append(self, value: Value, place: Place | None = None) -> None:
        """Write an element behind the last one."""
        self.set(self.append_key(), value, place)

    def append_key(self) -> int:
        """The key of the next appended element.

        Raises:
            NotEvaluable: Unknown keys may come before it.
            Thrown: There is no higher key.
        """
        self.known()
        if self.next is None:
            return 0
        if self.next > INT_MAX:
            raise Thrown.of(
                "Error", "Cannot add element to the array as the next element is already occupied"
            )
        return self.next

    def adopt(self, other: PhpArray, key: Key, value: Value | Ref) -> None:
        """Take over an element of another array under the same key, with its origin."""
        if isinstance(value, Ref):
            self.bind(key, value)
        else:
            self.set(key, value)
        if key in other.origins:
            self.origins[key] = other.origins[key]

    def open(self, key: Key) -> PhpArray:
        """The array in an element, made if need be, to write into.

        Raises:
            Thrown: The element is something else.
        """
        found = self.items.get(key, self.rest)
        if isinstance(found, Ref):
            return found.open()
        array = _writable(found)
        if array is not found:
            self.set(key, array)
            array.shared = False
        return array

    def delete(self, key: Key) -> None:
        """Remove an element if it exists."""
        self.items.pop(key, None)
        self.origins.pop(key, None)

    def pairs(self) -> Iterator[tuple[Key, Value]]:
        """Keys and values in order.

        Raises:
            NotEvaluable: There may be others.
        """
        self.known()
        for key, found in self.items.items():
            yield key, share(found.value if isinstance(found, Ref) else found)

    def values(self) -> list[Value]:
        """The values in order."""
        return [value for _, value in self.pairs()]

    def copy(self) -> PhpArray:
        """A copy of our own; arrays inside are shared from now on, references stay references."""
        for key, value in self.items.items():
            if isinstance(value, Ref) and _holders(self.items, key) == _ALONE:
                self.items[key] = value.value  # a reference that nobody else has is a value again
        other = PhpArray()
        other.items = self.items.copy()
        other.next = self.next
        other.rest = self.rest
        other.origins = self.origins.copy()
        for item in other.items.values():
            if isinstance(item, PhpArray):
                item.shared = True
        return other

    def is_list(self) -> bool:
        """Whether the keys are 0, 1, 2 … in order."""
        self.known()
        return all(key == index for index, key in enumerate(self.items))


def _holders(items: dict[Key, Value | Ref], key: Key) -> int:
    return sys.getrefcount(items[key])


def _alone() -> int:
    """What `_holders` answers in such a loop for a reference that only the array holds."""
    items: dict[Key, Value | Ref] = {0: Ref()}
    return next(_holders(items, key) for key, value in items.items() if isinstance(value, Ref))


_ALONE = _alone()


@dataclass(slots=True, eq=False)
class PhpObject:
    """An object: its class's name and its properties."""

    class_name: str
    properties: PhpArray = field(default_factory=PhpArray)


class Thrown(Exception):
    """A PHP exception on its way.

    Attributes:
        error: The thrown object.
        place: The statement it comes from, once known.
    """

    place: Place | None = None

    def __init__(self, error: PhpObject) -> None:
        super().__init__(error.class_name)
        self.error = error

    @classmethod
    def of(cls, class_name: str, message: str) -> Thrown:
        """Make an exception as PHP itself throws it."""
        error = PhpObject(class_name)
        error.properties.set(b"message", message.encode())
        error.properties.set(b"code", 0)
        return cls(error)

    def __str__(self) -> str:
        message = self.error.properties.get(b"message")
        text = message.decode("utf-8", "replace") if isinstance(message, bytes) else ""
        return f"{self.error.class_name}: {text}" if text else self.error.class_name


_NAMES = {bool: "bool", int: "int", float: "float", bytes: "string", PhpArray: "array"}


def describe(value: Value) -> str:
    """The value's type as PHP's own error messages name it."""
    if value is None:
        return "null"
    if isinstance(value, PhpObject):
        return value.class_name
    return _NAMES.get(type(value), "unknown")
