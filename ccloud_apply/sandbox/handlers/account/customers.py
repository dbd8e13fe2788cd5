"""Chapter Customers: prices, quotes, the account's schedules, its monitoring.

Its invoices are in invoices.py, its addons and their reports in reports.py.
"""

import secrets
from decimal import Decimal
from typing import Any

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.options import CUSTOMER_ID
from ccloud_apply.sandbox.rules.billing import WINDOWS_LICENSE, amount, license_price
from ccloud_apply.sandbox.state.view import next_run, tell_local


async def get_pool_prices(call: Call) -> dict[str, Any]:
    """The price of a core, a GB of memory, a GB of disk; currency and period are not documented."""
    entry = call.store.read_entry("prices", call.path["pool"])
    if entry is None:
        raise not_found(f"The pool {call.path['pool']}")
    return {name: float(entry[name]) for name in ("cores", "memory", "disk")}


async def create_quote(call: Call) -> dict[str, Any]:
    """The price of a server with these resources; nothing is ordered."""
    body = call.body
    prices = call.store.read_entry("prices", body.get("pool", ""))
    if prices is None:
        raise Invalid({"pool": "The selected pool is invalid."})
    resources = {
        name: amount(prices[name], body.get(name, 0)) for name in ("cores", "memory", "disk")
    }
    addons, setup_fee = _quote_addons(call)
    licenses = _quote_licenses(call)
    total = sum(resources.values(), Decimal(0)) + sum(licenses.values(), Decimal(0))
    total += sum((addon["monthly_price"] for addon in addons.values()), Decimal(0))
    return {
        "resources": {name: float(cost) for name, cost in resources.items()},
        "addons": {
            name: {key: _plain(value) for key, value in addon.items()}
            for name, addon in addons.items()
        },
        "licenses": {name: float(cost) for name, cost in licenses.items()},
        "setup_fee_total": float(setup_fee),
        "monthly_total": float(total),
    }


async def list_snapshot_schedules(call: Call) -> list[dict[str, Any]]:
    """Every schedule of the account.

    Oddity: docs/reference/api-oddities.md, "scheduled snapshots": the frequency is a string here
    and the time an ISO date-time.
    """
    as_string = call.options.frequency_as_string
    return [
        {
            "hostname": hostname,
            "frequency": str(frequency) if as_string else frequency,
            "next_run": to_wire(
                tell_local(next_run(first, frequency, call.now), call.options.schedule_told)
            ),
        }
        for hostname, frequency, first in call.store.list_schedules()
    ]


async def get_monitoring_url(call: Call) -> dict[str, Any]:
    """A new URL of the account's monitoring; nothing is served there."""
    key = secrets.token_urlsafe(16)
    return {"url": f"https://monitoring.sandbox.example/login/{CUSTOMER_ID}?key={key}"}


def _quote_addons(call: Call) -> tuple[dict[str, dict[str, Any]], Decimal]:
    quoted, setup_fee = {}, Decimal(0)
    for at, addon in enumerate(call.body.get("addons", [])):
        entry = call.store.read_entry("addons", str(addon.get("name")))
        if entry is None:
            raise Invalid({f"addons.{at}.name": f"The selected addons.{at}.name is invalid."})
        count = addon.get("count", 1)
        fee = amount(entry["setup_fee"], count)
        setup_fee += fee
        quoted[entry["name"]] = {
            "category": entry["_category"],
            "monthly_price": amount(entry["price"], count),
            "setup_fee": fee,
        }
    return quoted, setup_fee


def _quote_licenses(call: Call) -> dict[str, Decimal]:
    # `ostype` is "windows" in the quotes, "Windows" in the OS list.
    if str(call.body.get("ostype", "")).lower() != "windows":
        return {}
    return {WINDOWS_LICENSE: license_price(call.store)}


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
