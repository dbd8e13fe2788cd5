"""A copy of an account whose texts are not what the API document says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.state.copying import load_copy
from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store

NOW = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)


def copy_server(
    created_at: str | None, *taken_at: str | None, unknown: tuple[str, ...] = (), **told: Any
) -> ServerRecord:
    """The copy's record of a server with snapshots of these moments."""
    server: dict[str, Any] = {
        "id": 7,
        "hostname": "vs10007",
        "created_at": created_at,
        "image": "debian12_uefi",
        "tags": [],
        "addons": {},
        "disks": [{"id": "sc0s0", "size_gb": 50}],
        "state": "Running",
        "snapshots": [
            {"id": str(n), "name": "s", "is_active": False, "created_at": at, "parent_id": None}
            for n, at in enumerate(taken_at)
        ],
        "dvds": [],
        "boot_order": [],
        "adapters": [],
        "schedule": None,
    }
    never_told = (
        *("custom_name", "description", "notes", "os_name", "ostype"),
        *("cores", "memory", "pool", "type"),
    )
    store = Store()
    copy = {
        "servers": [{**dict.fromkeys(never_told), **server, **dict.fromkeys(unknown), **told}],
        "tasks": [],
        "catalogues": {},
        "addons": {},
        "subscriptions": [],
    }
    load_copy(store, copy, now=NOW)
    copied = store.find_server("vs10007")
    store.close()
    assert copied is not None
    return copied


@pytest.mark.parametrize("text", ["", "yesterday", "\x1b[2J::error::", "2026-13-01T00:00Z", None])
def test_a_moment_that_is_none_keeps_no_server_out_of_the_copy(text: str | None) -> None:
    copied = copy_server(text, text)
    assert from_wire(copied["created_at"]) == NOW
    assert copied["last_snapshot_at"] is None
    assert len(copied["snapshots"]) == 1


@pytest.mark.parametrize("text", ["2027-01-01 11:55", "2027-01-01T11:55:00Z"])
def test_the_newest_snapshot_counts_with_and_without_a_zone(text: str) -> None:
    copied = copy_server("2024-08-24", "2026-12-31T00:00:00Z", text, "yesterday")
    assert copied["last_snapshot_at"] is not None
    assert NOW - from_wire(copied["last_snapshot_at"]) == timedelta(minutes=5)
    assert copied["created_at"].startswith("2024-08-24")


def test_what_is_not_known_of_a_server_keeps_it_out_of_no_copy() -> None:
    copied = copy_server(None, unknown=("addons", "disks", "dvds", "boot_order"))
    assert (copied["addons"], copied["disks"], copied["dvds"]) == ([], [], [])


def test_half_a_character_keeps_no_server_out_of_the_copy() -> None:
    copied = copy_server(None, custom_name="a\ud83d", tags=["b\udc00"])
    assert (copied["custom_name"], copied["tags"]) == ("a?", ["b?"])
