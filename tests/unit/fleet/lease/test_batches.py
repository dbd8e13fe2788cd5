"""Writes that are ready together: nobody waits for ever, and nothing is written twice."""

import asyncio
from collections.abc import Sequence

import pytest

from ccloud_apply.fleet.lease.batches import Batches
from tests.support.virtual_time import run_virtually


class Table:
    """What was written, in batches; each takes a second."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.refuses = False

    async def write(self, items: Sequence[int]) -> None:
        await asyncio.sleep(1)
        if self.refuses:
            raise OSError("no")
        self.batches.append(list(items))


def test_what_comes_while_one_batch_is_written_is_the_next_one() -> None:
    async def main() -> None:
        table = Table()
        batches = Batches(table.write)
        first = [batches.put(n) for n in (1, 2)]
        await asyncio.sleep(0.5)
        second = [batches.put(n) for n in (3, 4, 5)]
        await asyncio.gather(*first, *second)
        assert table.batches == [[1, 2], [3, 4, 5]]

    run_virtually(main())


@pytest.mark.parametrize("turns", range(8))
def test_what_comes_at_the_very_end_of_a_batch_is_written_too(turns: int) -> None:
    async def main() -> None:
        table = Table()
        batches = Batches(table.write)
        await batches.put(1)
        for _ in range(turns):
            await asyncio.sleep(0)
        await batches.put(2)
        await batches.finish()
        assert table.batches == [[1], [2]]

    run_virtually(main())


def test_a_failure_is_told_to_all_of_its_batch_and_to_no_other() -> None:
    async def main() -> None:
        table = Table()
        batches = Batches(table.write)
        table.refuses = True
        first = [batches.put(n) for n in (1, 2)]
        told = await asyncio.gather(*first, return_exceptions=True)
        assert [type(one) for one in told] == [OSError, OSError]
        table.refuses = False
        await batches.put(3)
        assert table.batches == [[3]]

    run_virtually(main())


@pytest.mark.parametrize("turns", range(3))
def test_nobody_waits_for_a_write_that_is_cancelled_even_before_it_begins(turns: int) -> None:
    async def main() -> None:
        table = Table()
        batches = Batches(table.write)
        waiter = batches.put(1)
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await batches.finish()
        assert waiter.cancelled()
        await batches.put(2)
        assert table.batches == [[2]]

    run_virtually(main())


def test_finish_waits_for_what_nobody_waits_for() -> None:
    async def main() -> None:
        table = Table()
        batches = Batches(table.write)
        batches.put(1).cancel()
        await batches.finish()
        await batches.finish()
        assert table.batches == [[1]]

    run_virtually(main())
