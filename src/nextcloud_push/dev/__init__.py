"""Developer mode: a stand-in Nextcloud and the daemon in one process."""
