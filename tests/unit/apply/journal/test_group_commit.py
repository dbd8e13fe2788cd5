"""Records that are ready together share one write, in order, and nothing else waits for it."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.apply.journal.group_commit import GroupCommit, Record
from ccloud_apply.apply.journal.journal import Journal
from ccloud_apply.concurrency import OffLoop, off_loop
from ccloud_apply.errors import JournalError
from tests.conftest import PATIENCE_S
from tests.support.journals import ACCOUNT, StillClock, begin_journal, intent, open_journal
from tests.support.virtual_time import run_virtually

SLOW_S = 1.0


class Disk:
    """A disk whose writes take a virtual second each, and which refuses some of them."""

    def __init__(self, refused: frozenset[int] = frozenset()) -> None:
        self.batches: list[list[int]] = []
        self.noted: list[int] = []
        self._refused = refused
        self._writes = 0

    def write(self, records: Sequence[Record]) -> Sequence[Record]:
        self._writes += 1
        if self._writes in self._refused:
            raise OSError(28, "No space left on device")
        self.batches.append([record["id"] for record in records])
        return records

    def note(self, record: Record) -> None:
        self.noted.append(record["id"])

    def off_loop(self, work: Callable[[], Any]) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def end() -> None:
            try:
                future.set_result(work())
            except OSError as error:
                future.set_exception(error)

        asyncio.get_running_loop().call_later(SLOW_S, end)
        return future

    @property
    def written(self) -> list[int]:
        return [number for batch in self.batches for number in batch]


def run_adds(disk: Disk, moments: Sequence[float]) -> list[BaseException | None]:
    """Add a record at each of these moments; what each add came to."""

    async def main() -> list[BaseException | None]:
        commit = GroupCommit(disk.write, disk.note, disk.off_loop)

        async def add(number: int, moment: float) -> None:
            await asyncio.sleep(moment)
            await commit.add({"id": number})
            assert number in disk.written

        adds = (add(number, moment) for number, moment in enumerate(moments))
        return list(await asyncio.gather(*adds, return_exceptions=True))

    return run_virtually(main())


def test_records_that_are_ready_together_share_one_write() -> None:
    disk = Disk()
    run_adds(disk, [0, 0, 0])
    assert disk.batches == [[0, 1, 2]]


def test_what_comes_while_a_write_is_under_way_is_the_next_one() -> None:
    disk = Disk()
    run_adds(disk, [0, 0.2, 0.4, 5])
    assert disk.batches == [[0], [1, 2], [3]]


@given(
    st.lists(st.sampled_from([0.0, 0.3, 0.9, 1.0, 1.5, 2.2]), max_size=12),
    st.frozensets(st.integers(min_value=1, max_value=6)),
)
def test_each_record_is_written_once_in_its_turn_or_refused_and_its_owner_knows(
    moments: list[float], refused: frozenset[int]
) -> None:
    disk = Disk(refused)
    results = run_adds(disk, moments)
    done = [number for number, result in enumerate(results) if result is None]
    assert sorted(disk.written) == done
    assert disk.noted == disk.written
    assert [moments[number] for number in disk.written] == sorted(moments[n] for n in done)
    assert all(result is None or isinstance(result, OSError) for result in results)


def test_a_write_that_fails_fails_for_its_own_records_alone() -> None:
    disk = Disk(refused=frozenset({1}))
    first, second, third = run_adds(disk, [0, 0, 0.5])
    assert isinstance(first, OSError)
    assert isinstance(second, OSError)
    assert third is None
    assert disk.batches == [[2]]


def test_who_is_cancelled_takes_nothing_back() -> None:
    disk = Disk()

    async def main() -> None:
        commit = GroupCommit(disk.write, disk.note, disk.off_loop)
        adds = [asyncio.create_task(commit.add({"id": number})) for number in range(3)]
        await asyncio.sleep(0.5)
        later = asyncio.create_task(commit.add({"id": 3}))
        await asyncio.sleep(0)
        adds[1].cancel()
        later.cancel()
        await asyncio.gather(*adds, later, return_exceptions=True)
        await asyncio.sleep(2 * SLOW_S)

    run_virtually(main())
    assert disk.batches == [[0, 1, 2], [3]]


@pytest.mark.parametrize("wait_s", [None, 0.0, 0.5])
def test_what_was_added_is_written_before_it_is_closed(wait_s: float | None) -> None:
    """Nothing has begun yet, or the write is under way, and more has come meanwhile."""
    disk = Disk()

    async def main() -> None:
        commit = GroupCommit(disk.write, disk.note, disk.off_loop)
        adds = [asyncio.create_task(commit.add({"id": 0}))]
        await asyncio.sleep(0)
        if wait_s is not None:
            await asyncio.sleep(wait_s)
            adds.append(asyncio.create_task(commit.add({"id": 1})))
            await asyncio.sleep(0)
        for add in adds:
            add.cancel()
        commit.close()
        written = list(disk.written)
        await asyncio.sleep(3 * SLOW_S)
        assert disk.written == written  # and not a second time

    run_virtually(main())
    assert disk.written == ([0] if wait_s is None else [0, 1])


class HeldDisk:
    """Syncs hang until they are let go; the thread that asks for one hangs with it."""

    def __init__(self) -> None:
        self.syncs = 0
        self.begun = threading.Event()
        self.let_go = threading.Event()

    def sync(self, _handle: int) -> None:
        self.syncs += 1
        self.begun.set()
        assert self.let_go.wait(PATIENCE_S)


def test_other_work_goes_on_while_the_disk_takes_its_time(tmp_path: Path) -> None:
    journal, disk = begin_journal(tmp_path), HeldDisk()

    async def main() -> None:
        writes = [asyncio.create_task(journal.write_intent(intent(f"web-{n}/x"))) for n in (1, 2)]
        while not disk.begun.is_set():
            await asyncio.sleep(0)  # hangs for ever if the loop itself waits for the disk
        writes.append(asyncio.create_task(journal.write_intent(intent("web-3/x"))))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not any(write.done() for write in writes)
        assert journal.entries == ()
        disk.let_go.set()
        assert await asyncio.gather(*writes) == [1, 2, 3]

    with patch("os.fdatasync", disk.sync):
        asyncio.run(main())
    assert disk.syncs == 2
    assert [entry.intent.server for entry in journal.entries] == ["web-1", "web-2", "web-3"]
    journal.close()
    assert open_journal(tmp_path).entries == journal.entries


def test_to_close_a_journal_waits_for_the_write_that_is_under_way(tmp_path: Path) -> None:
    journal, disk = begin_journal(tmp_path), HeldDisk()

    async def main() -> None:
        write = asyncio.create_task(journal.write_intent(intent()))
        while not disk.begun.is_set():
            await asyncio.sleep(0)
        late = asyncio.create_task(journal.write_intent(intent("web-2/create")))
        await asyncio.sleep(0)
        write.cancel()
        late.cancel()
        threading.Timer(0.05, disk.let_go.set).start()
        journal.close()
        assert disk.syncs == 2

    with patch("os.fdatasync", disk.sync):
        asyncio.run(main())
    assert [entry.intent.server for entry in open_journal(tmp_path).entries] == ["web-1", "web-2"]


def test_where_no_thread_can_be_started_nothing_counts_as_written(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)

    async def main() -> None:
        refused = patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start"))
        match = r"no thread can be started for it; .* not sent"
        with refused, pytest.raises(JournalError, match=match):
            await journal.write_intent(intent())

    asyncio.run(main())
    assert journal.entries == ()


class LateThreads:
    """No thread can be started, and the work is done all the same once one is free."""

    def __init__(self) -> None:
        self.works: list[Callable[[], Any]] = []

    def off_loop(self, work: Callable[[], Any]) -> "asyncio.Future[Any]":
        self.works.append(work)
        raise OSError(11, "no thread can be started for it")

    def get_free(self) -> None:
        for work in self.works:
            work()


def test_what_counts_as_unwritten_is_not_written_by_a_thread_that_is_free_later() -> None:
    disk, threads = Disk(), LateThreads()

    async def main() -> None:
        commit = GroupCommit(disk.write, disk.note, threads.off_loop)
        with pytest.raises(OSError, match="no thread"):
            await commit.add({"id": 0})

    run_virtually(main())
    threads.get_free()
    assert disk.written == []


def _open_off_loop(folder: Path, off_loop: OffLoop) -> Journal:
    return Journal.open(folder, account=ACCOUNT, stack="web", clock=StillClock(), off_loop=off_loop)


def test_a_run_that_could_not_begin_begins_by_no_thread_that_is_free_later(
    tmp_path: Path,
) -> None:
    threads = LateThreads()
    journal = _open_off_loop(tmp_path, threads.off_loop)
    with pytest.raises(JournalError, match="nothing was sent"):
        asyncio.run(journal.begin_run())
    threads.get_free()
    assert not (tmp_path / "journal").exists()


def test_a_run_whose_begin_is_cancelled_changes_nothing_afterwards(tmp_path: Path) -> None:
    """Its lock is given back by then, and the journal may be another run's."""
    disk = HeldDisk()
    journal = open_journal(tmp_path)

    async def main() -> Mapping[str, bytes]:
        begin = asyncio.create_task(journal.begin_run())
        while not disk.begun.is_set():
            await asyncio.sleep(0)
        begin.cancel()
        threading.Timer(0.05, disk.let_go.set).start()
        with pytest.raises(asyncio.CancelledError):
            await begin
        journal.close()
        return _read_all(tmp_path)

    with patch("os.fsync", disk.sync):
        closed = asyncio.run(main())
    assert _read_all(tmp_path) == closed


def _read_all(folder: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_work_off_the_loop_gives_its_result_and_its_failure() -> None:
    async def main() -> tuple[int, str]:
        thread = await off_loop(threading.get_ident)
        with pytest.raises(ZeroDivisionError):
            await off_loop(lambda: 1 // 0)
        return thread, "done"

    thread, said = asyncio.run(main())
    assert (thread != threading.get_ident(), said) == (True, "done")


def test_no_virtual_time_passes_while_work_is_done_off_the_loop(tmp_path: Path) -> None:
    """Timers that are due later stay later, and each run is the same."""
    moments: list[Mapping[str, float]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        timer = asyncio.create_task(asyncio.sleep(0.001))
        journal = open_journal(tmp_path)
        await journal.begin_run()
        await journal.write_intent(intent())
        moments.append({"passed": loop.time() - begin, "timer": timer.done()})
        timer.cancel()
        journal.close()

    run_virtually(main())
    assert moments == [{"passed": 0.0, "timer": False}]
