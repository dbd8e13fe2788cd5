"""Addresses: at least so many of a family on each network adapter.

The API adds an address and cannot take one away, so too many are never a difference, and too few
are added only where it is certain that they are too few: the larger of the two numbers that the
API tells counts. The server list knows what was assigned, the adapters themselves what is in use.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

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
from ccloud_apply.aspects.effects import (
    SERVER_READ,
    Bound,
    Effect,
    Facts,
    Planned,
    Sent,
    always_due,
)
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveAdapter, LiveServer
from ccloud_apply.model.results.plan import FieldChange

ADAPTERS = "list_server_network_adapters"
PROTOCOLS: Mapping[str, str] = {"ipv4": "IPv4", "ipv6": "IPv6"}
MAX_IPS = 64
"""The most addresses of a family on one adapter that a file may ask for; the platform names no
limit."""

_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0, "maximum": MAX_IPS}
_LINK_LOCAL = ("fe80:", "169.254.")


class Ips(Aspect):
    """`add_server_ip`, one request for each address."""

    field = "ips"
    order = 58
    merge = "deep"
    schema = {
        "description": "At least so many addresses on each network adapter. None is ever removed.",
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
        """Every adapter with its addresses."""
        adapters: Sequence[LiveAdapter] = live.parts.get(ADAPTERS, live.adapters) or ()
        return {"adapters": [{"id": a.id, "addresses": list(a.addresses or ())} for a in adapters]}

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
        counts = [
            {family: count_known(live, adapters, place, family) for family in wanted}
            for place in range(len(adapters))
        ]
        drafts = tuple(_draft_missing(wanted, adapters, counts))
        if not drafts:
            return EQUAL
        before = {family: min(count[family] for count in counts) for family in wanted}
        change = FieldChange(field=self.field, before=before, after=dict(wanted), kind=self.kind)
        warnings = (f"an address of {live.name} cannot be taken away again by the API",)
        return Difference(changes=(change,), drafts=drafts, warnings=warnings)


def count_addresses(adapter: LiveAdapter, family: str) -> int:
    """The adapter's addresses of the family, without link-local ones: systems add those."""
    return sum(
        (":" in address) == (family == "ipv6") and not address.lower().startswith(_LINK_LOCAL)
        for address in adapter.addresses or ()
    )


def count_known(live: LiveServer, adapters: Sequence[LiveAdapter], place: int, family: str) -> int:
    """How many addresses of the family an adapter has at least, by all that is known of it."""
    adapter = adapters[place]
    listed = [other for other in live.adapters or () if other.id == adapter.id]
    if not listed and live.adapters is not None:  # known by other ids: the same place, then
        listed = list(live.adapters[place : place + 1])
    return max(count_addresses(other, family) for other in (adapter, *listed))


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


_ADAPTER = "{adapter_id}"
_READS = frozenset({ADAPTERS, SERVER_READ})


def _bind(_planned: Planned, facts: Facts, sent: Sent) -> Bound | None:
    """With the adapter's id; None if it has enough addresses: one too many would stay."""
    place, adapters = sent.at_apply["adapter"], facts.part(ADAPTERS)
    if len(adapters) < place or adapters[place - 1].id is None:
        raise ApplyError(
            f"{facts.hostname} has no network adapter {place} that could get an address",
            hint="plan again",
        )
    path = sent.path.replace(_ADAPTER, quote(adapters[place - 1].id, safe=""))
    count = _count_on_adapter(facts, path, sent.at_apply["family"])
    return None if count >= sent.at_apply["at_least"] else Bound(path=path, body=sent.body)


def _note_adapter(_planned: Planned, _facts: Facts, sent: Sent) -> Mapping[str, Any]:
    return {**sent.at_apply, "path": sent.path}


def _has_enough(facts: Facts, sent: Sent) -> bool:
    baseline = sent.baseline
    count = _count_on_adapter(facts, baseline["path"], baseline["family"])
    return count >= int(baseline["at_least"])


def _count_on_adapter(facts: Facts, path: str, family: str) -> int:
    """The addresses of the family on the adapter that the path names."""
    adapters: Sequence[LiveAdapter] = facts.part(ADAPTERS)
    adapter_id = unquote(path.split("/")[-2])
    places = [place for place, adapter in enumerate(adapters) if adapter.id == adapter_id]
    if not places or facts.server is None:
        return 0
    return count_known(facts.server, adapters, places[0], family)


EFFECTS = (
    Effect(
        operation_id="add_server_ip",
        is_due=always_due,
        reads_to_bind=_READS,
        bind=_bind,
        baseline=_note_adapter,
        reads=_READS,
        has_happened=_has_enough,
        adds=True,
    ),
)
