"""Addresses: at least so many of a family on each network adapter.

The API adds an address and cannot take one away, so too many are never a difference, and too few
are added only where it is certain that they are too few. The server list knows what was assigned,
the adapters themselves what is in use: the larger of the two numbers counts. Where that is not
enough, the account's list of addresses is looked at too: what only that shows counts for each
adapter. What becomes of a request is in `ip_effects.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ccloud_apply.aspects.base import (
    EQUAL,
    NO_CATALOGUES,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
    Problem,
    StepDraft,
    Unknown,
)
from ccloud_apply.aspects.effects import ADDRESSES_READ
from ccloud_apply.aspects.lib.addresses import (
    ADAPTERS,
    count_addresses,
    count_family,
    count_known,
    find_unplaced,
)
from ccloud_apply.aspects.undo import Undo, irreversible
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveAdapter, LiveServer
from ccloud_apply.model.results.plan import FieldChange

PROTOCOLS: Mapping[str, str] = {"ipv4": "IPv4", "ipv6": "IPv6"}
MAX_IPS = 64
"""The most addresses of a family on one adapter that a file may ask for; the platform names no
limit."""

_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0, "maximum": MAX_IPS}


class Ips(Aspect):
    """`add_server_ip`, one request for each address."""

    field = "ips"
    order = 58
    merge = "deep"
    schema = {
        "description": "The minimum number of addresses on each network adapter. Addresses are"
        " never removed.",
        "examples": [{"ipv4": 1, "ipv6": 1}],
        "anyOf": [
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "ipv4": {**_COUNT, "description": "Number of IPv4 addresses."},
                    "ipv6": {**_COUNT, "description": "Number of IPv6 addresses."},
                },
            },
            {"type": "null"},
        ],
    }

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """The adapters, only where the server list does not show addresses enough."""
        wanted = spec.value(self.field)
        is_enough = bool(live.adapters) and all(
            count_addresses(adapter, family) >= count
            for adapter in live.adapters or ()
            for family, count in wanted.items()
        )
        return frozenset() if is_enough or not wanted else frozenset({ADAPTERS})

    def live_reads(self, live: LiveServer) -> frozenset[str]:
        """The adapters, only where the server list does not show their addresses."""
        return frozenset() if live.adapters else frozenset({ADAPTERS})

    def more_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """The account's addresses, only where neither of the two lists shows enough."""
        adapters: Sequence[LiveAdapter] = live.parts.get(ADAPTERS, ())
        wanted: Mapping[str, int] = spec.value(self.field)
        is_short = any(
            count_known(live, adapters, place, family) < count
            for place in range(len(adapters))
            for family, count in wanted.items()
        )
        return frozenset({ADDRESSES_READ}) if is_short else frozenset()

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        """The number of addresses of each family that every adapter has at least.

        The server list counts, which knows what was assigned; the adapters themselves only where it
        shows none. An address cannot be taken away again, so no more are told than those.
        """
        adapters = live.adapters or live.part(ADAPTERS)
        if not adapters or any(adapter.addresses is None for adapter in adapters):
            return Unknown(f"the API does not say which addresses {live.name} has")
        counts = {f: min(count_addresses(a, f) for a in adapters) for f in PROTOCOLS}
        return {family: min(count, MAX_IPS) for family, count in counts.items() if count}

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        """Every adapter with its addresses; those of no adapter stand with the first."""
        adapters: Sequence[LiveAdapter] = live.parts.get(ADAPTERS, live.adapters) or ()
        unplaced = find_unplaced(live, adapters, live.parts.get(ADDRESSES_READ, ()))
        copied = [(one.id, [*(one.addresses or ()), *unplaced]) for one in adapters[:1]]
        copied += [(one.id, list(one.addresses or ())) for one in adapters[1:]]
        return {"adapters": [{"id": id, "addresses": there} for id, there in copied]}

    def normalise(self, value: Any, base: str) -> Mapping[str, int]:
        return {family: count for family, count in sorted((value or {}).items()) if count}

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        """A new server has an adapter, and another one for its internal subnets. Which addresses it
        begins with shows when it is there: a step whose address is there already does nothing."""
        adapters = 2 if spec.value("subnets_intern") else 1
        return tuple(
            _build_draft(place, family, number, None)
            for place in range(adapters)
            for family, count in value.items()
            for number in range(1, count + 1)
        )

    def judge_undo(self, change: FieldChange) -> Undo:
        """The API has no request that takes an address away."""
        return irreversible("the API cannot remove an address")

    def compare(self, comparison: Comparison) -> Difference:
        wanted: Mapping[str, int] = comparison.spec.value(self.field)
        live = comparison.live
        if ADAPTERS not in live.parts:  # then the server list shows enough, or nothing is wanted
            return EQUAL
        adapters: Sequence[LiveAdapter] = live.part(ADAPTERS)
        if not adapters or any(adapter.id is None for adapter in adapters):
            what = f"{live.name} has no network adapter that could get an address"
            return Difference(problems=(Problem(code="no-adapter", what=what),))
        if live.adapters is None and any(adapter.addresses is None for adapter in adapters):
            return self.leave_unknown(Unknown(), comparison)
        unplaced = find_unplaced(live, adapters, live.parts.get(ADDRESSES_READ, ()))
        counts = [
            {
                family: count_known(live, adapters, place, family) + count_family(unplaced, family)
                for family in wanted
            }
            for place in range(len(adapters))
        ]
        told = _tell_unplaced(live, unplaced)
        drafts = tuple(_draft_missing(wanted, adapters, counts))
        if not drafts:
            return Difference(warnings=told) if told else EQUAL
        before = {family: min(count[family] for count in counts) for family in wanted}
        change = FieldChange(field=self.field, before=before, after=dict(wanted), kind=self.kind)
        warnings = (*told, f"an address of {live.name} cannot be removed again by the API")
        return Difference(changes=(change,), drafts=drafts, warnings=warnings)


def _tell_unplaced(live: LiveServer, unplaced: Sequence[str]) -> tuple[str, ...]:
    if not unplaced:
        return ()
    what = f"{', '.join(unplaced)} of {live.name}"
    return (f"{what} is in the account's list of addresses, but on no adapter; it counts",)


def _draft_missing(
    wanted: Mapping[str, int],
    adapters: Sequence[LiveAdapter],
    counts: Sequence[Mapping[str, int]],
) -> Iterator[StepDraft]:
    for place, adapter in enumerate(adapters):
        for family, count in wanted.items():
            for number in range(counts[place][family] + 1, count + 1):
                yield _build_draft(place, family, number, adapter.id)


def _build_draft(place: int, family: str, number: int, adapter_id: str | None) -> StepDraft:
    """The step that sees to the adapter's nth address of a family. `place` counts from 0."""
    protocol = PROTOCOLS[family]
    where = "" if place == 0 else f" on adapter {place + 1}"
    return StepDraft(
        name=f"ips.{place + 1}.{family}.{number}",
        operation_id="add_server_ip",
        parameters={} if adapter_id is None else {"adapter_id": adapter_id},
        body={"protocol": protocol},
        at_apply={"adapter": place + 1, "family": family, "at_least": number},
        label=f"add {protocol} address {number}{where}",
    )
