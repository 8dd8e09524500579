"""The push server: sockets, Redis, routing, delivery, and what is asked of others."""
