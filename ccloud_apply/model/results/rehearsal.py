"""What a rehearsal has shown: the steps in their order, the end state, the rules, what it takes."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import Action, Plan, ValueKind

RehearsedStatus = Literal["done", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedStep:
    """A step of the copy. Seconds are virtual ones: `start_s` since the first step started.

    `why` is the error of a failed step, or why one was skipped.
    """

    stack: str
    server: str
    step: str
    operation: str
    status: RehearsedStatus
    start_s: float | None = None
    seconds: float | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedServer:
    """A server that the plan touches, and what it is at the end; `live` None: it is gone."""

    stack: str
    key: str
    action: Action
    live: LiveServer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Something that has to hold, and whether it did. `what` names what broke it."""

    name: str
    holds: bool
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How much of an amount was in use: before, at most on the way, at the end. `limit` is the
    account's, None where there is none or it could not be read. `kind` says what is counted."""

    before: int
    peak: int
    after: int
    limit: int | None = None
    kind: ValueKind = ValueKind.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A plan, tried on a copy of the account. `usage` is by cores, memory (GB) and disks (GB).

    `unread` are catalogues that could not be read, by operation, with the reason; in the copy they
    are taken to have what the stacks name. `warnings` are those of the apply on the copy.
    """

    plan: Plan
    read_at: datetime
    servers_copied: int
    requests: int
    steps: tuple[RehearsedStep, ...] = ()
    servers: tuple[RehearsedServer, ...] = ()
    rules: tuple[Rule, ...] = ()
    usage: Mapping[str, Usage] = field(default_factory=dict)
    seconds: float = 0.0
    unread: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def has_passed(self) -> bool:
        """True if the plan may be applied and every rule holds."""
        return not self.plan.held and all(rule.holds for rule in self.rules)
