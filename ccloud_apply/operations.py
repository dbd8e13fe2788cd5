"""The operations of the API that the product names: id, label, method, path.

Spelled once, here. `schemas/ccloud-api.openapi.json` is the source; a test compares this table with
it, operation by operation. What a request or a reply contains does not belong here.
"""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from ccloud_apply.lazy_dataclass import dataclass

Repeat = Literal["read", "absolute", "never"]
"""Whether a request whose answer was lost may simply be sent again.

`read` changes nothing; `absolute` sets a value, starts no task, and so has the same effect twice;
`never` starts a task or adds something: twice may be two.
"""

Answer = Literal["value", "task", "nothing", "file"]
"""What a success brings: a value, the id of a task to wait for, nothing (204), or a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One documented operation; `id` is its `operationId` in the OpenAPI document."""

    id: str
    label: str
    method: str
    path: str
    repeat: Repeat
    answer: Answer


def _operation(
    id: str, label: str, method: str, path: str, repeat: Repeat, answer: Answer
) -> tuple[str, Operation]:
    return id, Operation(id=id, label=label, method=method, path=path, repeat=repeat, answer=answer)


_SERVER = "/ccloud/servers/{hostname}"

OPERATIONS: Mapping[str, Operation] = dict(
    [
        _operation("create_token", "sign in", "POST", "/oauth/token", "read", "value"),
        # Servers. Redeploy and addons have no /ccloud prefix in the document.
        _operation("list_servers", "list servers", "GET", "/ccloud/servers", "read", "value"),
        _operation("create_server", "create server", "POST", "/ccloud/servers", "never", "task"),
        _operation("get_server", "read server", "GET", _SERVER, "read", "value"),
        _operation("delete_server", "delete server", "DELETE", _SERVER, "never", "task"),
        _operation(
            "list_server_tasks",
            "list the server's tasks",
            "GET",
            f"{_SERVER}/tasks",
            "read",
            "value",
        ),
        _operation(
            "get_server_password",
            "read the password",
            "GET",
            f"{_SERVER}/password",
            "read",
            "value",
        ),
        _operation(
            "redeploy_server", "redeploy", "POST", "/servers/{hostname}/redeploy", "never", "task"
        ),
        _operation(
            "set_server_custom_name",
            "set custom name",
            "PUT",
            f"{_SERVER}/customname",
            "absolute",
            "nothing",
        ),
        _operation(
            "resize_server_memory", "resize memory", "PUT", f"{_SERVER}/memory", "never", "task"
        ),
        _operation(
            "resize_server_cores", "resize cores", "PUT", f"{_SERVER}/cores", "never", "task"
        ),
        # Booking an addon may charge a setup fee each time, so it counts as adding something.
        _operation(
            "set_server_addon",
            "set addon",
            "PUT",
            "/servers/{hostname}/addons/{addon}",
            "never",
            "nothing",
        ),
        _operation(
            "delete_server_addon",
            "delete addon",
            "DELETE",
            "/servers/{hostname}/addons/{addon}",
            "absolute",
            "nothing",
        ),
        _operation("get_server_state", "read state", "GET", f"{_SERVER}/state", "read", "value"),
        _operation(
            "change_server_state",
            "change state",
            "POST",
            f"{_SERVER}/state/{{action}}",
            "never",
            "task",
        ),
        _operation(
            "get_server_console",
            "open the console",
            "GET",
            f"{_SERVER}/console",
            "read",
            "value",
        ),
        _operation("list_server_disks", "list disks", "GET", f"{_SERVER}/disks", "read", "value"),
        _operation("add_server_disk", "add disk", "POST", f"{_SERVER}/disks", "never", "task"),
        _operation(
            "resize_server_disk", "grow disk", "PUT", f"{_SERVER}/disks/{{id}}", "never", "task"
        ),
        _operation(
            "delete_server_disk",
            "delete disk",
            "DELETE",
            f"{_SERVER}/disks/{{id}}",
            "never",
            "task",
        ),
        _operation("list_server_isos", "list ISOs", "GET", f"{_SERVER}/isos", "read", "value"),
        _operation("list_server_dvds", "list drives", "GET", f"{_SERVER}/dvds", "read", "value"),
        _operation("add_server_dvd", "add drive", "POST", f"{_SERVER}/dvds", "never", "task"),
        _operation(
            "update_server_dvd", "change ISO", "PUT", f"{_SERVER}/dvds/{{id}}", "never", "task"
        ),
        _operation(
            "delete_server_dvd", "remove drive", "DELETE", f"{_SERVER}/dvds/{{id}}", "never", "task"
        ),
        _operation(
            "get_server_boot_order",
            "read the boot order",
            "GET",
            f"{_SERVER}/bootorder",
            "read",
            "value",
        ),
        _operation(
            "set_server_boot_order",
            "set boot order",
            "PUT",
            f"{_SERVER}/bootorder",
            "never",
            "task",
        ),
        _operation(
            "list_server_network_adapters",
            "list network adapters",
            "GET",
            f"{_SERVER}/network",
            "read",
            "value",
        ),
        _operation(
            "add_server_ip",
            "add address",
            "POST",
            f"{_SERVER}/network/{{adapter_id}}/ip",
            "never",
            "value",
        ),
        _operation(
            "get_server_snapshot_schedule",
            "read the snapshot schedule",
            "GET",
            f"{_SERVER}/snapshots/scheduled",
            "read",
            "value",
        ),
        _operation(
            "set_server_snapshot_schedule",
            "schedule snapshots",
            "POST",
            f"{_SERVER}/snapshots/scheduled",
            "absolute",
            "nothing",
        ),
        _operation(
            "delete_server_snapshot_schedule",
            "delete the snapshot schedule",
            "DELETE",
            f"{_SERVER}/snapshots/scheduled",
            "absolute",
            "nothing",
        ),
        _operation(
            "list_server_snapshots",
            "list snapshots",
            "GET",
            f"{_SERVER}/snapshots",
            "read",
            "value",
        ),
        _operation(
            "create_server_snapshot",
            "create snapshot",
            "POST",
            f"{_SERVER}/snapshots",
            "never",
            "task",
        ),
        _operation(
            "restore_server_snapshot",
            "restore snapshot",
            "POST",
            f"{_SERVER}/snapshots/{{id}}",
            "never",
            "task",
        ),
        _operation(
            "delete_server_snapshot",
            "delete snapshot",
            "DELETE",
            f"{_SERVER}/snapshots/{{id}}",
            "never",
            "task",
        ),
        _operation(
            "set_server_notes", "write notes", "PUT", f"{_SERVER}/notes", "absolute", "nothing"
        ),
        _operation(
            "delete_server_notes",
            "delete notes",
            "DELETE",
            f"{_SERVER}/notes",
            "absolute",
            "nothing",
        ),
        _operation("list_server_tags", "read tags", "GET", f"{_SERVER}/tags", "read", "value"),
        _operation("set_server_tags", "set tags", "POST", f"{_SERVER}/tags", "absolute", "nothing"),
        # The account.
        _operation("list_tasks", "list tasks", "GET", "/ccloud/tasks", "read", "value"),
        _operation("get_task", "read task", "GET", "/ccloud/tasks/{id}", "read", "value"),
        _operation(
            "list_snapshot_schedules",
            "list snapshot schedules",
            "GET",
            "/ccloud/customers/scheduled",
            "read",
            "value",
        ),
        _operation(
            "list_customer_addons",
            "list the account's addons",
            "GET",
            "/ccloud/customers/addons",
            "read",
            "value",
        ),
        # As with a server's addon: each booking may charge a setup fee.
        _operation(
            "set_customer_addon",
            "set the account's addon",
            "PUT",
            "/ccloud/customers/addons/{addon}",
            "never",
            "nothing",
        ),
        _operation(
            "delete_customer_addon",
            "delete the account's addon",
            "DELETE",
            "/ccloud/customers/addons/{addon}",
            "absolute",
            "nothing",
        ),
        _operation(
            "list_subscriptions",
            "list subscriptions",
            "GET",
            "/ccloud/customers/subscriptions",
            "read",
            "value",
        ),
        _operation(
            "set_subscription_display_name",
            "name subscription",
            "PUT",
            "/ccloud/subscriptions/{id}/customname",
            "absolute",
            "nothing",
        ),
        # Catalogues.
        _operation("list_pools", "list pools", "GET", "/ccloud/pools", "read", "value"),
        _operation("list_os", "list images", "GET", "/ccloud/os", "read", "value"),
        _operation("list_addons", "list addons", "GET", "/ccloud/addons", "read", "value"),
        _operation("list_rollouts", "list rollouts", "GET", "/ccloud/rollouts", "read", "value"),
        _operation(
            "list_subnets", "list subnets", "GET", "/ccloud/network/subnets", "read", "value"
        ),
        _operation(
            "list_subnet_ips",
            "list the subnet's addresses",
            "GET",
            "/ccloud/network/subnets/{id}/ips",
            "read",
            "value",
        ),
        _operation("list_vpcs", "list VPCs", "GET", "/ccloud/network/vpcs", "read", "value"),
        _operation("list_ips", "list addresses", "GET", "/ccloud/network/ips", "read", "value"),
        _operation("list_gpus", "list GPUs", "GET", "/ccloud/gpus", "read", "value"),
        _operation(
            "list_server_gpus",
            "list the GPUs that are left",
            "GET",
            f"{_SERVER}/gpus",
            "read",
            "value",
        ),
        _operation("list_licenses", "list licenses", "GET", "/licenses", "read", "value"),
        _operation(
            "get_pool_prices",
            "read prices",
            "GET",
            "/ccloud/customers/prices/{pool}",
            "read",
            "value",
        ),
        _operation(
            "create_quote", "ask for a price", "POST", "/ccloud/customers/quotes", "read", "value"
        ),
        _operation(
            "preview_invoice",
            "preview the invoice",
            "GET",
            "/ccloud/customers/invoices/preview",
            "read",
            "value",
        ),
        _operation(
            "get_resource_info", "read limits", "GET", "/ccloud/resource-info", "read", "value"
        ),
        # What a person asks for by a command of its own: no plan sends these. The last three have
        # no /ccloud prefix in the document.
        _operation(
            "get_server_performance",
            "read performance",
            "GET",
            f"{_SERVER}/performance/{{resource}}/{{period}}",
            "read",
            "value",
        ),
        _operation(
            "list_invoices", "list invoices", "GET", "/ccloud/customers/invoices", "read", "value"
        ),
        _operation(
            "get_invoice",
            "read invoice",
            "GET",
            "/ccloud/customers/invoices/{invoice_id}",
            "read",
            "value",
        ),
        _operation(
            "list_reports", "list reports", "GET", "/ccloud/customers/reports", "read", "value"
        ),
        _operation(
            "get_report", "read report", "GET", "/ccloud/customers/reports/{date}", "read", "file"
        ),
        _operation(
            "get_subscription",
            "read subscription",
            "GET",
            "/ccloud/subscriptions/{id}",
            "read",
            "value",
        ),
        _operation(
            "import_server_to_subscription",
            "import server",
            "POST",
            "/subscriptions/{id}/import",
            "never",
            "nothing",
        ),
        _operation(
            "export_server_from_subscription",
            "export server",
            "POST",
            "/subscriptions/{id}/export/{hostname}/pool",
            "never",
            "nothing",
        ),
        _operation(
            "export_all_servers_from_subscription",
            "export all servers",
            "POST",
            "/subscriptions/{id}/export/all",
            "never",
            "nothing",
        ),
    ]
)

BY_COMMAND = frozenset(
    {
        "import_server_to_subscription",
        "export_server_from_subscription",
        "export_all_servers_from_subscription",
    }
)
"""Operations that change something for one command alone. No field sends them, so that none has an
effect: the command looks itself at what became of them."""


def operation_path(operation_id: str, **parameters: str) -> str:
    """The operation's path with the given parameters filled in and percent-encoded.

    A parameter that is not given stays as its placeholder: a step for a server that does not
    exist yet keeps `{hostname}` until its create is done. Raises KeyError for an operation or a
    parameter that the table does not know, and ValueError for a value that would lead to another
    path (empty, or a dot segment).
    """
    path = OPERATIONS[operation_id].path
    for name, value in parameters.items():
        placeholder = "{" + name + "}"
        if placeholder not in path:
            raise KeyError(f"{operation_id} has no parameter {name}")
        if value in ("", ".", ".."):
            raise ValueError(f"{value!r} cannot be the {name} in {path}")
        path = path.replace(placeholder, quote(value, safe=""))
    return path
