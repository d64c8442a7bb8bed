"""Figures in Prometheus' text format, for whoever runs the pages: on an address of this machine
that is not the one of the pages.

What this process did (or all that share `PROMETHEUS_MULTIPROC_DIR`) is counted as it happens; what
the workspace holds is counted when it is asked for, whichever process made it. Nothing here names
a person, a picture or a license.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from threading import Thread
from urllib.parse import urlsplit

from django.db import connection
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from sosie.core.ports import Outside
from sosie.core.values import BadInput
from sosie.services import figures

REQUESTS = Counter("sosie_requests", "Requests answered.", ["route", "method", "status"])
SECONDS = Histogram("sosie_request_seconds", "Seconds until a request was answered.", ["route"])
VERIFIED = Counter("sosie_verified", "Pictures that anyone had checked, by answer.", ["outcome"])
UNREAD = Counter(
    "sosie_decoder_refusals", "Pictures of strangers that were not decoded, by reason.", ["reason"]
)


def unread(reason: str) -> None:
    """Count a picture of a stranger that was not decoded."""
    UNREAD.labels(reason).inc()


_HERE = ("127.0.0.1", "::1", "localhost")


class Kept(Collector):
    """What the tables and the published log of a workspace say."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def collect(self) -> Iterator[Metric]:
        """Yield every figure of the workspace."""
        try:
            found = figures.of(self._outside)
        finally:
            connection.close()  # each scrape has a thread of its own
        pictures = GaugeMetricFamily(
            "sosie_pictures", "Pictures; `ordered` ones wait to be made.", labels=["status"]
        )
        for status, count in found.pictures.items():
            pictures.add_metric([status], count)
        yield pictures
        yield CounterMetricFamily("sosie_seals", "Files sealed.", found.seals)
        yield CounterMetricFamily("sosie_releases", "Pictures released.", found.releases)
        for name, words, value in (
            ("log_entries", "Entries in the transparency log.", found.entries),
            ("log_published_entries", "Entries in the published checkpoint.", found.published),
            ("webhooks", "Addresses that are told what happens.", found.hooks),
            ("webhooks_failing", "Addresses whose last try failed.", found.hooks_failing),
            ("webhook_entries_behind", "Log entries yet to be gone through.", found.untold),
        ):
            yield GaugeMetricFamily(f"sosie_{name}", words, value)
        for name, words, at in (
            (
                "log_checkpoint",
                "When the newest entry in the checkpoint was appended.",
                found.published_to,
            ),
            (
                "webhook_oldest",
                "When the oldest entry yet to be gone through was appended.",
                found.untold_since,
            ),
        ):
            if at is not None:
                yield GaugeMetricFamily(f"sosie_{name}_timestamp_seconds", words, at.timestamp())


def serve(address: str, outside: Outside) -> tuple[int, Thread]:
    """Answer `/metrics` at an address of this machine (`127.0.0.1:9108`; port 0: a free one), in a
    thread of this process; returns the port and the thread.

    Raises ``BadInput`` (``metrics.address``) if others could reach it.
    """
    parts = urlsplit(f"//{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host not in _HERE or port is None:
        raise BadInput(
            "this is no address of this machine alone",
            where=address[:80],
            remedy="give one like `127.0.0.1:9108`",
            code="metrics.address",
        )
    server, thread = start_http_server(port, host, registry=_registry(outside))
    return server.server_port, thread


def _registry(outside: Outside) -> CollectorRegistry:
    """Return what is asked at each scrape."""
    registry = CollectorRegistry()
    registry.register(Kept(outside))
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Counted())
    return registry


class _Counted(Collector):
    """What this process counted."""

    def collect(self) -> Iterable[Metric]:
        return REGISTRY.collect()
