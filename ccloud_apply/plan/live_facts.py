"""What is known of a live server, for documents: nothing is read for it.

Fields have their names and units of a stack file; the tags of ours stand apart from the users' own.
What a format makes of it belongs to `render/`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from ccloud_apply.aspects.base import Aspect, Catalogues, Unknown
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import is_reserved_tag
from ccloud_apply.model.results.plan import FieldChange, ValueKind
from ccloud_apply.plan.kinds import kind_of

_STANDS_FOR: Mapping[str, str] = {"os_name": "image", "disk": "disks"}
"""Facts that tell of a field whose own value needs a further read."""

_FACTS: Mapping[str, Callable[[LiveServer], Any]] = {
    "disk": lambda live: live.disk_gb,
    "os_name": lambda live: live.os_name,
    "ostype": lambda live: live.ostype,
    "created_at": lambda live: live.created_at,
    "generation": lambda live: live.generation,
    "ownership_tags": lambda live: sorted(filter(is_reserved_tag, live.tags)),
}

_EMPTY: tuple[Any, ...] = (None, (), [], {}, "")


def known_facts(live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
    """Every value that is known of the server, declared or not, by its name in documents."""
    return {**_tell_fields(ASPECTS.items(), live, catalogues), **_tell_facts(_FACTS, live)}


def tell_gone(live: LiveServer, catalogues: Catalogues) -> tuple[FieldChange, ...]:
    """What a reviewer has to know of a server that goes: its name, size, system and tags."""
    known = _tell_fields(_fields_of_what_goes(), live, catalogues)
    heads = {name.partition(".")[0] for name in known}
    stand_for = [fact for fact, field in _STANDS_FOR.items() if field not in heads]
    facts = (
        FieldChange(field=name, before=value, kind=kind_of(name))
        for name, value in {**known, **_tell_facts(stand_for, live)}.items()
        if value not in _EMPTY
    )
    return tuple(sorted(facts, key=lambda fact: fact.kind is not ValueKind.NAME))


@cache
def _fields_of_what_goes() -> tuple[tuple[str, Aspect], ...]:
    return tuple((name, aspect) for name, aspect in ASPECTS.items() if aspect.tells_what_goes)


def _tell_fields(
    fields: Iterable[tuple[str, Aspect]], live: LiveServer, catalogues: Catalogues
) -> Mapping[str, Any]:
    """The values of these fields that are known."""
    found: dict[str, Any] = {}
    for name, aspect in fields:
        if not aspect.is_sensitive:
            found.update(_tell_field(name, aspect, live, catalogues))
    return found


def _tell_facts(names: Iterable[str], live: LiveServer) -> Mapping[str, Any]:
    """What the server's row tells beside its fields."""
    told = ((name, _FACTS[name](live)) for name in names)
    return {name: value for name, value in told if value not in _EMPTY}


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
