"""A journal in the database: only who has the lease writes, and the next one knows everything."""

import asyncio
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.errors import JournalError
from ccloud_apply.fleet.lease.journal import StoreJournal
from ccloud_apply.fleet.lease.lease import Lease, hold_lease
from ccloud_apply.fleet.store.statements.journal import read_journal, replace_journal
from ccloud_apply.fleet.store.statements.lease import take_lease
from tests.support.examples import examples
from tests.support.journals import ACCOUNT, INTENT, intent
from tests.support.leases import Unreliable, run_with_store
from tests.support.virtual_time import VirtualClock


def hold(database: Unreliable, holder: str = "w1") -> Any:
    return hold_lease(database, VirtualClock(), "stack", "a", "web", holder, 30)


async def open_journal(
    database: Unreliable, lease: Lease, account: str = ACCOUNT, *earlier: str
) -> StoreJournal:
    return await StoreJournal.open(
        database, lease, account=account, earlier_accounts=earlier, clock=VirtualClock()
    )


async def read_lines(database: Unreliable) -> list[str]:
    async with database.read() as tx:
        return list(await read_journal(tx, "a", "web"))


async def steal(database: Unreliable, lease: Lease) -> None:
    """Let the lease end and another worker take it, without its holder noticing."""
    async with database.write() as tx:
        await tx.execute("update lease set until = {now} - 1")
        assert await take_lease(tx, lease.key, holder="w2", lease_s=30)


def test_what_one_worker_has_written_the_next_one_finds(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal: Recorder = await open_journal(database, lease)
            assert not journal.was_found
            await journal.begin_run(high_water_mark=16)
            first = await journal.write_intent(INTENT)
            await journal.write_accepted(first, 7)
            await journal.write_ended(first, "done", hostname="vs1")
            second = await journal.write_intent(INTENT)
            await journal.write_learnt(second, {"adds-ips": True})
            written = journal.entries
            lease.lose("as if its worker were dead")
        await VirtualClock().sleep(31)
        async with hold(database, "w2") as lease:
            journal = await open_journal(database, lease)
            assert journal.was_found
            assert journal.entries == written
            assert [entry.number for entry in journal.open_entries] == [second]
            assert (journal.high_water_mark, dict(journal.learnt)) == (16, {"adds-ips": True})
            await journal.begin_run()
            assert [entry.number for entry in journal.entries] == [second]  # what is settled goes
            assert await journal.write_intent(INTENT) == second + 1
            numbers = [json.loads(line)["n"] for line in await read_lines(database)]
            assert numbers == list(range(1, len(numbers) + 1))

    run_with_store(tmp_path, test)


def test_who_has_lost_the_lease_writes_nothing_and_is_told_what_follows(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal = await open_journal(database, lease)
            await journal.begin_run()
            number = await journal.write_intent(INTENT)
            await steal(database, lease)
            before = await read_lines(database)
            with pytest.raises(JournalError, match=r"another worker's; web-1/create was not sent"):
                await journal.write_intent(INTENT)
            with pytest.raises(JournalError, match=r"task 7 .* continues in the cloud"):
                await journal.write_accepted(number, 7)
            with pytest.raises(JournalError):
                await journal.begin_run()
            assert await read_lines(database) == before
            assert lease.is_lost.is_set()

    run_with_store(tmp_path, test)


def test_every_record_makes_the_lease_last_longer(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal = await open_journal(database, lease)
            await VirtualClock().sleep(9)
            assert lease.left_s == pytest.approx(21)
            await journal.begin_run()
            assert lease.left_s == pytest.approx(30)

    run_with_store(tmp_path, test)


def test_a_record_that_may_be_there_counts_as_not_written_and_does_no_harm(tmp_path: Path) -> None:
    """The connection was lost at the commit. What is sent has a record that is certain."""

    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal = await open_journal(database, lease)
            await journal.begin_run()
            database.trouble = "unanswered"
            with pytest.raises(JournalError, match="connection is lost; web-1/create was not sent"):
                await journal.write_intent(INTENT)
            assert journal.entries == ()
            assert len(await read_lines(database)) == 2  # it is there, for who takes over now
            database.trouble = ""
            number = await journal.write_intent(INTENT)
            await journal.write_ended(number, "done")
            written = journal.entries
            await journal.finish()
        async with hold(database, "w2") as lease:
            assert (await open_journal(database, lease)).entries == written

    run_with_store(tmp_path, test)


def test_nothing_is_added_to_a_journal_that_may_have_been_replaced(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal = await open_journal(database, lease)
            await journal.begin_run()
            number = await journal.write_intent(INTENT)
            await journal.write_intent(INTENT)
            await journal.write_ended(number, "done")  # which the next run drops
            database.trouble = "unanswered"
            with pytest.raises(JournalError, match="nothing was sent"):
                await journal.begin_run()
            database.trouble = ""
            with pytest.raises(JournalError, match="not known what is there"):
                await journal.write_ended(number, "done")
            again = await open_journal(database, lease)
            assert [entry.number for entry in again.open_entries] == [number + 1]
            await journal.begin_run()  # this one is certain
            await journal.write_intent(INTENT)

    run_with_store(tmp_path, test)


def test_records_that_are_ready_together_share_a_transaction(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal = await open_journal(database, lease)
            await journal.begin_run()
            before = database.transactions
            numbers = await asyncio.gather(*(journal.write_intent(INTENT) for _ in range(50)))
            assert numbers == list(range(1, 51))
            assert database.transactions - before == 1

    run_with_store(tmp_path, test)


def test_whoever_is_cancelled_takes_no_record_back_and_finish_waits_for_it(tmp_path: Path) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal = await open_journal(database, lease)
            await journal.begin_run()
            writing = asyncio.create_task(journal.write_intent(INTENT))
            await asyncio.sleep(0)
            writing.cancel()
            journal.close()
            await journal.finish()
            assert writing.cancelled()
            assert len(await read_lines(database)) == 2
            with pytest.raises(RuntimeError, match="not open"):
                await journal.write_intent(INTENT)

    run_with_store(tmp_path, test)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda lines: [lines[0], lines[1].replace("web-1", "web-2")], "its checksum is wrong"),
        (lambda lines: lines[1:], "it has the number 2"),
        (lambda lines: [lines[0], lines[0]], "it has the number 1"),
        (lambda _lines: ["no record at all"], "line 1 is damaged"),
    ],
)
def test_a_damaged_journal_stops_the_run_and_says_the_way_out(
    tmp_path: Path, spoil: Callable[[list[str]], list[str]], told: str
) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal = await open_journal(database, lease)
            await journal.begin_run()
            await journal.write_intent(INTENT)
            lines = spoil(await read_lines(database))
            async with database.write() as tx:
                await replace_journal(tx, "a", "web", fence=1, lines=lines)
            with pytest.raises(JournalError, match=told) as caught:
                await open_journal(database, lease)
            assert "the stack web in the account a" in caught.value.message
            assert "backup" in caught.value.hint

    run_with_store(tmp_path, test)


def test_a_journal_of_another_customer_is_refused_and_one_of_before_it_was_known_is_not(
    tmp_path: Path,
) -> None:
    async def test(database: Unreliable) -> None:
        async with hold(database) as lease:
            journal = await open_journal(database, lease)
            await journal.begin_run()
            number = await journal.write_intent(INTENT)
            with pytest.raises(JournalError, match="another customer") as caught:
                await open_journal(database, lease, "b" * 64)
            assert "another name than a in fleet.yaml" in caught.value.hint
            known = await open_journal(database, lease, "b" * 64, ACCOUNT)
            assert [entry.number for entry in known.open_entries] == [number]
            await known.begin_run()
            assert (await open_journal(database, lease, "b" * 64)).open_entries

    run_with_store(tmp_path, test)


OPERATIONS = st.sampled_from(["begin", "intent", "ended", "ended", "accepted", "reopen"])
TROUBLES = st.sampled_from(["", "", "unanswered", "away"])


@settings(max_examples=examples(60))
@given(more=st.lists(st.tuples(OPERATIONS, TROUBLES), max_size=25))
def test_whatever_fails_what_was_acknowledged_is_there_and_nothing_that_was_sent_is_not(
    tmp_path_factory: pytest.TempPathFactory, more: list[tuple[str, str]]
) -> None:
    """Each worker ends at some time, and the next one reads. It never lacks a record that was
    acknowledged; beside those it has at most intents of which the writer was told that they failed.
    They are known by their steps: a run that finds nothing open counts from one again.
    """
    steps = (f"web-{number}/create" for number in count(1))

    async def test(database: Unreliable) -> None:
        operations = [("begin", ""), ("intent", ""), ("intent", ""), *more]
        acknowledged: set[str] = set()
        settled: set[str] = set()
        doubtful: set[str] = set()  # whose end may be noted
        refused = 0
        for holder in range(len(operations) + 1):
            async with hold(database, f"w{holder}") as lease:
                journal = await open_journal(database, lease)
                there = {entry.intent.step: entry for entry in journal.entries}
                assert acknowledged - settled - doubtful <= there.keys()
                assert all(there[step].outcome == "done" for step in settled & there.keys())
                assert len(there.keys() - acknowledged) <= refused
                has_begun = False
                while operations:
                    operation, trouble = operations.pop(0)
                    if operation == "reopen":
                        break
                    is_open = [step for step in there if step in acknowledged - settled]
                    database.trouble = trouble  # type: ignore[assignment]
                    try:
                        if operation == "begin":
                            await journal.begin_run()
                            has_begun = True
                        elif operation == "intent" and has_begun:
                            step = next(steps)
                            await journal.write_intent(intent(step))
                            acknowledged.add(step)
                        elif operation == "accepted" and is_open:
                            await journal.write_accepted(there[is_open[0]].number, 7)
                        elif operation == "ended" and is_open:
                            doubtful.add(is_open[0])
                            await journal.write_ended(there[is_open[0]].number, "done")
                            settled.add(is_open[0])
                    except JournalError:
                        refused += 1
                    finally:
                        database.trouble = ""
                    there = {entry.intent.step: entry for entry in journal.entries}
                await journal.finish()
            await VirtualClock().sleep(31)  # where the lease could not be given back

    run_with_store(tmp_path_factory.mktemp("journal"), test)
