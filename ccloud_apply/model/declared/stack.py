"""What the file says: a stack, its servers and the rules that go with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

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
    `keep` how many of these stay: None keeps all of them.
    """

    prevent_destroy: bool = False
    ignore_changes: frozenset[str] = frozenset()
    on_create_only_change: Literal["error", "replace", "ignore", "redeploy"] = "error"
    resize: Literal["online", "offline"] = "online"
    snapshot_before: frozenset[str] = frozenset()
    keep: int | None = None


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
    of its project too.
    """

    max_destroy: int | None = None
    max_monthly_cost: Decimal | None = None
    max_monthly_increase: Decimal | None = None
    currency: str | None = None
    keep_tags: tuple[str, ...] = ()
    sources: Mapping[str, SourceRange] = field(default_factory=dict, compare=False, repr=False)


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
    """A renamed key: the live server `before` becomes the server `after`. Expanded keys."""

    before: str
    after: str
    source: SourceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A key whose live server is given back: its ownership tags go, the server stays."""

    key: str
    source: SourceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One file, whole; `env` is the environment of the project that it was loaded for."""

    name: str
    path: str
    source: SourceRange
    servers: tuple[ServerSpec, ...] = ()
    policy: Policy = Policy()
    account: AccountSpec = AccountSpec()
    moved: tuple[Move, ...] = ()
    released: tuple[Release, ...] = ()
    env: str | None = field(default=None, compare=False)
