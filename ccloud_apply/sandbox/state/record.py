"""The records that the emulator stores: servers with their parts, tasks, subscriptions, invoices.

They are typed dictionaries, because they are stored as JSON. What the API shows belongs to view.py.
"""

from typing import Any, NotRequired, TypedDict

ADDED = "_added"
"""The emulator's own mark of an address that was added to a server that was there."""


class Disk(TypedDict):
    """A volume; `id` is its controller slot."""

    id: str
    size_gb: int


class Addon(TypedDict):
    """An addon of a server."""

    name: str
    count: int


class Drive(TypedDict):
    """A DVD drive and the ISO image in it."""

    id: str
    name: str


class Snapshot(TypedDict):
    """A plain snapshot."""

    id: str
    name: str
    active: bool
    created_at: str
    parent: str | None


class Schedule(TypedDict):
    """A schedule; `next_run` is the wire date-time as set, from which later runs follow."""

    frequency: int
    next_run: str


class Adapter(TypedDict):
    """A network adapter, in the spelling of the server list; `lan` marks the internal side."""

    id: str
    vlan_number: int
    bandwidth: int
    switch: str
    mac_address: str
    mac_spoofing: bool
    lan: bool
    created_at: str
    ip_addresses: list[dict[str, object]]


class ServerRecord(TypedDict):
    """Everything the emulator knows about a server."""

    id: int
    hostname: str
    custom_name: str | None
    created_at: str
    building: bool
    deleting: bool
    state: str
    cores: int
    memory: int
    pool: str
    type: str
    image: str
    os_name: str
    ostype: str
    username: str
    description: str | None
    notes: str | None
    password: str
    tags: list[str]
    addons: list[Addon]
    rollouts: list[str]
    disks: list[Disk]
    dvds: list[Drive]
    boot_order: list[str]
    adapters: list[Adapter]
    snapshots: list[Snapshot]
    last_snapshot_at: str | None
    schedule: Schedule | None
    custom_price: NotRequired[bool]
    """Whether the account has a price of its own for it: the vendor sets that."""
    is_password_told: NotRequired[bool]
    """Whether the password was asked for before."""
    subscription: NotRequired[str | None]
    """The name of the subscription that bills it; no operation shows it."""


class TaskRecord(TypedDict):
    """A task, running or ended."""

    id: int
    action: str
    username: str
    hostname: str | None
    status: str
    error_message: str | None
    created_at: str
    due: str | None
    server_id: int
    effect: str
    payload: dict[str, object]
    failure: str | None


class SubscriptionRecord(TypedDict):
    """A subscription, in the API's spelling; `data` has its resources (memory and disk in GB)."""

    id: int
    customer_id: int
    pool: str
    name: str
    display_name: str
    confirmed: bool
    runtime: int
    discount: float
    monthly_price: float
    setup_fee: float
    setup_fee_charged: bool
    valid_to: str
    start_date: str
    end_date: str
    renew: bool
    data: dict[str, Any]
    replacement: int | None
    created_at: str
    updated_at: str
    deleted_at: str | None
    tags: list[str]


class InvoiceRecord(TypedDict):
    """A month's invoice, in the API's spelling."""

    id: int
    month: int
    year: int
    total: float
    customer_id: int
    details: dict[str, Any]


def disk_sum_gb(server: ServerRecord) -> int:
    """The size of all the server's disks together, in GB."""
    return sum(disk["size_gb"] for disk in server["disks"])


def free_slot(server: ServerRecord) -> str:
    """The first unused name `sc0sN`.

    Disks and DVD drives hang on one controller and share these names.
    """
    taken = {disk["id"] for disk in server["disks"]} | {drive["id"] for drive in server["dvds"]}
    number = 0
    while f"sc0s{number}" in taken:
        number += 1
    return f"sc0s{number}"
