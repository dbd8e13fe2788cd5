"""A change of a field in words: both sides and a note, or a line diff of longer texts.

Every text from here is one harmless line. Markup, and escaping for it, belong to the formats.
"""

from collections.abc import Iterable, Sequence

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.model.text import join_names
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.style import PLAIN
from ccloud_apply.render.lib.text_change import is_multi_line, render_text_change
from ccloud_apply.render.lib.value_text import NONE, SENSITIVE, format_value, is_tag_change

_MARGIN = "| "
_MAX_NOTE = 400
_MAX_TAGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A change in words.

    `added` and `removed` are the items of a set that only the declared or only the live side has,
    with their signs: `+three`, `-old`. `lines` is a line diff (`- ` live, `+ ` declared) of longer
    texts. Either replaces `live` and `declared`, which have the whole set.
    """

    field: str
    live: str = ""
    declared: str = ""
    added: str = ""
    removed: str = ""
    note: str = ""
    lines: tuple[str, ...] = ()

    @property
    def items(self) -> str:
        """Both sides of a set in one: `+three -old`. Empty for a change of anything else."""
        return " ".join(filter(None, (self.added, self.removed)))


def show_change(change: FieldChange, cause: str = "") -> ShownChange:
    """The change in words, with the words for what made it."""
    field, note = escape_short(change.field), escape_short(change.note, _MAX_NOTE)
    forced = "only set at create" if change.forces_replace else ""
    note = "; ".join(filter(None, (note, cause, forced)))
    if change.is_sensitive:
        return ShownChange(field=field, live=SENSITIVE, declared=SENSITIVE, note=note)
    if is_tag_change(change):
        return _show_set(field, change.before or (), change.after or (), note)
    if is_multi_line(change.before, change.after):
        found = render_text_change(change.before or "", change.after or "", PLAIN)
        lines = tuple(line[len(_MARGIN) :] for line in found)  # of an empty line the half is there
        return ShownChange(field=field, note=note, lines=lines)
    return ShownChange(
        field=field,
        live=format_value(change.before, change.kind),
        declared=format_value(change.after, change.kind),
        note=note,
    )


def _show_set(field: str, live: Sequence[str], declared: Sequence[str], note: str) -> ShownChange:
    """A side that has nothing of its own is left out: it is not an empty set."""
    both = len({*live} & {*declared})
    kept = f"{both:,} on both sides" if both else ""
    return ShownChange(
        field=field,
        live=list_tags(live),
        declared=list_tags(declared),
        added=_sign("+", (tag for tag in declared if tag not in live)),
        removed=_sign("-", (tag for tag in live if tag not in declared)),
        note="; ".join(filter(None, (kept, note))),
    )


def _sign(sign: str, tags: Iterable[str]) -> str:
    shown = [f"{sign}{format_value(tag)}" for tag in dict.fromkeys(tags)]
    return join_names(shown, most=_MAX_TAGS, separator=" ")


def list_tags(tags: Iterable[str]) -> str:
    """The tags on one line, the first twenty and how many more."""
    return join_names(map(format_value, dict.fromkeys(tags)), most=_MAX_TAGS) or NONE
