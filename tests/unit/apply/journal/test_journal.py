"""What a journal remembers, forgets and refuses."""

import json
import os
import stat
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccloud_apply.apply.journal.journal import Journal
from ccloud_apply.apply.journal.record import encode_record, run_record
from ccloud_apply.apply.journal.recorder import NoJournal, Recorder
from ccloud_apply.apply.journal.stack_journal import MAX_ERROR
from ccloud_apply.apply.workdir.accounts import account_id, earlier_account_id
from ccloud_apply.errors import ApplyError, JournalError
from ccloud_apply.model.journal import Entry, Intent
from tests.support.examples import examples
from tests.support.journals import (
    ACCOUNT,
    StillClock,
    begin_journal,
    do,
    intent,
    journal_file,
    open_journal,
)
from tests.support.render.strategies import hostile_texts, values

EARLIER = earlier_account_id("https://api.example/v1", "client")


def test_where_there_is_no_journal_nothing_is_made_and_nothing_is_known(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "work")
    assert not journal.was_found
    assert journal.entries == journal.open_entries == ()
    assert journal.warnings == ()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_is_found_once_a_run_has_begun(tmp_path: Path) -> None:
    begin_journal(tmp_path).close()
    assert open_journal(tmp_path).was_found


def test_an_entry_tells_the_intent_the_task_and_the_end(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    number = do(journal.write_intent(intent()))
    assert [entry.outcome for entry in journal.open_entries] == [None]
    do(journal.write_accepted(number, 17))
    do(journal.write_ended(number, "failed", error="no room"))
    other = do(journal.write_intent(intent("web-2/create")))
    do(journal.write_ended(other, "done", hostname="vs10001"))
    journal.close()

    entries = open_journal(tmp_path).entries
    assert entries == journal.entries
    first, second = entries
    assert (first.intent, first.task_id, first.outcome) == (intent(), 17, "failed")
    assert (first.error, first.hostname, first.time) == (
        "no room",
        None,
        "2027-01-01T12:00:00.000+00:00",
    )
    assert (second.outcome, second.hostname, second.run) == ("done", "vs10001", first.run)


def test_unknown_is_open_and_a_later_end_settles_it(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    number = do(journal.write_intent(intent()))
    do(journal.write_ended(number, "unknown", error="no answer"))
    assert [entry.number for entry in journal.open_entries] == [number]
    journal.close()

    later = open_journal(tmp_path)
    do(later.write_ended(number, "done", hostname="vs10001"))
    assert later.open_entries == ()
    assert later.entries[0].error is None


def test_a_run_forgets_what_is_settled_and_keeps_what_is_open(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    for outcome in ("done", "failed", "unknown", None):
        number = do(
            journal.write_intent(intent(f"{outcome}/create", operation_id="resize_server_cores"))
        )
        do(journal.write_accepted(number, 20 + number))
        if outcome is not None:
            do(journal.write_ended(number, outcome, error=None))
    kept = journal.open_entries
    journal.close()

    later = begin_journal(tmp_path)
    assert later.entries == kept
    fresh = do(later.write_intent(intent("web-9/create")))
    assert fresh == 5
    assert later.entries[-1].run != kept[0].run
    later.close()
    assert open_journal(tmp_path).entries == later.entries


def test_a_create_whose_task_failed_is_kept_until_the_key_is_created_or_destroyed(
    tmp_path: Path,
) -> None:
    journal = begin_journal(tmp_path)
    refused = do(journal.write_intent(intent("refused/create")))
    do(journal.write_ended(refused, "failed", error="422"))
    half = do(journal.write_intent(intent("web/create")))
    do(journal.write_accepted(half, 7))
    do(journal.write_ended(half, "failed", hostname="vs10001", error="task 7 failed: no host"))
    journal.close()

    second = begin_journal(tmp_path)
    assert [(e.number, e.hostname) for e in second.entries] == [(half, "vs10001")]
    assert second.open_entries == ()
    gone = do(second.write_intent(intent("web/destroy", operation_id="delete_server")))
    do(second.write_ended(gone, "done"))
    second.close()
    assert begin_journal(tmp_path).entries == ()


def test_what_was_learnt_outlives_the_runs_until_it_is_forgotten(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    number = do(journal.write_intent(intent()))
    do(journal.write_learnt(number, {"adds:set_server_addon": True, "gone": [1, "two"]}))
    (entry,) = journal.open_entries
    assert entry.outcome == "unknown", "an earlier version takes it for an end that is not known"
    do(journal.write_ended(number, "done"))
    for _ in range(2):
        journal.close()
        journal = open_journal(tmp_path)
        assert journal.learnt == {"adds:set_server_addon": True, "gone": [1, "two"]}
        do(journal.begin_run())
        assert journal.entries == ()
    number = do(journal.write_intent(intent()))
    do(journal.write_learnt(number, {"gone": None, "never": None}))
    journal.close()
    assert open_journal(tmp_path).learnt == {"adds:set_server_addon": True}


def test_a_server_that_is_off_is_not_forgotten_until_its_start_is_done(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    stop = do(journal.write_intent(intent("web-1/shutdown", closed_by="web-1/start")))
    do(journal.write_ended(stop, "done"))
    assert journal.open_entries == ()
    journal.close()

    second = begin_journal(tmp_path)
    assert [entry.number for entry in second.unclosed_entries] == [stop]
    start = do(second.write_intent(intent("web-1/start", closes="web-1/shutdown")))
    assert [entry.number for entry in second.unclosed_entries] == [stop]
    do(second.write_ended(start, "done"))
    assert second.unclosed_entries == ()
    second.close()
    assert begin_journal(tmp_path).entries == ()


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
def test_a_shutdown_that_was_not_done_has_nothing_to_close(tmp_path: Path, outcome: Any) -> None:
    journal = begin_journal(tmp_path)
    stop = do(journal.write_intent(intent("web-1/shutdown", closed_by="web-1/start")))
    do(journal.write_ended(stop, outcome))
    assert journal.unclosed_entries == ()


def test_a_start_closes_only_the_shutdown_before_it(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    for step, fields in (
        ("web-1/shutdown", {"closed_by": "web-1/start"}),
        ("web-1/start", {"closes": "web-1/shutdown"}),
        ("web-1/shutdown", {"closed_by": "web-1/start"}),
    ):
        do(journal.write_ended(do(journal.write_intent(intent(step, **fields))), "done"))
    assert [entry.number for entry in journal.unclosed_entries] == [3]
    do(journal.write_closed(3))
    assert journal.unclosed_entries == ()
    journal.close()
    assert open_journal(tmp_path).unclosed_entries == ()


def test_what_closes_an_unknown_shutdown_is_kept_with_it(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    stop = do(journal.write_intent(intent("web-1/shutdown", closed_by="web-1/start")))
    do(journal.write_ended(stop, "unknown"))
    start = do(journal.write_intent(intent("web-1/start", closes="web-1/shutdown")))
    do(journal.write_ended(start, "done"))
    journal.close()

    later = begin_journal(tmp_path)
    do(later.write_ended(stop, "done"))
    assert later.unclosed_entries == ()


def test_an_intent_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="none has begun"):
        do(open_journal(tmp_path).write_intent(intent()))


def test_an_error_is_kept_short(tmp_path: Path) -> None:
    journal = begin_journal(tmp_path)
    do(journal.write_ended(do(journal.write_intent(intent())), "failed", error="x" * 100_000))
    assert len(journal.entries[0].error or "") == MAX_ERROR
    assert journal_file(tmp_path).stat().st_size < 4000


# Whose it is


def test_an_account_is_named_by_its_client_or_its_token_and_shows_neither() -> None:
    names = {
        account_id("https://a/v1", "client"),
        account_id("https://b/v1", "client"),
        account_id("https://a/v1", "other"),
        account_id("https://a/v1", None, "client"),
        account_id("https://a/v1", None, None),
    }
    assert len(names) == 5
    assert all(len(name) == 64 and set(name) <= set("0123456789abcdef") for name in names)
    assert account_id("https://a/v1", "client", "token") == account_id("https://a/v1", "client")


@pytest.mark.parametrize(
    "endpoint",
    [
        "HTTP://LocalHost/v1/",
        "http://127.0.0.1/v1",
        "http://[::1]:80/v1",
        "http://localhost:80/v1/",
    ],
)
def test_an_account_is_the_same_however_its_endpoint_is_spelled(endpoint: str) -> None:
    assert account_id(endpoint, "client") == account_id("http://localhost/v1", "client")
    assert earlier_account_id(endpoint, "client") != account_id(endpoint, "client")


def open_after_upgrade(folder: Path) -> Journal:
    return Journal.open(
        folder, account=ACCOUNT, earlier_accounts=(EARLIER,), stack="web", clock=StillClock()
    )


def test_a_journal_of_an_earlier_version_is_found_and_the_next_run_takes_its_place(
    tmp_path: Path,
) -> None:
    old = begin_journal(tmp_path, account=EARLIER)
    number = do(old.write_intent(intent()))
    old.close()
    before = journal_file(tmp_path)

    journal = open_after_upgrade(tmp_path)
    assert (journal.was_found, journal.warnings) == (True, ())
    assert [entry.number for entry in journal.open_entries] == [number]
    assert journal_file(tmp_path) == before, "nothing is made before a run begins"
    do(journal.begin_run())
    journal.close()

    assert journal_file(tmp_path) != before
    for later in (open_journal(tmp_path), open_after_upgrade(tmp_path)):
        assert [entry.intent for entry in later.open_entries] == [intent()]
        assert later.warnings == ()


def test_what_two_journals_of_one_account_have_open_becomes_one_journal(tmp_path: Path) -> None:
    old = begin_journal(tmp_path, account=EARLIER)
    do(old.write_intent(intent("web-1/create")))
    old.close()
    before = journal_file(tmp_path)
    new = begin_journal(tmp_path)
    do(new.write_intent(intent("web-2/create")))
    new.close()

    journal = open_after_upgrade(tmp_path)
    assert [e.intent.step for e in journal.open_entries] == ["web-2/create", "web-1/create"]
    assert len({entry.number for entry in journal.open_entries}) == 2
    (warning,) = journal.warnings
    assert f"what {before} had open is now in" in warning
    assert not before.exists()
    for entry in journal.open_entries:  # as recovery does, before a run begins
        do(journal.write_ended(entry.number, "done"))
    journal.close()
    assert open_journal(tmp_path).open_entries == ()


@pytest.mark.parametrize("is_open", [False, True], ids=["settled", "open"])
def test_what_two_journals_of_one_account_have_learnt_is_kept(
    tmp_path: Path, is_open: bool
) -> None:
    for account, learnt in (
        (EARLIER, {"adds:set_server_addon": True, "told": ["192.0.2.1", "192.0.2.2"]}),
        (ACCOUNT, {"told": ["192.0.2.2", "192.0.2.3"]}),
    ):
        journal = begin_journal(tmp_path, account=account)
        number = do(journal.write_intent(intent()))
        do(journal.write_learnt(number, learnt))
        if not is_open:
            do(journal.write_ended(number, "done"))
        journal.close()

    merged = open_after_upgrade(tmp_path)
    do(merged.begin_run())
    merged.close()
    assert open_journal(tmp_path).learnt == {
        "told": ["192.0.2.2", "192.0.2.3", "192.0.2.1"],
        "adds:set_server_addon": True,
    }


def test_a_second_journal_with_nothing_open_goes_with_the_next_run(tmp_path: Path) -> None:
    begin_journal(tmp_path, account=EARLIER).close()
    before = journal_file(tmp_path)
    begin_journal(tmp_path).close()
    journal = open_after_upgrade(tmp_path)
    assert (journal.was_found, journal.warnings) == (True, ())
    assert before.exists(), "nothing is made before a run begins"
    do(journal.begin_run())
    assert not before.exists()


def test_a_run_that_is_cut_off_in_a_merge_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = begin_journal(tmp_path, account=EARLIER)
    do(old.write_intent(intent()))
    old.close()
    begin_journal(tmp_path).close()

    def fail(self: Path, missing_ok: bool = False) -> None:
        if self.suffix == ".jsonl":
            raise OSError("cut off")

    monkeypatch.setattr(Path, "unlink", fail)
    with pytest.raises(JournalError, match="cannot be written"):
        open_after_upgrade(tmp_path)
    monkeypatch.undo()
    again = open_after_upgrade(tmp_path)
    assert {entry.intent.step for entry in again.open_entries} == {"web-1/create"}


def test_a_merged_journal_has_the_older_of_two_marks(tmp_path: Path) -> None:
    for account, mark in ((EARLIER, 5), (ACCOUNT, 9)):
        journal = open_journal(tmp_path, account=account)
        do(journal.begin_run(high_water_mark=mark))
        do(journal.write_intent(intent()))
        journal.close()
    assert open_after_upgrade(tmp_path).high_water_mark == 5


def test_a_journal_of_a_wholly_other_account_is_not_taken_for_an_earlier_one(
    tmp_path: Path,
) -> None:
    begin_journal(tmp_path, account=account_id("https://b/v1", "client")).close()
    assert not open_after_upgrade(tmp_path).was_found


def test_stacks_and_accounts_have_journals_of_their_own(tmp_path: Path) -> None:
    do(begin_journal(tmp_path).write_intent(intent()))
    assert not open_journal(tmp_path, stack="db").was_found
    assert not open_journal(tmp_path, account="f" * 64).was_found
    assert journal_file(tmp_path).name == f"web-{ACCOUNT[:12]}.jsonl"


@pytest.mark.parametrize(
    ("stack", "account", "word"),
    [("db", ACCOUNT, "another stack"), ("web", f"{ACCOUNT[:12]}{'0' * 52}", "another account")],
)
def test_the_journal_of_somebody_else_is_refused(
    tmp_path: Path, stack: str, account: str, word: str
) -> None:
    begin_journal(tmp_path).close()
    path = journal_file(tmp_path)
    path.rename(path.with_name(f"{stack}-{account[:12]}.jsonl"))
    with pytest.raises(JournalError, match=word):
        open_journal(tmp_path, stack=stack, account=account)


def test_the_journal_of_a_later_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    begin_journal(tmp_path).close()
    path = journal_file(tmp_path)
    header = run_record(run="r", stack="web", account=ACCOUNT)
    path.write_bytes(encode_record({"n": 1, **header, "version": 2}))
    before = path.read_bytes()
    with pytest.raises(JournalError, match="a newer ccloud-apply wrote it"):
        open_journal(tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("stack", ["../web", "", "a/b", "web\n", "WEB"])
def test_a_stack_whose_name_leads_somewhere_else_is_refused(tmp_path: Path, stack: str) -> None:
    with pytest.raises(ApplyError, match="name of the stack"):
        open_journal(tmp_path, stack=stack)


# Records that are whole and make no sense


HEADER = run_record(run="r", stack="web", account=ACCOUNT)
WRITTEN: dict[str, Any] = {
    "type": "intent",
    "entry": 1,
    "run": "r",
    "time": "t",
    "intent": {**dict.fromkeys(Intent.__dataclass_fields__, "x"), "rests_on": {}},
}


@pytest.mark.parametrize(
    "records",
    [
        [WRITTEN],
        [HEADER, HEADER],
        [{**HEADER, "version": True}],
        [{**HEADER, "stack": None}],
        [HEADER, {"type": "guess"}],
        [HEADER, {"type": "accepted", "entry": 1, "task_id": 17}],
        [HEADER, WRITTEN, WRITTEN],
        [HEADER, {**WRITTEN, "intent": {}}],
        [HEADER, {**WRITTEN, "intent": []}],
        [HEADER, {**WRITTEN, "run": 1}],
        [HEADER, WRITTEN, {"type": "accepted", "entry": 1, "task_id": "17"}],
        [HEADER, WRITTEN, {"type": "ended", "entry": 1, "outcome": "perhaps"}],
        [HEADER, WRITTEN, {"type": "ended", "entry": 1, "outcome": "done", "error": 1}],
        [HEADER, WRITTEN, {"n": 7, "type": "closed", "entry": 1}],
    ],
)
def test_a_record_that_makes_no_sense_is_damage(
    tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    begin_journal(tmp_path).close()
    lines = [encode_record({"n": n, **record}) for n, record in enumerate(records, start=1)]
    journal_file(tmp_path).write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=f"line {len(records)} is damaged"):
        open_journal(tmp_path)


def test_what_a_later_version_adds_to_a_record_is_ignored(tmp_path: Path) -> None:
    begin_journal(tmp_path).close()
    later = {**WRITTEN, "more": 1, "intent": {**WRITTEN["intent"], "more": 1}}
    lines = [encode_record({"n": 1, **HEADER}), encode_record({"n": 2, **later})]
    journal_file(tmp_path).write_bytes(b"".join(lines))
    assert [entry.intent.step for entry in open_journal(tmp_path).entries] == ["x"]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_json_is_a_mistake_and_writes_nothing(tmp_path: Path, number: float) -> None:
    journal = begin_journal(tmp_path)
    before = journal_file(tmp_path).read_bytes()
    with pytest.raises(ValueError):
        do(journal.write_intent(intent(baseline={"x": number})))
    assert journal_file(tmp_path).read_bytes() == before


# For nobody else


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_file_are_for_nobody_else(tmp_path: Path) -> None:
    work = tmp_path / "deep" / "work"
    before = os.umask(0)
    try:
        begin_journal(work).close()
    finally:
        os.umask(before)
    assert mode(work) == mode(work / "journal") == 0o700
    assert mode(journal_file(work)) == 0o600
    assert [path.name for path in (work / "journal").iterdir()] == [journal_file(work).name]


def test_wider_modes_are_tightened(tmp_path: Path) -> None:
    begin_journal(tmp_path).close()
    path = journal_file(tmp_path)
    path.chmod(0o666)
    path.parent.chmod(0o777)
    open_journal(tmp_path).close()
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_a_link_in_the_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    begin_journal(tmp_path).close()
    path = journal_file(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="it is a symbolic link"):
        open_journal(tmp_path)


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    begin_journal(tmp_path).close()
    (tmp_path / "journal").rename(tmp_path / "elsewhere")
    (tmp_path / "journal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="it is not a folder"):
        open_journal(tmp_path)


def test_a_pipe_in_the_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    begin_journal(tmp_path).close()
    path = journal_file(tmp_path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(JournalError, match="it is not a regular file"):
        open_journal(tmp_path)


@pytest.mark.parametrize("own", [0, 1])
def test_a_folder_or_journal_of_another_user_is_refused(tmp_path: Path, own: int) -> None:
    begin_journal(tmp_path).close()
    users = [os.geteuid()] * own + [os.geteuid() + 1]
    with (
        patch("os.geteuid", side_effect=users),
        pytest.raises(JournalError, match="another user"),
    ):
        open_journal(tmp_path)


# Laws


operations = st.lists(
    st.tuples(
        st.sampled_from(["intent", "accepted", "ended", "closed", "begin", "reopen"]),
        st.integers(0, 99),
        st.builds(
            Intent,
            **dict.fromkeys(set(Intent.__dataclass_fields__) - {"baseline"}, hostile_texts),
            baseline=st.dictionaries(hostile_texts, values, max_size=2),
        ),
        st.sampled_from(["done", "failed", "unknown"]),
        st.none() | hostile_texts,
    ),
    max_size=25,
)


def expected(entries: tuple[Entry, ...]) -> dict[int, tuple[Any, ...]]:
    return {entry.number: (entry.task_id, entry.outcome, entry.error) for entry in entries}


def survivors(facts: dict[int, tuple[Any, ...]], journal: Journal) -> dict[int, tuple[Any, ...]]:
    """All that is open must be there after a new run; more may be."""
    assert {n for n, fact in facts.items() if fact[1] in (None, "unknown")} <= {
        entry.number for entry in journal.entries
    }
    return {entry.number: facts[entry.number] for entry in journal.entries}


@settings(max_examples=examples(40))
@given(operations)
def test_whatever_is_written_is_there_after_reopening(
    tmp_path_factory: pytest.TempPathFactory, operations: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("work")
    facts: dict[int, tuple[Any, ...]] = {}
    with patch("os.fdatasync"), patch("os.fsync"):
        journal = begin_journal(folder)
        for kind, choice, written, outcome, error in operations:
            numbers = list(facts)
            if kind == "begin":
                do(journal.begin_run())
                facts = survivors(facts, journal)
            elif kind == "reopen":
                journal.close()
                before, journal = journal.entries, open_journal(folder)
                assert journal.entries == before
                do(journal.begin_run())
                facts = survivors(facts, journal)
            elif kind == "intent":
                facts[do(journal.write_intent(written))] = (None, None, None)
            elif numbers:
                number = numbers[choice % len(numbers)]
                task_id, *end = facts[number]
                if kind == "accepted":
                    do(journal.write_accepted(number, choice))
                    facts[number] = (choice, *end)
                elif kind == "closed":
                    do(journal.write_closed(number))
                else:
                    do(journal.write_ended(number, outcome, error=error))
                    plain = error and json.loads(json.dumps(error))[:MAX_ERROR]
                    facts[number] = (task_id, outcome, plain)
        journal.close()
        reopened = open_journal(folder)
        reopened.close()
    assert expected(reopened.entries) == facts
    assert reopened.entries == journal.entries
    assert not reopened.warnings


def test_no_journal_has_the_same_methods_and_notes_nothing(tmp_path: Path) -> None:
    recorders: tuple[Recorder, ...] = (
        NoJournal(),
        Journal.open(tmp_path, account=ACCOUNT, stack="web", clock=StillClock()),
    )
    for recorder in recorders:
        do(recorder.begin_run())
        first, second = do(recorder.write_intent(intent())), do(recorder.write_intent(intent()))
        assert first != second
        do(recorder.write_accepted(first, 17))
        do(recorder.write_ended(first, "unknown"))
        do(recorder.write_closed(first))
        recorder.close()
    nothing, something = recorders
    assert nothing.entries == nothing.open_entries == nothing.unclosed_entries == ()
    assert len(something.open_entries) == 2


def test_the_file_keeps_the_keys_of_earlier_versions(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    do(journal.begin_run(high_water_mark=16))
    do(journal.write_intent(intent(baseline={"fence": 16})))
    journal.close()
    header, written = map(json.loads, journal_file(tmp_path).read_text().splitlines())
    assert header["newest_create"] == 16
    assert written["intent"]["rests_on"] == {"fence": 16}
    assert "baseline" not in written["intent"]
