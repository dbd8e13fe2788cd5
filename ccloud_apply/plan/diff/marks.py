"""What the marks of a live server mean for its plan: what is held, and which of them go.

How a mark is spelled belongs to `model/ownership.py`, when one is set to `apply/once/marking.py`.
"""

from collections.abc import Iterable, Iterator, Mapping

from ccloud_apply.aspects.base import EQUAL, Comparison, Difference
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass, replace
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import (
    Untaken,
    is_mark,
    is_reserved_tag,
    read_marks,
    take_accepted,
    untaken_tag,
)
from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.model.text import shorten_value
from ccloud_apply.plan.matching.match import Asked, Match

_TAGS = "tags"

HELD_NOTE = "it did not take before, so it is not tried again"


@dataclass(frozen=True, slots=True)
class Held:
    """A mark that stands in the way, and what would be changed without it."""

    mark: Untaken
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The differences of a server, with those taken out that are not to be tried again.

    `marks` are those that the server has afterwards.
    """

    found: Mapping[str, Difference]
    held: tuple[Held, ...] = ()
    marks: frozenset[str] = frozenset()


def is_held_incomplete(match: Match) -> bool:
    """True for a declared server of ours whose build failed, while nobody says what is to become
    of it."""
    if match.spec is None or match.live is None or Asked.REPLACE in match.asked:
        return False
    return Asked.ACCEPT not in asked_of(match) and read_marks(match.live.tags).is_incomplete


def asked_of(match: Match) -> frozenset[Asked]:
    """What is asked for this server: who adopts one takes it as it is."""
    return match.asked | {Asked.ACCEPT} if match.by == "hostname" else match.asked


def is_managed(spec: ServerSpec, field: str) -> bool:
    """True if the file wants the field to be compared with the live server."""
    if field not in spec.fields or field in spec.lifecycle.ignored_fields:
        return False
    return spec.lifecycle.on_create_only_change != "ignore" or not ASPECTS[field].is_create_only


def build_untaken_tag(spec: ServerSpec, field: str) -> str | None:
    """The mark of this declared field; None for one that never gets a mark."""
    aspect = ASPECTS.get(field)
    if aspect is None or aspect.is_sensitive or not is_managed(spec, field):
        return None
    return untaken_tag(field, aspect.show(spec.value(field)))


def find_standing(spec: ServerSpec, live: LiveServer, asked: frozenset[Asked]) -> frozenset[str]:
    """The fields that are marked with what the file says, and that nobody wants to be retried."""
    if Asked.RETRY in asked:
        return frozenset()
    marks = read_marks(live.tags).untaken
    return frozenset(mark.field for mark in marks if _is_current(mark, spec))


def settle_marks(
    comparison: Comparison, found: Mapping[str, Difference], asked: frozenset[Asked]
) -> Settled:
    """What is left to change, given the marks of the server.

    A mark goes once the file says something else, the live value is right, or somebody asks for
    a retry. One whose field cannot be compared stays, and holds nothing.
    """
    spec, live = comparison.spec, comparison.live
    marks, read = set(filter(is_mark, live.tags)), read_marks(live.tags)
    standing = find_standing(spec, live, asked)
    if Asked.ACCEPT in asked and read.is_incomplete:
        marks = set(take_accepted(marks))
    left, held = dict(found), []
    for mark in read.untaken:
        if mark.field not in ASPECTS:
            continue  # a later version's
        difference = found.get(mark.field, EQUAL)
        if mark.field == _TAGS:
            difference = _without_own(difference)
        if mark.field not in standing or not _is_current(mark, spec) or difference == EQUAL:
            marks.discard(mark.tag)
        elif difference.changes:
            left[mark.field] = _hold(difference)
            held.append(Held(mark, left[mark.field].changes))
    return Settled(found=left, held=tuple(held), marks=frozenset(marks))


def _without_own(difference: Difference) -> Difference:
    """What differs of the users' own tags: the stack's own are set all the same."""
    shown = [
        replace(change, before=_users(change.before), after=_users(change.after))
        for change in difference.changes
    ]
    return Difference(changes=tuple(c for c in shown if c.before != c.after))


def _users(tags: Iterable[str]) -> list[str]:
    return [tag for tag in tags if not is_reserved_tag(tag)]


def _is_current(mark: Untaken, spec: ServerSpec) -> bool:
    tag = build_untaken_tag(spec, mark.field)
    return tag is not None and tag.rpartition("-")[2] == mark.digest


def _hold(difference: Difference) -> Difference:
    """The same changes without any request, and without what they would have destroyed."""
    changes = (
        replace(change, forces_replace=False, is_destructive=False) for change in difference.changes
    )
    return Difference(changes=tuple(changes))


def note_held(changes: Iterable[FieldChange], held: Iterable[Held]) -> tuple[FieldChange, ...]:
    """The changes of a server that stays, each that is held with a note that says so. A server that
    is built anew gets them all."""
    kept = [change for one in held for change in one.changes]
    return tuple(replace(c, note=HELD_NOTE) if c in kept else c for c in changes)


def without_marks(changes: Iterable[FieldChange]) -> Iterator[FieldChange]:
    """The changes without our marks: they come and go with an apply, and are no drift."""
    for change in changes:
        if change.field != _TAGS:
            yield change
            continue
        before = [tag for tag in change.before or () if not is_mark(tag)]
        after = [tag for tag in change.after or () if not is_mark(tag)]
        if before != after:
            yield replace(change, before=before, after=after)


def incomplete_held(spec: ServerSpec, live: LiveServer) -> Diagnostic:
    """A server whose build failed: a person decides."""
    return Diagnostic(
        code="build-failed",
        where=f"servers.{spec.key}",
        what=f"the build of {live.name} failed, so nothing is done to it, nor to what depends"
        " on it",
        hint=f"--replace {spec.key} destroys it and builds it again, --accept {spec.key} takes it"
        f" as it is, and --exclude {spec.key} continues without it",
        severity=Severity.HELD,
        source=spec.source,
    )


def untaken_held(spec: ServerSpec, live: LiveServer, held: Held) -> Diagnostic:
    """A field that the platform did not take: what it says, what the file says, and ways out."""
    mark = held.mark
    return Diagnostic(
        code="change-untaken",
        where=f"servers.{spec.key}.{mark.field}",
        what=f"{describe_untaken(live.name, held.changes)}, as after an earlier apply, so it is not"
        f" tried again ({mark.tag})",
        hint=f"change the file, or write what the platform says; --retry {spec.key} tries it once"
        f" more, and --exclude {spec.key} continues without it",
        severity=Severity.HELD,
        source=spec.fields[mark.field].source,
    )


def describe_untaken(name: str, changes: tuple[FieldChange, ...]) -> str:
    """What the platform says of a server's fields, and what the file says."""
    return "; ".join(
        f"{change.field} of {name} is {shorten_value(change.before)}, and the file says"
        f" {shorten_value(change.after)}"
        for change in changes
    )
