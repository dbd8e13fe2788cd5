"""Drift: where the account is no longer what the files say. How it is found is not said here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import ACCOUNT, FieldChange


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftedServer:
    """A live server that differs from its entry.

    In `changes`, `before` is what is live and `after` what is declared, as in a plan that would
    undo the drift. `last_tasks` are the newest tasks of the server, the newest first, and `causes`
    those of them that may have made a change, by its field.
    """

    key: str
    hostname: str | None
    changes: tuple[FieldChange, ...]
    last_tasks: tuple[Task, ...] = ()
    causes: Mapping[str, Task] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraServer:
    """A live server with the stack's tag whose key is not in the file."""

    key: str
    hostname: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmanagedServer:
    """A live server that belongs to no stack."""

    hostname: str | None
    custom_name: str | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StackDrift:
    """The drift of one stack.

    `account` are the changes of the account itself. `missing` are declared keys without a live
    server, `in_sync` those that equal theirs. `not_compared` are keys of servers that are being
    built: neither drift nor in sync yet. `warnings` say what else could not be compared or read.
    """

    stack: str
    path: str
    drifted: tuple[DriftedServer, ...] = ()
    account: tuple[FieldChange, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[ExtraServer, ...] = ()
    in_sync: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def entries(self) -> tuple[DriftedServer, ...]:
        """All that documents list and count as drifted: the account, and the servers after it."""
        if not self.account:
            return self.drifted
        return (DriftedServer(key=ACCOUNT, hostname=None, changes=self.account), *self.drifted)

    @property
    def has_drift(self) -> bool:
        """True if anything is not as declared."""
        return bool(self.entries or self.missing or self.extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What an earlier report had and this one has not: `kind` is drifted, missing or extra, `name`
    a key or, of an extra server, its hostname."""

    stack: str
    kind: Literal["drifted", "missing", "extra"]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What became of an earlier report, of `read_at`: how many entries are `known`, being in both
    alike, and which are `resolved`. `read_at` is None where there was no earlier report."""

    read_at: str | None = None
    known: int = 0
    resolved: tuple[Resolved, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """The drift of all stacks of a command. `read_at` is when the account was read, in UTC.

    With `since` the stacks hold what is new alone, compared with an earlier report.
    """

    stacks: tuple[StackDrift, ...] = ()
    unmanaged: tuple[UnmanagedServer, ...] = ()
    read_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    since: Since | None = None

    @property
    def has_drift(self) -> bool:
        """True if any stack has drifted; unmanaged servers alone are no drift."""
        return any(stack.has_drift for stack in self.stacks)
