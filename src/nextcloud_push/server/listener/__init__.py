"""HTTP beside the WebSocket: the self-test, health and metrics."""
