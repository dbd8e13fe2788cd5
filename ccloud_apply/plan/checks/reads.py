"""Which catalogues the checks of a plan need, known before anything is compared in detail.

What is unchanged asks for nothing: an image that the vendor retired is no matter of a server that
has it.
"""

from collections.abc import Iterator, Sequence, Set

from ccloud_apply.model.account import Account, LiveServer
from ccloud_apply.model.stack import ServerSpec, Stack
from ccloud_apply.plan.checks.base import Use
from ccloud_apply.plan.checks.registry import CHECKS
from ccloud_apply.plan.diff import is_doomed
from ccloud_apply.plan.match import Match, match_servers
from ccloud_apply.plan.select import PlanOptions, select_matches

_GPUS_LEFT = "CCA116"
GPU_PREFIX = "gpu"
"""How the names of addons begin that order a GPU, as far as the API document shows them."""


def catalogue_reads(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> frozenset[str]:
    """Operations to call once for the account, for what is created or changed.

    What disks need shows only once the servers' own parts are read: ask again then.
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


def gpu_hostnames(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> tuple[str, ...]:
    """The live servers that get GPUs: of those it is asked how many are left."""
    if options.is_destroy or not options.has_checks or _GPUS_LEFT in options.no_checks:
        return ()
    return tuple(
        match.live.hostname
        for stack, match, spec in _find_declared(stacks, account, options)
        if match.live is not None and match.live.hostname and not match.live.is_building
        if "gpus" in _uses_changed(spec, match.live) and not is_doomed(stack, match, account)
    )


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
