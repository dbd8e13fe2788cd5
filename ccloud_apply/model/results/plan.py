"""A plan: every change that it would make, every request that it would send, and why."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.timing import ApplyLength

ACCOUNT = "@account"
"""The key under which documents show what happens to the account itself; no server can have it."""

MONTHLY_COST = "monthly_cost"
"""What a server that goes costs now, among all else that is told of it."""

DESTROYS_DATA = "destroys_data"
"""The name under which a summary counts the servers that lose data while they stay."""


class Action(StrEnum):
    """What happens to a server. One that is reinstalled stays, and loses its system disk alone.

    RETIRE: it is switched off and dated, and destroyed once its day has come. RESTORE: a retired
    one is declared again, so that it runs again.

    NOT_COMPARED: it cannot be said whether anything would happen to it, and nothing does.
    """

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    REINSTALL = "reinstall"
    RETIRE = "retire"
    RESTORE = "restore"
    DESTROY = "destroy"
    ADOPT = "adopt"
    UNCHANGED = "unchanged"
    NOT_COMPARED = "not_compared"


DESTRUCTIVE = frozenset({Action.REPLACE, Action.REINSTALL, Action.DESTROY})
"""The actions that destroy data whatever else they change."""


class Reversibility(StrEnum):
    """What `git revert` and an apply bring back of a change, from all of it to nothing.

    LOSSY: the declared state comes back, something else does not, such as an address or a value
    that no file had. IRREVERSIBLE: data is gone, or no request undoes the change.
    """

    REVERSIBLE = "reversible"
    LOSSY = "lossy"
    IRREVERSIBLE = "irreversible"


_WORSE = {reversibility: place for place, reversibility in enumerate(Reversibility)}


class ValueKind(StrEnum):
    """What a field's values are, as far as the formats show them differently.

    PLAIN is every value that speaks for itself: a number, a text, a list, a mapping. GB is a size
    or a list of sizes. TAGS is a set of texts, SCHEDULE a mapping of `frequency` and `next_run`.
    NAME is a text that each server has for itself, also among servers that are otherwise alike.
    MONEY is an amount a month, as a decimal text.
    """

    PLAIN = "plain"
    GB = "gb"
    TAGS = "tags"
    SCHEDULE = "schedule"
    NAME = "name"
    MONEY = "money"


class Resource(StrEnum):
    """The kinds of things that a step changes."""

    SERVER = "server"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of one server before and after. JSON-like values in the stack file's units.

    A sensitive change shows no values. `forces_replace` marks the change that requires a new
    server. `is_destructive`: it deletes data of the server. `note` says what a reviewer must know
    about this change. `kind` is that of the field, whose aspect gives it: no document stores it
    (`plan/kinds.py` restores it), and no comparison looks at it.

    `reversibility` says how much of it an undo brings back, None where nobody judged it: no plan of
    an earlier version says it, and no drift. `undo` is a clause that says what does not come back.
    """

    field: str
    before: Any = None
    after: Any = None
    is_sensitive: bool = False
    forces_replace: bool = False
    is_destructive: bool = False
    note: str = ""
    reversibility: Reversibility | None = None
    undo: str = ""
    kind: ValueKind = dataclasses.field(default=ValueKind.PLAIN, compare=False)


def find_worst_of(found: Iterable[Reversibility | None]) -> Reversibility | None:
    """The one that brings back least; None where nothing was judged."""
    judged = [one for one in found if one is not None]
    return max(judged, key=_WORSE.__getitem__, default=None)


def loses_data(action: Action, changes: Iterable[FieldChange]) -> bool:
    """True for a server that stays while data of it is deleted."""
    is_staying = action not in (Action.CREATE, Action.REPLACE, Action.DESTROY)
    return is_staying and any(change.is_destructive for change in changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request to come.

    `path` keeps `{hostname}` where the server does not exist yet. `body` may hold References.
    `needs` are the steps that must have succeeded. A step that `closes` another runs once that one
    has succeeded and all its `needs` are over, whatever came of them: the server that was shut
    down for a resize is started again although the resize failed.

    `at_apply` are parameters for what only the live server can tell, such as the number of a boot
    device: they bind the request right before it leaves (`bind` of the operation's effect).

    Steps of one server never overlap and run in the plan's order, which is no need: a failed
    notes change does not stop the memory change.
    """

    id: str
    server: str
    operation: str
    operation_id: str
    method: str
    path: str
    body: Any = None
    at_apply: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    closes: str | None = None
    is_destructive: bool = False
    causes_downtime: bool = False

    @property
    def resource(self) -> Resource:
        """Whether it changes a server, named by its key, or the account itself."""
        return Resource.ACCOUNT if self.server == ACCOUNT else Resource.SERVER


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlan:
    """What happens to one server, and the ids of the steps that do it.

    `instance` is its own part of an expanded key: `2` of `web-2`, `fra-01` of `worker-fra-01`.
    `moved_from` is the key that the server had before, `is_released` marks one that is given back.
    `is_busy` says that it is being built or deleted, or that a task runs on it: apply waits.
    `unchanged` are the declared fields that were compared and stay as they are, by their names in
    `changes`; empty unless it was asked for. `unknown` are those whose live value cannot be told;
    `warnings` say why. `why` is a clause that says why the server is not compared; it has neither
    changes nor steps then. `rests_on` are the keys of such servers as its steps must not be made
    without.

    `addresses` are those of the live server, None where there is none or they are not told. No
    comparison of two plans looks at them.

    `goes` says of a server that is destroyed or replaced what it is now: changes without `after`.
    `live` is all that is known of the live server, declared or not, by the same names; empty unless
    it was asked for.

    `retires` is the day (UTC) from whose beginning on a retired server may be destroyed: of one
    that is retired by this plan, and of one that waits. `downtime_s` is how long the server is
    expected to be down, in seconds; None where nobody knows, and where it is not down.
    `reversibility` is that of all that happens to it; None if nothing does. `undo` is a clause on
    what an undo of all does not bring back, beside what its changes say.
    """

    key: str
    hostname: str | None
    action: Action
    changes: tuple[FieldChange, ...] = ()
    steps: tuple[str, ...] = ()
    has_downtime: bool = False
    warnings: tuple[str, ...] = ()
    instance: str | None = None
    moved_from: str | None = None
    is_released: bool = False
    is_busy: bool = False
    unchanged: Mapping[str, Any] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    goes: tuple[FieldChange, ...] = ()
    live: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    rests_on: tuple[str, ...] = ()
    source: SourceRange | None = None
    addresses: Addresses | None = None
    retires: date | None = None
    downtime_s: int | None = None
    reversibility: Reversibility | None = None
    undo: str = ""

    @property
    def loses_data(self) -> bool:
        """True for a server that stays while data of it is deleted."""
        return loses_data(self.action, self.changes)

    @property
    def is_stopped(self) -> bool:
        """True for a server that is down for a while and remains: one that is destroyed has no
        downtime, and one that is retired is off to stay."""
        return self.has_downtime and self.action not in DESTRUCTIVE | {Action.RETIRE}

    @property
    def is_waiting(self) -> bool:
        """True for a retired server whose day has not come: nothing happens to it until then."""
        return self.retires is not None and self.action is Action.UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """What `--defer` has left out of a plan: a server to which something would happen that may not
    happen now. `why` is a clause; `opens_at` is when it may be done, None if that is never."""

    key: str
    action: Action
    why: str
    opens_at: datetime | None = None
    hostname: str | None = None
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """What happens to the account itself, and the ids of the steps that do it.

    It is neither created nor destroyed, never stops, loses no data and has no warnings.
    `unchanged` and `why` are those of a ServerPlan.
    """

    changes: tuple[FieldChange, ...] = ()
    steps: tuple[str, ...] = ()
    unchanged: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    source: SourceRange | None = None

    @property
    def action(self) -> Action:
        """Update, unchanged or not compared."""
        if self.why:
            return Action.NOT_COMPARED
        return Action.UPDATE if self.changes else Action.UNCHANGED

    @classmethod
    def of(cls, entry: ServerPlan) -> "AccountChange":
        """What an entry says that was read from a document."""
        return cls(
            changes=entry.changes,
            steps=entry.steps,
            unchanged=entry.unchanged,
            why=entry.why,
            source=entry.source,
        )

    @property
    def entry(self) -> ServerPlan:
        """As documents show it: an entry beside the servers, under a key that none can have."""
        return ServerPlan(
            key=ACCOUNT,
            hostname=None,
            action=self.action,
            changes=self.changes,
            steps=self.steps,
            unchanged=self.unchanged,
            why=self.why,
            source=self.source,
            reversibility=find_worst_of(change.reversibility for change in self.changes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """The plan of one stack: its servers, and the account itself where the file says something of
    it. `held` are the guards and policies that stop it, if any. `ignored` are the changes that the
    file leaves alone until some day, or for a reason that it gives. `deferred` are the servers that
    are left out because what would happen to them may not happen now.

    `currency` is the ISO 4217 code of the amounts in `cost`, None where the file does not name it.

    `contents` has the digest of every file whose contents the steps send, by its path; no secrets.
    It is filled by whoever reads the files (`apply/engine/contents.py`), not by planning.
    """

    stack: str
    path: str
    servers: tuple[ServerPlan, ...] = ()
    account: AccountChange | None = None
    steps: tuple[Step, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    held: tuple[Diagnostic, ...] = ()
    ignored: tuple[IgnoredField, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    cost: Mapping[str, Any] | None = None
    currency: str | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)

    @property
    def entries(self) -> tuple[ServerPlan, ...]:
        """All that documents list and count: the servers, and the account after them."""
        return self.servers if self.account is None else (*self.servers, self.account.entry)

    @property
    def summary(self) -> Mapping[str, int]:
        """How many servers each action happens to, and how many lose data while they stay."""
        counts = dict.fromkeys((action.value for action in Action), 0)
        for server in self.entries:
            counts[server.action.value] += 1
        return counts | {DESTROYS_DATA: sum(server.loses_data for server in self.entries)}

    @property
    def has_changes(self) -> bool:
        """True if there is anything to do."""
        return bool(self.steps)

    @property
    def matches(self) -> bool:
        """True if every server is as declared, as far as the plan looks: there is nothing to do,
        and nothing that is not compared."""
        return not self.steps and not self.told_servers()

    def changed_servers(self) -> tuple[ServerPlan, ...]:
        """The entries to which something happens, in the plan's order."""
        return tuple(s for s in self.told_servers() if s.action is not Action.NOT_COMPARED)

    def told_servers(self) -> tuple[ServerPlan, ...]:
        """The entries of which there is anything to say: those to which something happens, and
        those that are not compared, in the plan's order."""
        return tuple(s for s in self.entries if s.action is not Action.UNCHANGED or s.steps)

    @property
    def stopped(self) -> tuple[ServerPlan, ...]:
        """The servers that are down for a while and remain, in the plan's order."""
        return tuple(server for server in self.servers if server.is_stopped)

    @property
    def retired(self) -> tuple[ServerPlan, ...]:
        """The retired servers whose day has not come, in the plan's order."""
        return tuple(server for server in self.servers if server.is_waiting)

    def uncompared_servers(self) -> tuple[ServerPlan, ...]:
        """The entries that are not compared, in the plan's order."""
        return tuple(s for s in self.entries if s.action is Action.NOT_COMPARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAccount:
    """The account that a plan was made for.

    `endpoint` is the API's address, or `sandbox` and the path of its data. `customer_id` is None
    where no answer of the API tells it. `access_id` stands for the client id, or for the token
    where there is none, without revealing it; only a saved plan keeps it.
    """

    endpoint: str
    customer_id: str | None = None
    access_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plans of all stacks of a command.

    `account` is None if nobody said which one it is, `read_at` (UTC) if nobody said when it was
    read, `commit` (that of the stack files) if none is known. `invoice_preview` is what this
    month's invoice of the whole account comes to as it is previewed, a decimal text; None where the
    prices of the plan needed no look at it. `env` is the environment that the stacks were loaded
    for. `at` is the moment that the plan was asked for, None for now. `override_window` is the
    reason why windows and freezes do not count, empty while they do. `length` is how long an apply
    is expected to take; None where nothing asked for it.
    """

    stacks: tuple[StackPlan, ...] = ()
    account: PlanAccount | None = None
    read_at: datetime | None = None
    commit: Commit | None = None
    invoice_preview: str | None = None
    env: str | None = None
    at: datetime | None = None
    override_window: str = ""
    length: ApplyLength | None = None

    @property
    def has_changes(self) -> bool:
        """True if any stack has anything to do."""
        return any(stack.has_changes for stack in self.stacks)

    @property
    def matches(self) -> bool:
        """True if every server of all stacks is as declared: nothing to do, nothing unknown."""
        return all(stack.matches for stack in self.stacks)

    @property
    def summary(self) -> Mapping[str, int]:
        """The summaries of all stacks, added up."""
        counts = dict.fromkeys((*(action.value for action in Action), DESTROYS_DATA), 0)
        for stack in self.stacks:
            for name, count in stack.summary.items():
                counts[name] += count
        return counts

    @property
    def stopped(self) -> tuple[ServerPlan, ...]:
        """The servers of all stacks that are down for a while and remain."""
        return tuple(server for stack in self.stacks for server in stack.stopped)

    @property
    def currency(self) -> str | None:
        """What the amounts of the account are in, if every stack says the same."""
        found = {stack.currency for stack in self.stacks}
        return found.pop() if len(found) == 1 else None

    @property
    def held(self) -> tuple[Diagnostic, ...]:
        """Every guard that stops one of the stacks."""
        return tuple(diagnostic for stack in self.stacks for diagnostic in stack.held)
