"""What the API says: the live servers of an account, its tasks and its catalogues.

Sizes are in GB here, whatever the operation's own unit; empty texts are None.
"""

from collections.abc import Mapping
from dataclasses import field, fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits
from ccloud_apply.model.live.catalog import (
    Addon,
    AvailableGpu,
    Gpu,
    Iso,
    Pool,
    ResourceInfo,
    Rollout,
    Subnet,
    SubnetAddress,
    Vpc,
)
from ccloud_apply.model.live.read import Read
from ccloud_apply.model.text import printable

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDisk:
    """A disk of `list_server_disks`. `odd`: what the API says of a size that is no whole number;
    `size_gb` is 0 then."""

    id: str
    size_gb: int
    odd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDrive:
    """A DVD drive of `list_server_dvds`; `path` is that of the ISO in it, None if it is empty."""

    id: str
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAdapter:
    """A network adapter, of the server list or of `list_server_network_adapters`.

    `addresses` is None where the API does not say which it has.
    """

    id: str | None
    addresses: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BootDevice:
    """An entry of `get_server_boot_order`: the number that a change names it by, its kind (DVD,
    Drive, ...) and the device."""

    id: int
    type: str | None = None
    device: str | None = None

    @property
    def name(self) -> str:
        """What a stack file calls it: the device, or its kind where it has no name."""
        return self.device or self.type or f"#{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A snapshot schedule: every `frequency` hours, next at `next_run` (no zone, the API's own)."""

    frequency: int
    next_run: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task of the API. `status` other than failed and done counts as processing."""

    id: int
    action: str
    status: str
    hostname: str | None = None
    username: str | None = None
    error_message: str | None = None
    created_at: str | None = None

    @property
    def is_done(self) -> bool:
        """True once it ended well."""
        return self.status == "done"

    @property
    def has_failed(self) -> bool:
        """True once it ended badly."""
        return self.status == "failed"

    @property
    def is_processing(self) -> bool:
        """True while it is neither done nor failed; unknown words count as processing."""
        return not (self.is_done or self.has_failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An entry of `list_subscriptions`: the vendor's name for it, and the account's own.

    `is_told` is False where the answer lacks the latter, which is something else than an empty one.
    """

    id: int
    name: str
    display_name: str | None = None
    is_told: bool = True


class NotRead(LookupError):
    """A part of a server was asked for that the snapshot did not read; a bug, never `absent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveServer:
    """A server of `list_servers`, with what further reads brought in `parts`.

    `parts` maps an operation's id to its decoded value for this server. A field that is None was
    null in the API's answer, or missing (`adapters`: or not to be understood); `untold` names those
    that were missing although they may also be empty, so that nobody takes the one for the other,
    and those whose values cannot be understood. `limits` is what the platform takes, by which
    sizes are judged.
    `facts` are the plain values of the answer that have no field here, in the API's own words.
    `unread` has the operations whose answer about this server alone could not be had, and why.
    `odd` is what the API says of a size that is no whole number; the size itself is None then.
    """

    id: int
    hostname: str | None
    custom_name: str | None = None
    tags: tuple[str, ...] = ()
    generation: int | None = None
    created_at: str | None = None
    cores: int | None = None
    memory_gb: int | None = None
    disk_gb: int | None = None
    pool: str | None = None
    type: str | None = None
    os_name: str | None = None
    ostype: str | None = None
    description: str | None = None
    notes: str | None = None
    addons: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    adapters: tuple[LiveAdapter, ...] | None = None
    customer_id: str | None = None
    has_custom_price: bool | None = None
    limits: Limits = field(default=DEFAULT_LIMITS, compare=False)
    is_building: bool = False
    is_deleting: bool = False
    untold: frozenset[str] = frozenset()
    unread: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    facts: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    odd: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    parts: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def name(self) -> str:
        """How messages call it: its hostname, or its number while it has none."""
        return printable(self.hostname) if self.hostname else f"server #{self.id}"

    def tells(self, name: str) -> bool:
        """False if the answer lacks this fact, which is something else than an empty one."""
        return name not in self.untold and (name in _FIELDS or name in self.facts)

    def fact(self, name: str) -> Any:
        """The fact of this name; None where it is empty, or where the answer lacks it."""
        return getattr(self, name) if name in _FIELDS else self.facts.get(name)

    def part(self, operation_id: str) -> Any:
        """What the operation answered for this server. Raises NotRead if it was not read."""
        try:
            return self.parts[operation_id]
        except KeyError:
            raise NotRead(f"{operation_id} was not read for {self.name}") from None


_FIELDS = frozenset(each.name for each in fields(LiveServer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An entry of `list_os`; `min_disk_gb` is None where the API's text is no number."""

    image: str
    name: str
    min_disk_gb: int | None = None
    ostype: str | None = None
    has_cloud_init: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account as it was read, in one or several rounds.

    `known` names every read that was made. A catalogue is None where nobody needed it or where it
    could not be read; `unread` then has its operation, and why: that is known too. `available_gpus`
    and `isos` are by hostname, `subnet_ips` by the subnet's id. `tasks` are those that were
    processing. `told_customer` is what the task list says of an account without servers. `read_at`
    is in UTC; planning has no other clock.
    `is_paged` says that the server list came in several pages: a server can have slipped from one
    into another while they were read.
    `of_tags`: the servers are those that carry one of these tags, and nothing is known of others;
    None where they are all that there are.
    """

    servers: tuple[LiveServer, ...] = ()
    of_tags: frozenset[str] | None = None
    images: tuple[Image, ...] | None = None
    customer_addons: Mapping[str, int] | None = None
    subscriptions: tuple[Subscription, ...] | None = None
    pools: tuple[Pool, ...] | None = None
    addons: tuple[Addon, ...] | None = None
    rollouts: tuple[Rollout, ...] | None = None
    subnets: tuple[Subnet, ...] | None = None
    vpcs: tuple[Vpc, ...] | None = None
    gpus: tuple[Gpu, ...] | None = None
    resources: ResourceInfo | None = None
    available_gpus: Mapping[str, tuple[AvailableGpu, ...]] = field(default_factory=lambda: NOTHING)
    isos: Mapping[str, tuple[Iso, ...]] = field(default_factory=lambda: NOTHING)
    subnet_ips: Mapping[str, tuple[SubnetAddress, ...]] = field(default_factory=lambda: NOTHING)
    unread: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    tasks: tuple[Task, ...] = ()
    known: frozenset[Read] = frozenset()
    read_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    is_paged: bool = False
    told_customer: str | None = None

    @property
    def every_server(self) -> tuple[LiveServer, ...]:
        """The servers, for who concludes something from one that is not among them. Raises NotRead
        where only those of some tags were read."""
        if self.of_tags is not None:
            raise NotRead(f"servers without {', '.join(sorted(self.of_tags))} were not read")
        return self.servers

    @property
    def customer_id(self) -> str | None:
        """Whose account it is, as its servers say; None if they do not, or if they disagree.

        Without servers it is what the task list says.
        """
        if not self.servers:
            return self.told_customer
        ids = {server.customer_id for server in self.servers} - {None}
        return ids.pop() if len(ids) == 1 else None
