"""The journal of one stack in one account, in a file: written before a change is sent, and after.

An intent is durable before its request leaves. Whatever ends a run, the next one knows what may
have been sent. A journal holds no secret. It can be lost with its disk, or be an old copy, so each
entry is compared with the account before anything follows from it. Records that are ready together
reach the disk together, and the event loop does not wait for it.

What is recorded belongs to `stack_journal.py`; what the next run does about an open entry does not
belong here, nor do locks; for people a journal is read by `inspect.py`.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from ccloud_apply.apply.journal.file import JournalFile
from ccloud_apply.apply.journal.group_commit import GroupCommit
from ccloud_apply.apply.journal.record import Contents
from ccloud_apply.apply.journal.stack_journal import StackJournal
from ccloud_apply.apply.journal.takeover import has_unsettled, merge, open_found
from ccloud_apply.apply.journal.trust import tell_torn
from ccloud_apply.apply.workdir.open_files import hint_for
from ccloud_apply.apply.workdir.paths import journal_path
from ccloud_apply.clock import Clock
from ccloud_apply.concurrency import OffLoop, Revocable, off_loop
from ccloud_apply.errors import JournalError


class Journal(StackJournal):
    """One stack's journal in a file, for whoever holds the stack's lock. Every write raises
    JournalError."""

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
        super().__init__(
            account=account, stack=stack, clock=clock, contents=contents, warnings=warnings
        )
        self._path = found_at
        self._new_path = path
        self._replaces = tuple(each for each in replaces if each != path)
        self._file = file
        self._off_loop = off_loop
        self._commit: GroupCommit | None = None

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

    async def _replace(self, records: Sequence[Mapping[str, Any]]) -> None:
        file = await self._create(records)
        self.close()
        for replaced in self._replaces:  # all that is not settled stands in the new one
            with suppress(OSError):  # then the next run takes its place
                replaced.unlink()
        self._replaces, self._path = (), self._new_path
        self._file, self._commit = file, None

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

    def close(self) -> None:
        """Close the file. What was written stays, and what is on its way gets there first."""
        if self._commit is not None:
            self._commit.close()
            self._commit = None
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _append(self, record: Mapping[str, Any]) -> None:
        if self._file is None:
            raise RuntimeError("the journal is not open")
        if self._commit is None:
            self._commit = GroupCommit(self._file.append, self._remember, self._off_loop)
        await self._commit.add(record)

    def _writing(self, consequence: str) -> AbstractContextManager[None]:
        return _writing(self._path, consequence)


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
    return f"what {others} had open is now in {path}: they belong to the same account"
