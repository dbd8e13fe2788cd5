"""What a catalogue offers, as values that an editor completes. What is valid stays as it is.

The documents are those that `ccloud-apply catalog KIND --format json` prints. An editor's schema
is kept for long, so that a value in no catalogue is no mistake here: a plan looks it up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.parts import Schema
from ccloud_apply.load.schema.validate import Checker


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a row of one catalogue is to a stack file: `value` is the name of its key's fact, and
    `fields` are where it is written."""

    value: str
    fields: tuple[str, ...]
    is_key: bool = False


_KINDS: Mapping[str, _Kind] = {
    "pools": _Kind("pool", ("pool",)),
    "images": _Kind("image", ("image",)),
    "rollouts": _Kind("rollout", ("rollouts",)),
    "subnets": _Kind("id", ("subnets", "subnets_intern")),
    "addons": _Kind("name", ("addons",), is_key=True),
}

Offer = tuple[Any, str]
"""A value, and what the catalogue calls it."""


KINDS = tuple(_KINDS)
"""The catalogues that have anything to complete."""


def offer_catalogues(schema: Mapping[str, Any], documents: Iterable[Mapping[str, Any]]) -> Schema:
    """The schema with what these documents offer; each `is_catalogue`."""
    definitions: Schema = dict(schema["$defs"])
    for kind, rows in map(_find_rows, documents):
        for field in kind.fields:
            part = definitions[field]
            checker = Checker({"$defs": schema["$defs"], **part})
            offers = [one for one in _read(kind, rows) if _fits(kind, checker, one[0])]
            definitions[field] = _add(part, offers, is_key=kind.is_key)
    return {**schema, "$defs": definitions}


def is_catalogue(document: Any) -> bool:
    """True for a document of one of KINDS."""
    return isinstance(document, Mapping) and any(
        isinstance(document.get(kind), list) for kind in KINDS
    )


def _find_rows(document: Mapping[str, Any]) -> tuple[_Kind, Sequence[Any]]:
    return next(
        (kind, document[n]) for n, kind in _KINDS.items() if isinstance(document.get(n), list)
    )


def _read(kind: _Kind, rows: Sequence[Any]) -> Iterator[Offer]:
    """Each value once, in the order of the catalogue; what is not offered any more is left out."""
    seen = set()
    for row in rows:
        value = row.get(kind.value) if isinstance(row, Mapping) else None
        if not isinstance(value, str | int) or isinstance(value, bool) or value in seen:
            continue
        if row.get("is_active") is False or row.get("is_addable") is False:
            continue
        seen.add(value)
        text = row.get("description") if kind.is_key else row.get("name")
        yield value, text if isinstance(text, str) else ""


def _fits(kind: _Kind, checker: Checker, value: Any) -> bool:
    """True for a value that the stack file can hold there as it is."""
    if isinstance(value, str) and not _is_unicode(value):
        return False
    if kind.is_key:
        return isinstance(value, str) and checker.fits({value: 1})
    return checker.fits(value) or checker.fits([value])


def _is_unicode(text: str) -> bool:
    """False for a text with half a surrogate pair, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _add(part: Mapping[str, Any], offers: Sequence[Offer], *, is_key: bool) -> Schema:
    if not offers:
        return dict(part)
    if is_key:
        return _add_keys(part, offers)
    return _add_values(part, offers)


def _add_values(part: Mapping[str, Any], offers: Sequence[Offer]) -> Schema:
    """The part with one alternative more: to the value, or to the entries of the list."""
    branches = part.get("anyOf", ())
    for index, branch in enumerate(branches):
        if isinstance(branch.get("items"), Mapping):
            changed = {**branch, "items": _with_enum(branch["items"], offers)}
            return {**part, "anyOf": [*branches[:index], changed, *branches[index + 1 :]]}
    return _with_enum(part, offers)


def _with_enum(part: Mapping[str, Any], offers: Sequence[Offer]) -> Schema:
    enum = {
        "enum": [value for value, _ in offers],
        "enumDescriptions": [text for _, text in offers],
    }
    own = {name: value for name, value in part.items() if name != "examples"}
    if "anyOf" in own:
        return {**own, "anyOf": [*own["anyOf"], enum]}
    words = ("title", "description", "markdownDescription", "defaultSnippets", "errorMessage")
    outer = {name: own.pop(name) for name in words if name in own}
    return {**outer, "anyOf": [own, enum]}


def _add_keys(part: Mapping[str, Any], offers: Sequence[Offer]) -> Schema:
    """The mapping with a property for each key, of the form that all its entries have."""
    branches = list(part["anyOf"])
    for index, branch in enumerate(branches):
        entry = branch.get("additionalProperties")
        if isinstance(entry, Mapping):
            named = {
                key: {"title": key, "description": text or key, **entry} for key, text in offers
            }
            branches[index] = {**branch, "properties": named}
    return {**part, "anyOf": branches}
