"""Edits of an input: of its bytes, its lines, or the tree of a JSON document.

Both engines use them: an edit is a small value, so that hypothesis makes a failure smaller, and
libFuzzer's mutations are joined by some that keep a document a document.
"""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from tests.fuzz.target import MAX_BYTES

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**400,
    0.5,
    1e308,
    "",
    "x",
    "a\nb",
    "::error::x",
    "\ud800",
    "\x00",
    "9" * 5000,
    "2027-01-01T00:00:00Z",
    [],
    {},
    [[]],
    [None],
    {"a": None},
    {"sensitive": True},
)
"""What takes the place of a value of a document."""

WORDS = (
    *("\n", "  ", "\t", "\r\n", ": ", "- ", "[", "]", "{", "}", '"', "'", "#", "|\n", ">-\n"),
    *("&a ", "*a", "<<: *a\n", "!!str ", "%", "${", "$${", "}", "\x00", "\x85", "\u2028", "\ufeff"),
    *("null", "true", "-1", "0x10", ".inf", "1e999", "9" * 400, "é", "\u202e", "\x1b[31m"),
)
"""Texts that mean something to any reader."""


class Edit(NamedTuple):
    """One edit. `at` and `span` are parts of a thousand of the input, `choice` picks what is put
    there."""

    kind: int
    at: int
    span: int
    choice: int


def apply_edits(data: bytes, edits: Sequence[Edit], words: Sequence[str]) -> bytes:
    """The input with these edits, one after the other, cut to `MAX_BYTES`."""
    for edit in edits:
        data = _KINDS[edit.kind % len(_KINDS)](data, edit, words)[:MAX_BYTES]
    return data


def random_edits(random: Random, most: int = 4) -> list[Edit]:
    """Edits to try."""
    number = random.randrange
    return [
        Edit(number(len(_KINDS)), number(1000), number(1000), number(997))
        for _ in range(number(most) + 1)
    ]


def _insert(data: bytes, edit: Edit, words: Sequence[str]) -> bytes:
    start, _ = _range(data, edit)
    return data[:start] + _word(edit, words) + data[start:]


def _overwrite(data: bytes, edit: Edit, words: Sequence[str]) -> bytes:
    start, end = _range(data, edit)
    return data[:start] + _word(edit, words) + data[min(end, start + 16) :]


def _delete(data: bytes, edit: Edit, words: Sequence[str]) -> bytes:
    start, end = _range(data, edit)
    return data[:start] + data[end:]


def _repeat_word(data: bytes, edit: Edit, words: Sequence[str]) -> bytes:
    """A long run of one text: where more than linear time shows."""
    start, _ = _range(data, edit)
    word = _word(edit, words) or b" "
    count = (1, 30, 1000, MAX_BYTES // 2 // len(word))[edit.span % 4]
    return data[:start] + word * count + data[start:]


def _flip(data: bytes, edit: Edit, words: Sequence[str]) -> bytes:
    start, _ = _range(data, edit)
    return data[:start] + bytes([edit.choice % 256]) + data[start + 1 :]


def _on_lines(change: Callable[[list[bytes], int, int], None]) -> "_Kind":
    def apply(data: bytes, edit: Edit, words: Sequence[str]) -> bytes:
        lines = data.split(b"\n")
        change(lines, edit.at * len(lines) // 1000, edit.span * len(lines) // 1000)
        return b"\n".join(lines)

    return apply


def _copy_line(lines: list[bytes], at: int, other: int) -> None:
    lines.insert(at, lines[other])


def _drop_line(lines: list[bytes], at: int, other: int) -> None:
    del lines[at]


def _swap_lines(lines: list[bytes], at: int, other: int) -> None:
    lines[at], lines[other] = lines[other], lines[at]


def _indent_line(lines: list[bytes], at: int, other: int) -> None:
    line = lines[at]
    lines[at] = line[2:] if other % 2 and line.startswith(b"  ") else b"  " + line


def _replace_value(data: bytes, edit: Edit, words: Sequence[str]) -> bytes:
    """The value of a line `KEY: VALUE` becomes a word."""
    lines = data.split(b"\n")
    at = edit.at * len(lines) // 1000
    key, sign, _ = lines[at].partition(b": ")
    lines[at] = key + sign + _word(edit, words)
    return b"\n".join(lines)


def _on_document(change: Callable[[Any, Edit, Sequence[str]], Any]) -> "_Kind":
    """An edit of one place in the tree of a JSON document; of any other text, none."""

    def apply(data: bytes, edit: Edit, words: Sequence[str]) -> bytes:
        try:
            document = json.loads(data)
            places = list(_walk([document]))
        except (ValueError, RecursionError):
            return data
        holder, key = places[edit.at * len(places) // 1000]
        top = [document] if holder == [document] and key == 0 else None
        holder = top if top is not None else holder
        holder[key] = change(holder[key], edit, words)
        if top is None and edit.span % 7 == 0 and isinstance(holder, dict):
            holder[_word(edit, words).decode()] = holder.pop(key)
        return json.dumps(top[0] if top is not None else document).encode()

    return apply


def _put_value(value: Any, edit: Edit, words: Sequence[str]) -> Any:
    return VALUES[edit.choice % len(VALUES)]


def _put_word(value: Any, edit: Edit, words: Sequence[str]) -> Any:
    return _word(edit, words).decode()


def _wrap(value: Any, edit: Edit, words: Sequence[str]) -> Any:
    return ([value], [value, value], {"data": value}, {"id": value, "name": value})[edit.span % 4]


def _nest(value: Any, edit: Edit, words: Sequence[str]) -> Any:
    for _ in range((3, 60, 400)[edit.span % 3]):
        value = [value]
    return value


def _unwrap(value: Any, edit: Edit, words: Sequence[str]) -> Any:
    parts = list(value.values()) if isinstance(value, dict) else value
    return parts[edit.choice % len(parts)] if isinstance(parts, list) and parts else None


def _walk(holder: Any) -> Any:
    """Every place of a tree, as what holds it and its key or index there."""
    waiting = [holder]
    while waiting:
        found = waiting.pop()
        for key, value in found.items() if isinstance(found, dict) else enumerate(found):
            yield found, key
            if isinstance(value, dict | list):
                waiting.append(value)


def _range(data: bytes, edit: Edit) -> tuple[int, int]:
    start = edit.at * (len(data) + 1) // 1000
    return start, start + 1 + edit.span * (len(data) - start) // 4000


def _word(edit: Edit, words: Sequence[str]) -> bytes:
    known = (*words, *WORDS)
    return known[edit.choice % len(known)].encode("utf-8", "surrogatepass")


_Kind = Callable[[bytes, Edit, Sequence[str]], bytes]
_KINDS: tuple[_Kind, ...] = (
    _insert,
    _overwrite,
    _delete,
    _flip,
    _repeat_word,
    _replace_value,
    _on_lines(_copy_line),
    _on_lines(_drop_line),
    _on_lines(_swap_lines),
    _on_lines(_indent_line),
    _on_document(_put_value),
    _on_document(_put_value),
    _on_document(_put_word),
    _on_document(_wrap),
    _on_document(_nest),
    _on_document(_unwrap),
)
