"""The changes that a file leaves alone for a time or for a reason, as lines for every format."""

from collections.abc import Iterable

from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.runs import find_runs

_MAX_NAMES = 5
_MAX_REASON = 200


def ignored_lines(ignored: Iterable[IgnoredField]) -> list[str]:
    """`memory of web-1 … web-3 (3 servers): ignored until 2026-12-31 (load test)`, harmless text.

    One line for all servers that say the same.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for one in ignored:
        field = escape_short(one.field)
        groups.setdefault((field, _tell_end(one)), []).append(escape_short(one.key))
    return [f"{field} of {_name(keys)}: ignored{end}" for (field, end), keys in groups.items()]


def describe_ignored(one: IgnoredField) -> str:
    """`memory until 2026-12-31 (load test)`, harmless text."""
    return f"{escape_short(one.field)}{_tell_end(one)}"


def _tell_end(one: IgnoredField) -> str:
    until = f" until {one.until}" if one.until is not None else ""
    reason = f" ({escape_short(one.reason, _MAX_REASON)})" if one.reason else ""
    return until + reason


def _name(keys: list[str]) -> str:
    names = join_names(find_runs(keys), most=_MAX_NAMES)
    return f"{names} ({count_of(len(keys), 'server')})" if len(keys) > 1 else names
