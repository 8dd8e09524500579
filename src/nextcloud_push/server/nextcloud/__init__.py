"""Calls to Nextcloud: who a user is, and the app's self-test."""

from __future__ import annotations

from nextcloud_push.server.nextcloud.client import NextcloudClient

__all__ = ["NextcloudClient"]
