"""map_bounded and task_group: order, bounds, and one failure that ends everything."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.virtual_time import run_virtually


@given(
    pauses=st.lists(st.integers(min_value=0, max_value=5), max_size=12),
    limit=st.integers(min_value=1, max_value=6),
)
def test_results_keep_the_order_of_the_items_and_no_more_than_the_limit_run(
    pauses: list[int], limit: int
) -> None:
    running = most = 0
    started: list[int] = []

    async def work(item: tuple[int, int]) -> int:
        nonlocal running, most
        index, pause = item
        started.append(index)
        running += 1
        most = max(most, running)
        await asyncio.sleep(pause)
        running -= 1
        return index * 10

    found = run_virtually(map_bounded(enumerate(pauses), work, limit))
    assert found == [index * 10 for index in range(len(pauses))]
    assert started == list(range(len(pauses)))
    assert most == min(limit, len(pauses))


def test_the_first_failure_is_raised_itself_and_ends_the_rest() -> None:
    ended: list[str] = []
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        if number == 1:
            await asyncio.sleep(1)
            raise KeyError(number)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append(f"{number} cancelled")
            raise

    async def main() -> float:
        with pytest.raises(KeyError):
            await map_bounded(range(9), work, 3)
        return asyncio.get_running_loop().time()

    assert run_virtually(main()) == 1
    assert begun == [0, 1, 2]
    assert sorted(ended) == ["0 cancelled", "2 cancelled"]


def test_a_limit_below_one_is_refused_before_any_work() -> None:
    async def work(number: int) -> None:
        raise AssertionError(number)

    with pytest.raises(ValueError, match="at least 1"):
        asyncio.run(map_bounded([1], work, 0))


def test_a_task_group_raises_the_first_failure_and_waits_for_the_cancelled() -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("other")

    async def fail() -> None:
        await asyncio.sleep(1)
        raise KeyError("first")

    async def main() -> None:
        async with task_group() as group:
            group.create_task(wait())
            group.create_task(fail())

    with pytest.raises(KeyError, match="first"):
        run_virtually(main())
    assert ended == ["other"]
