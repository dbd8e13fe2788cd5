"""poll_until: it looks first, sleeps as told, and gives up only after a last look."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.clock import poll_until
from ccloud_apply.virtual_time import VirtualClock, run_virtually

START = datetime(2027, 1, 1, tzinfo=UTC)


def poll(
    look: Callable[[float], str | None], *, timeout_s: float, pause: Callable[[float], float]
) -> tuple[str | None, float]:
    """What was found, and when the polling ended."""
    clock = VirtualClock(START)

    async def look_now() -> str | None:
        return look(clock.monotonic())

    async def main() -> tuple[str | None, float]:
        found = await poll_until(
            look_now, clock=clock, timeout_s=timeout_s, pause=pause, give_up=lambda waited_s: None
        )
        return found, clock.monotonic()

    return run_virtually(main())


def test_what_is_there_at_once_needs_no_pause() -> None:
    assert poll(lambda now: "here", timeout_s=0, pause=lambda waited_s: 1) == ("here", 0)


def test_the_pause_is_told_how_long_it_has_waited() -> None:
    waits: list[float] = []

    def pause(waited_s: float) -> float:
        waits.append(waited_s)
        return 1 + waited_s

    found = poll(lambda now: "here" if now >= 7 else None, timeout_s=60, pause=pause)
    assert found == ("here", 7)
    assert waits == [0, 1, 3]


def test_an_empty_value_is_a_value() -> None:
    assert poll(lambda now: "", timeout_s=0, pause=lambda waited_s: 1) == ("", 0)


@given(
    timeout_s=st.integers(min_value=0, max_value=50),
    pause_s=st.integers(min_value=1, max_value=20),
    shows_at=st.integers(min_value=0, max_value=90),
)
def test_what_shows_in_time_is_found_and_the_last_look_comes_at_the_end_or_after(
    timeout_s: int, pause_s: int, shows_at: int
) -> None:
    looks: list[float] = []

    def look(now: float) -> str | None:
        looks.append(now)
        return "here" if now >= shows_at else None

    found, ended = poll(look, timeout_s=timeout_s, pause=lambda waited_s: pause_s)
    assert looks == [number * pause_s for number in range(len(looks))]
    assert ended == looks[-1] < timeout_s + pause_s
    assert (found == "here") == (ended >= shows_at)
    if found is None:
        assert ended >= timeout_s
    if shows_at <= timeout_s:
        assert found == "here"


def test_what_a_look_raises_ends_the_polling() -> None:
    def look(now: float) -> str | None:
        if now >= 2:
            raise KeyError("gone")
        return None

    with pytest.raises(KeyError, match="gone"):
        poll(look, timeout_s=60, pause=lambda waited_s: 1)


def test_giving_up_is_told_the_seconds_waited_and_may_answer_or_raise() -> None:
    clock = VirtualClock(START)

    async def look() -> str | None:
        return None

    def give_up(waited_s: float) -> str:
        if waited_s > 7:
            raise TimeoutError(f"{waited_s:g}")
        return f"after {waited_s:g} s"

    async def main(timeout_s: float) -> str:
        return await poll_until(
            look, clock=clock, timeout_s=timeout_s, pause=lambda waited_s: 3, give_up=give_up
        )

    assert run_virtually(main(5)) == "after 6 s"
    with pytest.raises(TimeoutError, match="9"):
        run_virtually(main(8))


@pytest.mark.parametrize(("shows_at", "told"), [(0, []), (1, [0]), (4, [0])])
def test_the_first_wait_alone_is_announced(shows_at: int, told: list[float]) -> None:
    clock = VirtualClock(START)
    announced: list[float] = []

    async def look() -> str | None:
        return "here" if clock.monotonic() >= shows_at else None

    async def main() -> str | None:
        return await poll_until(
            look,
            clock=clock,
            timeout_s=9,
            pause=lambda waited_s: 1,
            give_up=lambda waited_s: None,
            before_wait=lambda: announced.append(clock.monotonic()),
        )

    assert run_virtually(main()) == "here"
    assert announced == told
