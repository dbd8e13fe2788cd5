"""A stack's journal in the database: every record in a transaction of who has the stack's lease.

Whoever has lost the lease writes nothing, and so sends nothing. The records are those of a journal
on disk (`apply/journal/record.py`), checksum included: it shows a damaged backup.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

from ccloud_apply.apply.journal.record import Contents, encode_record, read_contents
from ccloud_apply.apply.journal.stack_journal import StackJournal
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError, JournalError, StoreError
from ccloud_apply.fleet.lease.batches import Batches
from ccloud_apply.fleet.lease.lease import Lease
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.journal import (
    append_journal,
    cut_journal,
    join_lines,
    read_journal,
    replace_journal,
)


class StoreJournal(StackJournal):
    """The journal of the stack whose lease this is."""

    def __init__(
        self, database: Database, lease: Lease, *, account: str, clock: Clock, contents: Contents
    ) -> None:
        super().__init__(account=account, stack=lease.key.name, clock=clock, contents=contents)
        self._database = database
        self._lease = lease
        self._batches: Batches[Mapping[str, Any]] = Batches(self._write)
        self._is_closed = False
        self._is_doubtful = False
        """True if it may have been replaced, and nobody knows."""
        self._may_have_rest = contents.is_torn
        """True if lines may be there that are not among the contents."""

    @classmethod
    async def open(
        cls,
        database: Database,
        lease: Lease,
        *,
        account: str,
        earlier_accounts: Sequence[str] = (),
        clock: Clock,
    ) -> Self:
        """What the journal says; nothing is written yet.

        `account` is the id of the account, `earlier_accounts` those that it went by before its
        customer was known. Raises JournalError for a journal that is damaged, or that of another
        account or a later version, and StoreError.
        """
        key = lease.key
        async with database.read() as tx:
            lines = await read_journal(tx, key.account, key.name)
        contents = read_contents(join_lines(lines))
        _require_trust(contents, lease, (account, *earlier_accounts))
        return cls(database, lease, account=account, clock=clock, contents=contents)

    def close(self) -> None:
        """Take no record any more; `finish` waits for those that are on their way."""
        self._is_closed = True

    async def finish(self) -> None:
        """Come back once nothing is on its way any more."""
        self.close()
        await self._batches.finish()

    async def _append(self, record: Mapping[str, Any]) -> None:
        if self._is_closed:
            raise RuntimeError("the journal is not open")
        if self._is_doubtful:
            raise StoreError(
                "an earlier write was not answered, so it is not known what is there",
                hint="the next run reads it anew",
            )
        await self._batches.put(record)

    async def _write(self, records: Sequence[Mapping[str, Any]]) -> None:
        key, after = self._lease.key, self._contents.count
        numbered = [{"n": number, **each} for number, each in enumerate(records, after + 1)]
        had_rest, self._may_have_rest = self._may_have_rest, True
        async with self._lease.write(self._database) as tx:
            if had_rest:
                await cut_journal(tx, key.account, key.name, after=after)
            await append_journal(
                tx,
                key.account,
                key.name,
                fence=self._lease.fence,
                after=after,
                lines=_encode(numbered),
            )
        self._may_have_rest = False
        for record in numbered:
            self._remember(record)

    async def _replace(self, records: Sequence[Mapping[str, Any]]) -> None:
        await self._batches.finish()
        key = self._lease.key
        numbered = ({"n": number, **each} for number, each in enumerate(records, start=1))
        self._is_doubtful = True
        async with self._lease.write(self._database) as tx:
            await replace_journal(
                tx, key.account, key.name, fence=self._lease.fence, lines=_encode(numbered)
            )
        self._is_doubtful = self._may_have_rest = False

    @contextmanager
    def _writing(self, consequence: str) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            raise JournalError(
                f"the journal of {self._lease.key} cannot be written: {error.message};"
                f" {consequence}",
                hint=error.hint,
            ) from error
        except JournalError:
            raise
        except ApplyError as error:
            raise JournalError(f"{error.message}; {consequence}", hint=error.hint) from error


def _encode(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (encode_record(record).decode("ascii").rstrip("\n") for record in records)


def _require_trust(contents: Contents, lease: Lease, accounts: Sequence[str]) -> None:
    """Raises JournalError."""
    key = lease.key
    if contents.damage is not None:
        hint = (
            "restore the database from a backup; to continue without this journal, delete its rows"
            f" from the table journal: then the account {key.account} alone is asked what was done"
        )
        if contents.damage.is_newer:
            hint = "use that version"
        raise JournalError(f"the journal of {key}: {contents.damage}", hint=hint)
    if contents.count and (contents.stack != key.name or contents.account not in accounts):
        raise JournalError(
            f"the journal of {key} belongs to another account or stack: {key.account} leads to"
            " another customer or address than before",
            hint=f"give the account another name than {key.account} in fleet.yaml",
        )
