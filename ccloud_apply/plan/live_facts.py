"""What is known of a live server, for documents: nothing is read for it.

Fields have their names and units of a stack file; the tags of ours stand apart from the users' own.
What a format makes of it belongs to `render/`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ccloud_apply.aspects.base import Aspect, Catalogues, Unknown
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import is_reserved_tag
from ccloud_apply.model.results.plan import FieldChange, ValueKind
from ccloud_apply.plan.kinds import kind_of

_STANDS_FOR: Mapping[str, str] = {"os_name": "image", "disk": "disks"}
"""Facts that tell of a field whose own value needs a further read."""

_EMPTY: tuple[Any, ...] = (None, (), [], {}, "")


def known_facts(live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
    """Every value that is known of the server, declared or not, by its name in documents."""
    found: dict[str, Any] = {}
    for name, aspect in ASPECTS.items():
        if not aspect.is_sensitive:
            found.update(_tell_field(name, aspect, live, catalogues))
    facts = {
        "disk": live.disk_gb,
        "os_name": live.os_name,
        "ostype": live.ostype,
        "created_at": live.created_at,
        "generation": live.generation,
        "ownership_tags": sorted(filter(is_reserved_tag, live.tags)),
    }
    return {**found, **{name: value for name, value in facts.items() if value not in _EMPTY}}


def tell_gone(live: LiveServer, catalogues: Catalogues) -> tuple[FieldChange, ...]:
    """What a reviewer has to know of a server that goes: its name, size, system and tags."""
    known = known_facts(live, catalogues)
    heads = {name.partition(".")[0] for name in known}
    told = {name for name, aspect in ASPECTS.items() if aspect.tells_what_goes}
    told |= {fact for fact, field in _STANDS_FOR.items() if field not in heads}
    facts = (
        FieldChange(field=name, before=value, kind=kind_of(name))
        for name, value in known.items()
        if name.partition(".")[0] in told and value not in _EMPTY
    )
    return tuple(sorted(facts, key=lambda fact: fact.kind is not ValueKind.NAME))


def _tell_field(
    name: str, aspect: Aspect, live: LiveServer, catalogues: Catalogues
) -> Iterator[tuple[str, Any]]:
    if not aspect.is_compared:
        return
    value = aspect.peek_live(live, catalogues)
    if not isinstance(value, Unknown):
        for shown in aspect.describe(value):
            yield shown.field, shown.after
        return
    told = live.fact(name) if live.tells(name) else None
    if isinstance(told, str | int):  # known, though not what it means
        yield name, told
