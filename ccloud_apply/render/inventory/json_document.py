"""The inventory as the JSON document of the contract."""

from typing import Any

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import (
    encode_account,
    encode_commit,
    encode_diagnostic,
    encode_env,
)
from ccloud_apply.model.results.inventory import Inventory
from ccloud_apply.render.inventory.document import encode_server
from ccloud_apply.render.lib.json_text import dump_json


def render_inventory_json(inventory: Inventory) -> str:
    """The inventory as `schemas/inventory.schema.json` describes it, with a line break."""
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "account": None,
        **encode_account(inventory.account),
        **encode_env(inventory.env),
        "commit": encode_commit(inventory.commit),
        "read_at": inventory.read_at.isoformat(),
        "servers": list(map(encode_server, inventory.servers)),
        "monthly_total": inventory.monthly_total,
        "retired_total": inventory.retired_total,
        "currency": inventory.currency,
        "monthly_totals": [
            {"currency": currency, "amount": amount}
            for currency, amount in inventory.monthly_totals
        ],
        "warnings": list(map(encode_diagnostic, inventory.warnings)),
    }
    return dump_json(document) + "\n"
