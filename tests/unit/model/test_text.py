"""Numbers of things in words."""

import pytest

from ccloud_apply.model.text import count_of, join_names


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 servers"), (1, "1 server"), (2, "2 servers"), (1234, "1,234 servers")],
)
def test_one_thing_is_singular_and_any_other_number_plural(number: int, expected: str) -> None:
    assert count_of(number, "server") == expected


def test_a_plural_that_is_not_made_with_an_s_is_named() -> None:
    assert count_of(1, "entry", "entries") == "1 entry"
    assert count_of(3, "entry", "entries") == "3 entries"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, ""), (1, "a0"), (2, "a0, a1"), (3, "a0, a1 and 1 more"), (1236, "a0, a1 and 1,234 more")],
)
def test_a_sentence_has_the_first_names_and_how_many_others_there_are(
    number: int, expected: str
) -> None:
    assert join_names((f"a{n}" for n in range(number)), most=2) == expected
