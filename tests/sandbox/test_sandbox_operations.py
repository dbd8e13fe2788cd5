"""Every operation of the emulator answers in the shape that the document gives it."""

from typing import Any

import pytest

from ccloud_apply.sandbox.handlers import HANDLERS
from ccloud_apply.sandbox.http.document import read_document
from tests.support.desk import ORDER, Desk

GIB = 1024**3
ISO = "debian-12.8.0-amd64-netinst.iso"
SERVER = "/ccloud/servers/vs10001"
CREDENTIALS = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "x"}

CALLS: dict[str, tuple[str, str, Any]] = {
    "create_token": ("POST", "/oauth/token", CREDENTIALS),
    "list_servers": ("GET", "/ccloud/servers", None),
    "create_server": ("POST", "/ccloud/servers", ORDER),
    "get_server": ("GET", SERVER, None),
    "delete_server": ("DELETE", SERVER, {"hostname": "vs10001"}),
    "list_server_tasks": ("GET", f"{SERVER}/tasks", None),
    "get_server_password": ("GET", f"{SERVER}/password", None),
    "redeploy_server": ("POST", "/servers/vs10001/redeploy", {"image": "ubuntu24_uefi"}),
    "set_server_custom_name": ("PUT", f"{SERVER}/customname", {"name": "shop"}),
    "resize_server_memory": ("PUT", f"{SERVER}/memory", {"memory": 32}),
    "resize_server_cores": ("PUT", f"{SERVER}/cores", {"cores": 8}),
    "set_server_addon": ("PUT", "/servers/vs10001/addons/backup", {"count": 2}),
    "delete_server_addon": ("DELETE", "/servers/vs10001/addons/monitoring", None),
    "list_server_isos": ("GET", f"{SERVER}/isos", None),
    "get_server_state": ("GET", f"{SERVER}/state", None),
    "change_server_state": ("POST", f"{SERVER}/state/reset", None),
    "get_server_console": ("GET", f"{SERVER}/console", None),
    "list_server_dvds": ("GET", f"{SERVER}/dvds", None),
    "add_server_dvd": ("POST", f"{SERVER}/dvds", {"name": ISO}),
    "update_server_dvd": ("PUT", f"{SERVER}/dvds/sc0s2", {"name": ISO}),
    "delete_server_dvd": ("DELETE", f"{SERVER}/dvds/sc0s2", None),
    "list_server_disks": ("GET", f"{SERVER}/disks", None),
    "add_server_disk": ("POST", f"{SERVER}/disks", {"size": 20 * GIB}),
    "resize_server_disk": ("PUT", f"{SERVER}/disks/sc0s0", {"size": 60}),
    "delete_server_disk": ("DELETE", f"{SERVER}/disks/sc0s1", None),
    "list_subnets": ("GET", "/ccloud/network/subnets", None),
    "list_subnet_ips": ("GET", "/ccloud/network/subnets/12/ips", None),
    "list_ips": ("GET", "/ccloud/network/ips", None),
    "list_vpcs": ("GET", "/ccloud/network/vpcs", None),
    "list_server_network_adapters": ("GET", f"{SERVER}/network", None),
    "add_server_ip": ("POST", f"{SERVER}/network/ADAPTER/ip", {"protocol": "IPv4"}),
    "get_server_snapshot_schedule": ("GET", f"{SERVER}/snapshots/scheduled", None),
    "set_server_snapshot_schedule": (
        "POST",
        f"{SERVER}/snapshots/scheduled",
        {"frequency": 24, "next_run": "2027-02-01 03:00"},
    ),
    "delete_server_snapshot_schedule": ("DELETE", f"{SERVER}/snapshots/scheduled", None),
    "list_server_snapshots": ("GET", f"{SERVER}/snapshots", None),
    "create_server_snapshot": ("POST", f"{SERVER}/snapshots", {"name": "before"}),
    "restore_server_snapshot": ("POST", f"{SERVER}/snapshots/SNAPSHOT", None),
    "rename_server_snapshot": ("PUT", f"{SERVER}/snapshots/SNAPSHOT", {"name": "kept"}),
    "delete_server_snapshot": ("DELETE", f"{SERVER}/snapshots/SNAPSHOT", None),
    "get_server_performance": ("GET", f"{SERVER}/performance/net/day", None),
    "get_server_boot_order": ("GET", f"{SERVER}/bootorder", None),
    "set_server_boot_order": ("PUT", f"{SERVER}/bootorder", {"id": 2}),
    "set_server_notes": ("PUT", f"{SERVER}/notes", {"notes": "mine"}),
    "delete_server_notes": ("DELETE", f"{SERVER}/notes", None),
    "list_tags": ("GET", "/ccloud/tags", None),
    "list_server_tags": ("GET", f"{SERVER}/tags", None),
    "set_server_tags": ("POST", f"{SERVER}/tags", {"tags": ["a"]}),
    "delete_server_tags": ("DELETE", f"{SERVER}/tags", None),
    "list_gpus": ("GET", "/ccloud/gpus", None),
    "list_server_gpus": ("GET", f"{SERVER}/gpus", None),
    "list_tasks": ("GET", "/ccloud/tasks", None),
    "get_task": ("GET", "/ccloud/tasks/1", None),
    "list_pools": ("GET", "/ccloud/pools", None),
    "get_pool": ("GET", "/ccloud/pools/pool_iw_ssd", None),
    "list_subscriptions": ("GET", "/ccloud/customers/subscriptions", None),
    "set_subscription_display_name": (
        "PUT",
        "/ccloud/subscriptions/1/customname",
        {"display_name": "Main"},
    ),
    "get_subscription": ("GET", "/ccloud/subscriptions/1", None),
    "import_server_to_subscription": ("POST", "/subscriptions/2/import", {"hostname": "vs10001"}),
    "export_server_from_subscription": ("POST", "/subscriptions/1/export/vs10002/pool", None),
    "export_all_servers_from_subscription": (
        "POST",
        "/subscriptions/1/export/all",
        {"target_subscription": "S328100-003"},
    ),
    "get_pool_prices": ("GET", "/ccloud/customers/prices/pool_iw_ssd", None),
    "create_quote": (
        "POST",
        "/ccloud/customers/quotes",
        {"pool": "pool_iw_ssd", "cores": 2, "memory": 4, "disk": 50, "ostype": "windows"},
    ),
    "list_invoices": ("GET", "/ccloud/customers/invoices", None),
    "list_snapshot_schedules": ("GET", "/ccloud/customers/scheduled", None),
    "list_customer_addons": ("GET", "/ccloud/customers/addons", None),
    "set_customer_addon": ("PUT", "/ccloud/customers/addons/report", {"count": 1}),
    "delete_customer_addon": ("DELETE", "/ccloud/customers/addons/report", None),
    "list_reports": ("GET", "/ccloud/customers/reports", None),
    "get_report": ("GET", "/ccloud/customers/reports/2026-12", None),
    "get_invoice": ("GET", "/ccloud/customers/invoices/1", None),
    "preview_invoice": ("GET", "/ccloud/customers/invoices/preview", None),
    "get_monitoring_url": ("GET", "/ccloud/customers/monitoring", None),
    "list_os": ("GET", "/ccloud/os", None),
    "list_addons": ("GET", "/ccloud/addons", None),
    "list_rollouts": ("GET", "/ccloud/rollouts", None),
    "get_translations": ("GET", "/ccloud/lang", None),
    "get_config": ("GET", "/ccloud/config", None),
    "get_resource_info": ("GET", "/ccloud/resource-info", None),
    "list_licenses": ("GET", "/licenses", None),
}


def prepare() -> tuple[Desk, dict[str, str]]:
    """A desk whose vs10001 has a DVD drive and a snapshot, and the ids that paths need.

    vs10002 is in a subscription, and the account has the addon that brings reports.
    """
    desk = Desk()
    desk.done("POST", "/subscriptions/1/import", {"hostname": "vs10002"})
    desk.done("PUT", "/ccloud/customers/addons/report")
    desk.run("POST", f"{SERVER}/dvds", {"name": ISO})
    desk.run("POST", f"{SERVER}/snapshots", {"name": "first"})
    desk.clock.advance(600)
    names = {
        "ADAPTER": desk.get(f"{SERVER}/network")[0]["id"],
        "SNAPSHOT": desk.get(f"{SERVER}/snapshots")[0]["id"],
    }
    return desk, names


def test_every_operation_of_the_document_has_a_handler_and_an_example() -> None:
    documented = set(read_document().endpoints)
    assert len(documented) == 79
    assert set(HANDLERS) == documented
    assert set(CALLS) == documented


@pytest.mark.parametrize("operation_id", CALLS)
def test_a_success_has_the_documented_shape(operation_id: str) -> None:
    desk, names = prepare()
    method, path, body = CALLS[operation_id]
    for name, value in names.items():
        path = path.replace(name, value)
    response = desk.send(method, path, body)
    assert response.status_code == read_document().endpoints[operation_id].status, response.text
    endpoints, _ = read_document().match(path)
    assert endpoints[method].operation_id == operation_id


@pytest.mark.parametrize("operation_id", [name for name, call in CALLS.items() if call[0] != "GET"])
def test_a_task_that_was_started_ends_as_done(operation_id: str) -> None:
    desk, names = prepare()
    method, path, body = CALLS[operation_id]
    for name, value in names.items():
        path = path.replace(name, value)
    desk.send(method, path, body)
    desk.clock.advance(120)
    tasks = desk.get("/ccloud/tasks")
    assert [task["status"] for task in tasks] == ["done"] * len(tasks)
    assert len(tasks) >= 2


@pytest.mark.parametrize("operation_id", [name for name in CALLS if name != "create_token"])
def test_no_operation_answers_without_a_token(operation_id: str) -> None:
    method, path, body = CALLS[operation_id]
    response = Desk().send(method, path, body, headers={"Accept": "application/json"})
    assert response.status_code == 401


@pytest.mark.parametrize(
    "operation_id",
    [name for name, call in CALLS.items() if call[0] != "GET" and name != "create_token"],
)
def test_a_token_for_reads_changes_nothing(operation_id: str) -> None:
    headers = {"Accept": "application/json", "Authorization": "Bearer sandbox-readonly"}
    desk = Desk()
    before = desk.get("/ccloud/servers")
    method, path, body = CALLS[operation_id]
    response = desk.send(method, path, body, headers=headers)
    assert response.status_code == 403
    assert response.json() == {"message": "This action is unauthorized."}
    assert desk.send("GET", "/ccloud/servers", headers=headers).json() == before


@pytest.mark.parametrize(
    "operation_id", [name for name, call in CALLS.items() if "vs10001" in call[1]]
)
def test_a_server_that_is_not_there_is_not_found(operation_id: str) -> None:
    method, path, body = CALLS[operation_id]
    response = Desk().send(method, path.replace("vs10001", "vs99999"), body)
    assert response.status_code == 404
    assert response.json() == {"message": "The server vs99999 could not be found."}
