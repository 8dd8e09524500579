"""From an event to the clients it concerns: what goes where, and in which order.

Order holds per user and kind, in the order of arrival. Activity, notification and custom events
never wait. File events need a mapping, which may have to be loaded first: then they queue, and
later file events queue behind them, but not for longer than PATIENCE and not during an outage of
the database: then those whose mapping is known go ahead.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from nextcloud_push.server import events
from nextcloud_push.server.delivery.hub import Hub
from nextcloud_push.server.delivery.notification import ACTIVITY, FILE, NOTIFICATION, Notification
from nextcloud_push.server.delivery.server_frames import custom_frame
from nextcloud_push.server.logs import RateLimit
from nextcloud_push.server.routing.load_queue import LoadQueue
from nextcloud_push.server.routing.preauth import Tokens
from nextcloud_push.server.routing.storage_access import StorageAccess, StorageMapping

__all__ = ["MAX_WAIT", "MAX_WAITING_STORAGES", "NEVER", "PATIENCE", "Dispatcher"]

logger = logging.getLogger("notify_push.routing.dispatcher")

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

NEVER: Final = float("inf")
"""The time of a wake-up that nobody needs."""


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
        queue: Takes the users whose mounts have to be asked for again.

    Attributes:
        wake: When ``tick`` has to be called, in seconds; to be looked at after every call.
        dropped: File events that could not be delivered.
    """

    def __init__(
        self, *, hub: Hub, access: StorageAccess, tokens: Tokens, queue: LoadQueue
    ) -> None:
        self._hub = hub
        self._receivers_of = hub.receivers_of
        self._access = access
        self._tokens = tokens
        self._load = queue
        self._queue: deque[_Waiting] = deque()
        self._aside: dict[int, list[_Waiting]] = {}  # by storage, no longer holding up others
        self._aside_count = 0
        self._refreshing: dict[int, str] = {}  # refreshes under way, the oldest first
        self._refreshes = 0
        # Users without a connection whose cached mounts are out of date, the oldest first.
        self._changed_while_away: dict[str, None] = {}
        self._drops = RateLimit(1, 10.0)
        self.wake = NEVER
        self.dropped = 0

    @property
    def handlers(self) -> Mapping[type, Callable[[Any, float], None]]:
        """What takes each type of event, with the time of its arrival in seconds."""
        return {
            events.StorageUpdate: self._on_storage_update,
            events.GroupUpdate: self._on_mounts_changed,
            events.ShareCreated: self._on_mounts_changed,
            events.Activity: self._on_activity,
            events.Notification: self._on_notification,
            events.PreAuth: self._on_pre_auth,
            events.Custom: self._on_custom,
        }

    @property
    def waiting(self) -> int:
        """File events that wait for the database."""
        return len(self._queue) + self._aside_count

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
        self._advance(now)

    def refreshed(self, refreshes: Iterable[int], now: float) -> None:
        """Go on with the events that waited for these refreshes of a user's mounts."""
        for refresh in refreshes:
            self._refreshing.pop(refresh, None)
        self._advance(now)

    def tick(self, now: float) -> None:
        """Drop what has waited too long, and let others pass what holds them up."""
        late = [storage for storage, those in self._aside.items() if _expired(those[0], now)]
        for storage in late:
            those = self._aside[storage]
            kept = [waiting for waiting in those if not _expired(waiting, now)]
            self._drop(len(those) - len(kept), now)
            self._aside_count -= len(those) - len(kept)
            if kept:
                self._aside[storage] = kept
            else:
                del self._aside[storage]
                self._access.forget(storage)
        self._advance(now)

    def _advance(self, now: float) -> None:
        """Deliver what has what it waited for, and set aside what holds up others too long."""
        queue = self._queue
        for _ in range(ADVANCE_SLICE):
            if not queue:
                self.wake = now + PATIENCE if self._aside else NEVER
                return
            head = queue[0]
            patience_ends = head.arrived + PATIENCE
            patient = now < patience_ends
            if patient and self._refreshing and next(iter(self._refreshing)) <= head.refreshes:
                self.wake = patience_ends
                return
            if not self._deliver_when_known(head, now):
                if patient and self._load.database_answers is not False:
                    self.wake = patience_ends
                    return
                self._set_aside(head, now)
            queue.popleft()
        self.wake = now

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
        self._load.put_user(user, (self._refreshes,))

    def _on_activity(self, event: events.Activity, now: float) -> None:
        receivers = self._receivers_of(event.user)
        if receivers is not None:
            notification = Notification(ACTIVITY, now, now)
            for receiver in receivers:
                receiver.notify(notification)

    def _on_notification(self, event: events.Notification, now: float) -> None:
        receivers = self._receivers_of(event.user)
        if receivers is not None:
            notification = Notification(NOTIFICATION, now, now)
            for receiver in receivers:
                receiver.notify(notification)

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
            self._drop(1, now)
            return
        self._queue.append(waiting)
        if len(self._queue) == 1:  # behind others it waits for what they wait for
            self._advance(now)

    def _set_aside(self, waiting: _Waiting, now: float) -> None:
        assert waiting.update is not None  # the others wait for nothing
        storage = waiting.update.storage
        if storage not in self._aside and len(self._aside) >= MAX_WAITING_STORAGES:
            self._drop(1, now)
            self._access.forget(storage)
            return
        self._aside.setdefault(storage, []).append(waiting)
        self._aside_count += 1

    def _drop(self, count: int, now: float) -> None:
        self.dropped += count
        if count and self._drops.allows(now):
            reason = "more wait for the database than are kept"
            if self._load.database_answers is False:
                reason = "the database does not answer"
            logger.error("%d file events dropped so far: %s", self.dropped, reason)

    def _deliver_when_known(self, waiting: _Waiting, now: float) -> bool:
        """Deliver an event unless its mapping has to be loaded first; tell whether it was."""
        if waiting.update is None:
            if waiting.user in self._hub:
                notification = Notification(FILE, waiting.arrived, waiting.arrived)
                self._hub.notify_all((waiting.user,), notification)
            return True
        mapping = self._access.find(waiting.update.storage, now)
        if mapping is None:
            return False
        self._deliver(waiting.update, mapping, waiting.arrived)
        return True

    def _deliver(
        self, update: events.StorageUpdate, mapping: StorageMapping, arrived: float
    ) -> None:
        users = mapping.concerned(update.path, self._hub)
        if users:
            ids = () if update.file_id is None else (update.file_id,)
            self._hub.notify_all(users, Notification(FILE, arrived, arrived, ids))


def _expired(waiting: _Waiting, now: float) -> bool:
    return now >= waiting.arrived + MAX_WAIT
