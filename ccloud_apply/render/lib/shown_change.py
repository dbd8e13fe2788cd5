"""A change of a field in words: both sides and a note, or a line diff of longer texts.

Every text from here is one harmless line. Markup, and escaping for it, belong to the formats.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.style import PLAIN
from ccloud_apply.render.lib.text_change import is_multi_line, render_text_change
from ccloud_apply.render.lib.value_text import NONE, SENSITIVE, format_value, is_tag_change

_MARGIN = "| "
_MAX_NOTE = 400
_MAX_TAGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A change in words. `lines` is a line diff (`- ` live, `+ ` declared) of longer texts; it
    replaces `live` and `declared`."""

    field: str
    live: str = ""
    declared: str = ""
    note: str = ""
    lines: tuple[str, ...] = ()


def show_change(change: FieldChange, cause: str = "") -> ShownChange:
    """The change in words, with the words for what made it. Each side of a set shows the items that
    the other side lacks."""
    field, note = escape_short(change.field), escape_short(change.note, _MAX_NOTE)
    forced = "only set at create" if change.forces_replace else ""
    note = "; ".join(filter(None, (note, cause, forced)))
    if change.is_sensitive:
        return ShownChange(field=field, live=SENSITIVE, declared=SENSITIVE, note=note)
    if is_tag_change(change):
        live, declared = change.before or (), change.after or ()
        both = sum(1 for tag in set(live) if tag in declared)
        kept = f"and {both} on both sides" if both else ""
        return ShownChange(
            field=field,
            live=list_tags(tag for tag in live if tag not in declared),
            declared=list_tags(tag for tag in declared if tag not in live),
            note="; ".join(filter(None, (kept, note))),
        )
    if is_multi_line(change.before, change.after):
        found = render_text_change(change.before or "", change.after or "", PLAIN)
        lines = tuple(line.removeprefix(_MARGIN) for line in found)
        return ShownChange(field=field, note=note, lines=lines)
    return ShownChange(
        field=field,
        live=format_value(change.before, change.kind),
        declared=format_value(change.after, change.kind),
        note=note,
    )


def list_tags(tags: Iterable[str]) -> str:
    """The tags on one line, the first twenty and how many more."""
    shown = [format_value(tag) for tag in dict.fromkeys(tags)]
    rest = len(shown) - _MAX_TAGS
    more = f" and {rest:,} more" if rest > 0 else ""
    return ", ".join(shown[:_MAX_TAGS]) + more or NONE
