"""Who may go, and when, while the level changes."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.client import Client
from ccloud_apply.api.http.admission import Admission
from ccloud_apply.api.http.level import Level
from tests.support.scripted_network import Network, reply, server, talk
from tests.support.virtual_time import run_virtually


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_virtually(main())


def test_requests_go_in_the_order_in_which_they_came() -> None:
    async def main() -> None:
        admission, order = Admission(Level(2)), []

        async def go(number: int) -> None:
            async with admission:
                order.append(number)
                await asyncio.sleep(1)

        await asyncio.gather(*(go(number) for number in range(9)))
        assert order == [*range(9)]
        assert admission.highest == 2

    run(main)


def test_one_that_gives_up_while_it_waits_keeps_nobody_waiting() -> None:
    async def main() -> None:
        admission = Admission(Level(1))

        async def go(seconds: float) -> None:
            async with admission:
                await asyncio.sleep(seconds)

        first, second, third = (asyncio.create_task(go(1)) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([first, second, third])
        assert not admission.is_full
        assert third.exception() is None

    run(main)


def test_one_that_gives_up_just_as_it_may_go_gives_its_place_on() -> None:
    async def main() -> None:
        admission = Admission(Level(1))
        leave = asyncio.Event()

        async def hold() -> None:
            async with admission:
                await leave.wait()

        async def go() -> None:
            async with admission:
                pass

        holder = asyncio.create_task(hold())
        await asyncio.sleep(0)
        waiting, last = asyncio.create_task(go()), asyncio.create_task(go())
        await asyncio.sleep(0)
        leave.set()
        holder.add_done_callback(lambda _: waiting.cancel())
        await asyncio.wait([holder, waiting, last])
        assert last.exception() is None
        assert not admission.is_full

    run(main)


@given(
    st.lists(st.tuples(st.floats(0.01, 3), st.none() | st.floats(0, 3)), max_size=60),
    st.lists(st.booleans(), max_size=60),
)
def test_no_more_are_under_way_than_the_level_said_and_all_get_their_turn(
    works: list[tuple[float, float | None]], overloads: list[bool]
) -> None:
    async def main() -> None:
        admission = Admission(Level(7))
        under_way = done = 0
        busy = iter(overloads)

        async def go(seconds: float) -> None:
            nonlocal under_way, done
            async with admission:
                under_way += 1
                assert under_way <= 7
                assert admission.highest >= under_way
                try:
                    await asyncio.sleep(seconds)
                finally:
                    under_way -= 1
                if next(busy, False):
                    admission.level.add_overload(halvings=admission.level.halvings)
            done += 1

        async def go_for(seconds: float, patience_s: float | None) -> None:
            nonlocal done
            try:
                await asyncio.wait_for(go(seconds), patience_s)
            except TimeoutError:
                done += 1

        await asyncio.gather(*(go_for(*work) for work in works))
        assert (under_way, done) == (0, len(works))
        assert not admission.is_full

    run(main)


def read_states(count: int) -> Callable[[Client], Coroutine[Any, Any, None]]:
    async def read(client: Client) -> None:
        await asyncio.gather(*(client.get_server_state(f"vs{n}") for n in range(count)))

    return read


async def answer_slowly(_: Any) -> Any:
    await asyncio.sleep(0.1)
    return reply(body={"state": "Running"})


def find_levels(network: Network, count: int, **settings: Any) -> tuple[int, int, int]:
    """The most requests at a time, the level at the end, and how often it was halved."""
    found: list[Admission] = []

    async def read(client: Client) -> None:
        found.append(client.admission)
        await read_states(count)(client)

    talk(network, read, **settings)
    return found[0].highest, found[0].level.value, found[0].level.halvings


def test_a_client_starts_with_sixteen_requests_and_finds_its_cap() -> None:
    assert find_levels(Network(answer_slowly), 16) == (16, 16, 0)
    assert find_levels(Network(answer_slowly), 500) == (32, 32, 0)
    assert find_levels(Network(answer_slowly), 2_000, concurrency=200) == (200, 200, 0)
    assert find_levels(Network(answer_slowly), 100, concurrency=3) == (3, 3, 0)


def test_a_busy_platform_gets_fewer_requests_at_a_time() -> None:
    answers = iter([reply(503), reply(429, Retry_After="1")])

    async def answer(request: Any) -> Any:
        await asyncio.sleep(0.1)
        return next(answers, None) or reply(body={"state": "Running"})

    highest, value, halvings = find_levels(Network(answer), 17)
    assert (highest, value, halvings) == (16, 8, 1)


def test_what_is_no_trouble_of_the_platform_leaves_the_level_alone() -> None:
    async def read(client: Client) -> None:
        assert await client.get_server_snapshot_schedule("vs1") is None
        await client.list_servers()
        assert client.admission.level.halvings == 0

    talk(Network([reply(404), reply(body={"data": [server(1)]}), reply(body={"data": []})]), read)


def test_a_check_before_a_change_needs_no_place_of_its_own_and_counts() -> None:
    async def send(client: Client) -> None:
        async def check() -> None:
            await client.get_server_state("vs1")

        body = {"memory": 8}
        path = "/ccloud/servers/vs1/memory"
        await client.send("resize_server_memory", "PUT", path, body, before_each=check)
        assert (client.requests, client.admission.highest) == (2, 1)

    network = Network([reply(body={"state": "Off"}), reply(body={"id": 5})])
    talk(network, send, concurrency=1)
