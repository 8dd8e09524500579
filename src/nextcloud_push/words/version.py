"""The version of this package, read by the build as well."""

__version__ = "0.1.0"

COMPATIBILITY_VERSION = "1.4.0"
"""Version of the reference daemon whose behaviour is kept; told to Nextcloud's self-test."""
