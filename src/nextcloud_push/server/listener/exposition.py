"""The metrics as Prometheus reads them.

prometheus-client takes 2 MiB, so that it is imported only when metrics are asked for.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nextcloud_push.server.listener.request import HttpRequest, HttpResponse
from nextcloud_push.server.listener.routes import Route
from nextcloud_push.server.metrics import SERIES, Metrics, Series
from nextcloud_push.words.version import __version__

if TYPE_CHECKING:
    from prometheus_client import Metric

__all__ = ["metrics_routes", "render"]


def metrics_routes(metrics: Metrics) -> list[Route]:
    """``/metrics``, for the listener of the metrics."""

    async def endpoint(request: HttpRequest, segment: str) -> HttpResponse:
        return HttpResponse(200, *render(metrics))

    return [Route(("metrics",), ("GET", "HEAD"), endpoint)]


def render(metrics: Metrics) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Write all series in Prometheus' text format.

    Returns:
        The text, and the headers that say what it is.
    """
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
    from prometheus_client.registry import Collector

    class Snapshot(Collector):
        def collect(self) -> Iterator[Metric]:
            for series in SERIES:
                yield _family(series, metrics)
            yield _build_info()

    return generate_latest(Snapshot()), [(b"Content-Type", CONTENT_TYPE_PLAIN_0_0_4.encode())]


def _family(series: Series, metrics: Metrics) -> Metric:
    from prometheus_client import Metric

    kind = "unknown" if series.kind == "untyped" else series.kind
    # The library keeps a counter's name without the suffix and adds it when it writes.
    family = Metric(series.name.removesuffix("_total"), series.help, kind)
    if isinstance(series.source, str):
        family.add_sample(series.name, {}, metrics.value(series.source))
    else:
        for value, attribute in series.source.items():
            family.add_sample(series.name, {series.label: value}, metrics.value(attribute))
    return family


def _build_info() -> Metric:
    from prometheus_client import Metric

    family = Metric("notify_push_build_info", "Version of the push server and of Python", "gauge")
    labels = {"version": __version__, "python": platform.python_version()}
    family.add_sample("notify_push_build_info", labels, 1)
    return family
