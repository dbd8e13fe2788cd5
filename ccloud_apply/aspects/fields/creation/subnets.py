"""The subnets of a new server, by id or by name. The API never shows them again.

What a name stands for is told by the account's subnets and VPCs when the create is planned: the
request has ids. A server that is there is not compared, so that a name may change its meaning.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.aspects.base import Catalogues, Problem, Translated
from ccloud_apply.aspects.lib.subnets import find_subnets, reads_of_names
from ccloud_apply.aspects.shapes import WriteOnlyList
from ccloud_apply.model.text import join_names


def _schema(description: str) -> Mapping[str, Any]:
    return {
        "type": ["array", "null"],
        "items": {"type": ["integer", "string"], "minimum": 0, "minLength": 1},
        "maxItems": 2,
        "uniqueItems": True,
        "description": description,
        "examples": [[12, 13], ["VLAN_708"]],
    }


class _SubnetList(WriteOnlyList):
    """Ids are integers, names are texts."""

    def create_reads(self, value: Any, catalogues: Catalogues) -> frozenset[str]:
        return reads_of_names((one for one in value if isinstance(one, str)), catalogues)

    def translate(self, value: Any, catalogues: Catalogues) -> Translated:
        """Ids alone, each once, in the order of the file. A name that is not clear stays: it may be
        of any family, and nothing is sent."""
        ids: dict[int | str, None] = {}
        notes: list[str] = []
        problems: list[Problem] = []
        for at, one in enumerate(value):
            if not isinstance(one, str):
                ids[one] = None
                continue
            found = find_subnets(one, catalogues)
            if isinstance(found, Problem):
                problems.append(replace(found, path=(at,)))
                ids[one] = None
                continue
            ids |= dict.fromkeys(subnet.id for subnet in found)
            notes.append(f"{one} is {join_names(f'{subnet.id}' for subnet in found)}")
        return Translated(value=tuple(ids), note=", ".join(notes), problems=tuple(problems))


class Subnets(_SubnetList):
    """The server's subnets."""

    field = "subnets"
    order = 5
    schema = _schema(
        "Ids or names of at most one IPv4 and one IPv6 subnet"
        " (`ccloud-apply catalog subnets`). Only set at create."
    )


class SubnetsIntern(_SubnetList):
    """The subnets of a pfSense system's LAN interface."""

    field = "subnets_intern"
    order = 6
    schema = _schema("Subnet ids or names of the LAN interface (pfSense only). Only set at create.")
