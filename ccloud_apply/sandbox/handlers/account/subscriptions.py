"""Chapter Subscription: resources that were bought for a period, and the servers that use them.

The vendor creates subscriptions. The API lists and names them, and imports and exports servers. No
operation tells which servers are in one.

Oddity: docs/reference/api-oddities.md, "addons, redeploy, subscription import/export, licenses":
three families of paths; import and export have no /ccloud.
"""

from typing import Any

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.http.paging import read_page, show_page
from ccloud_apply.sandbox.rules.admission import MAX_NAME, check_subscription
from ccloud_apply.sandbox.state.ledger import SORTABLE_SUBSCRIPTIONS
from ccloud_apply.sandbox.state.record import ServerRecord, SubscriptionRecord
from ccloud_apply.sandbox.state.view import read_sort


async def list_subscriptions(call: Call) -> dict[str, Any]:
    """A page of the subscriptions, by id unless sorted otherwise."""
    page, limit = read_page(call)
    found, total = call.store.ledger.list_subscriptions(
        search=call.query.get("search"),
        sort=read_sort(call, SORTABLE_SUBSCRIPTIONS),
        limit=limit,
        offset=max(0, (page - 1) * limit + call.row_shift),
    )
    shown = [{**subscription} for subscription in found]
    return show_page(call, "/ccloud/customers/subscriptions", shown, total=total)


async def get_subscription(call: Call) -> SubscriptionRecord:
    """One subscription."""
    return _read(call)


async def set_subscription_display_name(call: Call) -> None:
    """Sets the name that is shown; the document does not say that it can be removed."""
    subscription = _read(call)
    name = call.body.get("display_name")
    if name is None:
        raise Invalid({"display_name": "The display name field is required."})
    if len(name) > MAX_NAME:
        text = f"The display name must not be greater than {MAX_NAME} characters."
        raise Invalid({"display_name": text})
    subscription.update({"display_name": name, "updated_at": call.stamp})
    call.store.ledger.write_subscription(subscription)


async def import_server_to_subscription(call: Call) -> None:
    """Imports a server into a subscription of its pool with enough free resources."""
    subscription = _read(call)
    hostname = call.body.get("hostname")
    if hostname is None:
        raise Invalid({"hostname": "The hostname field is required."})
    server = call.store.find_server(hostname)
    if server is None:
        raise Invalid({"hostname": "The selected hostname is invalid."})
    if server["building"] or server["deleting"]:
        raise Invalid({"hostname": f"The server {hostname} is being built or deleted."})
    held = server.get("subscription")
    if held:
        raise Invalid({"hostname": f"The server {hostname} is in the subscription {held}."})
    _move(call, [server], subscription, field="hostname")


async def export_server_from_subscription(call: Call) -> None:
    """Exports a server, which is billed by itself again; 404 for one that is not in it."""
    subscription = _read(call)
    hostname = call.path["hostname"]
    server = call.store.find_server(hostname)
    if server is None or server.get("subscription") != subscription["name"]:
        raise not_found(f"The server {hostname} in the subscription {subscription['name']}")
    server["subscription"] = None
    call.store.write_server(server)


async def export_all_servers_from_subscription(call: Call) -> None:
    """Moves all servers to another subscription, or none if they do not all fit."""
    subscription = _read(call)
    name = call.body.get("target_subscription")
    if name is None:
        raise Invalid({"target_subscription": "The target subscription field is required."})
    target = call.store.ledger.find_subscription_by_name(name)
    if target is None:
        raise Invalid({"target_subscription": "The selected target subscription is invalid."})
    if target["id"] == subscription["id"]:
        text = "The target subscription must be different."
        raise Invalid({"target_subscription": text})
    _move(call, _servers_in(call, subscription), target, field="target_subscription")


def _read(call: Call) -> SubscriptionRecord:
    found = call.store.ledger.find_subscription(int(call.path["id"]))
    if found is None:
        raise not_found(f"The subscription {call.path['id']}")
    return found


def _servers_in(call: Call, subscription: SubscriptionRecord) -> list[ServerRecord]:
    servers = call.store.all_servers()
    return [one for one in servers if one.get("subscription") == subscription["name"]]


def _move(
    call: Call, servers: list[ServerRecord], target: SubscriptionRecord, *, field: str
) -> None:
    text = check_subscription(
        target,
        _servers_in(call, target),
        servers,
        call.now,
        any_pool=call.options.import_other_pool,
    )
    if text:
        raise Invalid({field: text})
    for server in servers:
        server["subscription"] = target["name"]
        call.store.write_server(server)
