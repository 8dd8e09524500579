"""Gives the dispatcher the time: when something arrives, and when it wants to be woken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nextcloud_push.server.events import Event
from nextcloud_push.server.routing.dispatcher import NEVER, Dispatcher

__all__ = ["RoutingDriver"]


class RoutingDriver:
    """A dispatcher on a loop.

    Args:
        loop: Has the clock and the timer.
        dispatcher: Decides.
        further: What takes the types of event that concern no client.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        dispatcher: Dispatcher,
        further: Mapping[type, Callable[[Any, float], None]],
    ) -> None:
        self._loop = loop
        self._now = loop.time
        self._dispatcher = dispatcher
        self._handlers = {**dispatcher.handlers, **further}
        self._timer: asyncio.Handle | None = None
        # Remembered here: what uvloop returns for a time that is not ahead cannot be asked for it.
        self._timer_due = NEVER

    def handle(self, event: Event) -> None:
        """Handle one event that arrived now."""
        self._handlers[type(event)](event, self._now())
        wake = self._dispatcher.wake
        if wake < self._timer_due:
            self._set_timer(wake)

    def mappings_loaded(self, storages: Iterable[int]) -> None:
        """Go on with the events of storages whose mappings are known now."""
        self._dispatcher.mappings_loaded(storages, self._now())
        self._set_timer(self._dispatcher.wake)

    def refreshed(self, refreshes: Iterable[int]) -> None:
        """Go on with the events that waited for these refreshes of a user's mounts."""
        self._dispatcher.refreshed(refreshes, self._now())
        self._set_timer(self._dispatcher.wake)

    def refresh_when_back(self, user: str) -> None:
        """Note that the mounts of a user without a connection may be out of date."""
        self._dispatcher.refresh_when_back(user)

    def close(self) -> None:
        """Wake the dispatcher no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._timer_due = None, NEVER

    def _set_timer(self, when: float) -> None:
        if when < self._timer_due:
            self.close()
            self._timer, self._timer_due = self._loop.call_at(when, self._tick), when

    def _tick(self) -> None:
        # uvloop rounds to milliseconds: what was due at that time is due, even a hair early.
        now = max(self._now(), self._timer_due)
        self._timer, self._timer_due = None, NEVER
        self._dispatcher.tick(now)
        self._set_timer(self._dispatcher.wake)
