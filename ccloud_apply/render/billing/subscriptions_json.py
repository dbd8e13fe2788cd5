"""Subscriptions and moves as JSON; amounts are decimal strings, null is what is not known."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ccloud_apply.model.documents.encode import encode_diagnostic
from ccloud_apply.model.live.billing import SubscriptionContract
from ccloud_apply.model.results.move import Moved, MovedServer
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.account_json import dump_of_account
from ccloud_apply.render.lib.money import encode_amount

_AMOUNTS = ("monthly_price", "discount", "setup_fee")


def render_subscriptions_json(
    contracts: Sequence[SubscriptionContract], account: PlanAccount | None = None
) -> str:
    """`{"format_version", "account", "subscriptions": [...]}`, all of each."""
    return dump_of_account(account, {"subscriptions": list(map(encode_contract, contracts))})


def render_subscription_json(
    contract: SubscriptionContract, account: PlanAccount | None = None
) -> str:
    """`{"format_version", "account", "subscription": {...}}`."""
    return dump_of_account(account, {"subscription": encode_contract(contract)})


def render_moved_json(moved: Moved, account: PlanAccount | None = None) -> str:
    """A move and what came of it. `verified` is true, or null where nothing tells it."""
    move = moved.move
    return dump_of_account(
        account,
        {
            "action": move.kind.value,
            "subscription": encode_contract(move.subscription),
            "target": None if move.target is None else encode_contract(move.target),
            "servers": list(map(_encode_server, move.servers)),
            "request": {
                "operation_id": move.request.operation_id,
                "method": move.request.method,
                "path": move.request.path,
                "body": None if move.request.body is None else dict(move.request.body),
            },
            "warnings": list(map(encode_diagnostic, move.warnings)),
            "held": list(map(encode_diagnostic, move.held)),
            "done": moved.is_done,
            "verified": moved.is_verified,
            "why": moved.why or None,
            "answer_lost": moved.was_lost,
            "pool": moved.pool,
        },
    )


def encode_contract(contract: SubscriptionContract) -> dict[str, Any]:
    """All of a subscription; licenses and addons with their counts."""
    document = asdict(contract)
    contents = document.pop("contents")
    for name in ("memory", "disk"):
        contents[name] = contents.pop(f"{name}_gb")
    contents["licenses"] = [{"id": id, "count": n} for id, n in contract.contents.licenses]
    contents["addons"] = [{"name": name, "count": n} for name, n in contract.contents.addons]
    document |= {name: encode_amount(getattr(contract, name)) for name in _AMOUNTS}
    return {**document, "tags": list(contract.tags), "contents": contents}


def _encode_server(server: MovedServer) -> dict[str, Any]:
    live = server.live
    return {
        "hostname": live.hostname,
        "custom_name": live.custom_name,
        "owner": server.owner,
        "pool": live.pool,
        "cores": live.cores,
        "memory": live.memory_gb,
        "disk": live.disk_gb,
        "billed_by_itself": server.is_billed_alone,
    }
