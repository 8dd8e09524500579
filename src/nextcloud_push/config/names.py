"""How names of functions, constants and classes resolve in a namespace."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Names"]


@dataclass(slots=True)
class Names:
    """A file's namespace and its ``use`` declarations.

    Attributes:
        namespace: Without backslashes around it; empty for the global one.
        classes: Lower-case alias → full name; also the first part of qualified names.
        functions: Lower-case alias → full name.
        constants: Alias → full name.
    """

    namespace: str = ""
    classes: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    def here(self, name: str) -> str:
        """The full name of something declared here."""
        return f"{self.namespace}\\{name}" if self.namespace else name

    def _qualified(self, name: str) -> str | None:
        """The full name of a name with backslashes; None for one without."""
        if name.startswith("\\"):
            return name[1:]
        first, separator, rest = name.partition("\\")
        if not separator:
            return None
        if first.lower() == "namespace":
            return self.here(rest)
        alias = self.classes.get(first.lower())
        return f"{alias}\\{rest}" if alias else self.here(name)

    def function(self, name: str) -> list[str]:
        """The full names a function may have, first come first served, in lower case."""
        full = self._qualified(name) or self.functions.get(name.lower())
        candidates = [full] if full else [self.here(name), name]
        return [candidate.lower() for candidate in candidates]

    def constant(self, name: str) -> list[str]:
        """The full names a constant may have, first come first served."""
        full = self._qualified(name) or self.constants.get(name)
        return [full] if full else [self.here(name), name]

    def class_(self, name: str) -> str:
        """The full name of a class."""
        return self._qualified(name) or self.classes.get(name.lower()) or self.here(name)
