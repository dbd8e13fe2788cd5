"""How a fleet stands, as its tables say: stacks, runs, saved plans, accounts, sources, decisions.

Times are aware, in UTC. What is not known is None.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.journal import JournalReading
from ccloud_apply.model.results.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPause:
    """Who has paused a stack, why, and until when."""

    by: str
    why: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRun:
    """One run. `ended` and `outcome` are None while it runs; `stack` is None for a sweep.

    `counts` are the servers by action, or what else the run has counted.
    """

    id: int
    account: str
    stack: str | None
    kind: str
    cause: str
    person: str | None
    commit: str | None
    worker: str
    started: datetime
    ended: datetime | None
    outcome: str | None
    counts: Mapping[str, Any]
    requests: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """A saved plan, without its document. `summary` counts servers by action, `cost` is that of
    the plan's JSON; `decision` says what became of it. `allow_destroy` is the cap that an approval
    has raised, None without one."""

    id: int
    run_id: int
    account: str
    stack: str
    digest: str
    summary: Mapping[str, Any]
    cost: Mapping[str, Any] | None
    commit: str | None
    made_at: datetime
    decision: str
    decided_by: str | None
    decided_at: datetime | None
    decided_why: str | None
    approved_until: datetime | None
    allow_destroy: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetStack:
    """One stack. `seen_at` is when it was last compared with the account, None for never.

    `is_stale`: nothing was seen of it for two of its account's sweep intervals. `holder` is the
    worker that has its lease now. `why` is what holds it or why it fails, `problem` why its file
    cannot be loaded; one that is not `is_declared` has no file any more. `plan` is the saved plan
    that waits for a decision, or for its run after an approval.
    """

    id: int
    account: str
    name: str
    path: str
    source: str
    commit: str | None
    mode: str
    state: str
    since: datetime
    seen_at: datetime | None
    is_stale: bool
    pause: FleetPause | None
    holder: str | None
    labels: Mapping[str, str]
    failures: int
    due: datetime
    cause: str
    every_s: float
    why: str | None
    problem: str | None
    is_declared: bool
    last_run: FleetRun | None
    plan: FleetPlan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetCounts:
    """How many stacks there are: `states` has every state, with 0 for none."""

    states: Mapping[str, int]
    stale: int = 0
    paused: int = 0
    running: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetProblem:
    """A file that cannot be loaded, a name that stands twice, a source that cannot be read."""

    source: str
    path: str
    line: int | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAccount:
    """One account: when it was swept, when it is due, and what went wrong."""

    name: str
    endpoint: str
    swept_at: datetime | None
    sweep_due: datetime
    sweep_every_s: float
    failures: int
    error: str | None
    closed_until: datetime | None
    stacks: int
    runs: int
    is_configured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSource:
    """One source: the commit that was seen, when it is polled, and what went wrong."""

    name: str
    ref: str | None
    commit: str | None
    polled_at: datetime | None
    due: datetime
    failures: int
    error: str | None
    is_configured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetStatus:
    """A fleet at the moment `now`. `counts` are those of all stacks that were asked for, `stacks`
    may be a part of them. `config` is the file that commands in a hint name, None for the usual
    one."""

    now: datetime
    counts: FleetCounts
    stacks: tuple[FleetStack, ...]
    problems: tuple[FleetProblem, ...] = ()
    accounts: tuple[FleetAccount, ...] = ()
    sources: tuple[FleetSource, ...] = ()
    config: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRunDetail:
    """One run with what it has left: the plan that it has saved, that plan's servers and steps,
    the drift reports of the stacks in which it has seen something new (as JSON), and the journal of
    its stack if no later run has gone on with it."""

    run: FleetRun
    plan: FleetPlan | None = None
    planned: Plan | None = None
    reports: tuple[Mapping[str, Any], ...] = ()
    journal: JournalReading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDecision:
    """A row of the audit: who did what, to what."""

    id: int
    time: datetime
    who: str
    what: str
    account: str | None
    subject: str | None
    detail: Mapping[str, Any] = field(default_factory=dict)
