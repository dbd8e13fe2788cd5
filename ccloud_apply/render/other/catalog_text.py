"""Catalogues of the account (pools, images, prices, ...) as a table."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.model.results.listing import Listing
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table

_NOTHING = "-"
_MAX_DEPTH = 3


def render_catalog(listing: Listing, style: Style = PLAIN) -> str:
    """A column for every key of any row, in the order of first appearance."""
    rows = listing.rows
    if not rows:
        return f"No {escape_line(listing.kind)}.\n"
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    return render_table([name.replace("_", " ").upper() for name in names], cells, style)


def _cell(value: Any, depth: int = _MAX_DEPTH) -> str:
    match value:
        case None | "":
            return _NOTHING
        case bool():
            return "yes" if value else "no"
        case Mapping() | list() | tuple() if not value:
            return _NOTHING
        case Mapping() | list() | tuple() if depth == 0:
            return "…"
        case {"id": id, "name": name}:
            return f"{_cell(name, depth - 1)} ({_cell(id, depth - 1)})"
        case Mapping():
            return ", ".join(f"{name}: {_cell(item, depth - 1)}" for name, item in value.items())
        case list() | tuple():
            return ", ".join(_cell(item, depth - 1) for item in value)
    return str(value)
