"""Snapshots, schedules, DVD drives, boot order, network."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ccloud_apply.sandbox.clock import ManualClock
from tests.support.desk import Desk

SERVER = "/ccloud/servers/vs10001"
OTHER = "/ccloud/servers/vs10002"
SCHEDULE = f"{SERVER}/snapshots/scheduled"
ISO = "debian-12.8.0-amd64-netinst.iso"


def at(text: str) -> ManualClock:
    return ManualClock(datetime.fromisoformat(text).replace(tzinfo=UTC))


# Scheduled snapshots


def test_a_schedule_moves_on_with_every_run() -> None:
    desk = Desk(clock=at("2027-01-01 12:00"))
    desk.done("POST", SCHEDULE, {"frequency": 6, "next_run": "2027-01-02 03:00"})
    assert desk.get(SCHEDULE) == {"frequency": 6, "next_run": "2027-01-02 03:00"}
    desk.clock.advance(15 * 3600)
    assert desk.get(SCHEDULE) == {"frequency": 6, "next_run": "2027-01-02 09:00"}
    desk.clock.advance(48 * 3600 + 60)
    assert desk.get(SCHEDULE) == {"frequency": 6, "next_run": "2027-01-04 09:00"}


def test_a_schedule_in_the_past_begins_at_its_next_turn() -> None:
    desk = Desk(clock=at("2027-01-01 12:00"))
    desk.done("POST", SCHEDULE, {"frequency": "24", "next_run": "2026-06-01 03:30"})
    assert desk.get(SCHEDULE) == {"frequency": 24, "next_run": "2027-01-02 03:30"}


def test_the_accounts_schedules_are_spelled_differently() -> None:
    desk = Desk(clock=at("2027-01-01 12:00"))
    (schedule,) = desk.get("/ccloud/customers/scheduled")
    assert schedule == {
        "hostname": "vs10001",
        "frequency": "6",
        "next_run": "2027-01-01T15:00:00.000000Z",
    }


@pytest.mark.parametrize(
    ("style", "status", "content"),
    [("204", 204, b""), ("null", 200, b"null"), ("object", 200, b"{}"), ("list", 200, b"[]")],
)
def test_no_schedule_has_many_faces(style: str, status: int, content: bytes) -> None:
    desk = Desk(empty_schedule=style)
    path = f"{OTHER}/snapshots/scheduled"
    response = desk.send("GET", path, checked=False)  # the document is silent
    assert (response.status_code, response.content) == (status, content)


@pytest.mark.parametrize(
    ("style", "status", "frequency"),
    [("replace", 204, 12), ("ignore", 204, 6), ("409", 409, 6), ("422", 422, 6)],
)
def test_a_schedule_over_another_one_comes_to_what_is_chosen(
    style: str, status: int, frequency: int
) -> None:
    desk = Desk(existing_schedule=style)
    desk.done("DELETE", SCHEDULE)
    desk.done("POST", SCHEDULE, {"frequency": 6, "next_run": "2027-01-01 03:00"})
    body = {"frequency": 12, "next_run": "2027-01-01 04:00"}
    response = desk.send("POST", SCHEDULE, body, checked=False)
    assert response.status_code == status
    assert desk.get(SCHEDULE)["frequency"] == frequency
    desk.done("DELETE", SCHEDULE)
    desk.done("POST", SCHEDULE, body)
    assert desk.get(SCHEDULE)["frequency"] == 12


def test_no_schedule_is_not_found_and_deleting_none_is_fine() -> None:
    desk = Desk()
    desk.done("DELETE", SCHEDULE)
    desk.done("DELETE", SCHEDULE)
    assert desk.send("GET", SCHEDULE).status_code == 404
    assert desk.get("/ccloud/customers/scheduled") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"frequency": 2}, "frequency"),
        ({"frequency": "daily"}, "frequency"),
        ({"frequency": True}, "frequency"),
        ({"frequency": None}, "frequency"),
        ({"next_run": None}, "next_run"),
        ({"next_run": "2027-01-01T03:00:00Z"}, "next_run"),
        ({"next_run": "2027-13-01 03:00"}, "next_run"),
        ({"next_run": 5}, "next_run"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(change: dict[str, Any], field: str) -> None:
    body = {"frequency": 3, "next_run": "2027-01-01 03:00", **change}
    assert set(Desk().refused("POST", SCHEDULE, body)) == {field}


# Snapshots


def test_snapshots_hang_on_each_other_and_can_be_renamed_restored_deleted() -> None:
    desk = Desk()
    for name in ("first", "second"):
        assert desk.run("POST", f"{SERVER}/snapshots", {"name": name})["status"] == "done"
        desk.clock.advance(600)
    first, second = desk.get(f"{SERVER}/snapshots")
    assert (first["name"], first["active"], first["parentSnapshotId"]) == ("first", False, None)
    assert (second["active"], second["parentSnapshotId"]) == (True, first["id"])
    desk.run("PUT", f"{SERVER}/snapshots/{first['id']}", {"name": "kept"})
    desk.run("POST", f"{SERVER}/snapshots/{first['id']}")
    desk.run("DELETE", f"{SERVER}/snapshots/{second['id']}")
    (kept,) = desk.get(f"{SERVER}/snapshots")
    assert (kept["name"], kept["active"]) == ("kept", True)


def test_deleting_a_snapshot_hands_its_place_to_its_parent() -> None:
    desk = Desk()
    for name in ("a", "b", "c"):
        desk.run("POST", f"{SERVER}/snapshots", {"name": name})
        desk.clock.advance(600)
    a, b, c = desk.get(f"{SERVER}/snapshots")
    desk.run("DELETE", f"{SERVER}/snapshots/{b['id']}")
    assert desk.get(f"{SERVER}/snapshots")[1]["parentSnapshotId"] == a["id"]
    desk.run("DELETE", f"{SERVER}/snapshots/{c['id']}")
    assert desk.get(f"{SERVER}/snapshots")[0]["active"]


def test_snapshots_are_ten_at_most_and_ten_minutes_apart() -> None:
    desk = Desk()
    desk.run("POST", f"{SERVER}/snapshots", {"name": "x"})
    assert "10 minutes" in desk.refused("POST", f"{SERVER}/snapshots", {"name": "y"})["name"]
    for _ in range(9):
        desk.clock.advance(600)
        desk.run("POST", f"{SERVER}/snapshots", {"name": "x"})
    desk.clock.advance(600)
    assert "at most 10" in desk.refused("POST", f"{SERVER}/snapshots", {"name": "y"})["name"]


def test_a_snapshot_needs_a_name_and_must_exist() -> None:
    desk = Desk()
    assert "name" in desk.refused("POST", f"{SERVER}/snapshots", {"name": " "})
    for method in ("POST", "DELETE"):
        assert desk.send(method, f"{SERVER}/snapshots/none").status_code == 404


# DVD drives, boot order


def test_a_drive_takes_the_next_free_slot_among_the_disks() -> None:
    desk = Desk()
    desk.run("POST", f"{SERVER}/dvds", {"name": ISO})
    assert desk.get(f"{SERVER}/dvds") == [{"id": "sc0s2", "path": f"\\\\iso\\public\\{ISO}"}]
    desk.run("POST", f"{SERVER}/disks", {"size": 1024**3})
    assert desk.get(f"{SERVER}/disks")[-1]["id"] == "sc0s3"
    answer = desk.done("PUT", f"{SERVER}/dvds/sc0s2", "virtio-win-0.1.262.iso")
    assert answer[0]["data"][0]["path"] == "\\\\iso\\public\\virtio-win-0.1.262.iso"
    desk.clock.advance(10)
    desk.run("DELETE", f"{SERVER}/dvds/sc0s2")
    assert desk.get(f"{SERVER}/dvds") == []


def test_a_drive_needs_an_image_that_exists_and_there_are_three_at_most() -> None:
    desk = Desk()
    for body in ({}, {"name": "none.iso"}, {"name": 5}):
        assert "name" in desk.refused("POST", f"{SERVER}/dvds", body)
    for _ in range(3):
        desk.run("POST", f"{SERVER}/dvds", {"name": ISO})
    assert "name" in desk.refused("POST", f"{SERVER}/dvds", {"name": ISO})
    assert desk.send("DELETE", f"{SERVER}/dvds/sc0s0").status_code == 404


def test_the_chosen_device_boots_first() -> None:
    desk = Desk()
    desk.run("POST", f"{SERVER}/dvds", {"name": ISO})
    desk.run("PUT", f"{SERVER}/bootorder", {"id": 3})
    assert desk.get(f"{SERVER}/bootorder") == [
        {"id": 1, "type": "DVD", "bootDevice": "sc0s2"},
        {"id": 2, "type": "Drive", "bootDevice": "sc0s0"},
        {"id": 3, "type": "Drive", "bootDevice": "sc0s1"},
    ]
    for body in ({}, {"id": 0}, {"id": 4}, {"id": "1"}):
        assert "id" in desk.refused("PUT", f"{SERVER}/bootorder", body)


def test_a_list_of_one_can_come_as_that_one() -> None:
    desk = Desk(single_as_object=True)
    added = desk.send("POST", f"{SERVER}/dvds", {"name": ISO}, checked=False)
    assert added.json() == {"id": 1}
    assert len(desk.get("/ccloud/os")) > 1


# Network


def test_a_further_address_comes_from_the_adapters_network() -> None:
    desk = Desk()
    (adapter,) = desk.get(f"{SERVER}/network")
    path = f"{SERVER}/network/{adapter['id']}/ip"
    added = desk.done("POST", path, {"protocol": "IPv6"})
    assert (added["type"], added["ip_address"], added["vlan"]) == ("IPv6", "2001:db8:1200::d", 708)
    assert desk.get(f"{SERVER}/network")[0]["ipAdresse"][-1] == "2001:db8:1200::d"
    assert desk.get("/ccloud/network/subnets/13/ips")[-1]["hostname"] == "vs10001"
    for body in ({}, {"protocol": "IPX"}):
        assert "protocol" in desk.refused("POST", path, body)
    assert desk.send("POST", f"{SERVER}/network/x/ip", {"protocol": "IPv4"}).status_code == 404


def test_an_adapter_without_such_a_network_gets_no_address() -> None:
    desk = Desk()
    name = desk.create(subnets=[14])
    (adapter,) = desk.get(f"/ccloud/servers/{name}/network")
    path = f"/ccloud/servers/{name}/network/{adapter['id']}/ip"
    assert "protocol" in desk.refused("POST", path, {"protocol": "IPv6"})


def test_an_internal_side_is_an_adapter_of_its_own() -> None:
    desk = Desk()
    name = desk.create(image="pfsense27", subnets_intern=[20])
    wan, lan = desk.get(f"/ccloud/servers/{name}/network")
    assert (wan["switch"], lan["switch"], lan["ipAdresse"]) == ("WAN", "LAN", ["10.20.0.10"])


def test_an_unknown_subnet_is_not_found() -> None:
    assert Desk().send("GET", "/ccloud/network/subnets/99/ips").status_code == 404
