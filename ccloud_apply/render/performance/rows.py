"""The performance of a server as rows (CSV) and as JSON: the values themselves."""

from typing import Any

from ccloud_apply.model.live.performance import Measured, Performance
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.account_json import dump_of_account
from ccloud_apply.render.lib.csv_text import render_csv

_HEADER = (
    "hostname",
    "stack",
    "key",
    "period",
    "resource",
    "series",
    "units",
    "position",
    "time",
    "value",
)


def render_performance_csv(performance: Performance) -> str:
    """A line for each value; a gap has an empty value, and so has a time that is not told."""
    about = (performance.hostname, performance.stack, performance.key, performance.period)
    return render_csv(
        _HEADER,
        (
            (
                *about,
                measured.resource,
                series.name,
                series.units,
                position,
                series.times[position - 1] if series.times else None,
                value,
            )
            for measured in performance.measured
            for series in measured.series
            for position, value in enumerate(series.values, start=1)
        ),
    )


def render_performance_json(performance: Performance, account: PlanAccount | None = None) -> str:
    """`{"format_version", "account", "hostname", "period", "resources": [...]}`.

    A gap is null; `times` is null where the API tells none.
    """
    return dump_of_account(
        account,
        {
            "hostname": performance.hostname,
            "stack": performance.stack,
            "key": performance.key,
            "period": performance.period,
            "resources": list(map(_encode, performance.measured)),
        },
    )


def _encode(measured: Measured) -> dict[str, Any]:
    return {
        "resource": measured.resource,
        "error": measured.error,
        "series": [
            {
                "name": series.name,
                "units": series.units,
                "times": list(series.times) if series.times else None,
                "values": list(series.values),
            }
            for series in measured.series
        ],
        "unshown": list(measured.unshown),
    }
