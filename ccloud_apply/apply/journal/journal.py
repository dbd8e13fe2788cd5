"""The journal of one stack in one account: written before a change is sent, and after.

An intent is durable before its request leaves. Whatever ends a run, the next one knows what may
have been sent. A journal holds no secret. It can be lost with its disk, or be an old copy, so each
entry is compared with the account before anything follows from it. Records that are ready together
reach the disk together, and the event loop does not wait for it.

What the next run does about an open entry does not belong here, nor do locks; for people a journal
is read by `inspect.py`.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from ccloud_apply.apply.journal.file import JournalFile
from ccloud_apply.apply.journal.group_commit import GroupCommit
from ccloud_apply.apply.journal.record import (
    Contents,
    accepted_record,
    add_record,
    closed_record,
    ended_record,
    entry_records,
    intent_record,
    learnt_record,
    run_record,
)
from ccloud_apply.apply.journal.takeover import find_unsettled, has_unsettled, merge, open_found
from ccloud_apply.apply.journal.trust import tell_torn
from ccloud_apply.apply.workdir.open_files import hint_for
from ccloud_apply.apply.workdir.paths import journal_path
from ccloud_apply.clock import Clock
from ccloud_apply.concurrency import OffLoop, Revocable, off_loop
from ccloud_apply.errors import JournalError
from ccloud_apply.model.journal import Entry, EntryOutcome, Intent, find_unclosed

MAX_ERROR = 2000
"""Characters of an error's text that are kept."""


class Journal:
    """One stack's journal, for whoever holds the stack's lock. Every write raises JournalError."""

    def __init__(
        self,
        path: Path,
        *,
        found_at: Path,
        replaces: tuple[Path, ...] = (),
        account: str,
        stack: str,
        clock: Clock,
        file: JournalFile | None,
        contents: Contents,
        warnings: tuple[str, ...],
        off_loop: OffLoop = off_loop,
    ) -> None:
        self._path = found_at
        self._new_path = path
        self._replaces = tuple(each for each in replaces if each != path)
        self._account = account
        self._stack = stack
        self._clock = clock
        self._file = file
        self._off_loop = off_loop
        self._commit: GroupCommit | None = None
        self._contents = contents
        self._run = ""
        self._last_number = max(contents.entries, default=0)
        self._was_found = contents.count > 0 and not contents.is_torn
        self._is_torn = contents.is_torn
        self._warnings = warnings

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        account: str,
        stack: str,
        clock: Clock,
        earlier_accounts: Sequence[str] = (),
        off_loop: OffLoop = off_loop,
    ) -> Self:
        """Read the stack's journal in this work dir, if there is one; nothing is made yet.

        Without one the journal of an earlier account is read, and the next run takes its place.
        Where several have something to tell, they become one at once. Raises JournalError for one
        that is damaged, of another stack, account or later version, or not our own.
        """
        path = journal_path(folder, account=account, stack=stack)
        found = open_found(folder, accounts=(account, *earlier_accounts), stack=stack)
        warnings = [tell_torn(each.path, each.contents) for each in found if each.contents.is_torn]
        paths = tuple(each.path for each in found)
        if any(map(has_unsettled, found[1:])):
            with _writing(path, "nothing was sent"):
                found = [merge(path, found, account=account, stack=stack)]
            warnings.append(_tell_merged(path, paths))
        for other in found[1:]:
            other.file.close()
        first = found[0] if found else None
        return cls(
            path,
            found_at=path if first is None else first.path,
            replaces=paths,
            account=account,
            stack=stack,
            clock=clock,
            file=None if first is None else first.file,
            contents=Contents() if first is None else first.contents,
            warnings=tuple(warnings),
            off_loop=off_loop,
        )

    @property
    def was_found(self) -> bool:
        """False for a cold start: no journal was there, or one whose end was missing."""
        return self._was_found

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that is known, in the order in which the intents were written."""
        return tuple(self._contents.entries.values())

    @property
    def open_entries(self) -> tuple[Entry, ...]:
        """Those of which nobody knows how they ended."""
        return tuple(entry for entry in self.entries if entry.is_open)

    @property
    def unclosed_entries(self) -> tuple[Entry, ...]:
        """Those that were done while the step that has to follow was not: a server is off."""
        return find_unclosed(self.entries)

    @property
    def high_water_mark(self) -> int:
        """The newest create task that an earlier run has accounted for."""
        return self._contents.high_water_mark

    @property
    def learnt(self) -> Mapping[str, Any]:
        """What runs have found out about the platform, by name."""
        return self._contents.learnt

    @property
    def is_torn(self) -> bool:
        """True if its last record was not whole when it was opened."""
        return self._is_torn

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know about the state in which it was found."""
        return self._warnings

    async def begin_run(self, *, high_water_mark: int = 0) -> None:
        """Forget what is settled and begin a new run; from here on a later run finds a journal.

        So this comes after the pause of a cold start. `high_water_mark` is the newest create task
        that this run has accounted for, if any. If it fails, all is as it was.
        """
        run = uuid4().hex[:12]
        header = run_record(
            run=run,
            stack=self._stack,
            account=self._account,
            high_water_mark=max(high_water_mark, self.high_water_mark),
            learnt=self.learnt,
        )
        records = [{**header, "time": self._now()}]
        for entry in find_unsettled(self.entries):
            records += entry_records(entry)
        with _writing(self._path, "nothing was sent"):
            file = await self._create(records)
        self.close()
        for replaced in self._replaces:  # all that is not settled stands in the new one
            with suppress(OSError):  # then the next run takes its place
                replaced.unlink()
        self._replaces, self._path = (), self._new_path
        self._file, self._run, self._commit = file, run, None
        self._contents = Contents()
        for number, record in enumerate(records, start=1):
            add_record(self._contents, {"n": number, **record})

    async def _create(self, records: Sequence[Mapping[str, Any]]) -> JournalFile:
        """The new file. Whatever ends this, the file does not change any more: another run may have
        its lock by then."""
        creating = Revocable(lambda: JournalFile.create(self._new_path, records))
        try:
            file = await self._off_loop(creating)
        except BaseException:
            made = creating.revoke()
            if made is not None:
                made.close()
            raise
        assert file is not None
        return file

    async def write_intent(self, intent: Intent) -> int:
        """Note that this is about to be sent, and give back the entry's number.

        If it raises, nothing may be sent. Raises RuntimeError before `begin_run`.
        """
        if not self._run:
            raise RuntimeError("an intent belongs to a run, and none has begun")
        self._last_number += 1
        number = self._last_number
        with _writing(self._path, f"{intent.step} was not sent"):
            await self._append(intent_record(number, self._run, intent))
        return number

    async def write_accepted(self, number: int, task_id: int) -> None:
        """Note that the platform took it and that this task does it."""
        intent = self._contents.entries[number].intent
        what = f"task {task_id} ({intent.operation}, {intent.server}) continues in the cloud"
        with _writing(self._path, what):
            await self._append(accepted_record(number, task_id))

    async def write_ended(
        self,
        number: int,
        outcome: EntryOutcome,
        *,
        hostname: str | None = None,
        error: str | None = None,
    ) -> None:
        """Note how it ended; a later end replaces an earlier one. No secret may be in the error."""
        step = self._contents.entries[number].intent.step
        text = None if error is None else error[:MAX_ERROR]
        with _writing(self._path, f"{step} ended as {outcome}, and that is not noted"):
            await self._append(ended_record(number, outcome, hostname, text))

    async def write_learnt(self, number: int, learnt: Mapping[str, Any]) -> None:
        """Note what an entry has told of the platform, for this run and later ones.

        None forgets a name. The entry counts as open until it ends.
        """
        step = self._contents.entries[number].intent.step
        with _writing(self._path, f"what {step} has told is not noted"):
            await self._append(learnt_record(number, learnt))

    async def write_closed(self, number: int) -> None:
        """Note that nothing has to follow this entry any more: its server runs, or is gone."""
        step = self._contents.entries[number].intent.step
        with _writing(self._path, f"what follows {step} is not noted"):
            await self._append(closed_record(number))

    def close(self) -> None:
        """Close the file. What was written stays, and what is on its way gets there first."""
        if self._commit is not None:
            self._commit.close()
            self._commit = None
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _append(self, record: dict[str, Any]) -> None:
        if self._file is None:
            raise RuntimeError("the journal is not open")
        if self._commit is None:
            self._commit = GroupCommit(self._file.append, self._remember, self._off_loop)
        await self._commit.add({**record, "time": self._now()})

    def _remember(self, written: Mapping[str, Any]) -> None:
        # What is remembered is what would be read: tuples become lists, for instance.
        add_record(self._contents, json.loads(json.dumps(written)))

    def _now(self) -> str:
        return self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")


def has_journal(folder: Path, *, account: str, stack: str) -> bool:
    """True if the stack has a journal of this account in this work dir."""
    return os.path.lexists(journal_path(folder, account=account, stack=stack))


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


@contextmanager
def _writing(path: Path, consequence: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(
            f"the journal {path} cannot be written: {_reason(error)}; {consequence}",
            hint=hint_for(error, "check its disk and folder, and run apply again"),
        ) from error


def _tell_merged(path: Path, paths: Sequence[Path]) -> str:
    others = " and ".join(str(other) for other in paths if other != path)
    return f"what {others} had open was taken over into {path}: they are of one account"
