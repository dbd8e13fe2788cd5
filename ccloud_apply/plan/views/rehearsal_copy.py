"""The account as plain data, for a copy of it: what was read, and nothing else.

A catalogue that was not read has what the stacks and the live servers name, so that the copy does
not refuse what the account might take. The shape is that of `sandbox/state/copying.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ccloud_apply.aspects.base import Catalogues
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.plan.checks.catalogues.addons import MONITORING
from ccloud_apply.plan.checks.lib.networks import known_subnets

Row = dict[str, Any]

LIMITED: Mapping[str, str] = {"cores": "cores", "memory": "memory_gb", "disks": "disk_gb"}
"""The amounts that an account's limits are about, and what they are called in the model."""


def copied_servers(account: Account) -> tuple[LiveServer, ...]:
    """The servers that a copy has: those that are being built or deleted are left out."""
    every = account.every_server
    return tuple(s for s in every if s.hostname and not s.is_building | s.is_deleting)


def describe_account(stacks: Sequence[Stack], account: Account) -> Row:
    """The account as JSON."""
    servers = copied_servers(account)
    hostnames = {server.hostname for server in servers}
    catalogues = Catalogues(images=account.images)
    return {
        "servers": [_describe_server(server, catalogues) for server in servers],
        "tasks": [
            {"action": task.action, "hostname": task.hostname, "username": task.username}
            for task in account.tasks
            if task.hostname in hostnames
        ],
        "catalogues": {
            "pools": _describe_pools(stacks, account),
            "os": _describe_images(stacks, account),
            "addons": _describe_addons(stacks, account),
            "gpus": [_plain(gpu, "id", "name", "addon", "pools") for gpu in account.gpus or ()],
            "rollouts": _describe_rollouts(stacks, account),
            "subnets": _describe_subnets(stacks, account),
            "isos": _describe_isos(stacks, account),
            "account_addons": _describe_own_addons(stacks, account),
        },
        "addons": dict(account.customer_addons or {}),
        "subscriptions": [
            _plain(subscription, "id", "name", "display_name")
            for subscription in account.subscriptions or ()
        ],
    }


def _describe_server(server: LiveServer, catalogues: Catalogues) -> Row:
    """What is no field of a stack file, and every field as its aspect copies it."""
    row = _plain(server, "id", "hostname", "os_name", "ostype", "created_at")
    for aspect in ASPECTS.values():
        row |= aspect.copy_live(server, catalogues)
    return row


def _describe_pools(stacks: Sequence[Stack], account: Account) -> list[Row]:
    known = [_plain(pool, "pool", "name", "is_active", "has_gpus") for pool in account.pools or ()]
    declared = () if account.pools else _declared(stacks, "pool")
    # A pool that the catalogue does not have any more takes no new server.
    others = ({"pool": server.pool, "is_active": False} for server in account.every_server)
    return _join("pool", known, ({"pool": name} for name in declared), others)


def _describe_images(stacks: Sequence[Stack], account: Account) -> list[Row]:
    names = ("image", "name", "min_disk_gb", "ostype", "has_cloud_init")
    known = [_plain(image, *names) for image in account.images or ()]
    declared = () if account.images else _declared(stacks, "image")
    return _join("image", known, ({"image": name} for name in declared))


def _describe_addons(stacks: Sequence[Stack], account: Account) -> list[Row]:
    known = [_plain(a, "name", "is_addable", "is_deletable") for a in account.addons or ()]
    gpus = ({"name": gpu.addon} for gpu in account.gpus or ())
    live = ({"name": name} for server in account.every_server for name in server.addons)
    declared = (
        {"name": name}
        for addons in (() if account.addons else _declared(stacks, "addons"))
        for name in addons
    )
    return _join("name", known, gpus, declared, live, [{"name": MONITORING}])


def _describe_rollouts(stacks: Sequence[Stack], account: Account) -> list[Row]:
    names = ("rollout", "name", "valid_for", "depends_on", "is_managed_only")
    known = [_plain(rollout, *names) for rollout in account.rollouts or ()]
    lists = () if account.rollouts else _declared(stacks, "rollouts")
    return _join("rollout", known, ({"rollout": name} for names in lists for name in names))


def _describe_subnets(stacks: Sequence[Stack], account: Account) -> list[Row]:
    vpcs = {subnet.id: vpc.name for vpc in account.vpcs or () for subnet in vpc.subnets or ()}
    known = [
        {**_plain(subnet, "id", "name", "type"), "vpc": vpcs.get(subnet.id)}
        for subnet in known_subnets(account).values()
    ]
    lists: Iterable[Any] = ()
    if not account.subnets:
        lists = (*_declared(stacks, "subnets"), *_declared(stacks, "subnets_intern"))
    return _join("id", known, ({"id": n} for ids in lists for n in ids if isinstance(n, int)))


def _describe_isos(stacks: Sequence[Stack], account: Account) -> list[Row]:
    offered = (_plain(iso, "name", "path") for isos in account.isos.values() for iso in isos)
    mounted = (
        {"name": drive.path.replace("\\", "/").rsplit("/", 1)[-1], "path": drive.path}
        for server in account.every_server
        for drive in server.parts.get("list_server_dvds", ())
        if drive.path
    )
    lists = () if account.isos else _declared(stacks, "dvds")
    declared = ({"name": name, "path": None} for names in lists for name in names)
    return _join("name", offered, mounted, declared)


def _describe_own_addons(stacks: Sequence[Stack], account: Account) -> list[Row]:
    """No catalogue lists them."""
    names = {*(account.customer_addons or {}), *(n for s in stacks for n in s.account.addons)}
    return [{"name": name} for name in sorted(names)]


def _declared(stacks: Sequence[Stack], name: str) -> Iterator[Any]:
    for stack in stacks:
        for spec in stack.servers:
            if spec.value(name):
                yield spec.value(name)


def _join(key: str, *sources: Iterable[Row]) -> list[Row]:
    """Every row once, the first of each name."""
    rows: dict[Any, Row] = {}
    for source in sources:
        for row in source:
            if row[key] is not None:
                rows.setdefault(row[key], row)
    return list(rows.values())


def _plain(value: Any, *names: str) -> Row:
    row = {name: getattr(value, name) for name in names}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in row.items()}
