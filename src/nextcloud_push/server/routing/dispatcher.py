"""From an event to the clients it concerns: what goes where, and in which order.

Order holds per user and kind, in the order of arrival. Activity, notification and custom events
never wait. File events need a mapping, which may have to be loaded first: then they queue, and
later file events queue behind them, but not for longer than PATIENCE and not during an outage of
the database: then those whose mapping is known go ahead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from nextcloud_push.server import events
from nextcloud_push.server.delivery.hub import Hub
from nextcloud_push.server.delivery.messages import Kind, News, custom_frame
from nextcloud_push.server.routing.preauth import Tokens
from nextcloud_push.server.routing.storage_access import Mapping, StorageAccess

__all__ = ["MAX_WAIT", "MAX_WAITING_STORAGES", "PATIENCE", "Control", "Dispatcher"]

PATIENCE: Final = 1.0
"""Seconds that a file event holds up those behind it, or waits for a user's mounts."""

MAX_WAIT: Final = 60.0
"""Seconds that a file event waits for the database at most."""

MAX_WAITING_STORAGES: Final = 10_000
"""Storages for which events wait at most."""

MAX_WAITING_EVENTS: Final = 100_000
"""File events that wait at most."""


ADVANCE_SLICE: Final = 1000
"""Waiting events looked at in one go: some 3 ms."""

MAX_AWAY: Final = 10_000
"""Users without a connection of whom it is remembered that their mounts changed."""


class Control(Protocol):
    """What events ask of the daemon itself."""

    def remember_cookie(self, cookie: int) -> None:
        """Keep the number that the self-test asks for next."""

    def change_log_level(self, specification: str | None) -> None:
        """Set a temporary log level, or go back by one."""

    def publish_metrics(self) -> None:
        """Write the metrics to Redis."""

    def reset_connections(self) -> None:
        """Close every connection."""

    def refresh_user(self, user: str, refresh: int) -> None:
        """Ask for a user's mounts and call ``refreshed`` with that number when they are known."""

    def wake_at(self, when: float) -> None:
        """Call ``tick`` at that time."""

    def count_dropped(self, count: int) -> None:
        """Count file events that could not be delivered, and say so."""


class _Waiting:
    """A file event that waits: for its storage's mapping, and for a refresh that began before."""

    __slots__ = ("arrived", "refreshes", "update", "user")

    def __init__(
        self, update: events.StorageUpdate | None, user: str, arrived: float, refreshes: int
    ) -> None:
        self.update = update
        self.user = user  # of a share or group event, which has no update
        self.arrived = arrived
        self.refreshes = refreshes


class Dispatcher:
    """Hands each event to the clients it concerns.

    Args:
        hub: The connected clients.
        access: The storage mappings.
        tokens: The pre-authenticated tokens.
        control: What events ask of the daemon itself.
    """

    def __init__(
        self, *, hub: Hub, access: StorageAccess, tokens: Tokens, control: Control
    ) -> None:
        self._hub = hub
        self._receivers_of = hub.receivers_of
        self._access = access
        self._tokens = tokens
        self._control = control
        self._queue: deque[_Waiting] = deque()
        self._aside: dict[int, list[_Waiting]] = {}  # by storage, no longer holding up others
        self._aside_count = 0
        self._refreshing: dict[int, str] = {}  # refreshes under way, the oldest first
        self._refreshes = 0
        # Users without a connection whose cached mounts are out of date, the oldest first.
        self._changed_while_away: dict[str, None] = {}
        self.database_up = True
        self._handlers: dict[type, Callable[..., None]] = {
            events.StorageUpdate: self._on_storage_update,
            events.GroupUpdate: self._on_mounts_changed,
            events.ShareCreated: self._on_mounts_changed,
            events.Activity: self._on_activity,
            events.Notification: self._on_notification,
            events.PreAuth: self._on_pre_auth,
            events.Custom: self._on_custom,
            events.TestCookie: lambda event, _: control.remember_cookie(event.value),
            events.Config: lambda event, _: control.change_log_level(event.log_spec),
            events.Query: lambda *_: control.publish_metrics(),
            events.Signal: lambda *_: control.reset_connections(),
        }

    @property
    def waiting(self) -> int:
        """File events that wait for the database."""
        return len(self._queue) + self._aside_count

    def handle(self, event: events.Event, now: float) -> None:
        """Handle one event that arrived now, in seconds of the loop's clock."""
        self._handlers[type(event)](event, now)

    def user_came(self, user: str) -> None:
        """Catch up with the mounts of a user whose first connection has just opened."""
        if user in self._changed_while_away:
            del self._changed_while_away[user]
            self._refresh(user)

    def refresh_when_back(self, user: str) -> None:
        """Note that the mounts of a user without a connection are out of date, or may be."""
        self._changed_while_away[user] = None
        if len(self._changed_while_away) > MAX_AWAY:
            del self._changed_while_away[next(iter(self._changed_while_away))]

    def mappings_loaded(self, storages: Iterable[int], now: float) -> None:
        """Go on with the events of storages whose mappings are known now."""
        aside = self._aside
        for storage in storages if aside else ():
            those = aside.pop(storage, None)
            if those is None:
                continue
            # A mapping that is too old to be brought up to date is wanted again.
            left = [waiting for waiting in those if not self._deliver_when_known(waiting, now)]
            self._aside_count -= len(those) - len(left)
            if left:
                aside[storage] = left
        self.advance(now)

    def refreshed(self, refreshes: Iterable[int], now: float) -> None:
        """Go on with the events that waited for these refreshes of a user's mounts."""
        for refresh in refreshes:
            self._refreshing.pop(refresh, None)
        self.advance(now)

    def tick(self, now: float) -> None:
        """Drop what has waited too long, and let others pass what holds them up."""
        late = [storage for storage, those in self._aside.items() if _expired(those[0], now)]
        for storage in late:
            those = self._aside[storage]
            kept = [waiting for waiting in those if not _expired(waiting, now)]
            self._drop(len(those) - len(kept))
            self._aside_count -= len(those) - len(kept)
            if kept:
                self._aside[storage] = kept
            else:
                del self._aside[storage]
                self._access.forget(storage)
        self.advance(now)

    def advance(self, now: float) -> None:
        """Deliver what has what it waited for, and set aside what holds up others too long."""
        queue = self._queue
        for _ in range(ADVANCE_SLICE):
            if not queue:
                break
            head = queue[0]
            patient = now < head.arrived + PATIENCE  # as it is asked to be woken: roundings agree
            if patient and self._refreshing and next(iter(self._refreshing)) <= head.refreshes:
                break
            if not self._deliver_when_known(head, now):
                if patient and self.database_up:
                    break
                self._set_aside(head)
            queue.popleft()
        else:
            self._control.wake_at(now)
            return
        if queue:
            self._control.wake_at(queue[0].arrived + PATIENCE)
        elif self._aside:
            self._control.wake_at(now + PATIENCE)

    def _on_storage_update(self, event: events.StorageUpdate, now: float) -> None:
        mapping = self._access.find(event.storage, now)
        if mapping is not None and not self._queue and not self._refreshing:
            self._deliver(event, mapping, now)
        else:
            self._wait(_Waiting(event, "", now, self._refreshes), now)

    def _on_mounts_changed(
        self, event: events.GroupUpdate | events.ShareCreated, now: float
    ) -> None:
        waiting = _Waiting(None, event.user, now, 0)
        if self._queue:
            self._wait(waiting, now)
        else:
            self._deliver_when_known(waiting, now)
        if event.user in self._hub:
            self._refresh(event.user)
        else:
            self.refresh_when_back(event.user)

    def _refresh(self, user: str) -> None:
        self._refreshes += 1
        self._refreshing[self._refreshes] = user
        self._control.refresh_user(user, self._refreshes)

    def _on_activity(self, event: events.Activity, now: float) -> None:
        receivers = self._receivers_of(event.user)
        if receivers is not None:
            news = News(Kind.ACTIVITY, now, now)
            for receiver in receivers:
                receiver.tell(news)

    def _on_notification(self, event: events.Notification, now: float) -> None:
        receivers = self._receivers_of(event.user)
        if receivers is not None:
            news = News(Kind.NOTIFICATION, now, now)
            for receiver in receivers:
                receiver.tell(news)

    def _on_custom(self, event: events.Custom, now: float) -> None:
        receivers = self._receivers_of(event.user)
        if receivers is not None:
            frame = custom_frame(event.message, event.body)
            for receiver in receivers:
                receiver.send(frame)

    def _on_pre_auth(self, event: events.PreAuth, now: float) -> None:
        self._tokens.add(event.token, event.user, now)

    def _wait(self, waiting: _Waiting, now: float) -> None:
        if self.waiting >= MAX_WAITING_EVENTS:
            self._drop(1)
            return
        self._queue.append(waiting)
        if len(self._queue) == 1:  # behind others it waits for what they wait for
            self.advance(now)

    def _set_aside(self, waiting: _Waiting) -> None:
        assert waiting.update is not None  # the others wait for nothing
        storage = waiting.update.storage
        if storage not in self._aside and len(self._aside) >= MAX_WAITING_STORAGES:
            self._drop(1)
            self._access.forget(storage)
            return
        self._aside.setdefault(storage, []).append(waiting)
        self._aside_count += 1

    def _drop(self, count: int) -> None:
        self._control.count_dropped(count)

    def _deliver_when_known(self, waiting: _Waiting, now: float) -> bool:
        """Deliver an event unless its mapping has to be loaded first; tell whether it was."""
        if waiting.update is None:
            if waiting.user in self._hub:
                news = News(Kind.FILE, waiting.arrived, waiting.arrived)
                self._hub.tell_all((waiting.user,), news)
            return True
        mapping = self._access.find(waiting.update.storage, now)
        if mapping is None:
            return False
        self._deliver(waiting.update, mapping, waiting.arrived)
        return True

    def _deliver(self, update: events.StorageUpdate, mapping: Mapping, arrived: float) -> None:
        users = mapping.concerned(update.path, self._hub)
        if users:
            ids = () if update.file_id is None else (update.file_id,)
            self._hub.tell_all(users, News(Kind.FILE, arrived, arrived, ids))


def _expired(waiting: _Waiting, now: float) -> bool:
    return now >= waiting.arrived + MAX_WAIT
