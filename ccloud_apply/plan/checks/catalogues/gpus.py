"""Addons that order a GPU: the pool has that model, and enough of them are left.

How many are left is told per server alone, so it is not known of a server that is new.
"""

from collections.abc import Iterator

from ccloud_apply.plan.checks.catalogues.addons import AddonChange, find_changes
from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned, suggest


def _find_other_pools(planned: Planned) -> Iterator[Finding]:
    by_addon = {gpu.addon: gpu for gpu in planned.account.gpus or () if gpu.addon}
    gpu_pools = {pool.pool: pool.has_gpus for pool in planned.account.pools or ()}
    for change in find_changes(planned.changed):
        gpu = by_addon.get(change.name)
        pool = _pool_of(change)
        if gpu is None or pool is None or change.after <= change.before or pool in gpu.pools:
            continue
        if not gpu.pools and gpu_pools.get(pool) is not False:
            continue  # nothing says that this pool has none
        pools = gpu.pools or tuple(name for name, has_gpus in gpu_pools.items() if has_gpus)
        yield Finding(
            subject=change.subject,
            field="addons",
            path=(change.name,),
            what=f"the pool {pool} has no {gpu.name or change.name}",
            hint=suggest(pool, pools, what="pools with it") or "leave the addon out",
        )


def _pool_of(change: AddonChange) -> str | None:
    live = change.subject.live
    if live is not None and not change.subject.is_created:
        return live.pool
    pool: str | None = change.subject.spec.value("pool")
    return pool


def _find_too_few(planned: Planned) -> Iterator[Finding]:
    ordered: dict[tuple[str | None, str], int] = {}
    for change in find_changes(planned.changed):
        live = change.subject.live
        if live is None or change.subject.is_created:
            continue
        more = change.after - change.before
        gpus = planned.account.available_gpus.get(live.hostname or "", ())
        left = next((gpu.count for gpu in gpus if gpu.addon == change.name), None)
        if left is None or more <= 0:
            continue
        before = ordered.get((live.pool, change.name), 0)
        ordered[live.pool, change.name] = before + more
        if before + more > left:
            others = f", and this plan orders {before} of them before" if before else ""
            yield Finding(
                subject=change.subject,
                field="addons",
                path=(change.name,),
                what=f"{more} more of {change.name} are wanted for {live.name}, and {left} are"
                f" left{others}",
                hint=_offer_less(change.name, change.before + max(0, left - before)),
            )


def _offer_less(name: str, most: int) -> str:
    return f"write {most} or less" if most else f"leave {name} out"


POOL = Check(
    code="CCA115",
    title="the pool has the GPU",
    find=_find_other_pools,
    use="gpus",
    reads=frozenset({"list_gpus", "list_pools"}),
)
LEFT = Check(
    code="CCA116",
    title="enough GPUs are left for a live server",
    find=_find_too_few,
    reads=frozenset({"list_server_gpus"}),
)
