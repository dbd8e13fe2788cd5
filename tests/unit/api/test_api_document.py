"""Every request that the client can send, against the API document, answered with its examples."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

import httpx
import jsonschema_rs
import pytest

from ccloud_apply.api import access, billing
from ccloud_apply.api.account_reader import read
from ccloud_apply.api.client import SERVER_READS, Client, Reply
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.catalog import AccountAddress
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.operations import OPERATIONS, operation_path
from ccloud_apply.schemas import read_schema
from tests.support.scripted_network import Network, reply, talk

DOCUMENT = read_schema("ccloud-api.openapi.json")
BASE = "/api/v1"
HOST = "vs10001"
PDF = b"%PDF-1.4\n%%EOF\n"
TASK = 7
ASKED_FOR: Mapping[str, Mapping[str, Any]] = {
    "get_server": {"hostname": HOST},
    "get_task": {"id": TASK},
    "get_subscription": {"id": 2},
}
"""What an answer has to repeat of its request; an example cannot know it."""


def resolve(value: Any) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        target: Any = DOCUMENT
        for name in value["$ref"].removeprefix("#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def find_errors(schema: Any, value: Any) -> list[str]:
    rooted = {"components": DOCUMENT["components"], **schema}
    validator = jsonschema_rs.Draft202012Validator(rooted)
    return [error.message for error in validator.iter_errors(value)]


def _media(operation: Any) -> set[str]:
    """The media types of an operation's success."""
    status = next(status for status in operation["responses"] if status.startswith("2"))
    return {*resolve(operation["responses"][status]).get("content", {})}


class DocumentedApi:
    """Refuses whatever the document does not know, and answers with what it shows."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path.startswith(f"{BASE}/")
        path = request.url.raw_path.decode().split("?")[0].removeprefix(BASE)
        template, values = self._route(path)
        operation = DOCUMENT["paths"][template][request.method.lower()]
        self.called.append(operation["operationId"])
        shared = DOCUMENT["paths"][template].get("parameters", [])
        self._check_parameters(
            [resolve(p) for p in (*shared, *operation.get("parameters", []))], values, request
        )
        accepted = request.headers["Accept"].split(", ")
        assert accepted[0] == "application/json"  # by the first one, errors are JSON
        assert set(accepted[1:]) == _media(operation) - {"application/json"}
        assert request.headers["User-Agent"].startswith("ccloud-apply/")
        assert ("Authorization" in request.headers) == (operation.get("security") != [])
        self._check_body(operation.get("requestBody"), request)
        return self._answer(operation)

    def _route(self, path: str) -> tuple[str, Mapping[str, str]]:
        # A template without placeholders wins over one with, as in every router.
        for template in sorted(DOCUMENT["paths"], key=lambda t: t.count("{")):
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            if found := re.fullmatch(pattern, path):
                return template, {k: unquote(v) for k, v in found.groupdict().items()}
        raise AssertionError(f"{path} is not in the document")

    def _check_parameters(
        self, parameters: list[Any], values: Mapping[str, str], request: httpx.Request
    ) -> None:
        query = {p["name"]: p for p in parameters if p["in"] == "query"}
        assert set(request.url.params) <= set(query)
        sent = {**values, **dict(request.url.params)}
        for parameter in parameters:
            name = parameter["name"]
            if name in sent:
                schema = parameter["schema"]
                is_number = "integer" in str(schema.get("type"))
                value: Any = int(sent[name]) if is_number else sent[name]
                if schema.get("type") == "boolean":
                    value = {"1": True, "0": False}.get(sent[name], value)
                assert find_errors(schema, value) == []
            else:
                assert not parameter.get("required"), f"{name} is missing"

    def _check_body(self, documented: Any, request: httpx.Request) -> None:
        documented = resolve(documented)
        if not request.content:
            assert documented is None or not documented.get("required")
            assert "Content-Type" not in request.headers
            return
        assert request.headers["Content-Type"] == "application/json"
        assert documented is not None, "a body where the document has none"
        body = httpx.Response(200, content=request.content).json()
        assert find_errors(documented["content"]["application/json"]["schema"], body) == []

    def _answer(self, operation: Any) -> httpx.Response:
        status = next(status for status in operation["responses"] if status.startswith("2"))
        content = resolve(operation["responses"][status]).get("content")
        if content and "application/pdf" in content:
            return httpx.Response(int(status), content=PDF)
        example: Any = content["application/json"]["example"] if content else None
        if operation["operationId"] in ASKED_FOR:
            example = {**example, **ASKED_FOR[operation["operationId"]]}
        return reply(int(status), example)


SHAPE = Shape(
    pool="pool_iw_ssd",
    cores=2,
    memory_gb=8,
    disk_gb=150,
    addons=(("monitoring", 1),),
    ostype="Windows",
)

READS: Mapping[str, Callable[[Client], Awaitable[Any]]] = {
    "list_servers": lambda c: c.list_servers(tag="stack:web"),
    "get_server": lambda c: c.get_server(HOST),
    "get_server_snapshot_schedule": lambda c: c.get_server_snapshot_schedule(HOST),
    "get_server_state": lambda c: c.get_server_state(HOST),
    "list_server_disks": lambda c: c.list_server_disks(HOST),
    "list_server_dvds": lambda c: c.list_server_dvds(HOST),
    "list_server_network_adapters": lambda c: c.list_server_network_adapters(HOST),
    "list_server_isos": lambda c: c.list_server_isos(HOST),
    "get_server_boot_order": lambda c: c.get_server_boot_order(HOST),
    "list_server_snapshots": lambda c: c.list_server_snapshots(HOST),
    "list_server_tags": lambda c: c.list_server_tags(HOST),
    "list_server_tasks": lambda c: c.list_server_tasks(HOST, limit=5),
    "list_tasks": lambda c: c.list_tasks(
        status="processing", action="create-server", search="vs", limit=50, page=2
    ),
    "get_task": lambda c: c.get_task(TASK),
    "list_snapshot_schedules": lambda c: c.list_snapshot_schedules(),
    "list_customer_addons": lambda c: c.list_customer_addons(),
    "list_ips": lambda c: c.list_ips(),
    "preview_invoice": lambda c: c.preview_invoice(),
    "list_subscriptions": lambda c: c.list_subscriptions(),
    "list_os": lambda c: c.list_os(),
    "list_pools": lambda c: c.list_pools(),
    "list_addons": lambda c: c.list_addons(),
    "list_rollouts": lambda c: c.list_rollouts(),
    "list_subnets": lambda c: c.list_subnets(),
    "list_subnet_ips": lambda c: c.list_subnet_ips("12"),
    "list_vpcs": lambda c: c.list_vpcs(),
    "list_gpus": lambda c: c.list_gpus(),
    "list_server_gpus": lambda c: c.list_server_gpus(HOST),
    "list_licenses": lambda c: c.list_licenses(),
    "get_pool_prices": lambda c: c.get_pool_prices("pool_iw_ssd"),
    "get_resource_info": lambda c: c.get_resource_info(),
    "create_quote": lambda c: c.create_quote(SHAPE),
}

COMMAND_READS: Mapping[str, Callable[[Client], Awaitable[Any]]] = {
    "get_server_password": lambda c: access.read_password(c, HOST),
    "get_server_console": lambda c: access.read_console(c, HOST),
    "get_subscription": lambda c: billing.read_contract(c, 2),
    "list_invoices": billing.list_invoices,
    "get_invoice": lambda c: billing.read_invoice(c, 0),
    "list_reports": billing.list_reports,
    "get_report": lambda c: billing.read_report(c, "2023-09"),
    "get_server_performance": lambda c: billing.read_performance(c, HOST, "mem", "year"),
    "list_subscriptions": billing.list_contracts,
    "preview_invoice": billing.read_preview,
}
"""What one command alone reads, by `api/access.py` and `api/billing.py`."""

CREATE = {
    "pool": "pool_iw_ssd",
    "type": "unmanaged",
    "image": "debian12_uefi",
    "cores": 2,
    "memory": 8,
    "disks": [50, 100],
    "custom_name": "web 1",
    "description": "front end",
    "password": "longenough",
    "sshkey": "ssh-ed25519 AAAA",
    "user_data": "#cloud-config\n",
    "addons": [{"name": "monitoring", "count": 1}],
    "subnets": [12],
    "subnets_intern": [],
    "tags": ["stack:web", "server:web-1"],
    "rollouts": ["app_apache"],
}

CUSTOMER: Mapping[str, Callable[[Client], Awaitable[Any]]] = {
    "find_customer": lambda c: c.find_customer(),
    "find_customer_of_subscriptions": lambda c: c.find_customer_of_subscriptions(),
    "find_customer_of_tasks": lambda c: c.find_customer_of_tasks(),
}
CUSTOMER_READS = {  # with the customer of the document's example
    "find_customer": ("list_servers", "string"),
    "find_customer_of_subscriptions": ("list_subscriptions", "328100"),
    "find_customer_of_tasks": ("list_tasks", "string"),
}

BODIES: Mapping[str, list[Any]] = {
    "create_server": [CREATE, {k: CREATE[k] for k in list(CREATE)[:6]}],
    "delete_server": [{"hostname": HOST}],
    "redeploy_server": [{"image": "debian12_uefi", "password": "longenough", "sshkey": "ssh-x"}],
    "set_server_custom_name": [{"name": "web 1"}, {"name": None}],
    "resize_server_memory": [{"memory": 8}],
    "resize_server_cores": [{"cores": 4}],
    "set_server_addon": [{"count": 2}],
    "delete_server_addon": [None],
    "change_server_state": [None],
    "add_server_disk": [{"size": 50 * 1024**3}],
    "resize_server_disk": [{"size": 60}],
    "delete_server_disk": [None],
    "add_server_dvd": [{"name": "debian.iso"}],
    "update_server_dvd": [{"name": "debian.iso"}],
    "delete_server_dvd": [None],
    "set_server_boot_order": [{"id": 2}],
    "add_server_ip": [{"protocol": "IPv4"}, {"protocol": "IPv6"}],
    "set_server_snapshot_schedule": [{"frequency": 24, "next_run": "2027-01-01 03:00"}],
    "delete_server_snapshot_schedule": [None],
    "create_server_snapshot": [{"name": "ccloud-apply-1-before-resize"}],
    "delete_server_snapshot": [None],
    "restore_server_snapshot": [None],
    "set_customer_addon": [{"count": 1}],
    "delete_customer_addon": [None],
    "set_subscription_display_name": [{"display_name": "Main ✓"}],
    "import_server_to_subscription": [{"hostname": HOST}],
    "export_server_from_subscription": [None],
    "export_all_servers_from_subscription": [{"target_subscription": "S328100-002"}],
    "set_server_notes": [{"notes": "Owner: platform team ✓"}],
    "delete_server_notes": [None],
    "set_server_tags": [{"tags": ["a", "stack:web"]}, {"tags": []}],
}

PARAMETERS = {
    "hostname": HOST,
    "addon": "monitoring",
    "action": "shutdown",
    "id": "sc0s1",
    "adapter_id": "08e934e8-2799-4546-ac08-238367e755eb",
}


def test_every_operation_that_the_product_names_is_tried_here() -> None:
    assert {*READS, *COMMAND_READS, *BODIES, "create_token"} == set(OPERATIONS)


def test_every_coroutine_of_the_client_is_tried_here() -> None:
    coroutines = {
        name
        for name, _ in inspect.getmembers(Client, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    general = {"send", "read", "read_list", "read_file", "read_part", "list_running_tasks"} | {
        "list_servers_of"
    }
    assert coroutines == {*READS, *CUSTOMER, *general, "list_account_addresses"}


def test_every_coroutine_that_one_command_alone_calls_is_tried_here() -> None:
    api = DocumentedApi()
    names = {
        name
        for module in (access, billing)
        for name, found in inspect.getmembers(module, inspect.iscoroutinefunction)
        if found.__module__ == module.__name__
    }
    for read_one in COMMAND_READS.values():
        talk(Network(api), read_one)
    assert len(names) == len(COMMAND_READS) == len(set(api.called))


@pytest.mark.parametrize("operation_id", COMMAND_READS)
def test_what_one_command_alone_reads_fits_the_document(operation_id: str) -> None:
    api = DocumentedApi()
    assert talk(Network(api), COMMAND_READS[operation_id])
    assert set(api.called) == {operation_id}


def test_the_addresses_of_an_account_come_with_the_names_of_their_subnets() -> None:
    api = DocumentedApi()
    found = talk(Network(api), lambda client: client.list_account_addresses())
    assert found == (AccountAddress(ip="1.1.1.1", hostname="ts1000", subnet="VLAN_1"),)
    assert api.called == ["list_ips"]


@pytest.mark.parametrize("name", CUSTOMER)
def test_whose_account_it_is_is_asked_as_the_document_says(name: str) -> None:
    api = DocumentedApi()
    operation_id, customer = CUSTOMER_READS[name]
    assert talk(Network(api), CUSTOMER[name]) == customer
    assert api.called == [operation_id]


@pytest.mark.parametrize("operation_id", READS)
def test_a_read_fits_the_document_and_its_example_is_understood(operation_id: str) -> None:
    api = DocumentedApi()
    assert talk(Network(api), READS[operation_id]) is not None
    assert set(api.called) == {operation_id}


@pytest.mark.parametrize("operation_id", SERVER_READS)
def test_a_part_of_a_server_is_what_its_own_coroutine_brings(operation_id: str) -> None:
    part = talk(Network(DocumentedApi()), lambda client: client.read_part(operation_id, HOST))
    assert part == talk(Network(DocumentedApi()), READS[operation_id])


async def send_step(operation_id: str, path: str, body: Any, client: Client) -> Reply:
    return await client.send(operation_id, OPERATIONS[operation_id].method, path, body)


@pytest.mark.parametrize("operation_id", BODIES)
def test_a_step_fits_the_document_and_its_example_is_understood(operation_id: str) -> None:
    operation = OPERATIONS[operation_id]
    wanted = re.findall(r"\{(\w+)\}", operation.path)
    parameters = PARAMETERS | ({"id": "2"} if "subscription" in operation_id else {})
    path = operation_path(operation_id, **{name: parameters[name] for name in wanted})
    for body in BODIES[operation_id]:
        api = DocumentedApi()
        send = partial(send_step, operation_id, path, body)
        answer = talk(Network(api), send)
        assert api.called == [operation_id]
        assert (answer.task_id is not None) == (operation.answer == "task")


def test_signing_in_and_reading_an_account_fit_the_document() -> None:
    api = DocumentedApi()
    reads = frozenset({"list_os", "list_snapshot_schedules"})
    wanted = ALWAYS.union(map(Read, reads))
    credentials = {"client_id": "90f63c80-bd90-89a3-4632-b16c4ab909ae", "client_secret": "s"}
    talk(Network(api), lambda client: read(client, Account(), wanted), **credentials)
    assert {"create_token", "list_servers", "list_tasks", *reads} == set(api.called)


def test_a_name_with_odd_characters_stays_one_segment_of_the_path() -> None:
    network = Network(lambda _: reply(body={"state": "Off"}))
    talk(network, lambda client: client.get_server_state("a/b ?#%ü"))
    (request,) = network.seen
    assert request.url.raw_path == b"/api/v1/ccloud/servers/a%2Fb%20%3F%23%25%C3%BC/state"
