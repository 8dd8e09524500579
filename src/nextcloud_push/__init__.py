"""Push server for Nextcloud: tells clients at once that something concerns them."""

from nextcloud_push.words.version import __version__

__all__ = ["__version__"]
