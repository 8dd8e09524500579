"""How a statement ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from nextcloud_push.config.values import Unknown, Value

__all__ = ["Break", "Completion", "Continue", "Fatal", "Return"]


@dataclass(frozen=True, slots=True)
class Return:
    """A statement ended by ``return``."""

    value: Value


@dataclass(frozen=True, slots=True)
class Break:
    """A statement ended by ``break``, out of so many loops."""

    levels: int


@dataclass(frozen=True, slots=True)
class Continue:
    """A statement ended by ``continue``, of the loop so many levels up."""

    levels: int


Completion: TypeAlias = Return | Break | Continue | None


class Fatal(Exception):
    """PHP would end here, and Nextcloud with it."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown
