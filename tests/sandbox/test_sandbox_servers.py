"""Servers: listing, creating, deleting, busy ones."""

from datetime import datetime
from typing import Any

import pytest

from ccloud_apply.sandbox.state.seed import add_servers
from tests.support.desk import ORDER, Desk

SERVERS = "/ccloud/servers"


def hostnames(desk: Desk, query: str = "") -> list[str]:
    return [server["hostname"] for server in desk.get(f"{SERVERS}?{query}")["data"]]


def test_a_fresh_account_has_three_servers_of_nobody() -> None:
    assert hostnames(Desk()) == ["vs10001", "vs10002", "vs10003"]
    assert hostnames(Desk(seed="empty")) == []


def test_a_server_is_in_the_list_from_its_create_on_and_running_when_the_task_is_done() -> None:
    desk = Desk(seed="empty")
    task_id = desk.done("POST", SERVERS, {**ORDER, "custom_name": " web ", "tags": ["a:b"]})["id"]
    (server,) = desk.get(SERVERS)["data"]
    assert server["build_in_progress"]
    assert (server["custom_name"], server["tags"]) == ("web", ["a:b"])
    desk.clock.advance(39)
    assert desk.get(f"/ccloud/tasks/{task_id}")["status"] == "processing"
    desk.clock.advance(1)
    task = desk.get(f"/ccloud/tasks/{task_id}")
    assert (task["status"], task["hostname"]) == ("done", "vs10001")
    assert not desk.server("vs10001")["build_in_progress"]
    assert desk.get(f"{SERVERS}/vs10001/state") == {"state": "Running"}


def test_a_hostname_can_be_unknown_until_the_build_is_done() -> None:
    desk = Desk(seed="empty", hostname_during_build=False)
    task_id = desk.done("POST", SERVERS, ORDER)["id"]
    (server,) = desk.get(SERVERS)["data"]
    assert server["hostname"] is None
    assert server["data"]["hostname"] is None
    assert desk.send("GET", f"{SERVERS}/vs10001").status_code == 404
    assert desk.get(f"/ccloud/tasks/{task_id}")["hostname"] is None
    desk.clock.advance(60)
    assert desk.get(f"/ccloud/tasks/{task_id}")["hostname"] == "vs10001"


def test_hostnames_never_come_twice_and_custom_names_may() -> None:
    desk = Desk(seed="empty")
    first = desk.create(custom_name="web")
    desk.run("DELETE", f"{SERVERS}/{first}", {"hostname": first})
    assert (first, desk.create(custom_name="web"), desk.create(custom_name="web")) == (
        "vs10001",
        "vs10002",
        "vs10003",
    )


def test_a_failed_create_leaves_no_server() -> None:
    desk = Desk(seed="empty", fail=("create-server:web-*",))
    task = desk.run("POST", SERVERS, {**ORDER, "custom_name": "web-1"})
    assert task["status"] == "failed"
    assert "failed" in task["error_message"]
    assert hostnames(desk) == []
    assert desk.get("/ccloud/network/ips") == []
    assert desk.create(custom_name="db") == "vs10002"


def test_a_created_server_reads_back_as_ordered() -> None:
    desk = Desk(seed="empty")
    name = desk.create(
        disks=[50, 100],
        description="front",
        addons=[{"name": "backup", "count": 2}, {"name": "monitoring"}],
        subnets=[14],
        rollouts=["app_apache"],
        user_data="#cloud-config",
    )
    server = desk.server(name)
    data = server["data"]
    assert (data["cores"], data["memory"], data["disk"]) == (2, 4, 150)
    assert (data["os_name"], data["ostype"]) == ("Linux Debian 12", "Linux")
    assert data["addons"] == [{"name": "backup", "count": 2}, {"name": "monitoring", "count": 1}]
    assert (data["description"], data["notes"], server["custom_name"]) == ("front", None, None)
    (adapter,) = server["network_adapters"]
    assert [address["ip"] for address in adapter["ip_addresses"]] == ["203.0.113.10"]
    disks = desk.get(f"{SERVERS}/{name}/disks")
    assert [(disk["id"], disk["size"]) for disk in disks] == [("sc0s0", 50), ("sc0s1", 100)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pool": "pool_x"}, "pool"),
        ({"pool": "pool_iw1_sas"}, "pool"),
        ({"image": "debian99"}, "image"),
        ({"type": "hosted"}, "type"),
        ({"cores": 0}, "cores"),
        ({"cores": 65}, "cores"),
        ({"cores": "2"}, "cores"),
        ({"memory": 0}, "memory"),
        ({"memory": 513}, "memory"),
        ({"memory": 8 * 1024**3}, "memory"),
        ({"disks": []}, "disks"),
        ({"disks": [10] * 6}, "disks"),
        ({"disks": [4]}, "disks.0"),
        ({"disks": [50, 0]}, "disks.1"),
        ({"disks": [50, 5121]}, "disks.1"),
        ({"disks": [50 * 1024**3]}, "disks.0"),
        ({"disks": ["50"]}, "disks.0"),
        ({"image": "windows2022_uefi", "disks": [39]}, "disks.0"),
        ({"password": "1234567"}, "password"),
        ({"addons": [{"name": "magic"}]}, "addons.0"),
        ({"addons": [{"count": 1}]}, "addons.0.name"),
        ({"addons": [{"name": "legacy_firewall"}]}, "addons.0"),
        ({"addons": [{"name": "antivirus"}]}, "addons.0"),
        ({"addons": [{"name": "monitoring", "count": 2}]}, "addons.0"),
        ({"addons": [{"name": "gpu_nvidia_a2_16gb"}]}, "addons.0"),
        ({"type": "managed", "addons": [{"name": "monitoring"}]}, "addons.0"),
        ({"rollouts": ["app_x"]}, "rollouts.0"),
        ({"rollouts": ["win_iis"]}, "rollouts.0"),
        ({"rollouts": ["app_mysql"]}, "rollouts.0"),
        ({"rollouts": ["app_php"]}, "rollouts.0"),
        ({"subnets": [99]}, "subnets.0"),
        ({"subnets": [12, 14]}, "subnets"),
        ({"subnets": [13]}, "subnets"),
        ({"subnets_intern": [20]}, "subnets_intern"),
        ({"image": "windows2022_uefi", "user_data": "x"}, "user_data"),
        ({"tags": ["two words"]}, "tags.0"),
        ({"tags": ["a", ""]}, "tags.1"),
        ({"custom_name": "x" * 256}, "custom_name"),
    ],
)
def test_an_order_that_the_platform_refuses_is_refused(change: dict[str, Any], field: str) -> None:
    desk = Desk(seed="empty")
    errors = desk.refused("POST", SERVERS, {**ORDER, "disks": [50], **change})
    assert field in errors
    assert desk.get(SERVERS)["data"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"cores": 64, "memory": 512, "disks": [5120] * 5},
        {"type": "managed", "rollouts": ["app_mysql"]},
        {"rollouts": ["app_php", "app_apache"]},
        {"image": "pfsense27", "subnets": [12, 13], "subnets_intern": [20, 21]},
        {"pool": "pool_iw3_ssd_gpu", "addons": [{"name": "gpu_nvidia_a2_16gb", "count": 4}]},
        {"password": "12345678", "tags": ["stack:web_1-x"]},
        {"memory": 4.0, "description": None, "sshkey": ""},
    ],
)
def test_an_order_at_the_edge_of_what_is_allowed_is_taken(change: dict[str, Any]) -> None:
    assert Desk(seed="empty").create(**change) == "vs10001"


def test_at_most_ten_servers_are_built_at_the_same_time() -> None:
    desk = Desk(seed="empty")
    for _ in range(10):
        desk.done("POST", SERVERS, ORDER)
    assert "pool" in desk.refused("POST", SERVERS, ORDER)
    desk.clock.advance(60)
    desk.done("POST", SERVERS, ORDER)


def test_the_accounts_limits_hold_for_all_servers_together() -> None:
    desk = Desk(seed="empty", limits={"cores": 4, "memory": 64, "disk": 100})
    name = desk.create()
    assert set(desk.refused("POST", SERVERS, {**ORDER, "cores": 3})) == {"cores"}
    assert set(desk.refused("POST", SERVERS, {**ORDER, "disks": [51]})) == {"disks"}
    assert "cores" in desk.refused("PUT", f"{SERVERS}/{name}/cores", {"cores": 5})
    assert "memory" in desk.refused("PUT", f"{SERVERS}/{name}/memory", {"memory": 65})
    assert "size" in desk.refused("PUT", f"{SERVERS}/{name}/disks/sc0s0", {"size": 101})
    desk.run("PUT", f"{SERVERS}/{name}/cores", {"cores": 4})
    assert desk.get("/ccloud/resource-info") == {
        "resources_limited": True,
        "usage": {"cores": 4, "memory": 4, "disk": 50},
        "limits": {"cores": 4, "memory": 64, "disk": 100},
    }


def test_a_deletion_wants_the_hostname_twice_and_ends_with_nothing_left() -> None:
    desk = Desk()
    path = f"{SERVERS}/vs10001"
    assert "hostname" in desk.refused("DELETE", path)
    assert "hostname" in desk.refused("DELETE", path, {"hostname": "vs10002"})
    task_id = desk.done("DELETE", path, {"hostname": "vs10001"})["id"]
    assert desk.server("vs10001")["deletion_in_progress"]
    assert hostnames(desk, "deletion_in_progress=true") == ["vs10001"]
    assert "hostname" in desk.refused("PUT", f"{path}/notes", {"notes": "x"})
    desk.clock.advance(15)
    assert desk.get(f"/ccloud/tasks/{task_id}")["status"] == "done"
    for place in ("", "/disks", "/snapshots", "/snapshots/scheduled", "/state", "/tasks"):
        assert desk.send("GET", path + place).status_code == 404
    assert desk.get("/ccloud/customers/scheduled") == []


def test_a_failed_deletion_leaves_the_server_as_it_was() -> None:
    desk = Desk(fail=("delete-server:vs10001",))
    task = desk.run("DELETE", f"{SERVERS}/vs10001", {"hostname": "vs10001"})
    assert task["status"] == "failed"
    assert not desk.server("vs10001")["deletion_in_progress"]


def test_one_task_at_a_time_runs_on_a_server() -> None:
    desk = Desk()
    path = f"{SERVERS}/vs10001"
    desk.done("PUT", f"{path}/memory", {"memory": 32})
    busy = desk.refused("PUT", f"{path}/cores", {"cores": 8})
    assert busy == {"hostname": "The server is busy: task 1 (resize-server) is still processing."}
    desk.done("PUT", f"{path}/notes", {"notes": "written meanwhile"})
    desk.done("PUT", f"{SERVERS}/vs10002/memory", {"memory": 8})
    desk.clock.advance(20)
    desk.done("PUT", f"{path}/cores", {"cores": 8})
    data = desk.server("vs10001")["data"]
    assert (data["memory"], data["notes"]) == (32, "written meanwhile")


def test_nothing_can_be_changed_while_a_server_is_built() -> None:
    desk = Desk(seed="empty")
    desk.done("POST", SERVERS, ORDER)
    path = f"{SERVERS}/vs10001"
    for method, place, body in (
        ("PUT", "/notes", {"notes": "x"}),
        ("PUT", "/customname", {"name": "x"}),
        ("POST", "/tags", {"tags": []}),
        ("POST", "/state/start", None),
        ("DELETE", "", {"hostname": "vs10001"}),
    ):
        assert "hostname" in desk.refused(method, path + place, body)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tag=production", ["vs10001", "vs10002"]),
        ("tag=prod", []),
        ("search=WINDOWS", ["vs10003"]),
        ("search=198.18.0.11", ["vs10002"]),
        ("search=finance", ["vs10003"]),
        ("search=shop", []),
        ("build_in_progress=1", []),
        ("build_in_progress=false", ["vs10001", "vs10002", "vs10003"]),
        ("sort=custom_name", ["vs10003", "vs10002", "vs10001"]),
        ("sort=created_at,id&order=asc,desc", ["vs10003", "vs10002", "vs10001"]),
        ("order=desc", ["vs10003", "vs10002", "vs10001"]),
        ("limit=2", ["vs10001", "vs10002"]),
        ("limit=2&page=2", ["vs10003"]),
        ("page=7", []),
    ],
)
def test_the_list_can_be_filtered_sorted_and_paged(query: str, expected: list[str]) -> None:
    assert hostnames(Desk(), query) == expected


def test_pages_tell_about_each_other() -> None:
    desk = Desk(seed="empty", max_page_limit=10)
    add_servers(desk.store, [{**ORDER, "tags": ["fleet"]}] * 25, now=desk.clock.now())
    answer = desk.get(f"{SERVERS}?tag=fleet&limit=100&page=2")
    assert [answer["meta"][name] for name in ("per_page", "last_page", "total", "from", "to")] == [
        10,
        3,
        25,
        11,
        20,
    ]
    assert answer["links"]["next"] == (
        "http://sandbox/api/v1/ccloud/servers?tag=fleet&limit=100&page=3"
    )


@pytest.mark.parametrize(
    ("pagination", "keys"),
    [("meta", {"data", "links", "meta"}), ("links", {"data", "links"}), ("bare", {"data"})],
)
def test_a_page_says_as_much_as_the_option_wants(pagination: str, keys: set[str]) -> None:
    desk = Desk(pagination=pagination)
    assert set(desk.get(SERVERS)) == keys


def test_addresses_of_a_deleted_server_are_given_again_when_a_subnet_is_full() -> None:
    desk = Desk(seed="empty")
    orders = [{**ORDER, "subnets": [14]}] * 245
    add_servers(desk.store, orders, now=desk.clock.now())
    full = {**ORDER, "subnets": [14]}
    assert "subnets" in desk.refused("POST", SERVERS, full)
    desk.run("DELETE", f"{SERVERS}/vs10003", {"hostname": "vs10003"})
    name = desk.create(subnets=[14])
    assert {"hostname": name, "ip": "203.0.113.12", "subnetname": "Public IPv4 reserved"} in (
        desk.get("/ccloud/network/ips")
    )


def lengths_s(servers: int, **options: Any) -> list[float]:
    """The seconds that creating so many servers takes, one after the other."""
    desk = Desk(seed="empty", **options)
    found = []
    for _ in range(servers):
        desk.done("POST", SERVERS, ORDER)
        task = desk.store.list_tasks(limit=1, offset=0)[0]
        start, due = (datetime.fromisoformat(str(task[name])) for name in ("created_at", "due"))
        found.append((due - start).total_seconds())
    return found


def test_tasks_take_what_is_drawn_between_two_times_and_the_same_again() -> None:
    drawn = lengths_s(4, shortest_task_s=60, longest_task_s=300)
    assert all(60 <= length <= 300 for length in drawn)
    assert len(set(drawn)) == 4
    assert lengths_s(4, shortest_task_s=60, longest_task_s=300) == drawn


def test_one_of_the_two_times_counts_for_both_and_the_speed_divides_it() -> None:
    assert lengths_s(2, longest_task_s=7) == [7, 7]
    assert lengths_s(1, shortest_task_s=7, speed=2) == [3.5]
