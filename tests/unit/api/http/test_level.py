"""How many requests may be under way: what answers do to the level."""

from collections import deque
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.connection import DEFAULT_CONCURRENCY
from ccloud_apply.api.http.level import START, Level

SECONDS = st.floats(min_value=0, max_value=60)
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["list_servers", "list_server_disks", "create_server"]),
        SECONDS | st.none(),  # None: the platform is busy
        st.booleans(),
        st.integers(0, 3),  # so many halvings before the present one it left
    ),
    max_size=400,
)


def add_round(level: Level, seconds: float, *, operation: str = "get", is_full: bool = True) -> int:
    """A round of answers; the level after them."""
    for _ in range(max(level.value, START)):
        level.add_answer(operation, seconds, halvings=level.halvings, is_full=is_full)
    return level.value


@given(st.integers(1, 256), ANSWERS)
def test_the_level_stays_between_one_and_its_cap_whatever_comes(
    cap: int, answers: list[tuple[str, float | None, bool, int]]
) -> None:
    level = Level(cap)
    for operation, seconds, is_full, ago in answers:
        before, halvings = level.value, level.halvings - ago
        if seconds is None:
            level.add_overload(halvings=halvings)
            expected = before if ago else max(1, before // 2)
            assert level.value == expected
        else:
            level.add_answer(operation, seconds, halvings=halvings, is_full=is_full)
            others = (min(cap, before + 1), min(cap, before * 2), max(1, before // 2))
            assert level.value in (before, *others) or (
                level.halvings == 0 and level.value == min(cap, before + max(1, before // 2))
            )
        assert 1 <= level.value <= cap
        if ago:
            assert level.value == before


@given(st.integers(1, 256), ANSWERS)
def test_the_same_answers_give_the_same_level(
    cap: int, answers: list[tuple[str, float | None, bool, int]]
) -> None:
    def run() -> list[int]:
        level, values = Level(cap), []
        for operation, seconds, is_full, ago in answers:
            if seconds is None:
                level.add_overload(halvings=level.halvings - ago)
            else:
                halvings = level.halvings - ago
                level.add_answer(operation, seconds, halvings=halvings, is_full=is_full)
            values.append(level.value)
        return values

    assert run() == run()


@pytest.mark.parametrize(("cap", "expected"), [(1, 1), (7, 7), (16, 16), (32, 16), (256, 16)])
def test_it_starts_at_sixteen_or_its_cap(cap: int, expected: int) -> None:
    assert Level(cap).value == expected


def test_a_cap_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Level(0)


def test_answers_that_stay_quick_lead_to_the_cap_in_a_few_rounds() -> None:
    level = Level(256)
    values = [add_round(level, 0.02) for _ in range(8)]
    assert values == [24, 36, 54, 81, 121, 181, 256, 256]
    assert DEFAULT_CONCURRENCY == 2 * START


def test_a_level_that_is_not_used_does_not_grow() -> None:
    level = Level(256)
    for _ in range(10):
        assert add_round(level, 0.02, is_full=False) == START


def test_a_burst_of_refusals_halves_it_once() -> None:
    level = Level(32)
    left = level.halvings
    for _ in range(START):
        level.add_overload(halvings=left)
    assert (level.value, level.halvings) == (8, 1)
    level.add_overload(halvings=level.halvings)
    assert (level.value, level.halvings) == (4, 2)


def test_a_platform_that_answers_nothing_halves_it_no_further_than_one() -> None:
    level = Level(32)
    for _ in range(20):
        level.add_overload(halvings=level.halvings)
    assert (level.value, level.halvings) == (1, 4)


def test_after_a_halving_it_grows_by_one_each_round() -> None:
    level = Level(32)
    level.add_overload(halvings=0)
    assert [add_round(level, 0.02) for _ in range(4)] == [9, 10, 11, 12]


def test_answers_that_become_somewhat_slower_hold_it() -> None:
    level = Level(32)
    add_round(level, 0.1)
    assert [add_round(level, 0.2) for _ in range(5)] == [24] * 5


def test_answers_that_become_much_slower_halve_it_though_one_alone_does_not() -> None:
    level = Level(32)
    add_round(level, 0.1)
    level.add_answer("get", 30.0, halvings=0, is_full=True)
    for _ in range(23):
        level.add_answer("get", 0.1, halvings=0, is_full=True)
    assert level.value == 24
    assert add_round(level, 0.35) == 24  # smoothed: it may be a moment
    assert add_round(level, 0.35) == 12
    assert add_round(level, 0.1) == 13  # it was the level


def test_a_network_that_became_slow_for_good_halves_it_once_and_no_more() -> None:
    level = Level(32)
    add_round(level, 0.05)
    for _ in range(100):
        add_round(level, 0.5)
    assert (level.value, level.halvings) == (32, 1)


@pytest.mark.parametrize("spread", [0.5, 0.8, 1.0])
def test_answers_that_differ_much_among_themselves_are_no_queue(spread: float) -> None:
    level, chance = Level(32), Random(1)
    for _ in range(3_000):
        seconds = 0.05 * chance.lognormvariate(0, spread)
        level.add_answer("get", seconds, halvings=level.halvings, is_full=True)
    assert level.value == 32


def test_a_queue_is_seen_where_answers_differ_much_too() -> None:
    level, chance = Level(256), Random(1)
    values = []
    for _ in range(6_000):
        seconds = 0.05 * chance.lognormvariate(0, 0.8) * max(1, level.value / 8)
        level.add_answer("get", seconds, halvings=level.halvings, is_full=True)
        values.append(level.value)
    assert max(values[3_000:]) <= 32


def test_a_slow_operation_does_not_count_against_a_quick_one() -> None:
    level = Level(256)
    for number in range(24 * 20):
        operation, seconds = ("create_server", 9.0) if number % 2 else ("get_server", 0.03)
        level.add_answer(operation, seconds, halvings=level.halvings, is_full=True)
    assert level.halvings == 0
    assert level.value > 100


def test_differences_of_a_few_milliseconds_are_no_slowness() -> None:
    level = Level(32)
    add_round(level, 0.001)
    for _ in range(5):
        add_round(level, 0.018)
    assert (level.value, level.halvings) == (32, 0)


@dataclass
class Platform:
    """Answers so many requests at a time, each in `service_s`; the others wait in line. From
    `refuses_above` waiting on it refuses."""

    workers: int
    service_s: float = 0.1
    refuses_above: int = 10**9
    refused: int = 0
    values: list[int] = field(default_factory=list)

    def run(self, level: Level, requests: int) -> float:
        """Seconds until all are answered, where as many are sent at a time as the level allows."""
        now, free = 0.0, deque([0.0] * self.workers)
        under_way: list[tuple[float, float, int]] = []
        left = requests
        while left or under_way:
            while left and len(under_way) < level.value:
                left -= 1
                waiting = len(under_way) - self.workers
                if waiting >= self.refuses_above:
                    self.refused += 1
                    left += 1
                    level.add_overload(halvings=level.halvings)
                    break
                end = max(free.popleft(), now) + self.service_s
                free.append(end)
                under_way.append((end, now, level.halvings))
            under_way.sort()
            end, begin, halvings = under_way.pop(0)
            now = end
            is_full = len(under_way) + 1 >= level.value
            level.add_answer("get", now - begin, halvings=halvings, is_full=is_full)
            self.values.append(level.value)
        return now


@given(st.integers(1, 300), st.sampled_from([8, 16, 32, 64, 256]))
def test_it_keeps_every_platform_busy_and_lets_no_long_line_form(workers: int, cap: int) -> None:
    platform, level = Platform(workers), Level(cap)
    requests = 4_000
    took_s = platform.run(level, requests)
    best_s = requests / min(workers, cap) * platform.service_s
    assert took_s <= 1.2 * best_s + 1
    # At most twice as many in line as are worked on, after the climb.
    assert max(platform.values[requests // 2 :]) <= max(3 * workers, 4)


@given(st.integers(2, 40), st.integers(1, 20))
def test_a_platform_that_refuses_is_refused_seldom(workers: int, room: int) -> None:
    platform, level = Platform(workers, refuses_above=room), Level(256)
    platform.run(level, 4_000)
    assert platform.refused <= 4_000 / 20


def test_a_platform_with_room_for_sixteen_is_found() -> None:
    platform = Platform(16)
    platform.run(level := Level(256), 4_000)
    assert 16 <= level.value <= 40
