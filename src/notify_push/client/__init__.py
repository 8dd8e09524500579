"""The client library: discover the push server, listen, reconnect."""
