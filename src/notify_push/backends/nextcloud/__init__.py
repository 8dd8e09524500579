"""Calls to Nextcloud: who a user is, and the app's self-test."""

from __future__ import annotations

from notify_push.backends.nextcloud.client import NextcloudClient

__all__ = ["NextcloudClient"]
