"""How busy a server was: the values of one resource over one period."""

from ccloud_apply.lazy_dataclass import dataclass

RESOURCES = ("cpu", "mem", "net", "disk")
"""What `get_server_performance` measures, in the order in which people look."""

PERIODS = ("hour", "day", "week", "month", "year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The values of one name, in the API's order; None is a gap.

    `times` is empty where the API tells none, which the document has no field for; else there is
    one for each value, ISO 8601 where it can be understood.
    """

    name: str
    units: str | None = None
    values: tuple[int | float | None, ...] = ()
    times: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was read of one resource, or why nothing was; `unshown` are names without a number."""

    resource: str
    series: tuple[Series, ...] = ()
    unshown: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The performance of one server over one period."""

    hostname: str
    period: str
    measured: tuple[Measured, ...]
    stack: str | None = None
    key: str | None = None
