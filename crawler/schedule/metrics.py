"""Metrics of a collection as OpenMetrics text, for Prometheus and the like; read from its files at each scrape."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import GaugeMetricFamily

from archive.collection.clock import now
from archive.collection.folder import Collection
from archive.errors import ConfigError
from archive.history.health import STATES, Health, health


class Metrics:
    """A prometheus_client collector; sites are the label."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    def collect(self) -> Iterator[Metric]:
        """The figures now."""
        rows = health(self.collection, now())
        yield _by_site(
            "fangtan_interviews", "Interviews in the store, as the last run counted them", rows, _count("interviews")
        )
        yield _by_site("fangtan_last_run_pages", "Requests of the last run", rows, _count("pages"))
        yield _by_site("fangtan_last_run_errors", "Failed requests of the last run", rows, _count("errors"))
        yield _by_site("fangtan_last_run_new", "New interviews of the last run", rows, _count("new"))
        yield _by_site(
            "fangtan_last_good_timestamp_seconds", "End of the last good run", rows, lambda r: _seconds(r.last_good)
        )
        yield _by_site(
            "fangtan_next_timestamp_seconds",
            "When the site is crawled next",
            rows,
            lambda r: r.next_at.timestamp() if r.next_at else None,
        )
        states = GaugeMetricFamily("fangtan_health", "1 for the state a site is in", labels=["site", "health"])
        for row in rows:
            for state in STATES:
                states.add_metric([row.id, state], float(row.health == state))
        yield states
        yield GaugeMetricFamily("fangtan_running", "Runs under way", sum(r.state == "running" for r in rows))
        free = shutil.disk_usage(self.collection.root).free
        yield GaugeMetricFamily("fangtan_disk_free_bytes", "Free bytes on the collection's disk", free)


def _count(name: str) -> Callable[[Health], float | None]:
    def value(row: Health) -> float | None:
        found = (row.last or {}).get(name)
        return None if found is None else float(found)

    return value


def _by_site(name: str, text: str, rows: list[Health], value: Callable[[Health], float | None]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["site"])
    for row in rows:
        if (found := value(row)) is not None:
            family.add_metric([row.id], float(found))
    return family


def _seconds(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None


def serve(collection: Collection, host: str, port: int) -> str:
    """Answer scrapes from a thread.

    :param port: 0 takes a free one
    :returns: the address
    :raises ConfigError: the address is taken
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Metrics(collection))
    try:
        server, _ = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise ConfigError(f"--metrics {host}:{port}: {error.strerror}") from error
    return f"http://{host}:{server.server_port}/metrics"
