"""The three services the daemon asks: the database, Redis and Nextcloud."""
