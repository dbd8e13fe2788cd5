"""Waiting for tasks: what it costs, what it survives, when it gives up. In virtual time."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.errors import (
    ApiError,
    AuthError,
    DecodeError,
    InvalidError,
    NotFoundError,
    ServerError,
    TaskTimeoutError,
    ThrottledError,
    TransportError,
)
from ccloud_apply.model.live.account import Task
from tests.support.scripted_api import CALL, Script, ScriptedApi, Sent
from tests.support.virtual_time import VirtualClock, run_virtually


def start(api: ScriptedApi, seconds: float = 60.0, fails: str | None = None) -> int:
    sent = Sent("resize_server_memory", "PUT", "/x", None, asyncio.get_running_loop().time())
    return api.start_task(sent, Script(seconds=seconds, fails=fails))


def watch(
    use: Callable[[TaskWatcher, ScriptedApi], Awaitable[None]],
    api: ScriptedApi,
    *,
    poll_max_s: float = 5.0,
) -> list[str]:
    """Run `use` with a watcher; returns the warnings."""
    warnings: list[str] = []

    async def main() -> None:
        watcher = TaskWatcher(
            api, VirtualClock(), poll_min_s=0.5, poll_max_s=poll_max_s, warn=warnings.append
        )
        try:
            await use(watcher, api)
        finally:
            await watcher.close()

    run_virtually(main())
    return warnings


def now() -> float:
    return asyncio.get_running_loop().time()


def test_a_task_that_ends_well_and_one_that_fails_both_come_back() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        good, bad = start(api), start(api, fails="no space")
        first, second = await asyncio.gather(
            watcher.wait(good, timeout_s=600), watcher.wait(bad, timeout_s=600)
        )
        assert first.is_done
        assert (second.has_failed, second.error_message) == (True, "no space")

    assert watch(use, ScriptedApi()) == []


@pytest.mark.parametrize("number", [1, 100, 200, 300])
def test_a_look_costs_as_many_requests_for_hundreds_of_tasks_as_there_are_pages(
    number: int,
) -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        waits = [watcher.wait(start(api), timeout_s=600) for _ in range(number)]
        assert all(task.is_done for task in await asyncio.gather(*waits))

    api = ScriptedApi()
    watch(use, api)
    assert max(api.reads_per_moment().values()) == -(-number // 100)
    assert {name for _, name in api.reads} == {"list_tasks"}


def test_the_number_of_looks_does_not_grow_with_the_number_of_tasks() -> None:
    def count(number: int) -> int:
        async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
            await asyncio.gather(*(watcher.wait(start(api), timeout_s=600) for _ in range(number)))

        api = ScriptedApi()
        watch(use, api)
        return len(api.reads_per_moment())

    assert count(200) == count(1)


@pytest.mark.parametrize("seconds", [7.0, 23.0, 61.0, 600.0, 1500.0])
def test_waiting_overshoots_by_eight_percent_at_most_and_never_by_more_than_the_longest_pause(
    seconds: float,
) -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        await watcher.wait(start(api, seconds), timeout_s=3600)
        assert seconds <= now() <= seconds + min(0.08 * seconds + 0.01, 5.0)

    watch(use, ScriptedApi())


def test_a_newcomer_is_not_kept_waiting_by_the_long_pauses_of_an_old_task() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        old = asyncio.create_task(watcher.wait(start(api, 900), timeout_s=3600))
        await asyncio.sleep(301.3)
        await watcher.wait(start(api, 1.0), timeout_s=60)
        assert now() - 301.3 <= 1.6
        await old

    watch(use, ScriptedApi())


def test_a_steady_stream_of_newcomers_does_not_put_the_next_look_off_for_ever() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        first = asyncio.create_task(watcher.wait(start(api, 2.0), timeout_s=60))
        others = []
        for _ in range(40):
            await asyncio.sleep(0.2)
            others.append(asyncio.create_task(watcher.wait(start(api, 2.0), timeout_s=60)))
            if first.done():
                break
        assert now() <= 3.0
        await asyncio.gather(*others)

    watch(use, ScriptedApi())


def test_an_old_task_is_found_on_a_later_page() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        old = start(api, 20)
        for _ in range(150):
            start(api, 5)
        assert (await watcher.wait(old, timeout_s=60)).is_done

    api = ScriptedApi()
    watch(use, api)
    assert max(api.reads_per_moment().values()) == 2


def test_a_task_behind_many_pages_is_asked_for_by_its_id_and_nothing_else_is() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        old = start(api, 20)
        for _ in range(500):
            start(api, 5)
        assert (await watcher.wait(old, timeout_s=60)).is_done

    api = ScriptedApi()
    watch(use, api)
    assert max(api.reads_per_moment().values()) == 5  # three pages, the one in progress, the task
    assert sum(name == "get_task" for _, name in api.reads) == 1


def test_long_tasks_behind_many_pages_are_all_noticed_in_the_look_after_their_end() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        waits = [watcher.wait(start(api, 100 + 10 * n), timeout_s=600) for n in range(10)]
        ended: list[float] = []
        for wait in waits:
            asyncio.ensure_future(wait).add_done_callback(lambda _: ended.append(now()))
        for _ in range(400):
            start(api, 5)
        await asyncio.sleep(300)
        assert [late <= 5.0 for late in _subtract(ended, 100, 10)] == [True] * 10

    watch(use, ScriptedApi())


def _subtract(moments: list[float], first: float, step: float) -> list[float]:
    return [moment - first - step * n for n, moment in enumerate(moments)]


@pytest.mark.parametrize(("least_s", "most_s"), [(1, 3), (4, 12), (60, 300)])
def test_once_tasks_have_ended_the_pause_follows_what_they_took(
    least_s: float, most_s: float
) -> None:
    """Ten at a time, of drawn lengths: how late their ends are noticed, and at what cost."""
    draw = random.Random(3)
    lengths = [draw.uniform(least_s, most_s) for _ in range(300)]

    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        left = iter(lengths)

        async def keep_busy() -> None:
            for seconds in left:
                begin = now()
                await watcher.wait(start(api, seconds), timeout_s=999, kind="create_server")
                late.append(now() - begin - seconds)

        late: list[float] = []
        await asyncio.gather(*(keep_busy() for _ in range(10)))
        assert sum(late) <= 0.045 * sum(lengths)

    api = ScriptedApi()
    watch(use, api, poll_max_s=10.0)
    assert len(api.reads_per_moment()) <= 2.2 * len(lengths)


def test_until_one_has_ended_the_first_looks_are_the_same_whatever_kind_it_is() -> None:
    def looks(kind: str | None) -> list[float]:
        async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
            await watcher.wait(start(api, 60), timeout_s=600, kind=kind)

        api = ScriptedApi()
        watch(use, api)
        return [at for at, _ in api.reads]

    assert looks("create_server") == looks(None)


def test_a_long_task_is_not_looked_at_more_often_because_a_short_one_has_ended() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        await watcher.wait(start(api, 100), timeout_s=600, kind="create_server")
        await watcher.wait(start(api, 1), timeout_s=600, kind="resize_server_disk")
        before = len(api.reads)
        await watcher.wait(start(api, 100), timeout_s=600, kind="create_server")
        assert len(api.reads) - before <= 27

    watch(use, ScriptedApi())


def test_only_as_many_tasks_are_asked_for_as_it_takes_to_reach_the_oldest_that_is_awaited() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        for _ in range(300):
            start(api, 1)
        await watcher.wait(start(api, 60), timeout_s=600)

    api = ScriptedApi()
    watch(use, api)
    assert api.limits[0] == 100
    assert {*api.limits[1:]} == {20}


def test_a_look_whose_few_tasks_do_not_reach_far_enough_reads_on() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        old = asyncio.create_task(watcher.wait(start(api, 50), timeout_s=600))
        await asyncio.sleep(10)
        for _ in range(90):
            start(api, 5)
        assert (await old).is_done
        assert now() <= 54

    api = ScriptedApi()
    watch(use, api)
    assert {name for _, name in api.reads} == {"list_tasks"}
    assert max(api.reads_per_moment().values()) == 2


def test_pages_smaller_than_asked_for_are_read_on() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        waits = [watcher.wait(start(api, 20), timeout_s=60) for _ in range(40)]
        assert all(task.is_done for task in await asyncio.gather(*waits))

    api = ScriptedApi()
    api.largest_page = 15
    watch(use, api)
    assert {name for _, name in api.reads} == {"list_tasks"}


def test_a_list_in_another_order_is_replaced_by_the_tasks_in_progress_and_bounded_questions() -> (
    None
):
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        waits = [watcher.wait(start(api, 30), timeout_s=200) for _ in range(60)]
        assert all(task.is_done for task in await asyncio.gather(*waits))

    api = ScriptedApi()
    api.is_ordered = False
    watch(use, api)
    assert max(api.reads_per_moment().values()) <= 11
    assert sum(name == "get_task" for _, name in api.reads) == 60


def test_a_refused_order_is_given_up_without_failing_anybody() -> None:
    class Picky(ScriptedApi):
        async def list_tasks(
            self,
            *,
            status: str | None = None,
            action: str | None = None,
            search: str | None = None,
            limit: int,
            page: int = 1,
            newest_first: bool = True,
        ) -> tuple[Task, ...]:
            if newest_first:
                raise InvalidError("no such column", status=422, **CALL)
            return await super().list_tasks(status=status, limit=limit, page=page)

    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        assert (await watcher.wait(start(api, 30), timeout_s=60)).is_done

    assert watch(use, Picky()) == []


def test_a_task_that_the_list_does_not_show_is_found_by_its_id() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        hidden = start(api, 20)
        api.hidden = {hidden}
        assert (await watcher.wait(hidden, timeout_s=60)).is_done

    watch(use, ScriptedApi())


def test_a_task_that_the_platform_does_not_know_is_reported_after_a_minute() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        with pytest.raises(NotFoundError):
            await watcher.wait(77, timeout_s=600)
        assert 60 <= now() <= 80

    watch(use, ScriptedApi())


def test_a_task_that_becomes_visible_late_is_not_given_up() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        waiting = asyncio.create_task(watcher.wait(1001, timeout_s=600))
        await asyncio.sleep(40)
        assert start(api, 30) == 1001
        assert (await waiting).is_done

    watch(use, ScriptedApi())


TROUBLES: list[ApiError] = [
    TransportError("connection refused", **CALL),
    ServerError("bad gateway", status=502, **CALL),
    ThrottledError("too many requests", status=429, retry_after_s=20, **CALL),
    DecodeError("a web page instead of JSON", **CALL),
]


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
def test_trouble_while_polling_fails_nobody_is_told_once_and_slows_polling_down(
    error: ApiError,
) -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        api.trouble = lambda at: error if at < 120 else None
        assert (await watcher.wait(start(api, 60), timeout_s=600)).is_done

    api = ScriptedApi()
    (warning,) = watch(use, api)
    assert error.message in warning
    assert len([at for at, _ in api.reads if at < 120]) <= 12


def test_the_pause_that_the_api_asks_for_is_kept() -> None:
    error = ThrottledError("slow down", status=429, retry_after_s=45, **CALL)

    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        api.trouble = lambda at: error if at < 1 else None
        await watcher.wait(start(api, 10), timeout_s=600)

    api = ScriptedApi()
    watch(use, api)
    assert api.reads[1][0] - api.reads[0][0] >= 45


def test_trouble_that_lasts_ends_with_each_ones_own_time() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        api.trouble = lambda _at: TransportError("connection refused", **CALL)
        with pytest.raises(TaskTimeoutError):
            await watcher.wait(start(api), timeout_s=100)
        assert now() == pytest.approx(100)

    watch(use, ScriptedApi())


def test_credentials_refused_three_times_running_end_the_waiting() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        api.trouble = lambda _at: AuthError("unauthenticated", status=401, **CALL)
        results = await asyncio.gather(
            *(watcher.wait(start(api), timeout_s=600) for _ in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results] == [AuthError] * 3

    api = ScriptedApi()
    watch(use, api)
    assert len(api.reads) == 3


@pytest.mark.parametrize("between", [TransportError("no route", **CALL), None])
def test_credentials_refused_now_and_then_are_no_end(between: ApiError | None) -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        refused = AuthError("unauthenticated", status=401, **CALL)
        answers = iter([refused, refused, between, refused, refused])
        api.trouble = lambda _at: next(answers, None)
        assert (await watcher.wait(start(api, 300), timeout_s=600)).is_done
        assert next(answers, "all were given") == "all were given"

    watch(use, ScriptedApi())


def test_polling_is_as_quick_as_before_once_the_trouble_is_over() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        api.trouble = lambda at: TransportError("no route", **CALL) if at < 60 else None
        await watcher.wait(start(api, 100), timeout_s=600)
        begin = now()
        await watcher.wait(start(api, 1), timeout_s=600)
        assert now() - begin <= 1.5

    watch(use, ScriptedApi())


def test_a_task_that_runs_too_long_says_how_to_go_on_and_leaves_the_others_alone() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        slow, other = start(api, 5000), start(api, 400)
        waiting = asyncio.create_task(watcher.wait(other, timeout_s=1800))
        with pytest.raises(TaskTimeoutError) as caught:
            await watcher.wait(slow, timeout_s=300)
        assert now() == pytest.approx(300)
        assert f"`ccloud-apply tasks {slow}`" in caught.value.hint
        assert (await waiting).is_done

    watch(use, ScriptedApi())


def test_two_that_wait_for_the_same_task_both_hear_of_its_end() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        task_id = start(api, 10)
        both = await asyncio.gather(*(watcher.wait(task_id, timeout_s=60) for _ in range(2)))
        assert [task.id for task in both] == [task_id] * 2

    watch(use, ScriptedApi())


def test_each_status_is_told_once_as_it_changes() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        seen: list[str] = []
        task_id = start(api, 60)
        api.tasks[task_id].script.words = {20: "paused"}
        await watcher.wait(task_id, timeout_s=90, on_progress=lambda task: seen.append(task.status))
        assert seen == ["processing", "paused", "done"]

    watch(use, ScriptedApi())


def test_a_mistake_in_the_code_reaches_whoever_waits_and_nobody_waits_for_ever() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        def broken(_at: float) -> ApiError | None:
            raise ZeroDivisionError

        api.trouble = broken
        with pytest.raises(ZeroDivisionError):
            await watcher.wait(start(api), timeout_s=60)

    watch(use, ScriptedApi())


def test_polling_ends_with_the_last_one_that_waits_and_begins_anew() -> None:
    async def use(watcher: TaskWatcher, api: ScriptedApi) -> None:
        await watcher.wait(start(api, 5), timeout_s=60)
        await asyncio.sleep(1000)
        looks = len(api.reads)
        await asyncio.sleep(1000)
        assert len(api.reads) == looks
        assert (await watcher.wait(start(api, 5), timeout_s=60)).is_done

    watch(use, ScriptedApi())
