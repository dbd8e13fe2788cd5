"""What becomes of a request that adds an address.

The journal keeps the address that the answer names until a list shows it, so that what an answer
has named and no list shows is never followed by another one.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

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
from ccloud_apply.aspects.lib.addresses import (
    ADAPTERS,
    count_family,
    count_known,
    find_unplaced,
    plain_address,
)
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.live.account import LiveAdapter

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
    return {*_keep_unshown(facts, facts.learnt.get(_name_given(facts.server.id), ()))}


def _keep_unshown(facts: Facts, given: Sequence[str]) -> tuple[str, ...]:
    """Those of these addresses of the server that nothing shows of what was read."""
    if facts.server is None:
        return tuple(given)
    listed = {*map(plain_address, facts.parts.get(ADDRESSES_READ, ()))}
    unplaced = find_unplaced(facts.server, facts.part(ADAPTERS), given)
    return tuple(address for address in unplaced if address not in listed)


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
    return count_known(facts.server, adapters, places[0], family) + count_family(unplaced, family)


_GIVEN = "addresses:"


def _name_given(server_id: Any) -> str:
    """The name under which the journal keeps which addresses the server was given."""
    return f"{_GIVEN}{server_id}"


def _find_unshown(learnt: Mapping[str, Any], sent: Sent) -> tuple[str, ...]:
    """The addresses that other servers were given and that no list has shown yet; for those of its
    own no further one is asked for anyway."""
    return tuple(
        address
        for name, given in learnt.items()
        if name.startswith(_GIVEN) and name != _keep_as(sent)
        for address in given
    )


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
        keep_unshown=_keep_unshown,
        find_unshown=_find_unshown,
        adds=True,
    ),
)
