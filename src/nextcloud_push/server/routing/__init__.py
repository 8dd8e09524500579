"""Who is told: from an event to the users it concerns."""
