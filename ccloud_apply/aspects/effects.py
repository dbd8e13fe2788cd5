"""What an operation does to the account, from right before its request leaves to the proof.

Pure: an effect judges what was read. It never reads, sends or waits; `apply/` does that and asks.
Each effect stands beside the field that sends it, and `registry.py` collects them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from ccloud_apply.errors import ApplyError, StatusError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import NOTHING, LiveServer, NotRead, Task
from ccloud_apply.model.results.plan import FieldChange, Step

SERVER_READ = "get_server"
"""The read of the server itself; its value is `Facts.server`."""

TAGS_READ = "list_server_tags"
"""A read of one server's tags alone, marks among them."""

ACCOUNT_ADDONS_READ = "list_customer_addons"
"""A read of the account, about no server."""

SERVER_TASKS_READ = "list_server_tasks"
"""A read of one server's newest tasks."""

ADDRESSES_READ = "list_ips"
"""A read of the account, of which a server's own part counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was read for one request. `server` is None if it is gone, or if nobody asked for it.

    `learnt` is what this run and earlier ones have found out about the platform, by name.
    """

    hostname: str = ""
    server: LiveServer | None = None
    parts: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    learnt: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def name(self) -> str:
        """How messages call the server."""
        return self.hostname if self.server is None else self.server.name

    def part(self, operation_id: str) -> Any:
        """What this operation answered. Raises NotRead if nobody asked for it."""
        try:
            return self.parts[operation_id]
        except KeyError:
            raise NotRead(f"{operation_id} was not read for {self.name}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that is about to leave, or has left.

    `at_apply` are the step's apply-time parameters. `baseline` is what was noted before the request
    left; after a restart it, the path and the task are all that is known. `task_id` is the task
    that the answer named, None where there was no answer.
    """

    path: str
    body: Any = None
    at_apply: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    baseline: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    task_id: int | None = None

    @property
    def target(self) -> str:
        """What the path ends with: the id of a disk, the name of an addon, an action."""
        return unquote(self.path.rsplit("/", 1)[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the plan of a step rests on: the server as it was read, and the change of its field."""

    server: LiveServer | None = None
    change: FieldChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A request with everything that only the live server can tell it."""

    path: str
    body: Any
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """A step whose operation has a pace.

    `others` are the plan's other steps of the same server. `needless` are the ids of those that
    this apply has found needless. `snapshot_pause_s` is the platform's pause between two snapshots.
    """

    step: Step
    snapshot_pause_s: float
    others: Sequence[Step] = ()
    needless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a paced request may leave, in seconds from now, and whether it has to leave at all."""

    is_needless: bool = False
    wait_s: float = 0.0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Rules for requests of which the platform takes one only every so often.

    `reads` is what `find_turn` judges. `find_turn_after_refusal`, where there is one, looks for the
    reason of a refusal in the server's tasks. `may_wait`: a turn can be minutes away, so whether
    the request is still needed is asked before such a wait too.
    """

    reads: Callable[[Paced], frozenset[str]]
    find_turn: Callable[[Paced, Facts, datetime], Turn]
    find_turn_after_refusal: Callable[[Paced, Sequence[Task], datetime], Turn | None] | None = None
    may_wait: bool = False


class Shown(StrEnum):
    """Which value the server shows in the middle of a replacement."""

    NEW = "the new one"
    OLD = "the old one"
    NONE = "none"
    OTHER = "neither of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Rules for a value that is set by POST, where another one may stand and bar the way.

    The fallback is a DELETE, a second POST, and a third one that puts the old value back.
    `require_planned` raises ApplyError if the old value is not the one that the plan replaces.
    """

    read: str
    delete_operation_id: str
    decode: Callable[[Mapping[str, Any]], Any]
    encode: Callable[[Any, datetime], Mapping[str, Any]]
    is_same: Callable[[Any, Any], bool]
    classify: Callable[[Any, Any, Any], Shown]
    is_refused_for_old: Callable[[StatusError], bool]
    require_planned: Callable[[str, Any, Mapping[str, Any]], None]
    describe: Callable[[Any], str]
    kind: str
    describe_failure: Callable[[str, str, Any, str | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Rules for an operation that is meant to set a number and may add it to the one that is there.

    The baseline has both: `count` is what is sent, `before` what was there. The way out is a DELETE
    and the same request once more, which then has nothing to be added to. `read_count` tells how
    many are there (0: none); `kind` is what a message calls them.
    """

    delete_operation_id: str
    read_count: Callable[[Facts, Sent], int]
    kind: str

    def is_added(self, facts: Facts, sent: Sent) -> bool:
        """True if what is there is what was there before and what was sent, together."""
        return count_if_added(sent) == self.read_count(facts, sent)


def count_if_added(sent: Sent) -> int | None:
    """How many there are if the platform adds; None where that cannot be told from setting."""
    before, count = sent.baseline.get("before"), sent.baseline.get("count")
    return before + count if before and count is not None else None


def shows_count(there: int, sent: Sent) -> bool:
    """True if a request that sets a count has happened, whether the platform set it or added it."""
    return there in (sent.baseline.get("count"), count_if_added(sent))


def _note_nothing(_planned: Planned, _facts: Facts, _sent: Sent) -> Mapping[str, Any]:
    return {}


def _read_nothing_more(_facts: Facts, _sent: Sent) -> frozenset[str]:
    return frozenset()


def always_due(_planned: Planned, _facts: Facts, _sent: Sent) -> bool:
    """For what no comparison of a field decides."""
    return True


def _no_way_out(refusal: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The whole life of one operation.

    Before the request leaves, in this order:

    - `is_due` says whether what it would do is still to be done (`reads_to_check`). It raises
      ApplyError if what the plan rests on has changed. Without it the step's field is compared.
    - `bind` completes the request with what only the live server tells (`reads_to_bind`, and then
      `more_reads_to_bind`). None: it is done already. Only a step with apply-time parameters is
      bound, or with `binds_always`.
    - `baseline` notes what later tells the trace (`reads_to_note`), beside the names `of_body`
      of the request; never a secret.

    Afterwards:

    - `has_happened` looks for the trace (`reads`, and then `more_reads`). It is told if the
      baseline has all of `of_body` and `needs`; a journal of an earlier version may lack some.
    - `keep_as` is the name under which the journal keeps what the answer says was added, until it
      shows.
    - `keep_unshown` gives what of the kept the facts do not show yet.
    - `find_unshown` names what was added to other servers for sure, as `Facts.learnt` says, and has
      not shown. While there is such a thing, no trace is no proof that a lost request did nothing.
    - `on_server` tells the same by a server as the list shows it.
    - `verify` raises ApplyError if an operation that only sets a value has not set it.
    """

    operation_id: str
    field: str = ""
    """The field whose comparison decides, where it is not the one that the step's id names."""

    reads_to_check: frozenset[str] = frozenset()
    is_due: Callable[[Planned, Facts, Sent], bool] | None = None
    reads_to_bind: frozenset[str] = frozenset()
    more_reads_to_bind: Callable[[Facts, Sent], frozenset[str]] = _read_nothing_more
    bind: Callable[[Planned, Facts, Sent], Bound | None] | None = None
    binds_always: bool = False
    reads_to_note: frozenset[str] = frozenset()
    baseline: Callable[[Planned, Facts, Sent], Mapping[str, Any]] = _note_nothing
    of_body: tuple[str, ...] = ()

    reads: frozenset[str] = frozenset()
    more_reads: Callable[[Facts, Sent], frozenset[str]] = _read_nothing_more
    has_happened: Callable[[Facts, Sent], bool] | None = None
    needs: tuple[str, ...] = ()
    keep_as: Callable[[Sent], str] | None = None
    keep_unshown: Callable[[Facts, Sequence[str]], Sequence[str]] | None = None
    find_unshown: Callable[[Mapping[str, Any], Sent], Sequence[str]] | None = None
    on_server: Callable[[LiveServer, Sent], bool] | None = None
    verify: Callable[[Facts, Sent], None] | None = None

    adds: bool = False
    """A second time adds a second one."""
    is_once: bool = False
    """A second time destroys again: if the trace does not show, a person decides."""
    is_of_account: bool = False
    """It changes the account and no server."""
    is_held_by_protection: bool = False
    """A protection that was set since the plan stops it."""
    ends_server: bool = False
    """A server that is gone is what it wants."""
    renews_system: bool = False
    """The server has another generation afterwards."""
    takes_ownership: bool = False
    """It may be sent to a server that is adopted and nobody's yet."""
    sets_marks: bool = False
    """It replaces the tags of a server, marks among them."""
    may_be_unowned: bool = False
    """It may be sent to a server of no stack that a person has named."""
    waits_for_tasks: bool = False
    """While a task runs on the server, its trace may be half there or still to go."""
    may_be_old: bool = False
    """Its trace may be from before: a server that is to start also ran before its shutdown."""

    pacing: Pacing | None = None
    replacement: Replacement | None = None
    way_out: Callable[[str], str] = _no_way_out
    """What can be done about a refusal with this text of the platform; empty for nothing known."""
    addition: Addition | None = None

    @property
    def adds_name(self) -> str:
        """The name under which a journal keeps that the operation adds instead of setting."""
        return f"adds:{self.operation_id}"

    @property
    def is_confirmed(self) -> bool:
        """True if the operation counts as done only once its trace shows."""
        return self.has_happened is not None

    def will_bind(self, sent: Sent) -> bool:
        """True if the request has to be completed before it leaves."""
        return self.bind is not None and (self.binds_always or bool(sent.at_apply))

    def reads_before(self, sent: Sent) -> frozenset[str]:
        """What is read before the request leaves, to bind it and to note its baseline."""
        to_bind = self.reads_to_bind if self.will_bind(sent) else frozenset()
        return self.reads_to_note | to_bind

    def note(self, planned: Planned, facts: Facts, sent: Sent) -> Mapping[str, Any]:
        """The baseline of a request that is bound."""
        return {**self.note_body(sent), **self.baseline(planned, facts, sent)}

    def note_body(self, sent: Sent) -> Mapping[str, Any]:
        """The part of the baseline for which nothing has to be read."""
        body = sent.body or {}
        return {name: body[name] for name in self.of_body if name in body}

    def can_show(self, sent: Sent) -> bool:
        """False if the baseline lacks what the trace is told by."""
        names = (*self.of_body, *self.needs)
        return self.is_confirmed and all(sent.baseline.get(name) is not None for name in names)


def server_effect(
    operation_id: str, on_server: Callable[[LiveServer, Sent], bool], **more: Any
) -> Effect:
    """An effect that the server itself shows, whether it is read alone or in the list."""

    def has_happened(facts: Facts, sent: Sent) -> bool:
        return facts.server is not None and on_server(facts.server, sent)

    return Effect(
        operation_id=operation_id,
        reads=frozenset({SERVER_READ}),
        has_happened=has_happened,
        on_server=on_server,
        **more,
    )


def changed_since_plan(what: str) -> ApplyError:
    """For a step whose server is no longer as the plan saw it."""
    return ApplyError(f"changed since the plan: {what}", hint="plan again")


def identify(server: LiveServer) -> Mapping[str, Any]:
    """What tells a server from another one that got its hostname later."""
    return {"id": server.id, "created_at": server.created_at, "generation": server.generation}
