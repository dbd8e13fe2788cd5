"""What the file says: a stack, its servers and the rules that go with them."""

from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.ignored import IgnoredChange
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.windows import Freeze, Window
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from ccloud_apply.model.declared.project import ExpectedAccount
    from ccloud_apply.model.diagnostic import Diagnostic

_NONE: frozenset[str] = frozenset()

Locate = Callable[[tuple[str | int, ...]], SourceRange]


@dataclass(frozen=True, slots=True)
class Declared:
    """A managed field's value in its canonical form, and where it was written.

    A field that is not managed has no Declared at all, so that None can mean managed and empty.
    The canonical form is that of the field's aspect (`Aspect.normalise`).
    `locate` finds the place of a part of the value, by the steps to it: an index, a key, or the
    name of an entry of a list.
    """

    value: Any
    source: SourceRange
    locate: Locate | None = field(default=None, compare=False, repr=False)

    def place(self, *path: str | int) -> SourceRange:
        """Where that part of the value stands; the deepest part of the path that there is."""
        return self.source if self.locate is None or not path else self.locate(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """How a server may be changed.

    `snapshot_before` names kinds of changes (`model/limits.py`) before which a snapshot is taken,
    `keep` how many of these stay: None keeps all of them. `ignore_changes` are those that count:
    a plan is given the stack without those whose last day is over. `retire` is the number of days
    that the server waits, switched off, before it is destroyed; None if it does not wait.
    """

    prevent_destroy: bool = False
    ignore_changes: tuple[IgnoredChange, ...] = ()
    on_create_only_change: Literal["error", "replace", "ignore", "redeploy"] = "error"
    resize: Literal["online", "offline"] = "online"
    snapshot_before: frozenset[str] = frozenset()
    keep: int | None = None
    retire: int | None = None

    @property
    def ignored_fields(self) -> frozenset[str]:
        """The fields that are ignored as a whole."""
        if not self.ignore_changes:
            return _NONE
        return frozenset(one.field for one in self.ignore_changes if not one.part)

    def ignored_parts(self, field: str) -> tuple[str, ...]:
        """The parts of a field that are ignored: names, positions or globs."""
        return tuple(one.part for one in self.ignore_changes if one.field == field and one.part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec:
    """One desired server after expansion.

    `key` is the expanded key (`web-2`), `base_key` the one in the file (`web`). `group_key` is the
    key before count where the entry has for_each too (`pool-a` of `pool-a-1`), else empty.
    `hostname` binds an existing server. `depends_on` holds expanded keys.
    """

    key: str
    base_key: str
    source: SourceRange
    group_key: str = field(default="", compare=False)
    hostname: str | None = None
    fields: Mapping[str, Declared] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    limits: Limits = field(default=DEFAULT_LIMITS, compare=False)
    """What the platform takes: it is the run's, and nothing that the file declares."""
    key_source: SourceRange | None = field(default=None, compare=False)
    """Where the key of its entry stands; `source` is where the entry's value does."""

    @property
    def declared_at(self) -> SourceRange:
        """Where a person looks for the server: its key."""
        return self.key_source or self.source

    def declares(self, name: str) -> bool:
        """True if the field is managed."""
        return name in self.fields

    def value(self, name: str, default: Any = None) -> Any:
        """The field's declared value, or the default where it is not managed."""
        declared = self.fields.get(name)
        return default if declared is None else declared.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Guard rails that the file itself sets.

    Amounts are in the account's currency; `currency` is its ISO 4217 code, None if it is not told.
    `sources` says where each rule is written, by its name, where that is known: a stack has rules
    of its project too. `tag_sources` says it of each of `keep_tags`, which several levels add to.

    `retire` is the number of days that a server waits before it is destroyed, where it says none
    itself; `least_retire` is the number that no server goes below. `windows` are those of each
    level that has any: every level has to allow a change.
    """

    max_destroy: int | None = None
    max_monthly_cost: Decimal | None = None
    max_monthly_increase: Decimal | None = None
    currency: str | None = None
    keep_tags: tuple[str, ...] = ()
    retire: int | None = None
    least_retire: int | None = None
    windows: tuple[tuple[Window, ...], ...] = ()
    freezes: tuple[Freeze, ...] = ()
    sources: Mapping[str, SourceRange] = field(default_factory=dict, compare=False, repr=False)
    tag_sources: Mapping[str, SourceRange] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSpec:
    """What the file says of the account itself, part by part; the rest of it is left alone.

    `addons` are counts by name, 0 for one that is to be gone; `subscriptions` are display names by
    the vendor's name.
    """

    addons: Mapping[str, Declared] = field(default_factory=dict)
    subscriptions: Mapping[str, Declared] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A renamed key: the live server `before` becomes the server `after`. Expanded keys.

    `STACK/KEY` is a server of another stack: one that comes from there, or goes there. `is_joined`
    marks an entry that the other stack's file alone has.
    """

    before: str
    after: str
    source: SourceRange
    is_joined: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """An earlier name of the stack: live servers under it are the stack's own."""

    before: str
    source: SourceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A key whose live server is given back: its ownership tags go, the server stays."""

    key: str
    source: SourceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One file, whole; `env` is the environment of the project that it was loaded for.

    `entries` are the keys under `servers`, as written, each with those that it depends on; an entry
    that makes no server is there too. `beside` are the stacks of the same run by name, each with
    all names that it goes by; empty until `join_stacks` (`load/stack/join.py`) has filled it.
    """

    name: str
    path: str
    source: SourceRange
    servers: tuple[ServerSpec, ...] = ()
    policy: Policy = Policy()
    account: AccountSpec = AccountSpec()
    moved: tuple[Move, ...] = ()
    released: tuple[Release, ...] = ()
    env: str | None = field(default=None, compare=False)
    renamed: tuple[Rename, ...] = ()
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)
    bases: tuple[str, ...] = field(default=(), compare=False)
    """The files that it extends, directly and through each other."""
    warnings: "tuple[Diagnostic, ...]" = field(default=(), compare=False, repr=False)
    """What was told when it was loaded and is no mistake: a plan tells it as well."""
    accounts: "tuple[ExpectedAccount, ...]" = field(default=(), compare=False, repr=False)
    """The accounts of which its project expects one; none if any will do."""
    claimed: "tuple[ExpectedAccount, ...]" = field(default=(), compare=False, repr=False)
    """The accounts in which a stack of this name is that of another environment."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which its live servers may be: its own, and earlier ones."""
        return (self.name, *(rename.before for rename in self.renamed))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that say what it is: its own and those that it extends."""
        return (self.path, *self.bases)
