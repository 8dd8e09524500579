"""The metrics, as Prometheus and as Nextcloud's app read them."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nextcloud_push._version import __version__
from nextcloud_push.server.listener.exposition import render
from nextcloud_push.server.metrics import SERIES, Metrics

DOCS = Path(__file__).parents[2] / "docs/reference/metrics.md"


def samples(metrics: Metrics) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(render(metrics)[0].decode())
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_names_of_the_reference():
    names = {name for name, _ in samples(Metrics()) if not name.startswith("notify_push_")}
    assert names == {
        "active_connection_count",
        "active_user_count",
        "total_connection_count",
        "mapping_query_count",
        "event_count_total",
        "message_count_total",
    }


def test_messages_are_told_apart_by_type_and_sum_to_all():
    metrics = Metrics()
    metrics.messages_file, metrics.messages_custom = 3, 4
    shown = {label: n for (name, label), n in samples(metrics).items() if name.startswith("mess")}
    assert shown == {"file": 3, "notification": 0, "activity": 0, "custom": 4}


def test_every_series_has_help_and_type():
    written = render(Metrics())[0].decode()
    for series in SERIES:
        assert f"# HELP {series.name} {series.help}\n" in written
        assert f"# TYPE {series.name} {series.kind}\n" in written


def test_no_created_series():
    assert b"_created" not in render(Metrics())[0]


def test_the_versions_are_shown():
    labels = [label for name, label in samples(Metrics()) if name == "notify_push_build_info"]
    assert set(labels[0].split(",")) == {__version__, platform.python_version()}


def test_counters_count():
    metrics = Metrics()
    metrics.events += 2
    metrics.total_connections += 1
    assert samples(metrics)["event_count_total", ""] == 2
    assert samples(metrics)["total_connection_count", ""] == 1


def test_a_watched_attribute_is_read_when_asked_for():
    metrics, users = Metrics(), ["alice"]
    metrics.watch("active_users", lambda: len(users))
    users.append("bob")
    assert samples(metrics)["active_user_count", ""] == 2
    assert json.loads(metrics.as_json())["active_user_count"] == 2


def test_only_what_exists_can_be_watched():
    with pytest.raises(AttributeError):
        Metrics().watch("events_total", lambda: 0)


def test_a_misspelt_counter_fails():
    with pytest.raises(AttributeError):
        Metrics().event = 1  # type: ignore[attr-defined]  # the mistake is the point


def test_every_attribute_is_declared():
    declared = set(Metrics.__annotations__)
    assert declared == {name for series in SERIES for name in series.attributes}


def test_the_json_has_exactly_the_integers_of_the_reference():
    metrics = Metrics()
    for number, name in enumerate(sorted(Metrics.__annotations__), 1):
        setattr(metrics, name, number)
    assert json.loads(metrics.as_json()) == {
        "active_connection_count": metrics.active_connections,
        "active_user_count": metrics.active_users,
        "total_connection_count": metrics.total_connections,
        "mapping_query_count": metrics.mapping_queries,
        "events_received": metrics.events,
        "messages_sent": metrics.messages_file
        + metrics.messages_activity
        + metrics.messages_notification
        + metrics.messages_custom,
        "messages_sent_file": metrics.messages_file,
        "messages_sent_activity": metrics.messages_activity,
        "messages_sent_notification": metrics.messages_notification,
        "messages_sent_custom": metrics.messages_custom,
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
