"""What `fleet check` has found: what is reached, and what is wrong with it."""

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAccount:
    """One account. `customer_id` is None where it is not known; `is_reached` says that it has
    answered, None that it was not asked."""

    name: str
    endpoint: str
    is_reached: bool | None = None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSource:
    """One source. `stacks` is how many files of it are stacks that can be loaded; None where it
    was not read, or could not be. `commit` is None for a folder."""

    name: str
    place: str
    ref: str | None = None
    commit: str | None = None
    stacks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetCheck:
    """All of it. `path` is fleet.yaml, `database` says which one it is, `references` how many
    were looked at; with `is_offline` none was, and nothing was reached."""

    path: str
    database: str
    accounts: tuple[CheckedAccount, ...]
    sources: tuple[CheckedSource, ...]
    rules: int
    is_offline: bool
    references: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
