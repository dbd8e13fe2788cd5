"""The rules by which the platform refuses a create or a change, field by field.

Each rule returns the message of what is wrong, or None; none changes anything. The facts are from
the vendor's user documentation. Where it is silent, the emulator is strict.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.state.record import ServerRecord, SubscriptionRecord, disk_sum_gb
from ccloud_apply.sandbox.state.store import Entry

Errors = dict[str, str]

MAX_NAME = 255
_TAG = re.compile(r"[A-Za-z0-9:_-]+")


def check_range(name: str, value: int, low: int, high: int) -> str | None:
    """A number must be within bounds. Huge ones usually have the wrong unit."""
    if value < low:
        return f"The {name} must be at least {low}."
    return f"The {name} must not be greater than {high}." if value > high else None


def check_tag(tag: str) -> str | None:
    """A tag must be one word of letters, digits, colon, hyphen and underscore."""
    if _TAG.fullmatch(tag) and len(tag) <= MAX_NAME:
        return None
    return f"The tag {tag!r} must be one word of letters, digits, colon, hyphen and underscore."


def check_tags(tags: Sequence[Any]) -> Errors:
    """The messages for a list of tags, by place."""
    found = {f"tags.{at}": check_tag(tag or "") for at, tag in enumerate(tags)}
    return {name: text for name, text in found.items() if text}


def check_addon(
    call: Call, name: str, count: int, *, kind: str, image: Entry, pool: Entry, held: int = 0
) -> str | None:
    """An addon must be available, also for this system and pool. `held`: the present count."""
    entry = call.store.read_entry("addons", name)
    if entry is None:
        return f"The addon {name} does not exist."
    if not entry["addable"]:
        return f"The addon {name} can not be added."
    if name == "monitoring" and kind == "managed":
        return "The addon monitoring is not available for managed servers."
    if image["_family"] not in entry["supported_os"]:
        return f"The addon {name} does not support {image['name']}."
    if not 1 <= count <= entry["_max"]:
        return f"The count of {name} must be between 1 and {entry['_max']}."
    if entry["_gpu"]:
        return _check_gpu(call, name, count - held, pool)
    return None


def _check_gpu(call: Call, name: str, count: int, pool: Entry) -> str | None:
    gpu = call.store.read_entry("gpus", name) or {}
    if pool["tag"] not in gpu["pools"]:
        return f"The pool {pool['tag']} has no {gpu['name']}."
    if count > gpu["_count"] - call.store.count_addon(name):
        return f"There are not enough {gpu['name']} available."
    return None


def check_limits(call: Call, *, cores: int = 0, memory: int = 0, disk: int = 0) -> Errors:
    """More resources must fit the account's limits (memory and disk in GB)."""
    limits = call.options.limits
    if limits is None:
        return {}
    usage = call.store.sum_resources()
    more = {"cores": cores, "memory": memory, "disk": disk}
    return {
        "disks" if name == "disk" else name: f"The resource limit of {limits[name]} {name} is"
        f" exceeded: {usage[name]} are in use, {amount} more are wanted."
        for name, amount in more.items()
        if amount > 0 and name in limits and usage[name] + amount > limits[name]
    }


def check_order(call: Call, order: Mapping[str, Any]) -> Errors:
    """The messages for a create request, by field, beyond its schema."""
    errors: dict[str, str | None] = {
        "cores": check_range("cores", order["cores"], 1, call.options.max_cores),
        "memory": check_range("memory", order["memory"], 1, call.options.max_memory_gb),
        "custom_name": _check_length("custom name", order.get("custom_name")),
        "description": _check_length("description", order.get("description")),
    }
    pool = call.store.read_entry("pools", order["pool"])
    image = call.store.read_entry("os", order["image"])
    if pool is None:
        errors["pool"] = f"The pool {order['pool']} does not exist."
    elif not pool["nagios_active"]:
        errors["pool"] = f"The pool {order['pool']} is full."
    if image is None:
        errors["image"] = f"The image {order['image']} does not exist."
    else:
        if "user_data" in order and not image["cloud_init_support"]:
            errors["user_data"] = f"The image {order['image']} has no cloud-init support."
        errors |= _check_disks(call, order["disks"], image)
        errors |= _check_rollouts(call, order, image)
        errors |= _check_subnets(call, order, image)
        if pool is not None:
            errors |= _check_addons(call, order, image, pool)
    errors |= check_tags(order.get("tags", []))
    found = {name: text for name, text in errors.items() if text}
    if found:
        return found
    return check_limits(
        call, cores=order["cores"], memory=order["memory"], disk=sum(order["disks"])
    )


def _check_length(name: str, text: str | None) -> str | None:
    if text and len(text) > MAX_NAME:
        return f"The {name} must not be greater than {MAX_NAME} characters."
    return None


def _check_disks(call: Call, sizes: Sequence[int], image: Entry) -> Errors:
    most, most_gb = call.options.max_disks, call.options.max_disk_gb
    if not 1 <= len(sizes) <= most:
        return {"disks": f"The disks must have between 1 and {most} items."}
    checks = {
        f"disks.{at}": check_range(f"disks.{at}", size, 1, most_gb) for at, size in enumerate(sizes)
    }
    errors = {name: text for name, text in checks.items() if text}
    if not errors and sizes[0] < int(image["min_disk"]):
        errors["disks.0"] = f"The image needs a system disk of at least {image['min_disk']} GB."
    return errors


def _check_addons(call: Call, order: Mapping[str, Any], image: Entry, pool: Entry) -> Errors:
    errors = {}
    for at, addon in enumerate(order.get("addons", [])):
        if not isinstance(addon.get("name"), str):
            errors[f"addons.{at}.name"] = f"The addons.{at}.name field is required."
            continue
        count = addon.get("count", 1)
        text = check_addon(call, addon["name"], count, kind=order["type"], image=image, pool=pool)
        if text:
            errors[f"addons.{at}"] = text
    return errors


def _check_rollouts(call: Call, order: Mapping[str, Any], image: Entry) -> Errors:
    errors = {}
    wanted = order.get("rollouts", [])
    known = {entry["rollout"] for entry in call.store.read_catalogue("rollouts")} if wanted else ()
    for at, name in enumerate(wanted):
        entry = call.store.read_entry("rollouts", str(name))
        if entry is None:
            text = f"The rollout {name} does not exist."
        elif image["image"] not in entry["valid_for"]:
            text = f"The rollout {name} is not valid for {image['image']}."
        elif entry["managed_only"] and order["type"] != "managed":
            text = f"The rollout {name} is for managed servers only."
        else:
            # A dependency outside the catalogue (base_rollout) is installed by the platform itself.
            missing = [n for n in entry["depends_on"] if n in known and n not in wanted]
            if not missing:
                continue
            text = f"The rollout {name} depends on {', '.join(missing)}."
        errors[f"rollouts.{at}"] = text
    return errors


def _check_subnets(call: Call, order: Mapping[str, Any], image: Entry) -> Errors:
    errors = {}
    for name in ("subnets", "subnets_intern"):
        seen = set()
        for at, number in enumerate(order.get(name, [])):
            entry = call.store.read_entry("subnets", str(number))
            if entry is None:
                errors[f"{name}.{at}"] = f"The subnet {number} does not exist."
            elif entry["type"] in seen:
                errors[name] = "Only one IPv4 and one IPv6 subnet is allowed."
            else:
                seen.add(entry["type"])
        if name == "subnets" and seen == {"IPv6"} and not errors:
            errors[name] = "One of the subnets must be an IPv4 subnet."
    if order.get("subnets_intern") and image["ostype"] != "pfSense":
        errors["subnets_intern"] = "Internal subnets are available for pfSense systems only."
    return errors


def check_image(call: Call, name: str, server: ServerRecord) -> str | None:
    """An image for a reinstall must be known, and fit the server's system disk."""
    image = call.store.read_entry("os", name)
    if image is None:
        return f"The image {name} does not exist."
    if server["disks"][0]["size_gb"] < int(image["min_disk"]):
        return f"The image needs a system disk of at least {image['min_disk']} GB."
    return None


def check_subscription(
    target: SubscriptionRecord,
    held: list[ServerRecord],
    more: list[ServerRecord],
    now: datetime,
    *,
    any_pool: bool = False,
) -> str | None:
    """More servers must fit a subscription: its pool (unless `any_pool`), dates, resources."""
    name = target["name"]
    if (
        not target["confirmed"]
        or not target["start_date"] <= f"{now:%Y-%m-%d}" < target["end_date"]
    ):
        return f"The subscription {name} is not active."
    for server in more:
        if server["pool"] != target["pool"] and not any_pool:
            return f"The subscription {name} is for {target['pool']}, not {server['pool']}."
    servers = [*held, *more]
    wanted = {
        "cores": sum(server["cores"] for server in servers),
        "memory": sum(server["memory"] for server in servers),
        "disk": sum(disk_sum_gb(server) for server in servers),
    }
    for resource, count in wanted.items():
        if count > target["data"][resource]:
            most = target["data"][resource]
            return f"The subscription {name} has {most} {resource}, {count} would be needed."
    return None
