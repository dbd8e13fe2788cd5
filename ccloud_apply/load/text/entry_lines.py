"""Which lines of a stack file declare a server, and where an older text of the file has them.

Lines are numbered from 1, and a range includes its last line.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from ccloud_apply.model.declared.source import SourceRange

_MAX_LINES = 4_000
"""Where more lines than these are between the texts' common beginning and end, `difflib` would take
too long: they count as changed."""

Lines = tuple[int, int]


def split_lines(text: str) -> list[str]:
    """The lines of a text as an editor numbers them, whatever their line ends."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def find_entry(lines: Sequence[str], first: int, value: SourceRange) -> Lines:
    """The lines of an entry of a mapping, whose key is in the line `first`; `value` is where its
    value stands.

    Comments and empty lines at its end belong to what follows.
    """
    last = min(value.end_line, len(lines))
    if last == value.end_line and not lines[last - 1][: value.end_column - 1].strip():
        last -= 1  # it ends where the next thing begins
    last = max(first, last)
    while first < last <= len(lines) and _is_idle(lines[last - 1]):
        last -= 1
    return first, last


def find_same(new: Sequence[str], old: Sequence[str], entry: Lines) -> tuple[Lines | None, bool]:
    """Where the older text has these lines of the newer one, and whether they are the same there.

    None where the older text has nothing that corresponds to them.
    """
    first, last = entry[0] - 1, entry[1]
    found: list[int] = []
    is_same = True
    for tag, old_start, old_end, new_start, new_end in _opcodes(old, new):
        if new_end < first or new_start > last or (new_start >= last and tag != "equal"):
            continue
        start, end = max(new_start, first), min(new_end, last)
        if tag == "equal":
            found += range(old_start + start - new_start, old_start + max(start, end) - new_start)
        elif start < end or first < new_start < last:
            is_same = False
            found += range(old_start, old_end)
    if not found:
        return None, False
    return (min(found) + 1, max(found) + 1), is_same


def _is_idle(line: str) -> bool:
    text = line.strip()
    return not text or text.startswith("#")


_Opcode = tuple[str, int, int, int, int]


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Opcode]:
    """As those of `difflib`: what both texts begin and end with costs nothing."""
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    yield "equal", 0, head, 0, head
    if len(middle_old) + len(middle_new) > _MAX_LINES:
        yield "replace", head, len(old) - tail, head, len(new) - tail
    else:
        for tag, *places in SequenceMatcher(None, middle_old, middle_new).get_opcodes():
            a, b, c, d = (head + place for place in places)
            yield tag, a, b, c, d
    yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)
