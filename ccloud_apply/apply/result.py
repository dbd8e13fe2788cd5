"""What an apply is told to keep to, and what came of it. Values only."""

from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

_MIN_CONFIRM_S = 10.0
"""Seconds a change may take to show even where no answer is ever lost, as in the sandbox."""

StepStatus = Literal["done", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """How an apply goes about its work.

    `parallelism` is the number of steps in flight over all stacks; a step is in flight until its
    task has ended. `poll_min_s` and `poll_max_s` bound the pause between two reads of the tasks,
    until it is known that these are short: see `tasks/pauses.py`.
    `grace_s` is how long a change whose answer was lost may still turn up. `limits` is
    what the platform takes.
    """

    parallelism: int = 10
    task_timeout_s: float = 1800
    poll_min_s: float = 0.5
    poll_max_s: float = 5.0
    grace_s: float = 180.0
    limits: Limits = DEFAULT_LIMITS

    def __post_init__(self) -> None:
        if self.parallelism < 1:
            raise ValueError("parallelism is at least 1")
        if not 0 < self.poll_min_s <= self.poll_max_s:
            raise ValueError("the pause between two polls is above 0, and its minimum the smaller")

    @property
    def consistency_timeout_s(self) -> float:
        """Seconds in which reads have to agree with what is done."""
        return max(self.grace_s, _MIN_CONFIRM_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """How one step ended.

    `error` says why it failed and `because` why it was skipped. `is_unknown` marks a failed step
    that may have happened all the same: its answer was lost, or its task outlived the time allowed.
    `is_unseen`: the platform says that it is done, and it never showed. `is_too_late` marks one
    that was skipped because what it would begin may not happen any more.
    """

    stack: str
    server: str
    step: str
    status: StepStatus
    error: str | None = None
    because: str | None = None
    task_id: int | None = None
    is_unknown: bool = False
    is_unseen: bool = False
    is_too_late: bool = False

    @property
    def is_done(self) -> bool:
        """True if it ended well."""
        return self.status == "done"

    @property
    def has_failed_for_certain(self) -> bool:
        """True if it failed, and neither may have happened nor is said to be done."""
        return self.status == "failed" and not self.is_unknown and not self.is_unseen

    @property
    def is_reported_done(self) -> bool:
        """True if the platform says that it is done, whether that shows or not."""
        return self.is_done or self.is_unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """What came of an apply: one outcome per step, in the plan's order.

    After a stop the steps that had not ended have no outcome, and `stopped` is True.
    """

    outcomes: tuple[StepOutcome, ...] = ()
    stopped: bool = False

    @property
    def done(self) -> int:
        """How many steps ended well."""
        return self._count("done")

    @property
    def failed(self) -> int:
        """How many steps failed."""
        return self._count("failed")

    @property
    def skipped(self) -> int:
        """How many steps were not sent because of one that failed, or because it was too late."""
        return self._count("skipped")

    @property
    def is_cut_short(self) -> bool:
        """True if anything was skipped because it may not happen any more."""
        return any(outcome.is_too_late for outcome in self.outcomes)

    @property
    def failed_servers(self) -> frozenset[tuple[str, str]]:
        """The servers of which a step failed or was skipped, by stack and key; not those whose
        steps only never showed."""
        return frozenset(
            (outcome.stack, outcome.server)
            for outcome in self.outcomes
            if not outcome.is_reported_done
        )

    def _count(self, status: StepStatus) -> int:
        return sum(outcome.status == status for outcome in self.outcomes)
