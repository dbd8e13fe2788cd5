"""Sinks over real sockets: what they get, and what happens if they fail, hang or answer late."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from ccloud_apply.api import webhook as webhook_module
from ccloud_apply.api.webhook import TIMEOUT_S
from ccloud_apply.clock import SystemClock
from ccloud_apply.fleet import notify
from ccloud_apply.fleet.changes import note_change
from ccloud_apply.fleet.model.config import Sink
from ccloud_apply.fleet.notify import Delivery, Notifier
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.results.fleet_change import FleetChange
from tests.conftest import PATIENCE_S
from tests.support.leaping_time import leap
from tests.support.peer import Behaviour, Peer, answer, read_request
from tests.support.stores import Store, run

SINCE = datetime(2027, 1, 1, tzinfo=UTC)
URL = Reference("env", "ALERT_URL", "fleet.yaml", is_secret=True)
OPS = Sink(name="ops", webhook=URL, on=frozenset({"drift"}))
PEOPLE = Sink(name="people", apprise=URL, on=frozenset({"drift"}))
DONE = answer(b"", "204 No Content", "Connection: close")
BUSY = answer(b"", "503 Busy", "Connection: close")
PATIENT = f"?cto={PATIENCE_S}&rto={PATIENCE_S}"
"""The end of an address of Apprise, which would wait for four seconds otherwise."""


def change(stack: str = "web", why: str | None = "memory, disks") -> FleetChange:
    return FleetChange(
        account="shop",
        stack=stack,
        event="drift",
        since=SINCE,
        path="stacks/web.yaml",
        commit="0123abc",
        why=why,
    )


def behaves(*answers: bytes | None, heard: list[bytes]) -> Behaviour:
    """One answer a connection, the last one for the rest; None is silent until the other side has
    gone."""
    left = list(answers)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await read_request(reader))
        what = left.pop(0) if len(left) > 1 else left[0]
        if what is None:
            await reader.read()
        else:
            writer.write(what)
            await writer.drain()

    return behave


@asynccontextmanager
async def receiver(behave: Behaviour, scheme: str = "http") -> AsyncIterator[str]:
    server = await asyncio.start_server(Peer(behave), "127.0.0.1", 0)
    async with server:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook/the-secret"


async def note(database: Database, sinks: Sequence[Sink], *changes: FleetChange) -> None:
    async with database.write() as tx:
        for one in changes:
            await note_change(tx, sinks, one)


async def later(database: Database) -> None:
    """As if an hour had passed."""
    async with database.write() as tx:
        await tx.execute("update outbox set next = next - 4000")


def notifier(database: Database, url: str, *sinks: Sink) -> Notifier:
    return Notifier(
        database=database, sinks=sinks, environment={"ALERT_URL": url}, random=lambda: 0.5
    )


def body_of(request: bytes) -> Any:
    return json.loads(request.partition(b"\r\n\r\n")[2])


Test = Callable[[Database], Any]


def test_a_webhook_gets_a_cloud_event_once(store: Store) -> None:
    heard: list[bytes] = []

    async def test(database: Database) -> None:
        async with receiver(behaves(DONE, heard=heard)) as url:
            teller = notifier(database, url, OPS)
            await note(database, [OPS], change(), change("db"))
            assert await teller.deliver() == [Delivery(sink="ops", delivered=2)]
            await note(database, [OPS], change())
            assert await teller.deliver() == []

    run(store, test)
    assert b"application/cloudevents+json" in heard[0]
    event = body_of(heard[0])
    assert event["type"] == "de.centron.ccloud-apply.fleet.drift.v1"
    assert event["subject"] == "shop/web"
    assert event["time"] == "2027-01-01T00:00:00+00:00"
    assert event["data"] == {
        "account": "shop",
        "stack": "web",
        "event": "drift",
        "since": "2027-01-01T00:00:00+00:00",
        "path": "stacks/web.yaml",
        "commit": "0123abc",
        "why": "memory, disks",
        "plan": None,
    }
    assert body_of(heard[1])["id"] != event["id"]


def test_several_processes_deliver_each_one_once(store: Store) -> None:
    heard: list[bytes] = []

    async def test(database: Database) -> None:
        async with receiver(behaves(DONE, heard=heard)) as url, store.open() as other:
            await note(database, [OPS], *(change(f"web-{number}") for number in range(12)))
            tellers = [notifier(one, url, OPS) for one in (database, other)]
            await asyncio.gather(*(teller.deliver() for teller in tellers))

    run(store, test)
    assert sorted(body_of(request)["data"]["stack"] for request in heard) == sorted(
        f"web-{number}" for number in range(12)
    )


def test_a_sink_that_fails_costs_one_request_a_pass_and_loses_nothing(store: Store) -> None:
    heard: list[bytes] = []

    async def test(database: Database) -> None:
        async with receiver(behaves(BUSY, BUSY, DONE, heard=heard)) as url:
            teller = notifier(database, url, OPS)
            await note(database, [OPS], change("a"), change("b"), change("c"))
            failed = Delivery(
                sink="ops",
                delivered=0,
                error="the webhook at 127.0.0.1 was not told: it answered 503",
            )
            assert await teller.deliver() == [failed]
            assert await teller.deliver() == []  # not at once
            await later(database)
            assert await teller.deliver() == [failed]
            await later(database)
            assert await teller.deliver() == [Delivery(sink="ops", delivered=3)]

    run(store, test)
    assert len(heard) == 5


def test_one_that_a_sink_does_not_take_does_not_hold_the_others_up(store: Store) -> None:
    heard: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await read_request(reader))
        is_bad = body_of(heard[-1])["data"]["stack"] == "bad"
        writer.write(answer(b"", "400 No", "Connection: close") if is_bad else DONE)

    async def test(database: Database) -> None:
        async with receiver(behave) as url:
            teller = notifier(database, url, OPS)
            await note(database, [OPS], change("bad"))
            await note(database, [OPS], change("good-1"), change("good-2"))
            for _ in range(3):
                await teller.deliver()
                async with database.write() as tx:
                    await tx.execute("update outbox set next = next - 31")
            async with database.read() as tx:
                rows = await tx.fetch("select key from outbox where delivered_at is null")
            assert [row["key"].split()[1] for row in rows] == ["shop/bad"]

    run(store, test)


async def too_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Silent until nobody waits any longer."""
    await read_request(reader)
    leap(TIMEOUT_S)
    await reader.read()


def test_a_sink_that_hangs_is_given_up(store: Store) -> None:
    async def test(database: Database) -> None:
        async with receiver(too_late) as url:
            await note(database, [OPS], change(), change("db"))
            (ops,) = await notifier(database, url, OPS).deliver()
            assert (ops.sink, ops.delivered) == ("ops", 0)
            assert ops.error is not None
            assert ops.error.endswith("TimeoutError")

    run(store, test)


def test_a_sink_that_answers_late_holds_no_other_one_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_module, "TIMEOUT_S", float(PATIENCE_S))
    heard: list[bytes] = []
    all_heard = asyncio.Event()
    other = Sink(
        name="other",
        webhook=Reference("env", "OTHER_URL", "fleet.yaml", is_secret=True),
        on=OPS.on,
    )

    async def test(database: Database) -> None:
        async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            await all_heard.wait()
            writer.write(BUSY)

        async def prompt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await behaves(DONE, heard=heard)(reader, writer)
            if len(heard) == 2:
                all_heard.set()

        async with receiver(late) as url, receiver(prompt) as other_url:
            teller = Notifier(
                database=database,
                sinks=[OPS, other],
                environment={"ALERT_URL": url, "OTHER_URL": other_url},
            )
            await note(database, [OPS, other], change(), change("db"))
            ops, rest = await teller.deliver()
            assert (ops.sink, ops.delivered) == ("ops", 0)
            assert ops.error is not None
            assert ops.error.endswith("it answered 503")
            assert rest == Delivery(sink="other", delivered=2)

    run(store, test)


def test_an_answer_that_comes_too_late_means_the_same_event_again_with_the_same_id(
    store: Store,
) -> None:
    heard: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await behaves(DONE, heard=heard)(reader, writer)
        if len(heard) == 1:
            leap(TIMEOUT_S)  # before anybody can read the answer

    async def test(database: Database) -> None:
        async with receiver(behave) as url:
            teller = notifier(database, url, OPS)
            await note(database, [OPS], change())
            await teller.deliver()
            await later(database)
            assert await teller.deliver() == [Delivery(sink="ops", delivered=1)]

    run(store, test)
    first, second = map(body_of, heard)
    assert first == second


def test_a_killed_delivery_is_made_again_after_its_time(store: Store) -> None:
    """Cancelled in mid request, as good as killed: the row is still there."""
    heard: list[bytes] = []

    async def test(database: Database) -> None:
        async with receiver(behaves(None, DONE, heard=heard)) as url:
            teller = notifier(database, url, OPS)
            await note(database, [OPS], change())
            task = asyncio.create_task(teller.deliver())
            while not heard:
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert await teller.deliver() == []
            await later(database)
            assert await teller.deliver() == [Delivery(sink="ops", delivered=1)]

    run(store, test)


def test_pauses_double_up_to_an_hour(sqlite_store: Store) -> None:
    async def test(database: Database) -> None:
        async with receiver(behaves(BUSY, heard=[])) as url:
            teller = notifier(database, url, OPS)
            await note(database, [OPS], change())
            pauses = []
            for _ in range(9):
                await teller.deliver()
                async with database.write() as tx:
                    row = await tx.fetch_one("select next - {now} as pause from outbox")
                    await tx.execute("update outbox set next = 0")
                assert row is not None
                pauses.append(round(row["pause"] / 30))
            assert pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120]

    run(sqlite_store, test)


@pytest.mark.parametrize(
    ("environment", "error"),
    [
        ({}, "the environment variable ALERT_URL is not set"),
        ({"ALERT_URL": "no url with the-secret"}, "the webhook's address is not a URL"),
        (
            {"ALERT_URL": "http://203.0.113.9/the-secret"},
            "the webhook at 203.0.113.9 would get its messages in clear text",
        ),
    ],
)
def test_an_address_that_is_no_good_is_told_without_it(
    sqlite_store: Store, environment: dict[str, str], error: str
) -> None:
    async def test(database: Database) -> None:
        await note(database, [OPS], change())
        teller = Notifier(database=database, sinks=[OPS], environment=environment)
        assert await teller.deliver() == [Delivery(sink="ops", delivered=0, error=error)]

    run(sqlite_store, test)


def test_a_sink_that_fleet_yaml_has_no_more_keeps_its_rows_for_whoever_knows_it(
    sqlite_store: Store,
) -> None:
    heard: list[bytes] = []

    async def test(database: Database) -> None:
        async with receiver(behaves(DONE, heard=heard)) as url:
            await note(database, [OPS], change())
            found = await notifier(database, url).deliver()
            assert found[0].error == "fleet.yaml has no sink ops"
            await later(database)
            assert await notifier(database, url, OPS).deliver() == [
                Delivery(sink="ops", delivered=1)
            ]

    run(sqlite_store, test)


def test_it_goes_on_after_the_database_was_away(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    class Clock(SystemClock):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                raise asyncio.CancelledError

    async def test(database: Database) -> None:
        heard: list[bytes] = []
        told: list[Delivery] = []
        async with receiver(behaves(DONE, heard=heard)) as url:
            teller = Notifier(
                database=database, sinks=[OPS], environment={"ALERT_URL": url}, clock=Clock()
            )
            async with database.write() as tx:
                await tx.execute("alter table outbox rename to away")

            async def come_back() -> None:
                while not slept:
                    await asyncio.sleep(0)
                async with database.write() as tx:
                    await tx.execute("alter table away rename to outbox")
                await note(database, [OPS], change())

            monkeypatch.setattr(Clock, "sleep", _and_then(Clock.sleep, come_back))
            with pytest.raises(asyncio.CancelledError):
                await teller.keep_delivering(told.append)
        assert told == [Delivery(sink="ops", delivered=1)]
        assert slept == [notify.FIRST_PAUSE_S, notify.PASS_S, notify.PASS_S]

    run(sqlite_store, test)


def _and_then(sleep: Any, once: Any) -> Any:
    left = [once]

    async def both(self: Any, seconds: float) -> None:
        await sleep(self, seconds)
        if left:
            await left.pop()()

    return both


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its plug-ins
def test_people_get_text_in_which_nothing_of_the_account_begins_a_line(store: Store) -> None:
    heard: list[bytes] = []

    async def test(database: Database) -> None:
        async with receiver(behaves(DONE, heard=heard), scheme="json") as url:
            await note(database, [PEOPLE], change(why="notes: a\n::add-mask::x\x1b[2J"))
            found = await notifier(database, url + PATIENT, PEOPLE).deliver()
            assert found == [Delivery(sink="people", delivered=1)]

    run(store, test)
    told = body_of(heard[0])
    assert told["title"] == "shop/web differs from its file"
    assert told["message"].splitlines() == [
        "shop/web differs from its file, since 2027-01-01 00:00 UTC",
        "Why: notes: a\\n::add-mask::x\\u{1b}[2J",
        "File: stacks/web.yaml, commit 0123abc",
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its plug-ins
def test_what_apprise_cannot_deliver_is_tried_again(sqlite_store: Store) -> None:
    async def test(database: Database) -> None:
        async with receiver(behaves(BUSY, heard=[]), scheme="json") as url:
            await note(database, [PEOPLE], change())
            found = await notifier(database, url + PATIENT, PEOPLE).deliver()
            assert found[0].error == "Apprise could not deliver it"
        found = await notifier(database, "nonsense://the-secret", PEOPLE).deliver()
        assert found == []
        await later(database)
        found = await notifier(database, "nonsense://the-secret", PEOPLE).deliver()
        assert found[0].error == "the address of the sink is not one that Apprise knows"

    run(sqlite_store, test)


def test_without_apprise_the_error_names_the_extra(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "apprise", None)

    async def test(database: Database) -> None:
        await note(database, [PEOPLE], change())
        found = await notifier(database, "json://127.0.0.1", PEOPLE).deliver()
        assert found[0].error == "a sink of Apprise needs the package apprise"

    run(sqlite_store, test)
