"""When and how a client is told: its socket, and what waits for it."""
