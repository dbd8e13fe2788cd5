"""An answer of the API for people: a list as a table, an object as lines. Everything is escaped.

An object is shown whole, and so is the one row of a list. In a table an object within a row, or a
list of them, is told by its size.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from ccloud_apply.model.documented import ApiAnswer
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import pad, render_table, text_width

_MAX_CELL = 40
_MAX_VALUE = 200


def render_answer(answer: ApiAnswer, style: Style = PLAIN) -> str:
    """The status and the headers if the answer has them, then the body."""
    heading = ""
    if answer.headers:
        lines = [_name_status(answer.status)]
        lines += (f"{escape_line(name)}: {escape_line(text)}" for name, text in answer.headers)
        heading = "\n".join(lines) + "\n\n"
    return heading + (_render_value(answer.value, style) if answer.has_body else "")


def _name_status(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _render_value(value: Any, style: Style) -> str:
    value = _unwrap(value)
    if isinstance(value, list):
        return _render_rows(value, style)
    if isinstance(value, dict):
        return _render_object(value)
    return f"{_spell(value, _MAX_VALUE)}\n"


def _unwrap(value: Any) -> Any:
    """The rows of a list within `data`, or within a list."""
    if isinstance(value, dict) and isinstance(value.get("data"), list) and "id" not in value:
        value = value["data"]
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        return value[0]
    return value


def _render_rows(rows: Sequence[Any], style: Style) -> str:
    if not rows:
        return "Nothing is listed.\n"
    if not all(isinstance(row, dict) for row in rows):
        return "".join(f"{_spell(row, _MAX_VALUE)}\n" for row in rows)
    if len(rows) == 1 and any(_is_nested(item) for item in rows[0].values()):
        return _render_object(rows[0])
    names = dict.fromkeys(name for row in rows for name in row)
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    if not names:
        return "".join("{}\n" for _ in rows)
    return render_table([*names], cells, style, max_cell=_MAX_CELL)


def _render_object(value: Mapping[str, Any]) -> str:
    if not value:
        return "{}\n"
    pairs = [(escape_short(name), _spell(item, _MAX_VALUE)) for name, item in _flatten("", value)]
    width = max(text_width(name) for name, _ in pairs)
    return "".join(f"{pad(name, width)}  {text}\n" for name, text in pairs)


def _flatten(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each plain value with its path: `data.cores`, `network_adapters[0].id`."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flatten(f"{name}.{key}" if name else key, item)
    elif isinstance(value, list) and _is_nested(value):
        for index, item in enumerate(value):
            yield from _flatten(f"{name}[{index}]", item)
    else:
        yield name, value


def _is_nested(value: Any) -> bool:
    """True for what takes more than a cell."""
    if isinstance(value, list):
        return any(isinstance(item, list | dict) for item in value)
    return isinstance(value, dict) and bool(value)


def _cell(value: Any) -> str:
    if not _is_nested(value):
        return _plain(value)
    is_list = isinstance(value, list)
    return f"({count_of(len(value), *(('entry', 'entries') if is_list else ('field',)))})"


def _spell(value: Any, length: int) -> str:
    return escape_short(_plain(value), length)


def _plain(value: Any) -> str:
    """A value as a person reads it: lists of plain values with commas, all else as JSON."""
    if isinstance(value, str):
        return value or '""'
    if value is None:
        return "-"
    if isinstance(value, list) and value and not _is_nested(value):
        return ", ".join(map(_plain, value))
    return json.dumps(value, ensure_ascii=False)
