"""Jobs over a real PostgreSQL: what is left of them when workers die and the database goes away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate import PsycopgConnector

from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.engine.job_queue import Timing
from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.engine.postgres import PostgresEngine
from ccloud_apply.fleet.engine.queues import choose_queues
from tests.conftest import PATIENCE_S
from tests.support.stores import open_store

QUICK = Timing(
    heartbeat_s=0.2,
    dead_s=PATIENCE_S,
    poll_s=0.2,
    wake_s=0.3,
    pause_s=0.01,
    connect_s=PATIENCE_S,
    retry_s=0.1,
)
BACK = "jobs are taken again"


def run(account: str = "a", name: str = "web", priority: int = 0) -> Job:
    return Job(kind="run", account=account, name=name, priority=priority)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with open_store("postgres", tmp_path) as store:
        assert store.url is not None
        yield store.url


class Desk:
    """Notes which jobs were begun and ended; those named in `held` last until they are let go."""

    def __init__(self, *held: str) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.told: list[str] = []
        self.when_back: Callable[[], None] = lambda: None
        self._held = {name: asyncio.Event() for name in held}

    async def work(self, job: Job) -> None:
        self.begun.append(job.name)
        try:
            if job.name in self._held:
                await self._held[job.name].wait()
        except asyncio.CancelledError:
            self.cancelled.append(job.name)
            raise
        self.ended.append(job.name)

    def tell(self, line: str) -> None:
        self.told.append(line)
        if line == BACK:
            self.when_back()

    def let_go(self, name: str) -> None:
        self._held[name].set()


@asynccontextmanager
async def engine(
    url: str,
    desk: Desk | None = None,
    *,
    concurrency: int = 2,
    queues: tuple[str, ...] | None = None,
    timing: Timing = QUICK,
) -> AsyncIterator[PostgresEngine]:
    desk = desk or Desk()
    made = PostgresEngine(
        url,
        clock=SystemClock(),
        queues=queues,
        timing=timing,
        tell=desk.tell,
    )
    if concurrency:
        await made.start(desk.work, concurrency=concurrency)
    try:
        yield made
    finally:
        await made.stop(drain_s=0)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await asyncio.sleep(0.005)


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def jobs(url: str) -> list[tuple[Any, ...]]:
    return ask(url, "select status::text from procrastinate_jobs order by id")


def cut_connections(url: str) -> None:
    ask(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
    )


def wait_for_connections(one: PostgresEngine, seconds: float) -> None:
    """How long it waits for one from now on."""
    connector = one._jobs._app.connector
    assert isinstance(connector, PsycopgConnector)
    connector.pool.timeout = connector.pool.reconnect_timeout = seconds


def in_loop(test: Callable[[str], Awaitable[None]]) -> Callable[[str], None]:
    def run_test(url: str) -> None:
        asyncio.run(asyncio.wait_for(test(url), 2 * PATIENCE_S))

    run_test.__name__ = test.__name__
    return run_test


@in_loop
async def test_a_job_is_done_once_and_leaves_nothing_behind(url: str) -> None:
    first, second = Desk(), Desk()
    async with engine(url, first) as one, engine(url, second):
        for number in range(20):
            await one.enqueue(run(name=f"s{number}"))
        await until(lambda: len(first.ended + second.ended) == 20)

    assert sorted(first.begun + second.begun) == sorted(f"s{number}" for number in range(20))
    assert jobs(url) == []


@in_loop
async def test_one_job_that_waits_for_a_stack_is_enough(url: str) -> None:
    desk = Desk()
    async with engine(url, concurrency=0) as tick:
        for _ in range(3):
            await tick.enqueue(run())
        assert jobs(url) == [("todo",)]
        async with engine(url, desk):
            await until(lambda: desk.ended == ["web"])


@in_loop
async def test_a_person_s_job_goes_before_the_others(url: str) -> None:
    desk = Desk()
    async with engine(url, concurrency=0) as tick:
        await tick.enqueue(run(name="later"))
        await tick.enqueue(run(name="now", priority=3))
        async with engine(url, desk, concurrency=1):
            await until(lambda: len(desk.ended) == 2)

    assert desk.begun == ["now", "later"]


@in_loop
async def test_a_job_that_waits_is_moved_ahead_when_a_person_asks(url: str) -> None:
    desk = Desk()
    async with engine(url, concurrency=0) as tick:
        for name, priority in (
            ("first", 0),
            ("asked", 0),
            ("asked", 3),
            ("asked", 1),
            ("asked", 0),
        ):
            await tick.enqueue(run(name=name, priority=priority))
        async with engine(url, desk, concurrency=1):
            await until(lambda: len(desk.ended) == 2)

    assert desk.begun == ["asked", "first"]
    assert jobs(url) == []


@in_loop
async def test_a_worker_of_some_accounts_leaves_the_rest_to_others(url: str) -> None:
    long_name = "ä" * 300
    some, all_of_them = Desk(), Desk()
    async with engine(url, concurrency=0) as tick:
        await tick.enqueue(run(account=long_name, name="mine"))
        await tick.enqueue(run(account="b", name="other"))
        await tick.enqueue(Job(kind="poll", account="", name="git"))
        async with engine(url, some, queues=choose_queues((long_name, "b"), ("ä*",))):
            await until(lambda: some.ended == ["mine"])
            async with engine(url, all_of_them):
                await until(lambda: len(all_of_them.ended) == 2)

    assert some.begun == ["mine"]
    assert sorted(all_of_them.begun) == ["git", "other"]


@in_loop
async def test_the_job_of_a_dead_worker_keeps_no_stack_from_being_run(url: str) -> None:
    frozen, other = Desk("web"), Desk()
    async with engine(url, frozen, concurrency=1) as one:
        await one.enqueue(run())
        await until(lambda: frozen.begun == ["web"])
        async with engine(url, other) as two:  # the lease, not the job, keeps two workers apart
            await two.enqueue(run())
            await until(lambda: other.ended == ["web"])


@in_loop
async def test_jobs_of_dead_workers_are_given_up_and_their_late_end_is_no_error(url: str) -> None:
    slow = replace(QUICK, heartbeat_s=1000)  # nobody but the test gives up anything
    frozen, other = Desk("web"), Desk()
    loop_errors: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: loop_errors.append(what))
    async with engine(url, frozen, timing=slow) as one:
        await one.enqueue(run())
        await until(lambda: frozen.begun == ["web"])
        ask(url, "update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        async with engine(url, other, timing=slow) as two:
            assert await two.give_up_dead() == 1
            assert await two.give_up_dead() == 0
            assert jobs(url) == [("failed",)]
            frozen.let_go("web")
            await until(lambda: frozen.ended == ["web"])
            # The worker that was given up is taken for a new one, and goes on.
            await two.enqueue(run(name="next"))
            await until(lambda: "next" in frozen.ended + other.ended)

    assert jobs(url) == [("failed",)]
    assert loop_errors == []


@in_loop
async def test_work_outlives_the_connection_and_jobs_are_taken_again(url: str) -> None:
    desk = Desk("long")
    async with engine(url, desk) as one:
        await one.enqueue(run(name="long"))
        await until(lambda: desk.begun == ["long"])
        cut_connections(url)
        await one.enqueue(run(name="next"))
        await until(lambda: desk.ended == ["next"])
        desk.let_go("long")
        await until(lambda: desk.ended == ["next", "long"])

    assert desk.cancelled == []


@in_loop
async def test_a_database_that_is_away_is_told_once_and_waited_for(url: str) -> None:
    desk = Desk("long")
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    server = url.replace(f"/{name}?", "/postgres?")
    async with engine(url, desk) as one:
        await one.enqueue(run(name="long"))
        await until(lambda: desk.begun == ["long"])
        wait_for_connections(one, 0.3)  # which do not come
        desk.when_back = lambda: wait_for_connections(one, PATIENCE_S)
        ask(server, f"alter database {name} allow_connections false")
        ask(
            server,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            f" where datname = '{name}' and pid <> pg_backend_pid()",
        )
        with pytest.raises(StoreError, match="no job could be enqueued"):
            await one.enqueue(run(name="lost"))
        await until(lambda: bool(desk.told))
        ask(server, f"alter database {name} allow_connections true")
        await until(lambda: desk.told[-1] == BACK)
        await one.enqueue(run(name="next"))
        await until(lambda: desk.ended == ["next"])

    assert len(desk.told) == 2
    assert "trying again" in desk.told[0]


@in_loop
async def test_a_stop_waits_for_what_runs_and_takes_nothing_more(url: str) -> None:
    desk = Desk("web")
    async with engine(url, desk) as one:
        await one.enqueue(run())
        await until(lambda: desk.begun == ["web"])
        stopping = asyncio.create_task(one.stop(drain_s=PATIENCE_S))
        await asyncio.sleep(0)
        async with engine(url, concurrency=0) as tick:
            await tick.enqueue(run(name="next"))
        desk.let_go("web")
        await stopping

    assert desk.ended == ["web"]
    assert desk.cancelled == []
    assert jobs(url) == [("todo",)]


@in_loop
async def test_a_stop_cancels_what_has_not_ended_in_its_time(url: str) -> None:
    desk = Desk("web")
    async with engine(url, desk) as one:
        await one.enqueue(run())
        await until(lambda: desk.begun == ["web"])
        await one.stop(drain_s=0.01)

        assert desk.cancelled == ["web"]
    assert jobs(url) == [("aborted",)]


@in_loop
async def test_work_that_raises_is_told_and_hurts_no_other(url: str) -> None:
    desk = Desk()

    async def work(job: Job) -> None:
        if job.name == "bad":
            raise ValueError("what\nnobody has thought of")
        await desk.work(job)

    async with engine(url, desk, concurrency=0) as one:
        await one.start(work, concurrency=1)
        await one.enqueue(run(name="bad"))
        await one.enqueue(run(name="good"))
        await until(lambda: desk.ended == ["good"])

    assert desk.told == ["a job failed: what nobody has thought of"]


@in_loop
async def test_a_worker_is_started_again_whatever_has_ended_it(url: str) -> None:
    desk = Desk()
    async with engine(url, desk, concurrency=0) as one:
        check = one._jobs.check
        failed: list[int] = []

        async def fail_once() -> None:
            if not failed:
                failed.append(1)
                raise RuntimeError("nobody knows why")
            await check()

        one._jobs.check = fail_once  # type: ignore[method-assign]
        await one.start(desk.work, concurrency=1)
        await one.enqueue(run())
        await until(lambda: desk.ended == ["web"])

    assert desk.told == [
        "no jobs can be taken: nobody knows why; trying again",
        BACK,
    ]


@in_loop
async def test_the_tick_is_woken_by_the_end_of_a_job(url: str) -> None:
    patient = replace(QUICK, wake_s=PATIENCE_S * 10)
    async with engine(url, timing=patient) as one:
        await one.enqueue(run())
        await one.wake()


@in_loop
async def test_nothing_is_to_be_heard_of_a_database_s_password(url: str) -> None:
    desk = Desk()
    wrong = "postgresql://fleet:open-sesame@127.0.0.1:1/fleet"
    async with engine(wrong, desk, timing=Timing(connect_s=0.2, retry_s=0.1)) as one:
        with pytest.raises(StoreError) as caught:
            await one.enqueue(run())
        await until(lambda: bool(desk.told))

    assert "open-sesame" not in caught.value.message + "".join(desk.told)


def test_whoever_wants_a_look_need_not_wait(url: str) -> None:
    async def test() -> None:
        async with engine(url, concurrency=0, timing=replace(QUICK, wake_s=3600)) as one:
            one.wake_up()
            await asyncio.wait_for(one.wake(), PATIENCE_S)

    asyncio.run(test())
