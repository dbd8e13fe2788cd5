"""The figures of a fleet that monitoring reads. Ages are seconds; None where there is nothing."""

from collections.abc import Mapping

from ccloud_apply.lazy_dataclass import dataclass

BUCKETS_S: tuple[int, ...] = (1, 10, 60, 300, 1800, 7200)
"""Up to how many seconds a run has taken, as they are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTotal:
    """All runs ever of one account, kind and outcome. `within` counts, for each of BUCKETS_S, those
    that took no longer."""

    account: str
    kind: str
    outcome: str
    runs: int
    requests: int
    seconds: float
    within: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFigures:
    """All of them at one moment.

    `stacks` are counted by account and state, `stale` and `workers` are there with 0 too.
    `queue_age_s` is how long the stack that waits longest has been due, 0 if none waits;
    `outbox_age_s` the same of notifications.
    """

    stacks: Mapping[tuple[str, str], int]
    stale: Mapping[str, int]
    totals: tuple[RunTotal, ...]
    queue_age_s: float
    outbox_age_s: float
    tick_age_s: float | None
    workers: int
