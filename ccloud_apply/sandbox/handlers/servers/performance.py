"""Chapter Performance: metrics of a server.

The values are invented, but always the same for the same time. The document names no elements
but `send_persec`, "this elements can change depending on what data is requested".
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.http.call import Call, read_server
from ccloud_apply.sandbox.state.record import ServerRecord

_GIB = 1024**3
_DAY_S = 86_400

_PERIODS = {
    "hour": (300, 12),
    "day": (3600, 24),
    "week": (6 * 3600, 28),
    "month": (_DAY_S, 30),
    "year": (7 * _DAY_S, 52),
}
"""Period: seconds between two values, and how many there are."""

_ELEMENTS = {
    "cpu": ("%", ("usage",)),
    "mem": ("Byte", ("used",)),
    "net": ("Byte/s", ("send_persec", "receive_persec")),
    "disk": ("Byte/s", ("read_persec", "write_persec")),
}
"""Resource: the unit and the names of its values."""


async def get_server_performance(call: Call) -> list[dict[str, Any]]:
    """The values of a period, oldest first; none from before the server's creation."""
    server = read_server(call)
    units, names = _ELEMENTS[call.path["resource"]]
    moments = _moments(call.path["period"], from_wire(server["created_at"]), call.now)
    rows: list[dict[str, Any]] = [
        {name: _measure(server, call.path["resource"], name, moment) for name in names}
        for moment in moments
    ]
    if call.options.performance_rows != "plain":
        rows = [{"timestamp": one, **row} for one, row in zip(moments, rows, strict=True)]
    if call.options.performance_rows == "gaps":
        for row in rows[2::5]:
            row.update(dict.fromkeys(names))
    return [{"data": [{"units": units, "perfdata": rows}]}]


def _moments(period: str, first: datetime, now: datetime) -> list[int]:
    step, count = _PERIODS[period]
    last = int(now.astimezone(UTC).timestamp()) // step
    begin = max(last - count + 1, -(-int(first.timestamp()) // step))
    return [number * step for number in range(begin, last + 1)]


def _measure(server: ServerRecord, resource: str, name: str, moment: int) -> int:
    most = {
        "cpu": 100,
        "mem": server["memory"] * _GIB,
        "net": 125_000_000,  # the adapters' 1,000 Mbit/s
        "disk": 250_000_000,
    }[resource]
    seed = f"{server['hostname']}/{name}/{moment}".encode()
    share = hashlib.sha256(seed).digest()[0] / 255
    return int(most * (0.05 + 0.4 * share))
