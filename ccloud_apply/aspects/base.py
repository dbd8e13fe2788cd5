"""What an aspect is: the code for one managed field of a server.

An aspect reads nothing and sends nothing. It says how its field is written (schema, normalise,
check), what has to be read to know the live value (reads) and what that value is (read_live), what
differs (compare) and which requests would change it (drafts). Whoever handles every field alike
(plan, drift, export, cost, rehearsal) asks the aspects and names no field. What belongs to more
than one field (the order of steps, one shutdown for several resizes) belongs to `plan/`. Ready
aspects for plain fields stand in `shapes.py`.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, ClassVar

from ccloud_apply.aspects.undo import REVERSIBLE, Undo, irreversible
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Image, LiveServer, NotRead
from ccloud_apply.model.live.catalog import Pool, Subnet, Vpc
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.model.results.plan import FieldChange, ValueKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A diagnostic without its place, which the caller knows.

    `detail` continues the field's name in `where`, such as `[2]` or `.monitoring`.
    `path` leads to the part of the value that it is about: the places of the file are known by it.
    `is_difference`: the live value differs from the declared one, and no request can undo that.
    """

    code: str
    what: str
    hint: str = ""
    detail: str = ""
    path: tuple[str | int, ...] = ()
    severity: Severity = Severity.ERROR
    is_difference: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """A live value that the API does not tell for certain: neither equal to a value nor absent.

    `reason` is a clause without a full stop that says why. It is empty where the answer lacks the
    value altogether.
    """

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogues:
    """The catalogues that tell what a live value means, or what a name in a file stands for.

    Each is None where nobody asked for it. `images` and `pools` are empty where the API did not
    give them; of `subnets` and `vpcs`, `unread` then has the operation, and why.
    """

    images: tuple[Image, ...] | None = None
    pools: tuple[Pool, ...] | None = None
    subnets: tuple[Subnet, ...] | None = None
    vpcs: tuple[Vpc, ...] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)
    _by_name: dict[str, frozenset[str]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def find_images(self, name: str) -> frozenset[str]:
        """The images of the catalogue that a live server with this system's name may have."""
        if not self._by_name:
            found: dict[str, set[str]] = {}
            for image in self.images or ():
                found.setdefault(clean_text(image.name) or "", set()).add(image.image)
            self._by_name.update({name: frozenset(images) for name, images in found.items()})
        return self._by_name.get(name, frozenset())

    def has_image(self, image: str) -> bool:
        """True if the catalogue names it."""
        return any(one.image == image for one in self.images or ())


NO_CATALOGUES = Catalogues()

NEW_SERVER = "it takes a new server or a new system, without the data"
"""Why a change of a create-only field does not come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """A declared value with the API's ids in place of names.

    `note` says which name is which id. With `problems` the value is not whole.
    """

    value: Any
    note: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """A request that an aspect wants to be made; `plan/order.py` makes it a Step.

    `name` is unique on its server and becomes the step's id behind the key. `needs` are names of
    other drafts of the same server that must have succeeded. `needs_off` asks for a server that is
    switched off; all such drafts of a server share one shutdown and one start. `at_apply` is
    what the live server has to be asked for at apply time (`Step.at_apply`). `snapshot_kind` is the
    word of `lifecycle.snapshot_before` that asks for a snapshot before this request.
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
    snapshot_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that an aspect may look at: one desired server, its live one, and what both rest on.

    `ownership` are the tags that make the server the stack's own; `keep_tags` the policy's
    patterns of others' tags that stay. `marks` are the marks that the server has to have
    afterwards, None for those that it has. `read_at` is when the account was read, in UTC.
    """

    spec: ServerSpec
    live: LiveServer
    catalogues: Catalogues = NO_CATALOGUES
    ownership: tuple[str, ...] = ()
    keep_tags: tuple[str, ...] = ()
    marks: frozenset[str] | None = None
    read_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What compare found. No changes and no problems means equal, whatever the spelling.

    `warnings` are sentences for the reviewer. `unknown` says why the live value cannot be compared
    with the declared one: a sentence for a create-only field, else a clause. Such a field is
    neither equal nor different.
    """

    changes: tuple[FieldChange, ...] = ()
    drafts: tuple[StepDraft, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    unknown: str = ""


EQUAL = Difference()


def clean_text(value: str | None) -> str | None:
    """A text as the platform keeps it: trimmed, LF line ends, and None where nothing is left."""
    if value is None:
        return None
    return value.replace("\r\n", "\n").strip() or None


class Aspect:
    """The base of all aspects; a module in `fields/` defines one or more subclasses.

    Every subclass with a `field` is found by `registry.py` without being named there.
    """

    field: ClassVar[str] = ""
    """The stack file's name for it."""

    order: ClassVar[int] = 0
    """Its place among the changes of one server: lower comes first."""

    kind: ClassVar[ValueKind] = ValueKind.PLAIN
    """What its values are for a reader; `disks.2` and the like share it."""

    file_order: ClassVar[int | None] = None
    """Its place in an exported entry; `order` where this is None."""

    schema: ClassVar[Mapping[str, Any]] = {}
    """Its property in the stack's JSON Schema, with a description for editors."""

    is_create_only: ClassVar[bool] = False
    """True if the API cannot change it later."""

    is_needed_to_create: ClassVar[bool] = False
    """True if the create request is refused without it."""

    is_sensitive: ClassVar[bool] = False
    """True if its value is never shown."""

    is_in_redeploy: ClassVar[bool] = False
    """True if a redeploy, which reinstalls the system, takes its value again."""

    is_lost_by_redeploy: ClassVar[bool] = False
    """True if a redeploy undoes it and cannot ask for it again."""

    is_always_compared: ClassVar[bool] = False
    """True if it has to be compared for every managed server, declared or not."""

    is_rename_evidence: ClassVar[bool] = False
    """True if two servers that differ in it are not one server with a new key.

    For hashable values that the server list shows: of a server that goes, hardly more is read.
    """

    tells_what_goes: ClassVar[bool] = False
    """True if a reviewer has to see its live value where the server goes."""

    merge: ClassVar[str] = "replace"
    """How a server's own value meets the one of `defaults`: `replace`, `deep` or `union`."""

    part: ClassVar[str] = ""
    """What `lifecycle.ignore_changes` calls a part of it, as in `addons.NAME`; empty where only the
    whole field can be ignored."""

    part_pattern: ClassVar[str] = ""
    """The regular expression of such a part, without anchors."""

    synonyms: ClassVar[tuple[str, ...]] = ()
    """Words that other tools use for the field, for hints at unknown keys: lower case, with `_`."""

    is_compared: ClassVar[bool] = False
    """True if `read_live` tells its value, so that an unchanged one is known to be so. Not set by
    hand."""

    account_reads: ClassVar[frozenset[str]] = frozenset()
    """Operations to call once for the account if any server declares the field."""

    task_actions: ClassVar[tuple[str, ...]] = ()
    """Actions of tasks that change it; empty where the API document names none."""

    snapshot_kind: ClassVar[str] = ""
    """The word of `lifecycle.snapshot_before` that asks for a snapshot before its requests."""

    # What is read

    def live_reads(self, live: LiveServer) -> frozenset[str]:
        """Operations to call for this server so that `read_live` can tell the live value."""
        return frozenset()

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """Operations to call for this server; only asked for servers that declare the field."""
        return self.live_reads(live)

    def more_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """What has to be read beside, once the server's own reads are known; hardly ever anything.

        Only asked for servers that declare the field and of which something was read.
        """
        return frozenset()

    def create_reads(self, value: Any, catalogues: Catalogues) -> frozenset[str]:
        """Catalogues without which `translate` cannot tell what a create request has to say; asked
        again once they are read."""
        return frozenset()

    # The declared value

    def normalise(self, value: Any, base: str) -> Any:
        """The canonical form of a value that fits `schema`; `base` is the stack file's path."""
        return value

    def check(self, value: Any, spec: ServerSpec) -> tuple[Problem, ...]:
        """What a schema cannot say about a canonical value."""
        return ()

    def check_text(self, text: str, subject: str) -> tuple[Problem, ...]:
        """What is wrong with the text that is sent, which may stand in a file: `subject` names it.
        In a template each secret stands by its name."""
        return ()

    def show(self, value: Any) -> Any:
        """A canonical value as plain JSON for plans."""
        return value

    def describe(self, value: Any) -> tuple[FieldChange, ...]:
        """The changes that a plan shows where the server is created with this value."""
        after = None if self.is_sensitive else self.show(value)
        change = FieldChange(
            field=self.field, after=after, is_sensitive=self.is_sensitive, kind=self.kind
        )
        return (change,)

    # The live value

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        """The live value in its canonical form, or Unknown where the API does not tell it.

        Raises NotRead if the server lacks a part that `live_reads` names.
        """
        return Unknown(f"the API does not show {self.field}")

    def find_other_version(self, live: LiveServer) -> str:
        """Why the live value is none of this version of the API, as far as it was read; empty where
        it may be one. Nothing of a server that declares such a field is changed."""
        return ""

    def peek_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        """As `read_live`, and Unknown where what it looks at was not read."""
        try:
            return self.read_live(live, catalogues)
        except NotRead:
            return Unknown(f"{self.field} was not read")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.is_compared = cls.read_live is not Aspect.read_live

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of a plain field, which need no `EFFECTS`: they set or delete a value."""
        return ()

    def export(self, live: LiveServer, catalogues: Catalogues) -> Any:
        """The live value as a stack file writes it; None or empty leaves the field out."""
        value = self.read_live(live, catalogues)
        return None if isinstance(value, Unknown) else self.show(value)

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        """Its part of the server's row in the copy of a rehearsal, None for what is not known."""
        if not self.is_compared:
            return {}
        value = self.peek_live(live, catalogues)
        return {self.field: None if isinstance(value, Unknown) else self.show(value)}

    def live_shape(self, live: LiveServer) -> Mapping[str, Any]:
        """Its part of the shape that the live server is priced by, None for what is not told."""
        return {}

    def change_shape(self, shape: Shape, change: FieldChange, catalogues: Catalogues) -> Shape:
        """The shape that the server is priced by, once a change of this field is made."""
        return shape

    # Differences and requests

    def translate(self, value: Any, catalogues: Catalogues) -> Translated:
        """The declared value as the create request needs it: names become what they stand for."""
        return Translated(value=value)

    def create_body(self, value: Any) -> Mapping[str, Any]:
        """Its part of the body of `create_server`."""
        return {}

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        """What has to follow the create because the create request cannot say it."""
        return ()

    def compare(self, comparison: Comparison) -> Difference:
        """What differs between the declared value and the live one, and how to change it.

        By default the two canonical values are equal or not; a field whose equality is another one
        overrides this.
        """
        if not self.is_compared:
            return EQUAL
        live = self.read_live(comparison.live, comparison.catalogues)
        if isinstance(live, Unknown):
            return self.leave_unknown(live, comparison)
        declared = comparison.spec.value(self.field)
        return EQUAL if live == declared else self.change(live, declared, comparison)

    def leave_unknown(self, unknown: Unknown, comparison: Comparison) -> Difference:
        """What follows from an unknown live value: neither a change nor equality.

        The server is not compared then. A create-only field alone is left out instead: no server
        is destroyed because of it, and a warning says so.
        """
        name = comparison.live.name
        reason = unknown.reason or f"the API does not say what {self.field} {name} has"
        if self.is_create_only:
            reason = f"{reason}, so {self.field} is not compared"
        return Difference(unknown=reason)

    def change(self, before: Any, after: Any, comparison: Comparison) -> Difference:
        """The difference between two canonical values, live and declared, that are not equal."""
        change = FieldChange(
            field=self.field, before=self.show(before), after=self.show(after), kind=self.kind
        )
        return Difference(changes=(change,), drafts=self.update_drafts(after, comparison))

    def update_drafts(self, value: Any, comparison: Comparison) -> tuple[StepDraft, ...]:
        """The requests that give a live server this value."""
        return ()

    def judge_undo(self, change: FieldChange) -> Undo:
        """What an undo brings back of a change of this field on a live server.

        By default all of it, unless another value takes another server or another system.
        """
        return irreversible(NEW_SERVER) if self.is_create_only else REVERSIBLE
