"""What is measured with: stacks of any size and the accounts that go with them, always the same.

A server is written with fifteen keys, and comes back from the API as a list shows it. Everything
that the product reads of it is decoded by the product, so that nothing here can drift from it.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from ccloud_apply.api.decode.catalog import decode_images
from ccloud_apply.api.decode.server import decode_disks, decode_server, decode_state
from ccloud_apply.api.decode.task import decode_schedules
from ccloud_apply.load.stack.build import VariableSources, load_stack
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account

STACK = "fleet"
CUSTOMER_ID = "328100"
READ_AT = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
IMAGES: list[dict[str, Any]] = [
    {"image": "debian12_uefi", "name": "Linux Debian 12", "ostype": "Linux", "min_disk": "10"}
]
NOTES = "Owner: platform team\nRunbook: https://wiki.example.com/fleet\n"

Case = Literal["empty", "equal", "changed", "renamed"]
CASES: tuple[Case, ...] = ("empty", "equal", "changed", "renamed")
"""An account without the stack's servers, one that equals it, one with another memory of each, and
one whose servers all have keys that the file does not know, so that each is replaced by another."""

_SERVER = """\
  s{n:05}:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 2
    memory: {memory}
    disks: [50, 100]
    custom_name: "server {n}"
    description: front end
    tags: [production, web]
    addons: {{monitoring: 1, backup: 2}}
    scheduled_snapshots: {{frequency: 6, next_run: "2027-01-01 03:00"}}
    notes: |
      Owner: platform team
      Runbook: https://wiki.example.com/fleet
    power: running
    sshkey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFleet fleet@example.com
    lifecycle: {{resize: offline}}
"""


def write_stack(count: int, *, memory_gb: int = 4) -> bytes:
    """A stack file with so many servers, each written out."""
    servers = (_SERVER.format(n=n, memory=memory_gb) for n in range(count))
    return f"stack: {STACK}\nservers:\n{''.join(servers)}".encode()


def load(text: bytes) -> Stack:
    """The stack of a text that is known to be good."""
    loaded = load_stack(text, path="fleet.yaml", variables=VariableSources(), look=lambda _: None)
    assert loaded.stack is not None, loaded.diagnostics
    return loaded.stack


def server_json(n: int, *, stack: str | None = STACK, key: str | None = None) -> dict[str, Any]:
    """The n-th server of the account as the server list shows it; of the stack, unless told."""
    owner = [f"stack:{stack}", f"server:{key or f's{n:05}'}"] if stack else []
    return {
        "id": n + 1,
        "customer_id": CUSTOMER_ID,
        "hostname": hostname(n),
        "generation": 2,
        "created_at": "2027-01-01",
        "tags": ["production", "web", *owner],
        "location": "DE-BA-1",
        "custom_name": f"server {n}",
        "deletion_in_progress": False,
        "build_in_progress": False,
        "network_adapters": [],
        "data": {
            "cores": 2,
            "memory": 4,
            "disk": 150,
            "pool": "pool_iw_ssd",
            "type": "unmanaged",
            "os_name": "Linux Debian 12",
            "ostype": "Linux",
            "hostname": hostname(n),
            "description": "front end",
            "notes": NOTES,
            "addons": [{"name": "monitoring", "count": 1}, {"name": "backup", "count": 2}],
        },
    }


def hostname(n: int) -> str:
    """The hostname of the n-th server."""
    return f"vs{10001 + n}"


def disks_json() -> list[dict[str, Any]]:
    """The disks of any server of the stack."""
    return [{"id": "sc0s0", "size": 50}, {"id": "sc0s1", "size": 100}]


def state_json() -> list[dict[str, Any]]:
    """The power state of any server of the stack."""
    return [{"state": "Running"}]


def schedules_json(count: int) -> list[dict[str, Any]]:
    """Every schedule of the account."""
    return [
        {"hostname": hostname(n), "frequency": "6", "next_run": "2027-03-01T15:00:00.000000Z"}
        for n in range(count)
    ]


def build_account(count: int, case: Case) -> Account:
    """An account as it looks once everything of it was read."""
    images = decode_images(IMAGES)
    if case == "empty":
        return Account(images=images, read_at=READ_AT)
    schedules = decode_schedules(schedules_json(count))
    servers = []
    for n in range(count):
        server = decode_server(server_json(n))
        parts = {
            "list_server_disks": decode_disks(disks_json()),
            "get_server_state": decode_state(state_json()),
            "list_server_snapshots": (),
            "list_snapshot_schedules": schedules[hostname(n)],
        }
        memory_gb = server.memory_gb if case == "equal" else 1 + n % 3
        tags = server.tags
        if case == "renamed":
            tags = tuple(tag.replace("server:s", "server:x") for tag in tags)
        servers.append(replace(server, parts=parts, memory_gb=memory_gb, tags=tags))
    return Account(servers=tuple(servers), images=images, read_at=READ_AT)
