"""What an aspect is: the code for one managed field of a server.

An aspect reads nothing and sends nothing. It says how its field is written (schema, normalise,
check), what has to be read to know the live value (reads), what differs (compare) and which
requests would change it (drafts). What belongs to more than one field (the order of steps, one
shutdown for several resizes) belongs to `plan/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Image, LiveServer
from ccloud_apply.model.live.catalog import Pool
from ccloud_apply.model.results.plan import FieldChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A diagnostic without its place, which the caller knows.

    `detail` continues the field's name in `where`, such as `[2]` or `.monitoring`.
    """

    code: str
    what: str
    hint: str = ""
    detail: str = ""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """A request that an aspect wants to be made; `plan/order.py` makes it a Step.

    `name` is unique on its server and becomes the step's id behind the key. `needs` are names of
    other drafts of the same server that must have succeeded. `needs_off` asks for a server that is
    switched off; all such drafts of a server share one shutdown and one start. `at_apply` is
    what the live server has to be asked for at apply time (`Step.at_apply`).
    """

    name: str
    operation_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    at_apply: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    needs: tuple[str, ...] = ()
    needs_off: bool = False
    causes_downtime: bool = False
    is_destructive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that an aspect may look at: one desired server, its live one, and what both rest on.

    `ownership` are the tags that make the server the stack's own; `keep_tags` the policy's
    patterns of others' tags that stay. `read_at` is when the account was read, in UTC. `pools` is
    None where nobody asked for the catalogue, and empty where it could not be read.
    """

    spec: ServerSpec
    live: LiveServer
    images: tuple[Image, ...] | None = None
    pools: tuple[Pool, ...] | None = None
    ownership: tuple[str, ...] = ()
    keep_tags: tuple[str, ...] = ()
    read_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What compare found. No changes and no problems means equal, whatever the spelling.

    `warnings` are sentences for the reviewer. `unknown` is one too: why the live value cannot be
    compared with the declared one. Such a field is neither equal nor different.
    """

    changes: tuple[FieldChange, ...] = ()
    drafts: tuple[StepDraft, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    unknown: str = ""


EQUAL = Difference()


def unknown_live(live: LiveServer, field_name: str) -> Difference:
    """The answer where the API said nothing about a field: an error, never a change."""
    problem = Problem(
        code="live-unknown",
        what=f"the API does not say what {field_name} {live.name} has, so it cannot be compared",
        hint=f"leave {field_name} out, or name it in lifecycle.ignore_changes",
    )
    return Difference(problems=(problem,))


def clean_text(value: str | None) -> str | None:
    """A text as the platform keeps it: trimmed, LF line ends, and None where nothing is left."""
    if value is None:
        return None
    return value.replace("\r\n", "\n").strip() or None


class Aspect:
    """The base of all aspects; a module in this folder defines one or more subclasses.

    Every subclass with a `field` is found by `registry.py` without being named there.
    """

    field: ClassVar[str] = ""
    """The stack file's name for it."""

    order: ClassVar[int] = 0
    """Its place among the changes of one server: lower comes first."""

    schema: ClassVar[Mapping[str, Any]] = {}
    """Its property in the stack's JSON Schema, with a description for editors."""

    is_create_only: ClassVar[bool] = False
    """True if the API cannot change it later."""

    is_sensitive: ClassVar[bool] = False
    """True if its value is never shown."""

    is_always_compared: ClassVar[bool] = False
    """True if it has to be compared for every managed server, declared or not."""

    merge: ClassVar[str] = "replace"
    """How a server's own value meets the one of `defaults`: `replace`, `deep` or `union`."""

    facts: ClassVar[frozenset[str]] = frozenset()
    """The facts of a LiveServer that it compares and that may be empty; unread, it is unknown."""

    account_reads: ClassVar[frozenset[str]] = frozenset()
    """Operations to call once for the account if any server declares the field."""

    @property
    def is_compared(self) -> bool:
        """True if its live value can be told, so that an unchanged one is known to be so."""
        return type(self).compare is not Aspect.compare

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """Operations to call for this server; only asked for servers that declare the field."""
        return frozenset()

    def more_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """What has to be read beside, once the server's own reads are known; hardly ever anything.

        Only asked for servers that declare the field and of which something was read.
        """
        return frozenset()

    def normalise(self, value: Any, base: str) -> Any:
        """The canonical form of a value that fits `schema`; `base` is the stack file's path."""
        return value

    def check(self, value: Any, spec: ServerSpec) -> tuple[Problem, ...]:
        """What a schema cannot say about a canonical value."""
        return ()

    def show(self, value: Any) -> Any:
        """A canonical value as plain JSON for plans."""
        return value

    def describe(self, value: Any) -> tuple[FieldChange, ...]:
        """The changes that a plan shows where the server is created with this value."""
        after = None if self.is_sensitive else self.show(value)
        return (FieldChange(field=self.field, after=after, is_sensitive=self.is_sensitive),)

    def create_body(self, value: Any) -> Mapping[str, Any]:
        """Its part of the body of `create_server`."""
        return {}

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        """What has to follow the create because the create request cannot say it."""
        return ()

    def compare(self, comparison: Comparison) -> Difference:
        """What differs between the declared value and the live one, and how to change it."""
        return EQUAL
