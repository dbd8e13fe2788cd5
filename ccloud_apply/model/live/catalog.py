"""What the platform offers and allows: catalogues, prices, limits; and a server's snapshots.

Amounts are exact and have neither currency nor period, because the API gives none. A field that is
None was null or missing in the API's answer. Images are in `account.py`, beside the servers that
they are compared with.
"""

from decimal import Decimal

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """An entry of `list_pools`; `pool` is the name that a stack file uses."""

    pool: str
    name: str | None = None
    description: str | None = None
    is_active: bool | None = None
    has_gpus: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """An entry of `list_addons`."""

    name: str
    description: str | None = None
    supported_os: tuple[str, ...] = ()
    is_addable: bool | None = None
    is_deletable: bool | None = None
    price: Decimal | None = None
    setup_fee: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """An entry of `list_rollouts`; `rollout` is the name that a stack file uses."""

    rollout: str
    name: str | None = None
    type: str | None = None
    description: str | None = None
    valid_for: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    is_managed_only: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Iso:
    """An entry of `list_server_isos`; `name` is the file's name, `path` its full one."""

    name: str
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """An entry of `list_subnets`."""

    id: int
    name: str | None = None
    type: str | None = None
    network: str | None = None
    gateway: str | None = None
    mask_bits: int | None = None
    nameservers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """An entry of `list_vpcs`; of its subnets, what the entry tells, None where it tells none."""

    id: str | None
    name: str | None = None
    type: str | None = None
    subnets: tuple[Subnet, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAddress:
    """An entry of `list_ips`; `subnet` is the subnet's name."""

    ip: str
    hostname: str | None = None
    subnet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetAddress:
    """An entry of `list_subnet_ips`. One that neither names a server nor its number is free."""

    ip: str
    hostname: str | None = None
    server_id: int | None = None

    @property
    def is_used(self) -> bool:
        """True if it is told whose it is."""
        return bool(self.hostname or self.server_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """An entry of `list_gpus`; `addon` is the addon that orders it."""

    id: int
    name: str | None = None
    addon: str | None = None
    description: str | None = None
    pools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableGpu:
    """An entry of `list_server_gpus`: how many of a model the server's pool has left."""

    addon: str | None = None
    name: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """An entry of `list_licenses`; the price is for one unit."""

    id: int
    title: str | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPrices:
    """The answer of `get_pool_prices`: of one core, of one GB of memory, of one GB of disk."""

    pool: str
    cores: Decimal | None = None
    memory: Decimal | None = None
    disk: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Amounts of what a server uses."""

    cores: int | None = None
    memory_gb: int | None = None
    disk_gb: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceInfo:
    """The answer of `get_resource_info`. `limits` mean something only where `is_limited`."""

    is_limited: bool
    usage: Resources = Resources()
    limits: Resources = Resources()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot of `list_server_snapshots`."""

    id: str
    name: str | None = None
    is_active: bool = False
    created_at: str | None = None
    parent_id: str | None = None
