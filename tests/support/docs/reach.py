"""The page docs/reference/operations.md: every operation, and how a user reaches it.

Made of the API document, the fields' table in docs/reference/stack-file.md, and the ways below.
`python -m tests.support.docs.reach > docs/reference/operations.md` writes it anew.
"""

import sys
from collections.abc import Iterator, Mapping

from ccloud_apply.load.request.document import read_operations
from ccloud_apply.model.documented import DocumentedOperation
from tests.support.docs.pages import code_in, page, section, table_rows

_READS_FIELD = "`plan`, `apply`, `drift`, `export`"
_CHECKS = "`plan` (a [check](../checks.md))"

WAYS: Mapping[str, tuple[str, ...]] = {
    "create_token": ("every command signs in with it",),
    "list_servers": ("`plan`", "`apply`", "`drift`", "`export`", "`inventory`"),
    "create_server": ("`apply` of a new entry under `servers:`",),
    "get_server": ("`apply`", "`explain`"),
    "delete_server": ("`apply` of an entry that is removed", "`destroy`"),
    "list_server_tasks": ("`drift`", "`explain`"),
    "get_server_password": ("`password`",),
    "redeploy_server": ("`apply` of another `image` with `on_create_only_change: redeploy`",),
    "list_server_isos": ("`plan` for the field `dvds`",),
    "get_server_state": (f"{_READS_FIELD} for the field `power`", "`inventory --state`"),
    "get_server_console": ("`console`",),
    "list_server_dvds": (f"{_READS_FIELD} for the field `dvds`",),
    "list_server_disks": (f"{_READS_FIELD} for the field `disks`",),
    "list_subnets": ("`catalog subnets`", "`plan` for a name in `subnets`", _CHECKS),
    "list_subnet_ips": (_CHECKS,),
    "list_ips": ("`apply` of the field `ips`", "`catalog ips`"),
    "list_vpcs": ("`catalog vpcs`", "`plan` for a name in `subnets`"),
    "list_server_network_adapters": ("`apply` of the field `ips`",),
    "get_server_snapshot_schedule": ("`apply` of the field `scheduled_snapshots`",),
    "list_server_snapshots": (f"{_READS_FIELD} for the field `snapshots`", "`restore`"),
    "restore_server_snapshot": ("`restore`",),
    "get_server_performance": ("`performance`",),
    "get_server_boot_order": (f"{_READS_FIELD} for the field `boot_order`",),
    "list_server_tags": ("`apply` of the field `tags`",),
    "list_gpus": ("`catalog gpus`", _CHECKS),
    "list_server_gpus": (_CHECKS,),
    "list_tasks": ("`tasks`", "`apply` waits with it"),
    "get_task": ("`tasks ID`", "`apply` waits with it"),
    "list_pools": ("`catalog pools`", _CHECKS),
    "list_subscriptions": (
        "`plan`, `apply`, `drift` for `account.subscriptions`",
        "`subscription`",
    ),
    "set_subscription_display_name": ("`apply` of `account.subscriptions`",),
    "get_subscription": ("`subscription`",),
    "import_server_to_subscription": ("`subscription`",),
    "export_server_from_subscription": ("`subscription`",),
    "export_all_servers_from_subscription": ("`subscription`",),
    "get_pool_prices": ("`catalog prices`",),
    "create_quote": ("`plan` for its cost",),
    "list_invoices": ("`invoices`",),
    "list_snapshot_schedules": (f"{_READS_FIELD} for the field `scheduled_snapshots`",),
    "list_customer_addons": ("`plan`, `apply`, `drift` for `account.addons`",),
    "set_customer_addon": ("`apply` of `account.addons`",),
    "delete_customer_addon": ("`apply` of `account.addons`",),
    "list_reports": ("`reports`",),
    "get_report": ("`reports`",),
    "get_invoice": ("`invoices`",),
    "preview_invoice": ("`plan` for its cost", "`invoices`"),
    "list_os": ("`catalog images`", f"{_READS_FIELD} for the field `image`"),
    "list_addons": ("`catalog addons`", _CHECKS),
    "list_rollouts": ("`catalog rollouts`", _CHECKS),
    "get_resource_info": ("`catalog limits`", _CHECKS),
    "list_licenses": ("`catalog licenses`",),
}
"""The ways of an operation beside `api` and the fields that send it."""

_HEAD = """\
# Operations

All {count} operations of the API (version 1.81.0), in the order of its document, and how each one
is reached. Every one of them can be called by hand with [`ccloud-apply api`](../guides/api.md): by
its name, or by its method and path. `ccloud-apply api OPERATION --help` shows what one takes and
answers. {only} of them can be reached by `api` alone; for the others a command or a field of a
[stack file](stack-file.md) uses them.

| operation | request | reached by |
| --- | --- | --- |
"""


def ways_of(operation_id: str) -> tuple[str, ...]:
    """How the operation is reached beside `api`."""
    fields = fields_that_send().get(operation_id, ())
    sent = [f"field {', '.join(f'`{field}`' for field in fields)}"] if fields else []
    return (*sent, *WAYS.get(operation_id, ()))


def fields_that_send() -> Mapping[str, tuple[str, ...]]:
    """The fields of a server that send an operation of their own, as their table says."""
    found: dict[str, tuple[str, ...]] = {}
    for row in table_rows(section(page("docs/reference/stack-file.md"), "A server")):
        for operation in code_in(row, 4) if len(row) == 5 else ():
            if operation != "create_server":
                found[operation] = (*found.get(operation, ()), code_in(row, 0)[0])
    return found


def operations_page() -> str:
    """The page as it has to stand in the docs."""
    operations = read_operations().values()
    only = sum(not ways_of(operation.id) for operation in operations)
    return _HEAD.format(count=len(operations), only=only) + "".join(map(_row, operations))


def _row(operation: DocumentedOperation) -> str:
    return f"| `{operation.id}` | `{operation.method} {operation.path}` | {_reach(operation)} |\n"


def _reach(operation: DocumentedOperation) -> str:
    def words() -> Iterator[str]:
        yield from ways_of(operation.id)
        yield "`api`"

    return "; ".join(words())


if __name__ == "__main__":
    sys.stdout.write(operations_page())
