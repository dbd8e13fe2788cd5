"""Inserts servers into the text of a stack file and leaves every existing character as it is.

New lines follow the last server; comments, order and spelling stay. A file whose servers are not
written as a block is refused, because the wanted layout would be a guess.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ccloud_apply.load.text.node import Node
from ccloud_apply.load.text.parse import parse
from ccloud_apply.load.write.dump import SERVERS, dump_stack

_INDENT = 2


class NotInsertableError(ValueError):
    """The file's layout has no place for further servers; the message says why."""


def insert_servers(
    text: str, servers: Mapping[str, Any], remarks: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The text with these servers at the end of `servers`, in its own indentation and line ends.

    `remarks` are comments by key. Raises NotInsertableError, also for a text that cannot be parsed.
    """
    root, diagnostics = parse(text, "")
    if root is None or diagnostics or not isinstance(root.value, dict):
        raise NotInsertableError("it is not a valid stack file")
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    at, indent, is_new = _find_place(root, lines)
    block = dump_stack({SERVERS: servers}, remarks=remarks).rstrip("\n").split("\n")
    if not is_new:
        block = [_shift(line, indent - _INDENT) for line in block[1:]]
    return newline.join([*lines[:at], *block, *lines[at:], ""])


def _find_place(root: Node, lines: list[str]) -> tuple[int, int, bool]:
    """Where to insert: the number of lines before, the keys' indentation, and whether the key
    `servers` itself has to be written."""
    servers = root.child(SERVERS)
    if root.place.column != 1 or _is_flow(lines, root):
        raise NotInsertableError("its keys do not begin at the start of a line")
    if servers is None:
        return _end_of_document(lines), _INDENT, True
    if not isinstance(servers.value, dict) or not servers.value:
        raise NotInsertableError(
            f"its {SERVERS} are empty: remove the line {root.key_place(SERVERS).line} first"
        )
    places = servers.keys or {}
    if _is_flow(lines, servers) or len({place.line for place in places.values()}) < len(places):
        raise NotInsertableError(f"its {SERVERS} are in braces: put each on a line of its own")
    column = min(place.column for place in places.values())
    if column == 1 or any(place.column != column for place in places.values()):
        raise NotInsertableError(f"its {SERVERS} are not indented the same way")
    return _end_of_block(root, lines), column - 1, False


def _is_flow(lines: list[str], node: Node) -> bool:
    line, column = node.place.line, node.place.column
    return lines[line - 1][column - 1 : column] == "{"


def _end_of_document(lines: list[str]) -> int:
    ends = [number for number, line in enumerate(lines) if line.split(" ")[0] == "..."]
    return ends[0] if ends else len(lines)


def _end_of_block(root: Node, lines: list[str]) -> int:
    """The line after the last server; comments before the next key belong to that key."""
    start = root.key_place(SERVERS).line
    later = [place.line - 1 for place in (root.keys or {}).values() if place.line > start]
    end = min(later, default=_end_of_document(lines))
    while end > start and not lines[end - 1].startswith(" "):
        end -= 1
    return end


def _shift(line: str, by: int) -> str:
    if not line or by == 0:
        return line
    return " " * by + line if by > 0 else line[-by:]
