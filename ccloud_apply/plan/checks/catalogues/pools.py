"""The pool of a new server."""

from collections.abc import Iterator

from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned, judge_absence, suggest


def _find_unusable(planned: Planned) -> Iterator[Finding]:
    """A full pool is listed as not active, or not at all where a platform lists none of them."""
    pools = planned.account.pools or ()
    active = {pool.pool: pool.is_active is not False for pool in pools}
    usable = [name for name, is_active in active.items() if is_active]
    for subject in planned.created if pools else ():
        name = subject.spec.value("pool")
        if name is None or active.get(name):
            continue
        yield Finding(
            subject=subject,
            field="pool",
            what=f"the pool {name} is not active: it is full"
            if name in active
            else f"there is no pool {name}, or it is full",
            hint=suggest(name, usable, what="pools that take new servers"),
            severity=judge_absence(pools),
        )


USABLE = Check(
    code="CCA101",
    title="the pool is known and active",
    find=_find_unusable,
    use="pool",
    reads=frozenset({"list_pools"}),
)
