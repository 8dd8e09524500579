"""The metrics, as Prometheus and as Nextcloud's app read them."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nextcloud_push.server.delivery.notification import KINDS
from nextcloud_push.server.listener.exposition import render
from nextcloud_push.server.metrics import SERIES, Counters, Metrics
from nextcloud_push.words.version import __version__

DOCS = Path(__file__).parents[2] / "docs/reference/metrics.md"


GAUGES = {"active_connections", "active_users", "open_sockets", "mapping_cache_storages"} | {
    "storage_updates_waiting",
    "events_dropped",
}


def metrics_of(counters: Counters | None = None, **gauges: int) -> Metrics:
    values = dict.fromkeys(GAUGES, 0) | gauges
    readers = {name: partial(int, value) for name, value in values.items()}
    return Metrics(counters or Counters(), readers)


def samples(metrics: Metrics) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(render(metrics)[0].decode())
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_names_of_the_reference():
    names = {name for name, _ in samples(metrics_of()) if not name.startswith("notify_push_")}
    assert names == {
        "active_connection_count",
        "active_user_count",
        "total_connection_count",
        "mapping_query_count",
        "event_count_total",
        "message_count_total",
    }


def test_messages_are_told_apart_by_type_and_sum_to_all():
    counters = Counters()
    counters.messages_sent = [3, 0, 0, 4]
    found = samples(metrics_of(counters))
    shown = {label: n for (name, label), n in found.items() if name.startswith("mess")}
    assert shown == {"file": 3, "notification": 0, "activity": 0, "custom": 4}


def test_every_series_has_help_and_type():
    written = render(metrics_of())[0].decode()
    for series in SERIES:
        assert f"# HELP {series.name} {series.help}\n" in written
        assert f"# TYPE {series.name} {series.kind}\n" in written


def test_no_created_series():
    assert b"_created" not in render(metrics_of())[0]


def test_the_versions_are_shown():
    labels = [label for name, label in samples(metrics_of()) if name == "notify_push_build_info"]
    assert set(labels[0].split(",")) == {__version__, platform.python_version()}


def test_counters_count():
    counters = Counters()
    metrics = metrics_of(counters)
    counters.events += 2
    counters.total_connections += 1
    assert samples(metrics)["event_count_total", ""] == 2
    assert samples(metrics)["total_connection_count", ""] == 1


def test_a_gauge_is_read_when_asked_for():
    users = ["alice"]
    metrics = Metrics(Counters(), {"active_users": lambda: len(users)})
    users.append("bob")
    assert metrics.value("active_users") == 2


def test_a_misspelt_counter_fails():
    with pytest.raises(AttributeError):
        Counters().event = 1  # type: ignore[attr-defined]  # the mistake is the point


def test_every_counter_is_shown():
    shown = {name for series in SERIES for name in series.sources}
    counted = {name for name in Counters.__slots__ if name != "messages_sent"}
    assert shown == counted | GAUGES | {f"messages_{kind}" for kind in KINDS}


def test_the_json_has_exactly_the_integers_of_the_reference():
    counters = Counters()
    counters.messages_sent = [1, 2, 4, 8]
    counters.total_connections, counters.mapping_queries, counters.events = 16, 32, 64
    assert json.loads(metrics_of(counters, active_connections=128, active_users=256).as_json()) == {
        "active_connection_count": 128,
        "active_user_count": 256,
        "total_connection_count": 16,
        "mapping_query_count": 32,
        "events_received": 64,
        "messages_sent": 15,
        "messages_sent_file": 1,
        "messages_sent_activity": 2,
        "messages_sent_notification": 4,
        "messages_sent_custom": 8,
    }


def test_every_series_is_documented():
    documented = set(re.findall(r"^\| `(\w+)` \|", DOCS.read_text(), re.MULTILINE))
    assert documented == {series.name for series in SERIES} | {"notify_push_build_info"}


def test_every_label_value_is_documented():
    rows = {line.split("`")[1]: line for line in DOCS.read_text().splitlines() if "| `" in line[:3]}
    for series in SERIES:
        if not isinstance(series.source, str):
            assert all(f"`{value}`" in rows[series.name] for value in series.source)


def test_prometheus_is_imported_only_when_needed():
    module = "nextcloud_push.server.listener.exposition"
    code = f"import {module}, sys; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
