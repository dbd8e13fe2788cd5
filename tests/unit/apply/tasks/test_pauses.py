"""The pause before the next look at the tasks: its bounds, and what it follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.apply.tasks.pauses import Pauses

KINDS = st.sampled_from(["create_server", "resize_server_memory", None])
SECONDS = st.floats(0, 5000)


def pauses(*ended: tuple[str | None, float]) -> Pauses:
    one = Pauses(poll_min_s=0.5, poll_max_s=10)
    for kind, age_s in ended:
        one.note_end(kind, age_s)
    return one


@given(st.lists(st.tuples(KINDS, SECONDS)), st.lists(st.tuples(KINDS, SECONDS), min_size=1))
def test_no_pause_is_shorter_or_longer_than_the_limits(
    ended: list[tuple[str | None, float]], waiting: list[tuple[str | None, float]]
) -> None:
    assert 0.1 <= pauses(*ended).find_pause(waiting) <= 10


@given(st.lists(st.tuples(KINDS, SECONDS)), st.lists(st.tuples(KINDS, SECONDS), min_size=2))
def test_one_more_that_waits_never_makes_the_pause_longer(
    ended: list[tuple[str | None, float]], waiting: list[tuple[str | None, float]]
) -> None:
    known = pauses(*ended)
    assert known.find_pause(waiting) <= known.find_pause(waiting[1:])


def test_the_kind_that_takes_least_sets_the_pause_of_all() -> None:
    known = pauses(*(("create_server", s) for s in (50, 150)), ("resize_server_memory", 20))
    assert known.find_pause([("create_server", 90)]) == pytest.approx(8)
    both = [("create_server", 90), ("resize_server_memory", 19)]
    assert known.find_pause(both) == pytest.approx(0.64)


def test_where_ends_come_close_together_the_pause_is_a_share_of_the_time_in_which_they_come() -> (
    None
):
    known = pauses(("create_server", 95), ("create_server", 105))
    assert known.find_pause([("create_server", 90)]) == pytest.approx(0.16 * (105 - 0.8 * 95))


def test_nothing_is_looked_for_before_most_of_the_shortest_length_that_was_seen() -> None:
    known = pauses(("create_server", 10), ("create_server", 12))
    assert known.find_pause([("create_server", 2)]) == pytest.approx(6)
    assert known.find_pause([("create_server", 9)]) == pytest.approx(0.16 * 4)


def test_what_requests_take_makes_the_pause_shorter() -> None:
    known = pauses(("create_server", 1), ("create_server", 3))
    assert known.find_pause([("create_server", 2)]) == pytest.approx(0.16)
    for _ in range(50):
        known.note_look(0.02)
    assert known.find_pause([("create_server", 2)]) == pytest.approx(0.1, rel=1e-3)


def test_an_api_that_has_become_slow_is_not_asked_much_more_often() -> None:
    known = pauses(("create_server", 60), ("create_server", 100))
    for _ in range(50):
        known.note_look(30)
    assert known.find_pause([("create_server", 90)]) == pytest.approx(3.2)


def test_one_that_was_quicker_than_all_before_counts_from_then_on() -> None:
    known = pauses(("create_server", 10), ("create_server", 1))
    assert known.find_pause([("create_server", 0)]) == pytest.approx(0.8)
