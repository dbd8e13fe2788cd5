"""Each of the document's 79 samples against `sandbox serve`: asked as the sample asks, answered as
the document shows."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from ccloud_apply.sandbox.http.document import read_document, resolve
from ccloud_apply.schemas import read_schema
from tests.conftest import PATIENCE_S, ROOT
from tests.support.desk import ORDER, check_reply
from tests.support.samples import Sample, find_missing, read_samples

SAMPLES = {sample.operation_id: sample for sample in read_samples()}
TOKEN = "sandbox-samples"
GIB = 1024**3
ISO = "debian-12.8.0-amd64-netinst.iso"


class Platform:
    """A sandbox behind HTTP, and what the samples need to be there."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE_S)
        self._headers = {"Accept": "application/json", "Authorization": f"Bearer {TOKEN}"}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The value of a request that succeeds."""
        answer = self.http.request(method, path, json=body, headers=self._headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def run(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The task that a request starts, once it is done."""
        answer = self.ask(method, path, body)
        number = answer[0]["id"] if isinstance(answer, list) else answer["id"]
        while (task := self.ask("GET", f"/ccloud/tasks/{number}"))["status"] == "processing":
            time.sleep(0.01)
        assert task["status"] == "done", task
        result: dict[str, Any] = task
        return result

    def create(self, **changes: Any) -> str:
        """The hostname of a new server with all that a sample may ask for."""
        order = {**ORDER, "disks": [50, 20], "tags": ["production"], "subnets": [12], **changes}
        order["addons"] = [{"name": "backup", "count": 1}]
        return str(self.run("POST", "/ccloud/servers", order)["hostname"])


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("samples")
    serve = ("sandbox", "serve", "--port", "0", "--speed", "2000", "--db", str(folder / "db"))
    process = subprocess.Popen(
        [sys.executable, "-m", "ccloud_apply", *serve],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        opened = Platform(found.group())
        yield opened
        opened.http.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE_S)
        process.stderr.close()


Values = dict[str, Any]
Prepare = Callable[[Platform, str], Values]


def _start(platform: Platform, host: str) -> Values:
    platform.run("POST", f"/ccloud/servers/{host}/state/stop")
    return {}


def _drive(platform: Platform, host: str) -> Values:
    platform.run("POST", f"/ccloud/servers/{host}/dvds", {"name": ISO})
    (drive,) = platform.ask("GET", f"/ccloud/servers/{host}/dvds")
    return {"path": {"id": drive["id"]}, "body": {"name": ISO}}


def _snapshot(platform: Platform, host: str) -> Values:
    platform.run("POST", f"/ccloud/servers/{host}/snapshots", {"name": "first"})
    (snapshot,) = platform.ask("GET", f"/ccloud/servers/{host}/snapshots")
    return {"path": {"id": snapshot["id"]}, "body": {"name": "kept"}}


def _schedule(platform: Platform, host: str) -> Values:
    body = {"frequency": 6, "next_run": "2027-01-01 03:00"}
    platform.ask("POST", f"/ccloud/servers/{host}/snapshots/scheduled", body)
    return {}


def _adapter(platform: Platform, host: str) -> Values:
    first, *_ = platform.ask("GET", f"/ccloud/servers/{host}/network")
    return {"path": {"adapter_id": first["id"]}}


def _addon(platform: Platform, host: str) -> Values:
    platform.ask("PUT", f"/servers/{host}/addons/monitoring", {"count": 1})
    return {}


def _import(platform: Platform, host: str) -> Values:
    platform.ask("POST", "/subscriptions/1/import", {"hostname": host})
    return {"path": {"id": "1", "hostname": host}}


def _import_for_all(platform: Platform, host: str) -> Values:
    held = _import(platform, host)["path"]["id"]
    return {"path": {"id": held}, "body": {"target_subscription": "S328100-003"}}


def _account_addon(platform: Platform, host: str) -> Values:
    platform.ask("PUT", "/ccloud/customers/addons/report", {"count": 1})
    return {"body": {"count": 1}}


def _report(platform: Platform, host: str) -> Values:
    return {"path": {"date": platform.ask("GET", "/ccloud/customers/reports")[0][-1]}}


def _in_gpu_pool(platform: Platform, host: str) -> Values:
    return {"path": {"hostname": platform.create(pool="pool_iw3_ssd_gpu")}}


SERVER = {"password": "correct-horse", "sshkey": "ssh-ed25519 AAAAC3Nza sample"}
CREATE = {
    **SERVER,
    "pool": "pool_iw_ssd",
    "cores": 2,
    "memory": 4,
    "disks": [50],
    "image": "debian12_uefi",
    "addons": [{"name": "backup", "count": 1}],
    "subnets": [12],
    "subnets_intern": [],
    "rollouts": [],
}
QUOTE = {"cores": 2, "memory": 4, "disk": 50, "addons": [{"name": "backup", "count": 1}]}

GIVEN: Mapping[str, Values] = {
    "create_server": {"body": CREATE},
    "redeploy_server": {"body": {**SERVER, "image": "debian12_uefi"}},
    "resize_server_memory": {"body": {"memory": 8}},
    "resize_server_cores": {"body": {"cores": 4}},
    "set_server_addon": {"body": {"count": 1}},
    "add_server_disk": {"body": {"size": 20 * GIB}},
    "delete_server_disk": {"path": {"id": "sc0s1"}},
    "list_subnet_ips": {"path": {"subnet_id": "12", "id": "12"}},
    "get_pool": {"path": {"tag": "pool_iw_ssd"}},
    "set_subscription_display_name": {"path": {"id": "2"}},
    "get_subscription": {"path": {"id": "1"}},
    "import_server_to_subscription": {"path": {"id": "3"}},
    "create_quote": {"body": QUOTE},
    "get_invoice": {"path": {"invoice_id": "1"}},
    "create_server_snapshot": {"body": {"name": "before"}},
    # The samples of these show no body, though the document has one: a `name`.
    "set_server_custom_name": {"body": {"name": "shop"}},
    "add_server_dvd": {"body": {"name": ISO}},
    # Its sample sends the schema of the body in place of a body.
    "set_server_boot_order": {"body": {"id": 2}},
}
PREPARED: Mapping[str, Prepare] = {
    "change_server_state": _start,
    "list_server_dvds": _drive,
    "update_server_dvd": _drive,
    "delete_server_dvd": _drive,
    "add_server_ip": _adapter,
    "get_server_snapshot_schedule": _schedule,
    "delete_server_snapshot_schedule": _schedule,
    "list_snapshot_schedules": _schedule,
    "list_server_snapshots": _snapshot,
    "restore_server_snapshot": _snapshot,
    "rename_server_snapshot": _snapshot,
    "delete_server_snapshot": _snapshot,
    "delete_server_addon": _addon,
    "export_server_from_subscription": _import,
    "export_all_servers_from_subscription": _import_for_all,
    "list_customer_addons": _account_addon,
    "set_customer_addon": _account_addon,
    "delete_customer_addon": _account_addon,
    "get_report": _report,
    "list_server_gpus": _in_gpu_pool,
    "get_server_performance": lambda platform, host: {"path": {"hostname": "vs10001"}},
}
WITHOUT_BODY = ("set_server_custom_name", "add_server_dvd", "update_server_dvd")
ODD_BODY = ("set_server_boot_order",)


def fill(sample: Sample, values: Values, host: str) -> tuple[str, Any]:
    """The sample's path and body, with fitting values in the places of its own."""
    endpoint = read_document().endpoints[sample.operation_id]
    placed = {"hostname": host, **values.get("path", {})}
    path = endpoint.path
    given = sample.path.split("/")
    for at, part in enumerate(endpoint.path.split("/")):
        if part.startswith("{"):
            name = part[1:-1]
            path = path.replace(part, str(placed.get(name, given[at])))
    body = sample.body
    if sample.operation_id in (*WITHOUT_BODY, *ODD_BODY):
        body = values["body"]
    elif isinstance(body, dict):
        known = {name: value for name, value in values.get("body", {}).items() if name in body}
        body = {**body, **known}
        if "hostname" in body:
            body["hostname"] = host
    return path, body


def test_the_document_has_a_sample_of_every_operation_and_no_other() -> None:
    assert len(list(read_samples())) == 79
    assert set(SAMPLES) == set(read_document().endpoints)


def test_every_value_that_is_filled_in_belongs_to_a_sample() -> None:
    assert {*GIVEN, *PREPARED, *WITHOUT_BODY, *ODD_BODY} <= set(SAMPLES)
    for name, values in GIVEN.items():
        body = SAMPLES[name].body
        if isinstance(body, dict) and name not in ODD_BODY:
            assert set(values.get("body", {})) <= set(body), name


@pytest.mark.parametrize("operation_id", SAMPLES)
def test_a_sample_is_answered_as_the_document_shows(operation_id: str, platform: Platform) -> None:
    sample = SAMPLES[operation_id]
    host = platform.create()
    prepare = PREPARED.get(operation_id)
    values = prepare(platform, host) if prepare else GIVEN.get(operation_id, {})
    path, body = fill(sample, values, host)
    headers = {name: text.replace("{access-token}", TOKEN) for name, text in sample.headers.items()}
    content = None if body is None else json.dumps(body).encode()
    answer = platform.http.request(sample.method, path, content=content, headers=headers)
    endpoint = read_document().endpoints[operation_id]
    assert answer.status_code == endpoint.status, answer.text
    check_reply(sample.method, path, answer)
    example = _find_example(operation_id)
    if example is not None:
        assert list(find_missing(example, answer.json())) == []


def _find_example(operation_id: str) -> Any:
    raw = read_schema("ccloud-api.openapi.json")
    endpoint = read_document().endpoints[operation_id]
    operation = raw["paths"][endpoint.path][endpoint.method.lower()]
    content = resolve(raw, operation["responses"][str(endpoint.status)]).get("content", {})
    return content.get("application/json", {}).get("example")


def test_a_sample_that_lacks_something_is_found() -> None:
    example = {"data": [{"id": 0, "tags": ["x"], "servers": {"property1": "x"}}]}
    assert list(find_missing(example, {"data": []})) == ["$.data: empty"]
    assert list(find_missing(example, {"data": [{"id": 1, "tags": [], "servers": {}}]})) == [
        "$.data[0].tags: empty",
        "$.data[0].servers: empty",
    ]
    assert list(find_missing(example, {"data": [{"tags": ["a"]}]})) == [
        "$.data[0].id: missing",
        "$.data[0].servers: missing",
    ]
    assert list(find_missing({"a": "x"}, {"a": {}})) == ["$.a: neither text nor number"]
    assert list(find_missing({"a": {"b": 1}}, {"a": "x"})) == ["$.a: no object"]
