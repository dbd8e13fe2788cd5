"""One stack's journal, wherever its records are kept: what is recorded when, and what it means.

How records get to where they are durable belongs to the subclasses: `journal.py` has a file, a
fleet has rows of its database.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC
from typing import Any
from uuid import uuid4

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
from ccloud_apply.apply.journal.takeover import find_unsettled
from ccloud_apply.clock import Clock
from ccloud_apply.model.journal import Entry, EntryOutcome, Intent, find_unclosed

MAX_ERROR = 2000
"""Characters of an error's text that are kept."""


class StackJournal(ABC):
    """One stack's journal, for whoever holds the stack. Every write raises JournalError."""

    def __init__(
        self,
        *,
        account: str,
        stack: str,
        clock: Clock,
        contents: Contents,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self._account = account
        self._stack = stack
        self._clock = clock
        self._contents = contents
        self._run = ""
        self._last_number = max(contents.entries, default=0)
        self._was_found = contents.count > 0 and not contents.is_torn
        self._is_torn = contents.is_torn
        self._warnings = warnings

    @abstractmethod
    def _writing(self, consequence: str) -> AbstractContextManager[None]:
        """Turns what goes wrong into JournalError, which says what follows from it."""

    @abstractmethod
    async def _replace(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Put these records in the place of all that are there, durably or not at all."""

    @abstractmethod
    async def _append(self, record: Mapping[str, Any]) -> None:
        """Add a record and `_remember` it; durable when this returns."""

    @abstractmethod
    def close(self) -> None:
        """Write nothing more. What was written stays, and what is on its way gets there first."""

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
        with self._writing("nothing was sent"):
            await self._replace(records)
        self._run = run
        self._contents = Contents()
        for number, record in enumerate(records, start=1):
            add_record(self._contents, {"n": number, **record})

    async def write_intent(self, intent: Intent) -> int:
        """Note that this is about to be sent, and give back the entry's number.

        If it raises, nothing may be sent. Raises RuntimeError before `begin_run`.
        """
        if not self._run:
            raise RuntimeError("an intent belongs to a run, and none has begun")
        self._last_number += 1
        number = self._last_number
        with self._writing(f"{intent.step} was not sent"):
            await self._note(intent_record(number, self._run, intent))
        return number

    async def write_accepted(self, number: int, task_id: int) -> None:
        """Note that the platform took it and that this task does it."""
        intent = self._contents.entries[number].intent
        what = f"task {task_id} ({intent.operation}, {intent.server}) continues in the cloud"
        with self._writing(what):
            await self._note(accepted_record(number, task_id))

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
        with self._writing(f"{step} ended as {outcome}, but this is not recorded"):
            await self._note(ended_record(number, outcome, hostname, text))

    async def write_learnt(self, number: int, learnt: Mapping[str, Any]) -> None:
        """Note what an entry has told of the platform, for this run and later ones.

        None forgets a name. The entry counts as open until it ends.
        """
        step = self._contents.entries[number].intent.step
        with self._writing(f"what {step} has shown is not recorded"):
            await self._note(learnt_record(number, learnt))

    async def write_closed(self, number: int) -> None:
        """Note that nothing has to follow this entry any more: its server runs, or is gone."""
        step = self._contents.entries[number].intent.step
        with self._writing(f"the end of {step} is not recorded"):
            await self._note(closed_record(number))

    async def _note(self, record: Mapping[str, Any]) -> None:
        await self._append({**record, "time": self._now()})

    def _remember(self, written: Mapping[str, Any]) -> None:
        # What is remembered is what would be read: tuples become lists, for instance.
        add_record(self._contents, json.loads(json.dumps(written)))

    def _now(self) -> str:
        return self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
