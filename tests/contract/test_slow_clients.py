"""Clients that do not read, or come all at once."""

from __future__ import annotations

import psutil

from support.bus import Bus
from support.daemon import DaemonProcess, Start
from support.websocket import open_socket


def test_a_client_that_never_reads_is_bounded(start: Start, bus: Bus, user: str):
    """Its memory is bounded, and the others hear as ever."""
    daemon = start(metrics=True)
    stuck, client = daemon.log_in(user), daemon.log_in(f"{user}-well")
    process = psutil.Process(daemon.process.pid)
    before = process.memory_info().rss
    for _ in range(400):
        bus.publish("custom", {"user": user, "message": "m", "body": "x" * 100_000})
    assert bus.fence(client, f"{user}-well") == []
    daemon.wait_for_metric("active_connection_count", 1)
    assert process.memory_info().rss - before < 16_000_000
    del stuck


def test_a_client_that_only_pings_and_never_reads_is_bounded(start: Start, user: str):
    daemon = start()
    stuck = daemon.log_in(user)
    process = psutil.Process(daemon.process.pid)
    before = process.memory_info().rss
    stuck.sock.settimeout(1)
    pings = b"".join(bytes((0x89, 0xFD, 0, 0, 0, 0)) + b"x" * 125 for _ in range(1000))
    try:
        for _ in range(300):
            stuck.sock.sendall(pings)
    except OSError:
        pass  # it is held back, or dropped
    assert daemon.http("GET /health").status == 200
    assert process.memory_info().rss - before < 16_000_000


def test_notifications_wait_merged_for_a_client_that_reads_late(start: Start, bus: Bus, user: str):
    daemon = start()
    client = daemon.log_in(user)
    for number in range(5):
        bus.publish("custom", {"user": user, "message": str(number), "body": "x" * 100_000})
        bus.publish("notification", {"user": user})
    received = [client.receive().split(" ")[0] for _ in range(6)]
    assert [one for one in received if one != "notify_notification"] == list("01234")
    assert received.count("notify_notification") == 1


def test_many_who_connect_at_once(push: DaemonProcess, user: str):
    socks = [open_socket(push.address) for _ in range(300)]
    try:
        push.log_in(user)
    finally:
        for sock in socks:
            sock.close()
