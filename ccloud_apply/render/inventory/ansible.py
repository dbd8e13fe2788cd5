"""Ansible's inventory: as a script tells it (`--list`, `--host`), and as a file.

Variables of hosts are templates to Ansible. Names and tags are written by others, so a text that
looks like a template is marked as unsafe, which Ansible shows and never evaluates.
"""

from typing import Any

from ccloud_apply.model.results.inventory import Inventory, InventoryServer
from ccloud_apply.render.inventory.document import encode_server, whole_text
from ccloud_apply.render.inventory.groups import group_hosts
from ccloud_apply.render.lib.json_text import dump_json

_PREFIX = "ccloud_"
_TEMPLATE = ("{{", "{%", "{#")
_UNSAFE = "__ansible_unsafe"


def render_inventory_ansible(
    inventory: Inventory, host: str | None = None, is_file: bool = False
) -> str:
    """What an inventory script prints for `--list`; the variables of one host with `host`.

    A file that is the inventory has another form (`is_file`). It is JSON, which every reader of
    YAML takes.
    """
    if is_file:
        return dump_json(_tree(inventory)) + "\n"
    variables = {server.name: _variables(server) for server in inventory.hosts}
    if host is not None:
        return dump_json(variables.get(host, {})) + "\n"
    groups = group_hosts(inventory)
    grouped = {name for names in groups.values() for name in names}
    document: dict[str, Any] = {
        "_meta": {"hostvars": variables},
        "all": {"children": ["ungrouped", *groups]},
        "ungrouped": {"hosts": [name for name in variables if name not in grouped]},
        **{group: {"hosts": list(names)} for group, names in groups.items()},
    }
    return dump_json(document) + "\n"


def _tree(inventory: Inventory) -> dict[str, Any]:
    """The groups with their hosts as an inventory file has them."""
    return {
        "all": {
            "hosts": {server.name: _variables(server) for server in inventory.hosts},
            "children": {
                group: {"hosts": {name: {} for name in names}}
                for group, names in group_hosts(inventory).items()
            },
        }
    }


def _variables(server: InventoryServer) -> dict[str, Any]:
    values = {f"{_PREFIX}{name}": _mark(value) for name, value in encode_server(server).items()}
    return values if server.address is None else {"ansible_host": server.address, **values}


def _mark(value: Any) -> Any:
    if isinstance(value, str):
        text = whole_text(value)
        return {_UNSAFE: text} if any(sign in text for sign in _TEMPLATE) else text
    if isinstance(value, list):
        return [_mark(item) for item in value]
    if isinstance(value, dict):
        return {name: _mark(item) for name, item in value.items()}
    return value
