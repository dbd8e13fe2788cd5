"""One server explained: where it is declared, what is live, what the next plan would do."""

from datetime import datetime
from typing import Any, Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.plan import FieldChange, PlanAccount, ServerPlan, Step, ValueKind

Status = Literal["declared", "missing", "undeclared", "other-stack", "unmanaged"]
"""`missing` is declared and does not exist; `undeclared` carries the tags of a given stack whose
file does not declare it; `other-stack` those of a stack whose file was not given."""

FieldStatus = Literal["equal", "differs", "unknown", "ignored", "new"]
"""`new`: the server does not exist yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCommit:
    """A commit that changed the entry of a server; `date` is ISO 8601 with its zone."""

    id: str
    author: str
    date: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCommit:
    """The last commit that changed some lines of a file.

    `commit` is None where none is known, and `why` says the reason, a clause. `is_changed` says
    that the lines are others than in the newest commit; None if that is not known.
    """

    commit: EntryCommit | None = None
    is_changed: bool | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Where a server is declared: its entry's lines, 1-based and inclusive."""

    path: str
    line: int
    end_line: int
    last: LastCommit = LastCommit()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedField:
    """A field that the file declares, beside its live value; JSON-like values in the file's units.

    `live` is None for an empty value and for one that is not known: `unknown` then says why.
    `changes` are the differences, each with a note where a reviewer must know more. `cause` is the
    newest task that may have made them.
    """

    field: str
    status: FieldStatus
    declared: Any = None
    live: Any = None
    unknown: str = ""
    is_sensitive: bool = False
    kind: ValueKind = ValueKind.PLAIN
    changes: tuple[FieldChange, ...] = ()
    cause: Task | None = None
    source: SourceRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveField:
    """A field that no file declares, with its live value; `unknown` says why that is not known."""

    field: str
    live: Any = None
    unknown: str = ""
    kind: ValueKind = ValueKind.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedMark:
    """A tag of ours: what it means, and the way out, which is empty where none is needed.

    `due` is the day (ISO 8601, UTC) from which something may happen because of it.
    """

    tag: str
    meaning: str
    way_out: str = ""
    due: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPlan:
    """What the next plan would do to the server: its part of the plan, and its steps.

    `held` are the guards that block the plan, `errors` what stops it from being made at all. Where
    there are errors, `server` is None: no plan exists.
    """

    server: ServerPlan | None = None
    steps: tuple[Step, ...] = ()
    held: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    errors: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that is known of one server.

    `stack` and `key` are those of a stack that was given, else those that its tags say. `why` says
    why it is not compared. `addresses` and `last_tasks` are None where they are not known;
    `tasks_why` then says the reason for the latter. `plan` is None where no given stack has the
    server, or where nothing is said of it. `env` is the environment that the stacks were loaded
    for. `ignored` are the parts of fields whose changes the file leaves alone, and what it leaves
    alone until some day or for a reason.
    """

    status: Status
    stack: str | None = None
    key: str | None = None
    hostname: str | None = None
    custom_name: str | None = None
    created_at: str | None = None
    declaration: Declaration | None = None
    addresses: Addresses | None = None
    moved_from: str | None = None
    is_released: bool = False
    depends_on: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    fields: tuple[ExplainedField, ...] = ()
    ignored: tuple[IgnoredField, ...] = ()
    unmanaged: tuple[LiveField, ...] = ()
    marks: tuple[ExplainedMark, ...] = ()
    last_tasks: tuple[Task, ...] | None = ()
    tasks_why: str = ""
    why: str = ""
    is_busy: bool = False
    plan: NextPlan | None = None
    account: PlanAccount | None = None
    env: str | None = None
    read_at: datetime | None = None

    @property
    def differing(self) -> tuple[ExplainedField, ...]:
        """The declared fields whose live value is another one."""
        return tuple(one for one in self.fields if one.status == "differs")
