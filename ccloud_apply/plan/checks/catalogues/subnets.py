"""Subnets of a new server: they exist, at most one of each family, and one of IPv4."""

from collections.abc import Iterator

from ccloud_apply.model.live.catalog import Subnet
from ccloud_apply.plan.checks.lib.base import (
    Check,
    Finding,
    Planned,
    Subject,
    judge_absence,
    suggest,
)

_READS = frozenset({"list_subnets"})
_FIELDS = ("subnets", "subnets_intern")


def _find_each(planned: Planned) -> Iterator[tuple[Subject, str, tuple[int, ...]]]:
    for subject in planned.created if planned.account.subnets else ():
        for field in _FIELDS:
            ids = subject.spec.value(field) or ()
            if ids:
                yield subject, field, tuple(ids)


def _by_id(planned: Planned) -> dict[int, Subnet]:
    return {subnet.id: subnet for subnet in planned.account.subnets or ()}


def _family(subnet: Subnet) -> str | None:
    """IPv4 or IPv6; None where the API says something else."""
    kind = (subnet.type or "").lower()
    return {"ipv4": "IPv4", "ipv6": "IPv6"}.get(kind)


def _describe(subnet: Subnet) -> str:
    return f"{subnet.id} ({_family(subnet) or subnet.type or '?'} {subnet.network or ''})".replace(
        " )", ")"
    )


def _find_unknown(planned: Planned) -> Iterator[Finding]:
    known = _by_id(planned)
    for subject, field, ids in _find_each(planned):
        for at, number in enumerate(ids):
            if number not in known:
                yield Finding(
                    subject=subject,
                    field=field,
                    path=(at,),
                    what=f"there is no subnet {number} in this account",
                    hint=suggest(str(number), map(_describe, known.values()), what="subnets"),
                    severity=judge_absence(known),
                )


def _find_two(planned: Planned) -> Iterator[Finding]:
    known = _by_id(planned)
    for subject, field, ids in _find_each(planned):
        first: dict[str, int] = {}
        for at, number in enumerate(ids):
            family = _family(known[number]) if number in known else None
            if family is not None and first.setdefault(family, number) != number:
                yield Finding(
                    subject=subject,
                    field=field,
                    path=(at,),
                    what=f"the subnets {first[family]} and {number} are both {family}, and only one"
                    " of each family is allowed",
                    hint="leave one of them out",
                )


def _find_no_ipv4(planned: Planned) -> Iterator[Finding]:
    known = _by_id(planned)
    for subject, field, ids in _find_each(planned):
        families = {_family(known[number]) if number in known else None for number in ids}
        if field == "subnets" and families == {"IPv6"}:
            ipv4 = [_describe(subnet) for subnet in known.values() if _family(subnet) == "IPv4"]
            yield Finding(
                subject=subject,
                field=field,
                what="none of these subnets is IPv4, and a server needs one",
                hint=suggest("", ipv4, what="IPv4 subnets"),
            )


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
