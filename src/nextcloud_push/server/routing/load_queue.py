"""What routing wants to be loaded: it feeds the loader, and nothing but this is between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["LoadQueue"]


class LoadQueue:
    """Storages and users to ask the database for, the oldest first, each once.

    Args:
        on_storage: Called when a storage is put in.
        on_user: Called when a user is put in.

    Attributes:
        database_answers: Whether the database answered the last time it was asked; None before
            that. The loader writes it, routing reads it.
    """

    __slots__ = ("_on_storage", "_on_user", "_storages", "_users", "database_answers")

    def __init__(self, *, on_storage: Callable[[], None], on_user: Callable[[], None]) -> None:
        self._on_storage = on_storage
        self._on_user = on_user
        self._storages: dict[int, None] = {}
        self._users: dict[str, list[int]] = {}
        self.database_answers: bool | None = None

    def has_storage(self, storage: int) -> bool:
        """Whether a storage waits to be asked for."""
        return storage in self._storages

    def put_storage(self, storage: int) -> None:
        """Want the mapping of a storage."""
        self._storages[storage] = None
        self._on_storage()

    def drop_storage(self, storage: int) -> None:
        """Want a storage no longer."""
        self._storages.pop(storage, None)

    def take_storages(self) -> list[int]:
        """Take out every storage."""
        taken = list(self._storages)
        self._storages.clear()
        return taken

    def put_user(self, user: str, refreshes: Iterable[int] = ()) -> None:
        """Want the mounts of a user.

        Args:
            refreshes: Numbers of the refreshes that wait for the answer.
        """
        self._users.setdefault(user, []).extend(refreshes)
        self._on_user()

    def take_user(self, except_for: Callable[[str], bool]) -> tuple[str, list[int]] | None:
        """Take out the first user who is not an exception, with the refreshes that wait."""
        user = next((user for user in self._users if not except_for(user)), None)
        return None if user is None else (user, self._users.pop(user))
