"""The figures of a fleet as Prometheus reads them.

prometheus-client belongs to the extra `fleet`, and is imported only to answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.figures import BUCKETS_S, FleetFigures, RunTotal
from ccloud_apply.home import install_hint

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""What `render_metrics` gives."""


def render_metrics(figures: FleetFigures) -> bytes:
    """All figures in Prometheus' text format. Raises UsageError where the extra is missing."""
    try:
        from prometheus_client import CollectorRegistry, generate_latest
    except ImportError as error:
        raise UsageError(
            "metrics need the package prometheus-client",
            hint=install_hint("fleet"),
        ) from error
    registry = CollectorRegistry()
    registry.register(_Figures(figures))
    return generate_latest(registry)


class _Figures:
    """What prometheus-client calls a collector."""

    def __init__(self, figures: FleetFigures) -> None:
        self._figures = figures

    def describe(self) -> Iterable["Metric"]:
        return ()  # it need not collect to register

    def collect(self) -> Iterator["Metric"]:
        figures = self._figures
        yield _labelled(
            "stacks",
            "Stacks by account and state",
            ("account", "state"),
            figures.stacks.items(),
        )
        yield _labelled(
            "stale",
            "Stacks that nobody has looked at for two intervals",
            ("account",),
            (((account,), number) for account, number in figures.stale.items()),
        )
        yield from _count_runs(figures.totals)
        yield from _time_runs(figures.totals)
        yield _plain(
            "queue_age_seconds", "How long the stack waits that waits longest", figures.queue_age_s
        )
        yield _plain(
            "outbox_age_seconds",
            "How long the notification waits that waits longest",
            figures.outbox_age_s,
        )
        if figures.tick_age_s is not None:
            yield _plain("tick_age_seconds", "Since the last tick", figures.tick_age_s)
        yield _plain("workers", "Workers that show signs of life", figures.workers)


def _labelled(
    name: str, text: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], Any]]
) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"ccloud_fleet_{name}", text, labels=labels)
    for values, number in sorted(rows):
        family.add_metric(values, number)
    return family


def _plain(name: str, text: str, value: float) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"ccloud_fleet_{name}", text, value=value)


def _count_runs(totals: Iterable[RunTotal]) -> Iterator["Metric"]:
    from prometheus_client.core import CounterMetricFamily

    runs: dict[tuple[str, str], int] = defaultdict(int)
    requests: dict[str, int] = defaultdict(int)
    for total in totals:
        runs[total.account, total.outcome] += total.runs
        requests[total.account] += total.requests
    counted = CounterMetricFamily(
        "ccloud_fleet_runs", "Runs that have ended", labels=("account", "outcome")
    )
    for key, number in sorted(runs.items()):
        counted.add_metric(key, number)
    yield counted
    sent = CounterMetricFamily("ccloud_fleet_requests", "Requests of runs", labels=("account",))
    for account, number in sorted(requests.items()):
        sent.add_metric((account,), number)
    yield sent
    lost = sum(number for (_, outcome), number in runs.items() if outcome == "lost")
    yield CounterMetricFamily(
        "ccloud_fleet_lease_lost", "Runs that another worker has taken over", value=lost
    )


def _time_runs(totals: Iterable[RunTotal]) -> Iterator["Metric"]:
    from prometheus_client.core import HistogramMetricFamily

    kinds: dict[str, list[RunTotal]] = defaultdict(list)
    for total in totals:
        kinds[total.kind].append(total)
    family = HistogramMetricFamily(
        "ccloud_fleet_run_seconds", "How long runs have taken", labels=("kind",)
    )
    for kind, rows in sorted(kinds.items()):
        counts = [sum(numbers) for numbers in zip(*(row.within for row in rows), strict=True)]
        bounds = [(str(float(bound)), n) for bound, n in zip(BUCKETS_S, counts, strict=True)]
        bounds.append(("+Inf", sum(row.runs for row in rows)))
        family.add_metric((kind,), bounds, sum(row.seconds for row in rows))
    yield family
