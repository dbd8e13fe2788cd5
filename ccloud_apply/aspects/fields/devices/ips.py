"""Addresses: at least so many of a family on each network adapter.

The API adds an address and cannot take one away, so too many are never a difference, and too few
are added only where it is certain that they are too few. The server list knows what was assigned,
the adapters themselves what is in use: the larger of the two numbers counts. Where that is not
enough, the account's list of addresses is looked at too: what only that shows counts for each
adapter. What an answer has named and no list shows is never followed by another one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
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
    ADDRESSES_READ,
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
                family: count_known(live, adapters, place, family) + _count(unplaced, family)
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
        warnings = (*told, f"an address of {live.name} cannot be taken away again by the API")
        return Difference(changes=(change,), drafts=drafts, warnings=warnings)


def count_addresses(adapter: LiveAdapter, family: str) -> int:
    """The adapter's addresses of the family, without link-local ones: systems add those."""
    return _count(adapter.addresses or (), family)


def _count(addresses: Iterable[str], family: str) -> int:
    return sum(
        (":" in address) == (family == "ipv6") and not address.lower().startswith(_LINK_LOCAL)
        for address in addresses
    )


def count_known(live: LiveServer, adapters: Sequence[LiveAdapter], place: int, family: str) -> int:
    """How many addresses of the family an adapter has at least, by all that is known of it."""
    adapter = adapters[place]
    listed = [other for other in live.adapters or () if other.id == adapter.id]
    if not listed and live.adapters is not None:  # known by other ids: the same place, then
        listed = list(live.adapters[place : place + 1])
    return max(count_addresses(other, family) for other in (adapter, *listed))


def find_unplaced(
    live: LiveServer, adapters: Sequence[LiveAdapter], addresses: Iterable[str]
) -> tuple[str, ...]:
    """The ones of these addresses of the server that no adapter of it shows."""
    shown = {_plain(a) for one in (*adapters, *(live.adapters or ())) for a in one.addresses or ()}
    unplaced = dict.fromkeys(map(_plain, addresses))
    return tuple(address for address in unplaced if address not in shown)


def _plain(address: str) -> str:
    """One spelling for each address, without the size of its network."""
    text = address.strip().partition("/")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return text.casefold()


def _tell_unplaced(live: LiveServer, unplaced: Sequence[str]) -> tuple[str, ...]:
    if not unplaced:
        return ()
    what = f"{', '.join(unplaced)} of {live.name}"
    return (f"{what} shows in the account's list of addresses and on no adapter; it counts",)


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
    """With the adapter's id; None if it has enough addresses: one too many would stay.

    Raises ApplyError where an address that was given before shows nowhere.
    """
    path = _find_path(facts, sent)
    if path is None:
        place = sent.at_apply["adapter"]
        raise ApplyError(
            f"{facts.hostname} has no network adapter {place} that could get an address",
            hint="plan again",
        )
    count = _count_on_adapter(facts, path, sent.at_apply["family"])
    if count >= sent.at_apply["at_least"]:
        return None
    lost = _find_lost(facts)
    if lost:
        raise ApplyError(
            f"{facts.hostname} was given {', '.join(sorted(lost))}, which no list of the account"
            " shows, so no further address is asked for",
            hint="look at the server in the panel; if the address is not its own, move the journal"
            " away (`ccloud-apply journal` says where it is) and run apply again",
        )
    return Bound(path=path, body=sent.body)


def _find_lost(facts: Facts) -> set[str]:
    """The addresses that the server was given, as the journal says, and that no list shows."""
    if facts.server is None:
        return set()
    given = facts.learnt.get(_name_given(facts.server.id), ())
    unplaced = find_unplaced(facts.server, facts.part(ADAPTERS), given)
    return {*unplaced} - {*map(_plain, facts.parts.get(ADDRESSES_READ, ()))}


def _find_path(facts: Facts, sent: Sent) -> str | None:
    """The step's path with the adapter's id; None if the server lacks that adapter."""
    place, adapters = sent.at_apply["adapter"], facts.part(ADAPTERS)
    if len(adapters) < place or adapters[place - 1].id is None:
        return None
    return sent.path.replace(_ADAPTER, quote(adapters[place - 1].id, safe=""))


def _bind_more(facts: Facts, sent: Sent) -> frozenset[str]:
    """The account's addresses too, before one more is asked for."""
    path = _find_path(facts, sent)
    if path is None:
        return frozenset()
    count = _count_on_adapter(facts, path, sent.at_apply["family"])
    return frozenset() if count >= sent.at_apply["at_least"] else frozenset({ADDRESSES_READ})


def _note_adapter(_planned: Planned, facts: Facts, sent: Sent) -> Mapping[str, Any]:
    id = {} if facts.server is None else {"id": facts.server.id}
    return {**sent.at_apply, **id, "path": sent.path}


def _has_enough(facts: Facts, sent: Sent) -> bool:
    baseline = sent.baseline
    count = _count_on_adapter(facts, baseline["path"], baseline["family"])
    return count >= int(baseline["at_least"])


def _look_further(facts: Facts, sent: Sent) -> frozenset[str]:
    return frozenset() if _has_enough(facts, sent) else frozenset({ADDRESSES_READ})


def _count_on_adapter(facts: Facts, path: str, family: str) -> int:
    """The addresses of the family on the adapter that the path names, and those of no adapter."""
    adapters: Sequence[LiveAdapter] = facts.part(ADAPTERS)
    adapter_id = unquote(path.split("/")[-2])
    places = [place for place, adapter in enumerate(adapters) if adapter.id == adapter_id]
    if not places or facts.server is None:
        return 0
    unplaced = find_unplaced(facts.server, adapters, facts.parts.get(ADDRESSES_READ, ()))
    return count_known(facts.server, adapters, places[0], family) + _count(unplaced, family)


def _name_given(server_id: Any) -> str:
    """The name under which the journal keeps which addresses the server was given."""
    return f"addresses:{server_id}"


def _keep_as(sent: Sent) -> str:
    return _name_given(sent.baseline.get("id"))


EFFECTS = (
    Effect(
        operation_id="add_server_ip",
        is_due=always_due,
        reads_to_bind=_READS,
        more_reads_to_bind=_bind_more,
        bind=_bind,
        baseline=_note_adapter,
        reads=_READS,
        more_reads=_look_further,
        has_happened=_has_enough,
        keep_as=_keep_as,
        adds=True,
    ),
)
