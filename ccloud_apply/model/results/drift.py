"""Drift: where the account is no longer what the files say. How it is found is not said here.

The `addresses` of a server are None where the API does not tell them.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, date, datetime
from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.plan import ACCOUNT, FieldChange, PlanAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftedServer:
    """A live server that differs from its entry.

    In `changes`, `before` is what is live and `after` what is declared, as in a plan that would
    undo the drift. `last_tasks` are the newest tasks of the server, the newest first, and `causes`
    those of them that may have made a change, by its field. `is_retired`: it was retired and is
    declared again, so the next apply restores it; `retires` is the day of its mark, None where that
    cannot be read.
    """

    key: str
    hostname: str | None
    changes: tuple[FieldChange, ...]
    last_tasks: tuple[Task, ...] = ()
    causes: Mapping[str, Task] = field(default_factory=dict)
    addresses: Addresses | None = None
    is_retired: bool = False
    retires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraServer:
    """A live server with the stack's tag whose key is not in the file.

    `retires` is the day of its mark, if it has been retired and the next apply goes on with it all
    the same: `why` is a clause that says for what reason.
    """

    key: str
    hostname: str | None
    addresses: Addresses | None = None
    retires: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredServer:
    """A live server with the stack's tag that is off and waits for its day: no drift.

    `retires` is the day (UTC) from which an apply destroys it.
    """

    key: str
    hostname: str | None
    retires: date
    addresses: Addresses | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UncomparedServer:
    """A declared server of which nobody can say whether it is as declared; `why` is a clause."""

    key: str
    hostname: str | None
    why: str
    addresses: Addresses | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFields:
    """Declared fields of a compared server whose live value cannot be told."""

    key: str
    hostname: str | None
    fields: tuple[str, ...]
    addresses: Addresses | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmanagedServer:
    """A live server that belongs to no stack."""

    hostname: str | None
    custom_name: str | None
    tags: tuple[str, ...] = ()
    addresses: Addresses | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStack:
    """A stack that is not among those of the report, and how many live servers name it.

    `stack` is as their tags spell it; of servers that name several it has all of them.
    """

    stack: str
    servers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StackDrift:
    """The drift of one stack. Every server that the file names is in exactly one of `drifted`,
    `missing`, `in_sync` and `not_compared`.

    `account` are the changes of the account itself. `missing` are declared keys without a live
    server, `in_sync` those that equal theirs, as far as `unknown` does not tell otherwise.
    `retired` are servers that the file no longer names and that wait for their day.
    `not_looked_at` are declared fields that only reads of single servers tell and that nobody has
    read: nothing is said of them. `left_out` are the keys that nobody asked for. `ignored` is that
    of a StackPlan. `warnings` say what else could not be compared or read.
    """

    stack: str
    path: str
    drifted: tuple[DriftedServer, ...] = ()
    account: tuple[FieldChange, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[ExtraServer, ...] = ()
    retired: tuple[RetiredServer, ...] = ()
    in_sync: tuple[str, ...] = ()
    not_compared: tuple[UncomparedServer, ...] = ()
    unknown: tuple[UnknownFields, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    ignored: tuple[IgnoredField, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def entries(self) -> tuple[DriftedServer, ...]:
        """All that documents list and count as drifted: the account, and the servers after it."""
        if not self.account:
            return self.drifted
        return (DriftedServer(key=ACCOUNT, hostname=None, changes=self.account), *self.drifted)

    @property
    def has_drift(self) -> bool:
        """True if anything is known not to be as declared."""
        return bool(self.entries or self.missing or self.extra)

    @property
    def matches(self) -> bool:
        """True if everything is known to be as declared: no drift, and nothing not compared."""
        return not self.has_drift and not self.not_compared


ResolvedKind = Literal["drifted", "missing", "extra", "not_compared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What an earlier report had and this one has not: `name` is a key or, of an extra server, its
    hostname."""

    stack: str
    kind: ResolvedKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What became of an earlier report, of `read_at`: how many entries are `known`, being in both
    alike, which are `resolved`, and of how many nothing can be said because this report did not
    look at them. `read_at` is None where there was no earlier report."""

    read_at: str | None = None
    known: int = 0
    resolved: tuple[Resolved, ...] = ()
    not_looked_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """The drift of all stacks of a command. `read_at` is when the account was read, in UTC.

    `account` is None if nobody said which one it is, `commit` (that of the stack files) if none is
    known, `env` is the environment that the stacks were loaded for. Every live server that is not
    being deleted belongs to one of the stacks, to one of `other_stacks`, or is `unmanaged`. With
    `since` the stacks hold what is new alone, compared with an earlier report. `is_lists_only`: no
    server was read for itself, so the last tasks of none are known.
    """

    stacks: tuple[StackDrift, ...] = ()
    other_stacks: tuple[OtherStack, ...] = ()
    unmanaged: tuple[UnmanagedServer, ...] = ()
    account: PlanAccount | None = None
    env: str | None = None
    read_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    since: Since | None = None
    commit: Commit | None = None
    is_lists_only: bool = False

    @property
    def not_looked_at(self) -> tuple[str, ...]:
        """The fields of all stacks that were not looked at."""
        return tuple(dict.fromkeys(name for one in self.stacks for name in one.not_looked_at))

    @property
    def has_drift(self) -> bool:
        """True if any stack has drifted; servers of others are no drift."""
        return any(stack.has_drift for stack in self.stacks)

    @property
    def matches(self) -> bool:
        """True if all stacks are known to be as declared."""
        return all(stack.matches for stack in self.stacks)
