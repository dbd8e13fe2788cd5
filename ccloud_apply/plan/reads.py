"""Which reads a plan needs: only of fields that a stack declares, and only of matched servers."""

from collections.abc import Mapping, Sequence

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.plan.account import own_reads
from ccloud_apply.plan.diff import POOLS, diff_destroy, diff_server, is_doomed, is_other_pool
from ccloud_apply.plan.matching.match import match_servers
from ccloud_apply.plan.matching.select import PlanOptions, select_matches
from ccloud_apply.plan.safety_snapshot import find_kinds

_DOOMED_READS = frozenset({"list_server_snapshots"})
"""A server's snapshots go with it, which the plan has to say."""

_READS_MORE = frozenset(
    name for name, aspect in ASPECTS.items() if type(aspect).more_reads is not Aspect.more_reads
)


def account_reads(stacks: Sequence[Stack], options: PlanOptions) -> frozenset[str]:
    """Operations to call once for the account, beside the server list and the running tasks."""
    if options.is_destroy:
        return frozenset()
    declared = {name for stack in stacks for spec in stack.servers for name in spec.fields}
    own = frozenset(operation for stack in stacks for operation in own_reads(stack, options))
    return own.union(*(ASPECTS[name].account_reads for name in declared))


def comparison_reads(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> frozenset[str]:
    """Catalogues that tell a difference from another name for the same, read before all else."""
    if options.is_destroy:
        return frozenset()
    is_needed = any(
        match.live is not None and match.spec is not None and is_other_pool(match.spec, match.live)
        for stack in stacks
        for match in select_matches(match_servers(stack, account)[0], options)
    )
    return frozenset({POOLS}) if is_needed else frozenset()


def server_reads(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> Mapping[str, frozenset[str]]:
    """Operations to call per server, by hostname. Servers that are being built are left alone."""
    reads: dict[str, frozenset[str]] = {}
    for stack in stacks:
        matches, _ = match_servers(stack, account)
        for match in select_matches(matches, options):
            live = match.live
            if live is None or live.is_building or not live.hostname:
                continue
            operations = _declared_reads(match.spec, live, options)
            is_owned = match.by != "hostname" and not match.is_released
            if is_owned and (options.is_destroy or is_doomed(stack, match, account)):
                operations |= _DOOMED_READS
            if operations:
                reads[live.hostname] = reads.get(live.hostname, frozenset()) | operations
    return reads


def more_reads(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> Mapping[str, frozenset[str]]:
    """What has to be read per server beside, by hostname, now that its own reads are known."""
    if options.is_destroy:
        return {}
    reads: dict[str, frozenset[str]] = {}
    for stack in stacks:
        if not any(_READS_MORE & spec.fields.keys() for spec in stack.servers):
            continue
        for match in select_matches(match_servers(stack, account)[0], options):
            live, spec = match.live, match.spec
            if spec is None or live is None or not live.parts or not live.hostname:
                continue
            operations = frozenset(
                operation
                for name in _READS_MORE & spec.fields.keys() - spec.lifecycle.ignore_changes
                for operation in ASPECTS[name].more_reads(spec, live)
            )
            if operations:
                reads[live.hostname] = reads.get(live.hostname, frozenset()) | operations
    return reads


def snapshot_reads(
    stacks: Sequence[Stack], account: Account, options: PlanOptions
) -> Mapping[str, frozenset[str]]:
    """Operations to call, by hostname, once it is known what changes: a snapshot before a change
    asks for those that there are. Nothing where none is asked for."""
    reads: dict[str, frozenset[str]] = {}
    for stack in stacks:
        if not any(spec.lifecycle.snapshot_before for spec in stack.servers):
            continue
        matches, _ = match_servers(stack, account)
        for match in select_matches(matches, options):
            if match.spec is None or not match.spec.lifecycle.snapshot_before or not match.live:
                continue
            if options.is_destroy:
                diff = diff_destroy(match)
            else:
                diff, _ = diff_server(stack, match, account)
            if find_kinds(diff) and match.live.hostname:
                reads[match.live.hostname] = _DOOMED_READS
    return {
        server.hostname: reads[server.hostname]
        for server in account.servers
        if server.hostname in reads and not server.parts.keys() >= _DOOMED_READS
    }


def _declared_reads(
    spec: ServerSpec | None, live: LiveServer, options: PlanOptions
) -> frozenset[str]:
    if spec is None or options.is_destroy:
        return frozenset()
    return frozenset(
        operation
        for name in spec.fields
        if name not in spec.lifecycle.ignore_changes
        for operation in ASPECTS[name].server_reads(spec, live)
    )
