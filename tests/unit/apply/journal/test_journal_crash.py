"""Crashes and bad disks: what was acknowledged stays, and nothing that is wrong is believed."""

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from ccloud_apply.apply.journal.inspect import read_journal
from ccloud_apply.apply.journal.journal import Journal
from ccloud_apply.apply.journal.record import read_contents
from ccloud_apply.errors import JournalError
from tests.conftest import PATIENCE_S, ROOT
from tests.support.journals import begin_journal, do, intent, journal_file, open_journal


@pytest.fixture(autouse=True)
def _no_real_sync() -> Iterator[None]:
    """These tests write thousands of files, and no power cut is to be expected."""
    with patch("os.fsync"), patch("os.fdatasync"):
        yield


def write_some(folder: Path) -> Journal:
    """A journal with entries of every kind."""
    journal = begin_journal(folder)
    first = do(journal.write_intent(intent()))
    do(journal.write_accepted(first, 17))
    second = do(journal.write_intent(intent("web-2/create")))
    do(journal.write_ended(first, "done", hostname="vs10001"))
    do(journal.write_ended(second, "unknown", error="no answer: ünï"))
    do(journal.write_intent(intent("web-3/create")))
    journal.close()
    return journal


def states(data: bytes, folder: Path) -> list[tuple[Any, ...]]:
    """The entries after each whole record, none of them first."""
    lines = data.splitlines(keepends=True)
    found = []
    for count in range(len(lines) + 1):
        journal_file(folder).write_bytes(b"".join(lines[:count]))
        found.append(read_journal(journal_file(folder)).entries)
    return found


def test_a_crash_at_any_byte_loses_nothing_that_was_whole(tmp_path: Path) -> None:
    write_some(tmp_path)
    path = journal_file(tmp_path)
    data = path.read_bytes()
    known = states(data, tmp_path)
    for length in range(len(data) + 1):
        path.write_bytes(data[:length])
        whole = data[:length].count(b"\n")
        is_torn = not data[:length].endswith(b"\n") and length > 0
        journal = open_journal(tmp_path)
        assert journal.entries == known[whole]
        assert journal.was_found == (whole > 0 and not is_torn)
        assert len(journal.warnings) == is_torn
        journal.close()
        assert path.stat().st_size == len(b"".join(data.splitlines(keepends=True)[:whole]))


def test_after_a_torn_record_writing_goes_on(tmp_path: Path) -> None:
    write_some(tmp_path)
    path = journal_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    journal = open_journal(tmp_path)
    assert journal.warnings == (
        f"the last record of the journal {path} was not whole and is cut off;"
        " the 6 before it are intact",
    )
    do(journal.write_ended(2, "done"))
    journal.close()
    again = open_journal(tmp_path)
    assert again.entries == journal.entries
    assert again.was_found
    assert not again.warnings


def test_zeros_after_a_crash_are_a_torn_record(tmp_path: Path) -> None:
    before = write_some(tmp_path).entries
    path = journal_file(tmp_path)
    path.write_bytes(path.read_bytes() + b"\0" * 4096)
    assert open_journal(tmp_path).entries == before


def test_no_flipped_byte_is_believed(tmp_path: Path) -> None:
    write_some(tmp_path)
    data = journal_file(tmp_path).read_bytes()
    known = states(data, tmp_path)
    for place in range(len(data)):
        line = data[:place].count(b"\n") + 1
        for mask in (0x01, 0x20, 0x80, data[place] ^ 0x0A or 0x02):
            flipped = bytearray(data)
            flipped[place] ^= mask
            contents = read_contents(bytes(flipped))
            assert tuple(contents.entries.values()) == known[line - 1]
            if place == len(data) - 1:  # the end of the last record, as if it were torn
                assert contents.is_torn
            else:
                assert contents.damage is not None
                assert contents.damage.line == line


@pytest.mark.parametrize("line", [1, 2, 4, 7])
def test_a_damaged_journal_is_refused_and_left_as_it_is(tmp_path: Path, line: int) -> None:
    write_some(tmp_path)
    path = journal_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 7
    lines[line - 1] = lines[line - 1].replace(b":", b";", 1)
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=f"line {line} is damaged"):
        open_journal(tmp_path)
    assert path.read_bytes() == b"".join(lines)


def test_damage_says_how_much_is_safe_and_what_to_do(tmp_path: Path) -> None:
    write_some(tmp_path)
    path = journal_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"web-2", b"web-7", 1)
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError) as caught:
        open_journal(tmp_path)
    assert caught.value.message == (
        f"the journal {path}: line 4 is damaged, its checksum is wrong;"
        " the 3 records before it are safe"
    )
    assert "ccloud-apply journal" in caught.value.hint
    assert "move the file away" in caught.value.hint


@pytest.mark.parametrize("taken", [[1], [2], [3], [2, 3]])
def test_a_line_that_is_missing_in_the_middle_is_damage(tmp_path: Path, taken: list[int]) -> None:
    write_some(tmp_path)
    path = journal_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for n, line in enumerate(lines) if n not in taken))
    with pytest.raises(JournalError, match=f"line {taken[0] + 1} is damaged"):
        open_journal(tmp_path)


@pytest.mark.parametrize(
    "data", [b"{}\n", b"\n", b"[" * 100_000 + b"\n", b"\xff\xfe\n", b"x\n" * 9]
)
def test_what_is_no_journal_is_refused(tmp_path: Path, data: bytes) -> None:
    begin_journal(tmp_path).close()
    journal_file(tmp_path).write_bytes(data)
    with pytest.raises(JournalError, match="line 1 is damaged"):
        open_journal(tmp_path)


# Disks that refuse


WRITES: tuple[Callable[[Journal], Any], ...] = (
    lambda journal: do(journal.write_intent(intent("web-4/create"))),
    lambda journal: do(journal.write_accepted(3, 99)),
    lambda journal: do(journal.write_ended(3, "failed", error="x")),
    lambda journal: do(journal.write_closed(3)),
    lambda journal: do(journal.begin_run()),
)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EROFS])
@pytest.mark.parametrize("taken", [0, 1, 40])
def test_a_record_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, write: Callable[[Journal], Any], number: int, taken: int
) -> None:
    write_some(tmp_path)
    journal = begin_journal(tmp_path)
    entries, before = journal.entries, journal_file(tmp_path).read_bytes()
    real_write = os.write
    is_first = True

    def refuse(handle: int, data: bytes) -> int:
        nonlocal is_first
        if is_first and taken:
            is_first = False
            return real_write(handle, data[:taken])
        raise OSError(number, os.strerror(number))

    with patch("os.write", refuse), pytest.raises(JournalError, match=os.strerror(number)):
        write(journal)
    assert journal.entries == entries
    assert journal_file(tmp_path).read_bytes() == before
    assert len(list((tmp_path / "journal").iterdir())) == 1
    write(journal)  # there is room again
    journal.close()
    assert open_journal(tmp_path).entries == journal.entries


@pytest.mark.parametrize("write", WRITES[:4])
def test_a_record_that_does_not_reach_the_disk_is_not_written(
    tmp_path: Path, write: Callable[[Journal], Any]
) -> None:
    write_some(tmp_path)
    journal = begin_journal(tmp_path)
    before = journal_file(tmp_path).read_bytes()
    with (
        patch("os.fdatasync", side_effect=OSError(errno.EIO, "Input/output error")),
        pytest.raises(JournalError, match="Input/output error"),
    ):
        write(journal)
    assert journal_file(tmp_path).read_bytes() == before


def test_what_could_not_be_cut_off_is_cut_off_before_the_next_record(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    real_write = os.write
    has_taken = False

    def refuse(handle: int, data: bytes) -> int:
        nonlocal has_taken
        if not has_taken:
            has_taken = True
            return real_write(handle, data[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        patch("os.write", refuse),
        patch("os.ftruncate", side_effect=OSError(errno.EIO, "Input/output error")),
        pytest.raises(JournalError),
    ):
        do(journal.write_intent(intent()))
    assert not journal_file(tmp_path).read_bytes().endswith(b"\n")
    do(journal.write_intent(intent("web-2/create")))
    journal.close()
    assert [entry.intent.server for entry in open_journal(tmp_path).entries] == ["web-2"]


def test_a_signal_in_the_middle_of_a_write_takes_it_back(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    with patch("os.fdatasync", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        do(journal.write_intent(intent()))
    do(journal.write_intent(intent("web-2/create")))
    journal.close()
    assert [entry.intent.server for entry in open_journal(tmp_path).entries] == ["web-2"]


def test_a_record_is_on_the_disk_before_anything_else_happens(tmp_path: Path) -> None:
    calls: list[str] = []
    real_write, real_replace = os.write, Path.replace

    def write(handle: int, data: bytes) -> int:
        calls.append("write")
        return real_write(handle, data)

    def replace(path: Path, target: Path) -> Path:
        calls.append("replace")
        return real_replace(path, target)

    def note(handle: int) -> None:
        calls.append("sync")

    with (
        patch("os.write", write),
        patch("pathlib.Path.replace", replace),
        patch("os.fsync", note),
        patch("os.fdatasync", note),
    ):
        journal = begin_journal(tmp_path)
        assert calls == ["sync", "write", "sync", "replace", "sync"]  # the first: a new folder
        do(journal.write_intent(intent()))
        do(journal.write_accepted(1, 17))
        do(journal.write_ended(1, "done"))
        assert calls[5:] == ["write", "sync"] * 3


def test_the_messages_say_what_was_sent_by_then(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    number = do(journal.write_intent(intent()))
    with patch("os.write", side_effect=OSError(errno.ENOSPC, "No space left on device")):
        with pytest.raises(JournalError, match="No space left on device; nothing was sent"):
            do(journal.begin_run())
        with pytest.raises(JournalError, match="web-1/create was not sent"):
            do(journal.write_intent(intent()))
        with pytest.raises(
            JournalError, match=r"task 17 \(create server, web-1\) continues in the cloud"
        ):
            do(journal.write_accepted(number, 17))
        with pytest.raises(
            JournalError, match="web-1/create ended as done, but this is not recorded"
        ):
            do(journal.write_ended(number, "done"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_device_means_that_nothing_was_sent(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    full = os.open("/dev/full", os.O_WRONLY)
    real_write = os.write
    try:
        with (
            patch("os.write", lambda handle, data: real_write(full, data)),
            pytest.raises(JournalError, match="web-1/create was not sent"),
        ):
            do(journal.write_intent(intent()))
    finally:
        os.close(full)
    assert do(journal.write_intent(intent())) == journal.entries[-1].number


def _remove(file: Path) -> None:
    file.unlink()


def _move(file: Path) -> None:
    file.rename(file.with_suffix(".old"))


def _move_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("old"))


def _replace(file: Path) -> None:
    contents = file.read_bytes()
    _move(file)
    file.write_bytes(contents)


@pytest.mark.parametrize("take_away", [_remove, _move, _move_folder, _replace])
def test_a_journal_that_no_later_run_would_find_is_noticed(
    tmp_path: Path, take_away: Callable[[Path], None]
) -> None:
    journal = begin_journal(tmp_path)
    take_away(journal_file(tmp_path))
    with pytest.raises(JournalError, match="it was removed meanwhile; web-1/create was not sent"):
        do(journal.write_intent(intent()))


def test_a_journal_that_somebody_else_writes_to_is_noticed(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    with journal_file(tmp_path).open("ab") as file:
        file.write(b"x")
    with pytest.raises(JournalError, match="something else has changed it"):
        do(journal.write_intent(intent()))


@pytest.mark.parametrize("call", ["os.fsync", "os.write", "pathlib.Path.replace"])
def test_a_run_that_cannot_begin_leaves_the_journal_as_it_was(tmp_path: Path, call: str) -> None:
    write_some(tmp_path)
    before = journal_file(tmp_path).read_bytes()
    journal = open_journal(tmp_path)
    with (
        patch(call, side_effect=OSError(errno.EIO, "Input/output error")),
        pytest.raises(JournalError, match="nothing was sent"),
    ):
        do(journal.begin_run())
    assert journal_file(tmp_path).read_bytes() == before
    assert len(list((tmp_path / "journal").iterdir())) == 1


def test_what_a_crash_left_of_a_new_file_does_not_matter(tmp_path: Path) -> None:
    before = write_some(tmp_path).open_entries
    path = journal_file(tmp_path)
    path.with_name(f".{path.name}.new").write_bytes(b'{"n":1,"type"')
    assert begin_journal(tmp_path).entries == before
    assert len(list((tmp_path / "journal").iterdir())) == 1


def test_a_work_dir_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("a file")
    with pytest.raises(JournalError, match="Not a directory"):
        begin_journal(tmp_path / "work")


# Real processes


WRITER = """
import sys
from pathlib import Path
from tests.support.journals import begin_journal, do, intent
from ccloud_apply.errors import JournalError

journal = begin_journal(Path(sys.argv[1]))
while True:
    try:
        number = do(journal.write_intent(intent()))
        print("intent", number, flush=True)
        do(journal.write_accepted(number, number + 1000))
        print("accepted", number, flush=True)
    except JournalError as error:
        print("refused", error.message, flush=True)
        break
"""


def start_writer(folder: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize("lines", [1, 2, 25])
def test_what_was_acknowledged_before_a_kill_is_there(tmp_path: Path, lines: int) -> None:
    with start_writer(tmp_path) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().splitlines()
        process.wait(timeout=PATIENCE_S)
    entries = {entry.number: entry for entry in open_journal(tmp_path).entries}
    for line in said:
        kind, number = line.split()[0], int(line.split()[1])
        assert number in entries
        if kind == "accepted":
            assert entries[number].task_id == number + 1000
    assert len(said) >= lines


@pytest.mark.parametrize("limit", range(2000, 2040, 7))
def test_a_file_that_may_not_grow_refuses_the_intent_and_stays_whole(
    tmp_path: Path, limit: int
) -> None:
    """The system takes a part of the record first, and refuses the rest."""

    def restrict() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with start_writer(tmp_path, preexec_fn=restrict) as process:
        out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    *acknowledged, refused = out.splitlines()
    assert refused.startswith("refused the journal ")
    assert os.strerror(errno.EFBIG) in refused
    reading = read_journal(journal_file(tmp_path))
    assert not reading.is_torn
    assert reading.damage is None
    numbers = [int(line.split()[1]) for line in acknowledged if line.startswith("intent")]
    assert [entry.number for entry in reading.entries] == numbers
