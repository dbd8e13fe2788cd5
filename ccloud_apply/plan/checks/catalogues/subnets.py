"""Subnets of a new server: they exist, at most one of each family, one of IPv4, and with an address
that is left."""

from collections.abc import Iterator

from ccloud_apply.aspects.base import Catalogues, Problem
from ccloud_apply.aspects.lib.subnets import describe_subnet, family_of, find_subnets
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.catalog import Subnet
from ccloud_apply.model.results.plan import Action
from ccloud_apply.model.text import count_of
from ccloud_apply.plan.checks.lib.base import (
    Check,
    Finding,
    Planned,
    Subject,
    judge_absence,
    suggest,
)
from ccloud_apply.plan.checks.lib.networks import (
    SUBNET_IPS,
    count_free,
    known_subnets,
    may_be_full,
    read_network,
)

_READS = frozenset({"list_subnets"})
_FIELDS = ("subnets", "subnets_intern")
_GOING = (Action.DESTROY, Action.REPLACE)


def _find_each(planned: Planned) -> Iterator[tuple[Subject, str, tuple[int, ...]]]:
    for subject in planned.created if planned.account.subnets else ():
        for field in _FIELDS:
            ids = subject.spec.value(field) or ()
            if ids:
                yield subject, field, tuple(ids)


def _place(planned: Planned, subject: Subject, field: str, number: int) -> tuple[int, ...]:
    """Which entry of the file means this id: the plan has ids, of which a name may mean two."""
    account = planned.account
    catalogues = Catalogues(subnets=account.subnets, vpcs=account.vpcs)
    declared = next(s for s in subject.stack.servers if s.key == subject.spec.key)
    for at, one in enumerate(declared.value(field) or ()):
        found = find_subnets(one, catalogues) if isinstance(one, str) else ()
        if one == number or (
            not isinstance(found, Problem) and number in {subnet.id for subnet in found}
        ):
            return (at,)
    return ()


def _find_unknown(planned: Planned) -> Iterator[Finding]:
    known = known_subnets(planned.account)
    for subject, field, ids in _find_each(planned):
        for number in ids:
            if isinstance(number, int) and number not in known:
                yield Finding(
                    subject=subject,
                    field=field,
                    path=_place(planned, subject, field, number),
                    what=f"there is no subnet {number} in this account",
                    hint=suggest(str(number), map(describe_subnet, known.values()), what="subnets"),
                    severity=judge_absence(known),
                )


def _find_two(planned: Planned) -> Iterator[Finding]:
    known = known_subnets(planned.account)
    for subject, field, ids in _find_each(planned):
        first: dict[str, int] = {}
        for number in ids:
            family = family_of(known[number]) if number in known else None
            if family is not None and first.setdefault(family, number) != number:
                yield Finding(
                    subject=subject,
                    field=field,
                    path=_place(planned, subject, field, number),
                    what=f"the subnets {first[family]} and {number} are both {family}, and only one"
                    " of each family is allowed",
                    hint="leave one of them out",
                )


def _find_no_ipv4(planned: Planned) -> Iterator[Finding]:
    known = known_subnets(planned.account)
    for subject, field, ids in _find_each(planned):
        families = {family_of(known[number]) if number in known else None for number in ids}
        if field == "subnets" and families == {"IPv6"}:
            ipv4 = [
                describe_subnet(subnet) for subnet in known.values() if family_of(subnet) == "IPv4"
            ]
            yield Finding(
                subject=subject,
                field=field,
                what="none of these subnets is IPv4, and a server needs one",
                hint=suggest("", ipv4, what="IPv4 subnets"),
            )


def _find_full(planned: Planned) -> Iterator[Finding]:
    known = known_subnets(planned.account)
    gone = frozenset(_find_gone(planned))
    for number, wanted in _group_by_subnet(planned).items():
        subnet = known.get(number)
        if subnet is None or not _may_lack(subnet):
            continue
        free = count_free(subnet, planned.account, gone)
        name = f"the subnet {describe_subnet(subnet)}"
        servers = count_of(len(wanted), "server")
        if read_network(subnet) is None:
            yield Finding(
                subject=wanted[0][0],
                field=wanted[0][1],
                what=f"it is not known whether {name} has addresses for {servers}: the API does not"
                " tell its size",
                severity=Severity.WARNING,
            )
        elif free is not None and free < len(wanted):
            subject, field = wanted[max(0, free)]
            left = count_of(max(0, free), "address", "addresses")
            yield Finding(
                subject=subject,
                field=field,
                what=f"{name} has {left} left at most, and {servers} would be created in it",
                hint="choose another subnet, or create fewer servers in it",
            )


def _may_lack(subnet: Subnet) -> bool:
    return may_be_full(subnet) or read_network(subnet) is None


def _group_by_subnet(planned: Planned) -> dict[int, list[tuple[Subject, str]]]:
    """For each subnet, the servers that need an address of it, and the field that says so."""
    found: dict[int, list[tuple[Subject, str]]] = {}
    for subject, field, ids in _find_each(planned):
        for number in ids:
            found.setdefault(number, []).append((subject, field))
    return found


def _find_gone(planned: Planned) -> Iterator[str]:
    """The hostnames of the servers that this plan destroys, whose addresses become free."""
    for stack in planned.stacks:
        for diff in stack.diffs:
            live = diff.match.live
            if live is not None and live.hostname and diff.action in _GOING:
                yield live.hostname


UNKNOWN = Check(
    code="CCA130", title="the subnet is known", find=_find_unknown, use="subnets", reads=_READS
)
ONE_OF_EACH = Check(
    code="CCA131",
    title="at most one subnet of each family",
    find=_find_two,
    use="subnets",
    reads=_READS,
)
IPV4 = Check(
    code="CCA132",
    title="one subnet is IPv4",
    find=_find_no_ipv4,
    use="subnets",
    reads=_READS,
)
FREE = Check(
    code="CCA133",
    title="the subnet has an address for each new server",
    find=_find_full,
    reads=frozenset({SUBNET_IPS}),
)
