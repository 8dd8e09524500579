"""Where events come from: Redis, and how its messages read."""
