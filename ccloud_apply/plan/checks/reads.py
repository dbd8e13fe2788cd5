"""Which catalogues the checks of a plan need, as far as it is known by now what a plan does.

What is unchanged asks for nothing: that the vendor retired an image does not concern a server that
runs it. None of these reads fails a plan.
"""

from collections.abc import Iterable, Iterator, Set

from ccloud_apply.aspects.lib.drives import DRIVES, ISOS, find_drive
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.live.read import Read
from ccloud_apply.plan.checks.lib.base import Use
from ccloud_apply.plan.checks.lib.networks import (
    SUBNET_IPS,
    known_subnets,
    may_be_full,
    subnets_of,
)
from ccloud_apply.plan.checks.registry import CHECKS

_GPUS_LEFT, _ISOS, _FREE_ADDRESSES = "CCA116", "CCA180", "CCA133"
SERVER_GPUS = "list_server_gpus"
GPU_PREFIX = "gpu"
"""How the names of addons begin that order a GPU, as far as the API document shows them."""


def catalogue_reads(uses: Set[Use], no_checks: Set[str]) -> frozenset[Read]:
    """The catalogues of the account for what all servers together use."""
    return frozenset(
        Read(operation_id, is_optional=True)
        for check in CHECKS.values()
        if check.use in uses and check.code not in no_checks
        for operation_id in check.reads
    )


def server_catalogue_reads(uses: Set[Use], live: LiveServer, no_checks: Set[str]) -> Iterator[Read]:
    """The catalogues that only this live server tells, for what is changed of it."""
    if not live.hostname:
        return
    if "gpus" in uses and _GPUS_LEFT not in no_checks:
        yield Read(SERVER_GPUS, live.hostname, is_optional=True)
    if "dvds" in uses and ISOS not in live.parts and _ISOS not in no_checks:
        yield Read(ISOS, live.hostname, is_optional=True)


def images_of_others(
    specs: Iterable[ServerSpec], account: Account, no_checks: Set[str]
) -> Iterator[Read]:
    """Another server's ISO images, which are most likely what these created servers can mount."""
    if _ISOS in no_checks or not any(spec.value("dvds") for spec in specs):
        return
    names = (s.hostname for s in account.servers if not s.is_building and not s.is_deleting)
    for hostname in filter(None, names):
        yield Read(ISOS, hostname, is_optional=True)
        return


def addresses_of_subnets(
    created: Iterable[ServerSpec], account: Account, no_checks: Set[str]
) -> Iterator[Read]:
    """The addresses of each subnet in which servers are created, unless it can hardly be full."""
    if _FREE_ADDRESSES in no_checks:
        return
    used = {number for spec in created for number in subnets_of(spec)}
    for subnet in known_subnets(account).values():
        if subnet.id in used and may_be_full(subnet):
            yield Read(SUBNET_IPS, subnet=f"{subnet.id}", is_optional=True)


def uses_created(spec: ServerSpec) -> Iterator[Use]:
    """What a server uses of the platform when it is created."""
    yield from ("pool", "image", "sizes")
    addons = spec.value("addons") or {}
    if addons:
        yield "addons"
    if any(map(is_gpu, addons)):
        yield "gpus"
    if spec.value("rollouts"):
        yield "rollouts"
    if spec.value("subnets") or spec.value("subnets_intern"):
        yield "subnets"


def uses_changed(spec: ServerSpec, live: LiveServer) -> Iterator[Use]:
    """What a live server uses of the platform beyond what it has, as far as it was read."""
    managed = spec.fields.keys() - spec.lifecycle.ignored_fields
    if "addons" in managed:
        declared = spec.value("addons") or {}
        ignored = spec.lifecycle.ignored_parts("addons")
        declared = {name: count for name, count in declared.items() if name not in ignored}
        held = {name: n for name, n in live.addons.items() if n > 0 and name not in ignored}
        if declared != held:
            yield "addons"
        if any(is_gpu(name) and count > held.get(name, 0) for name, count in declared.items()):
            yield "gpus"
    if any(_grows(spec, managed, live)):
        yield "sizes"
    drives = live.parts.get(DRIVES)
    if drives is not None and "dvds" in managed:
        held = live.parts.get(ISOS, ())
        if any(find_drive(drives, name, held) is None for name in spec.value("dvds")):
            yield "dvds"


def _grows(spec: ServerSpec, managed: Set[str], live: LiveServer) -> Iterator[bool]:
    for name, held in (("cores", live.cores), ("memory", live.memory_gb)):
        yield name in managed and held is not None and spec.value(name) > held
    # `data.disk` need not be the sum of the disks: until they are read, nothing is said of them.
    disks = live.parts.get("list_server_disks")
    if disks and "disks" in managed:
        declared_gb = sum(disk.size_gb for disk in spec.value("disks"))
        yield declared_gb > sum(disk.size_gb for disk in disks)


def is_gpu(addon: str) -> bool:
    """True for an addon that orders a GPU, by its name."""
    return addon.lower().startswith(GPU_PREFIX)
