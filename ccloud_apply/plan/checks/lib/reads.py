"""Which catalogues the checks of a plan need, known before anything is compared in detail.

What is unchanged asks for nothing: an image that the vendor retired is no matter of a server that
has it.
"""

from collections.abc import Iterator, Sequence, Set

from ccloud_apply.aspects.fields.devices.drives import DRIVES, ISOS, find_drive
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.plan.checks.lib.base import Use
from ccloud_apply.plan.checks.lib.registry import CHECKS
from ccloud_apply.plan.diff import is_doomed
from ccloud_apply.plan.matching.match import Match, match_servers
from ccloud_apply.plan.matching.select import PlanOptions, select_matches

_GPUS_LEFT, _ISOS = "CCA116", "CCA180"
SERVER_GPUS = "list_server_gpus"
GPU_PREFIX = "gpu"
"""How the names of addons begin that order a GPU, as far as the API document shows them."""


def catalogue_reads(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> frozenset[str]:
    """Operations to call once for the account, for what is created or changed.

    What disks and drives need shows only once the servers' own parts are read: ask again then.
    """
    if options.is_destroy or not options.has_checks:
        return frozenset()
    uses: set[Use] = set()
    for stack, match, spec in _find_declared(stacks, account, options):
        if match.live is None or is_doomed(stack, match, account):
            uses.update(_uses_anew(spec))
        elif not match.live.is_building:
            uses.update(_uses_changed(spec, match.live))
    return frozenset(
        read
        for check in CHECKS.values()
        if check.use in uses and check.code not in options.no_checks
        for read in check.reads
    )


def server_catalogue_reads(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> frozenset[tuple[str, str]]:
    """Operations to call for single servers, with their hostnames. Ask again as above."""
    if options.is_destroy or not options.has_checks:
        return frozenset()
    reads: set[tuple[str, str]] = set()
    for stack, match, spec in _find_declared(stacks, account, options):
        live = match.live
        if live is None or is_doomed(stack, match, account):
            other = _find_other(account) if spec.value("dvds") else None
            if other is not None and _ISOS not in options.no_checks:
                reads.add((ISOS, other))
        elif live.hostname and not live.is_building:
            uses = set(_uses_changed(spec, live))
            if "gpus" in uses and _GPUS_LEFT not in options.no_checks:
                reads.add((SERVER_GPUS, live.hostname))
            if "dvds" in uses and ISOS not in live.parts and _ISOS not in options.no_checks:
                reads.add((ISOS, live.hostname))
    return frozenset(reads)


def _find_other(account: Account) -> str | None:
    """A live server that can be asked what one that is not there yet may be offered."""
    names = (s.hostname for s in account.servers if not s.is_building and not s.is_deleting)
    return next(filter(None, names), None)


def _find_declared(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> Iterator[tuple[Stack, Match, ServerSpec]]:
    for stack in stacks:
        for match in select_matches(match_servers(stack, account)[0], options):
            if match.spec is not None:
                yield stack, match, match.spec


def _uses_anew(spec: ServerSpec) -> Iterator[Use]:
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


def _uses_changed(spec: ServerSpec, live: LiveServer) -> Iterator[Use]:
    managed = spec.fields.keys() - spec.lifecycle.ignore_changes
    if "addons" in managed:
        declared = spec.value("addons") or {}
        held = {name: count for name, count in live.addons.items() if count > 0}
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
        wanted_gb = sum(disk.size_gb for disk in spec.value("disks"))
        yield wanted_gb > sum(disk.size_gb for disk in disks)


def is_gpu(addon: str) -> bool:
    """True for an addon that orders a GPU, by its name."""
    return addon.lower().startswith(GPU_PREFIX)
