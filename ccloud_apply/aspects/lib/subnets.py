"""What a subnet's name in a stack file stands for: by the account's subnets and VPCs. Pure.

The API document gives subnets and VPCs names and does not say that they are unique.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ccloud_apply.aspects.base import Catalogues, Problem
from ccloud_apply.model.live.catalog import Subnet
from ccloud_apply.model.text import join_names

SUBNETS = "list_subnets"
VPCS = "list_vpcs"

_MOST = 8
_FAMILIES = {"ipv4": "IPv4", "ipv6": "IPv6"}


def family_of(subnet: Subnet) -> str | None:
    """IPv4 or IPv6; None where the API says something else."""
    return _FAMILIES.get((subnet.type or "").lower())


def describe_subnet(subnet: Subnet) -> str:
    """`12 (IPv4 198.18.0.0)`."""
    words = f"{family_of(subnet) or subnet.type or '?'} {subnet.network or ''}".strip()
    return f"{subnet.id} ({words})"


def reads_of_names(names: Iterable[str], catalogues: Catalogues) -> frozenset[str]:
    """The catalogues that tell these names: VPCs only where a name is no subnet's."""
    wanted = tuple(names)
    if not wanted:
        return frozenset()
    known = {subnet.name for subnet in catalogues.subnets or ()}
    is_read = catalogues.subnets is not None
    return frozenset({SUBNETS, VPCS} if is_read and not known.issuperset(wanted) else {SUBNETS})


def find_subnets(name: str, catalogues: Catalogues) -> tuple[Subnet, ...] | Problem:
    """The subnets of this name, else those of the VPC of this name: at most one of each family.

    A problem where there is none, where there are several of a family, or where a catalogue that
    would tell was not read.
    """
    found = tuple(s for s in catalogues.subnets or () if s.name == name)
    if found:
        return _require_clear(f"the name {name}", found)
    if (why := _tell_unread(catalogues)) is not None:
        return _unread(name, why)
    vpcs = [vpc for vpc in catalogues.vpcs or () if vpc.name == name]
    if len(vpcs) > 1:
        ids = join_names(sorted(f"{vpc.id}" for vpc in vpcs), most=_MOST)
        return _ambiguous(f"{len(vpcs)} VPCs have the name {name}: {ids}")
    if vpcs and vpcs[0].subnets:
        return _require_clear(f"the VPC {name}", vpcs[0].subnets)
    if vpcs and vpcs[0].subnets is None:
        return _unread(name, "the API does not tell the subnets of this VPC")
    if vpcs:
        return _unknown(f"the VPC {name} has no subnet", name, catalogues)
    return _unknown(f"no subnet and no VPC has the name {name}", name, catalogues)


def _tell_unread(catalogues: Catalogues) -> str | None:
    for operation_id, catalogue in ((SUBNETS, catalogues.subnets), (VPCS, catalogues.vpcs)):
        if catalogue is None:
            return catalogues.unread.get(operation_id, f"{operation_id} was not read")
    return None


def _require_clear(what: str, found: Sequence[Subnet]) -> tuple[Subnet, ...] | Problem:
    unique = tuple({subnet.id: subnet for subnet in found}.values())
    families = Counter(family_of(subnet) for subnet in unique)
    is_clear = len(unique) == 1 or (None not in families and max(families.values()) == 1)
    if is_clear:
        return unique
    shown = join_names(map(describe_subnet, unique), most=_MOST)
    return _ambiguous(f"{what} means {len(unique)} subnets: {shown}")


def _unread(name: str, why: str) -> Problem:
    return Problem(
        code="subnet-unread",
        what=f"it is not known which subnet {name} is: {why}",
        hint="write the subnet's id, or plan again once it can be read",
        is_difference=True,
    )


def _ambiguous(what: str) -> Problem:
    return Problem(
        code="subnet-ambiguous",
        what=f"{what}; at most one of each family is allowed",
        hint="write the ids of the subnets that are meant",
        is_difference=True,
    )


def _unknown(what: str, name: str, catalogues: Catalogues) -> Problem:
    names = dict.fromkeys(
        known
        for known in (
            *(subnet.name for subnet in catalogues.subnets or ()),
            *(vpc.name for vpc in catalogues.vpcs or ()),
        )
        if known and known != name
    )
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    shown = join_names([*near, *(one for one in names if one not in near)], most=_MOST)
    hint = f'did you mean "{near[0]}"? names: {shown}' if near else f"names: {shown}"
    if name.isdecimal():
        hint = f"write {name} without quotes for the subnet of that id"
    return Problem(
        code="subnet-unknown",
        what=what,
        hint=hint if names or name.isdecimal() else "this account has no subnet with a name",
        is_difference=True,
    )
