"""Which lines of a file declare a server, and where an older text has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.text import entry_lines
from ccloud_apply.load.text.entry_lines import find_entry, find_same, split_lines
from ccloud_apply.model.declared.source import SourceRange

TEXT = """\
stack: shop
servers:
  # the front
  web: &web
    # small
    cores: 2

    memory: 4

  # the database
  "db": {cores: 2,
    memory: 8}
"""
LINES = split_lines(TEXT)


@pytest.mark.parametrize(
    ("first", "value", "found"),
    [
        (4, (6, 11, 3), (4, 8)),  # the comment at its end belongs to the next entry
        (11, (11, 12, 15), (11, 12)),
        (400, (400, 500, 1), (400, 400)),  # the file has changed since it was loaded
        (4, (6, 0, 0), (4, 4)),  # only a point is known
    ],
)
def test_an_entry_begins_with_its_key_and_ends_before_the_comments_of_the_next(
    first: int, value: tuple[int, int, int], found: tuple[int, int]
) -> None:
    line, end_line, end_column = value
    place = SourceRange("web.yaml", line, 5, end_line, end_column)
    assert find_entry(LINES, first, place) == found


@pytest.mark.parametrize(
    ("change", "entry", "found"),
    [
        (lambda text: text, (4, 8), ((4, 8), True)),
        (lambda text: f"# new\n\n{text}", (4, 8), ((6, 10), True)),
        (lambda text: text.replace("memory: 4", "memory: 2"), (4, 8), ((4, 8), False)),
        (lambda text: text.replace("memory: 8", "memory: 9"), (4, 8), ((4, 8), True)),
        (lambda text: text.replace("    cores: 2\n", ""), (4, 8), ((4, 7), False)),
        (lambda text: text.replace("    # small\n", "    # a\n    # b\n"), (4, 8), ((4, 9), False)),
        (lambda text: "", (4, 8), (None, False)),
    ],
)
def test_an_older_text_has_the_lines_elsewhere_or_other_ones(
    change: object, entry: tuple[int, int], found: object
) -> None:
    assert callable(change)
    older = split_lines(change(TEXT))
    assert find_same(LINES, older, entry) == found


def test_line_ends_and_a_byte_order_mark_are_no_difference() -> None:
    assert split_lines("\ufeff" + TEXT.replace("\n", "\r\n")) == LINES


def test_texts_that_would_take_too_long_count_as_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_lines, "_MAX_LINES", 3)
    older = split_lines(TEXT.replace("cores: 2", "cores: 3"))
    assert find_same(LINES, older, (4, 8)) == ((4, 11), False)
    assert find_same(LINES, older, (1, 2)) == ((1, 2), True)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.data())
def test_lines_that_are_called_the_same_are_the_same(new: list[str], data: st.DataObject) -> None:
    old = data.draw(st.lists(st.sampled_from("abc"), max_size=12))
    first = data.draw(st.integers(1, len(new)))
    last = data.draw(st.integers(first, len(new)))
    found, is_same = find_same(new, old, (first, last))
    if found is not None:
        assert 1 <= found[0] <= found[1] <= len(old)
    if is_same:
        assert found is not None
        assert old[found[0] - 1 : found[1]] == new[first - 1 : last]
    assert find_same(new, new, (first, last)) == ((first, last), True)
