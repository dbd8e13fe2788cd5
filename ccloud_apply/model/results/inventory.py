"""What there is: the servers of stacks, or of a whole account, with their addresses.

How it is found belongs to `plan/views/inventory.py`, how it is shown to `render/inventory/`.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from ipaddress import ip_address

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.ownership import is_retired
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.plan import PlanAccount


class Standing(StrEnum):
    """How a server stands to the files that were given."""

    DECLARED = "declared"
    UNDECLARED = "undeclared"
    OTHER_STACK = "other-stack"
    UNMANAGED = "unmanaged"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryServer:
    """A server: one that is live, or one that is declared and missing.

    `name` is the host's name in every format, unlike that of any other host: STACK-KEY, or the
    hostname. `base_key` is the key in the file before `count` and `for_each`. `tags` are the users'
    own, `marks` ours but for those that say whose the server is; `retires` is the day of the mark
    `retire:...` (UTC). `id` is None where the server is missing.

    Sizes are in GB. None is not told or not asked for: `addresses` where the API does not tell them
    all, `image` where no entry of the catalogue is certain, `state` and `monthly_cost` where they
    were not asked for. `currency` is that of the stack's amounts, as its file says it.
    """

    status: Standing
    name: str
    id: int | None = None
    stack: str | None = None
    key: str | None = None
    base_key: str | None = None
    hostname: str | None = None
    custom_name: str | None = None
    addresses: Addresses | None = None
    cores: int | None = None
    memory_gb: int | None = None
    disk_gb: int | None = None
    pool: str | None = None
    type: str | None = None
    image: str | None = None
    os_name: str | None = None
    tags: tuple[str, ...] = ()
    created_at: str | None = None
    created_by: str | None = None
    declared: SourceRange | None = None
    marks: tuple[str, ...] = ()
    retires: date | None = None
    is_building: bool = False
    is_deleting: bool = False
    state: str | None = None
    monthly_cost: str | None = None
    currency: str | None = None

    @property
    def address(self) -> str | None:
        """Where the server is reached: its first IPv4 address that is public by its range, else its
        first IPv6 address, else its first IPv4 address. None while it has none."""
        found = self.addresses or Addresses()
        public = (text for text in found.ipv4 if ip_address(text).is_global)
        return next(iter((*public, *found.ipv6, *found.ipv4)), None)

    @property
    def is_retired(self) -> bool:
        """True for a server that is off and waits for its end, also if its day cannot be read. One
        that is declared again does not: the next apply starts it."""
        return is_retired(self.marks) and self.status is not Standing.DECLARED

    @property
    def is_host(self) -> bool:
        """True for a server that another tool may connect to: it is there and stays."""
        is_going = self.is_deleting or self.is_retired
        return self.status is not Standing.MISSING and not is_going


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The servers by stack and key, those without a stack last. `read_at` is in UTC, `commit` that
    of the stack files, `env` the environment that these were loaded for.

    `has_state` and `has_cost` say what was asked for. `monthly_total` is the sum of the costs that
    are known, None where none of them is; `retired_total` is what of it retired servers cost, None
    without any; `currency` is that of both. Costs in different currencies have no sum:
    `monthly_totals` has one for each, None standing for one that no file names. `warnings` say
    what is contradictory or could not be read.
    """

    servers: tuple[InventoryServer, ...] = ()
    account: PlanAccount | None = None
    env: str | None = None
    read_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    commit: Commit | None = None
    has_state: bool = False
    has_cost: bool = False
    monthly_total: str | None = None
    retired_total: str | None = None
    currency: str | None = None
    monthly_totals: tuple[tuple[str | None, str], ...] = ()
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def hosts(self) -> tuple[InventoryServer, ...]:
        """The servers that another tool may connect to."""
        return tuple(server for server in self.servers if server.is_host)
