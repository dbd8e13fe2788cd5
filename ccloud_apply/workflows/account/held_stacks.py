"""The stacks of one apply, held: their locks and journals, under every id of their account.

Here they are files of a work dir. A fleet holds its stacks by leases in its database: `Held` is
what an apply needs of either.

How a lock or a journal works belongs to apply/, which ids an account has to known_account.py.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import field
from pathlib import Path
from typing import Protocol

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.journal.journal import Journal, has_journal
from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.once.creates.slots import CreateSlots, FolderPlace, OpenSlots, Slots
from ccloud_apply.apply.once.safe_send import MaySend, allow_all
from ccloud_apply.apply.workdir.accounts import AccountIds
from ccloud_apply.apply.workdir.lock import lock_stacks
from ccloud_apply.apply.workdir.open_files import make_room
from ccloud_apply.apply.workdir.slots import SlotFolder
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.workflows.account.connection import Execution
from ccloud_apply.workflows.account.known_account import KnownAccount, find_account
from ccloud_apply.workflows.account.run import Run

_JOURNALS = 3
"""Files that a journal takes while its run begins: it, its folder, and the one it replaces."""


class Held(Protocol):
    """Stacks that nobody else changes, by all of their names, until the apply is over."""

    @property
    def ids(self) -> AccountIds:
        """Those of their account, as far as they are known by now."""
        ...

    @property
    def may_send(self) -> MaySend:
        """Asked right before every change leaves: whether they are still held."""
        ...

    async def open_journals(self) -> Mapping[str, Recorder]:
        """Their journals, by name. Raises JournalError."""
        ...

    def slots(self, limit: int) -> OpenSlots:
        """Opens the slots for creates of their account."""
        ...

    async def learn(self, customer_id: str | None) -> None:
        """Take note of whose account it is as it was read, before anything is changed.

        Raises ApplyError for another customer than was noted, LockedError.
        """
        ...

    async def note(self, customer_id: str | None) -> None:
        """Keep for the next run whose account it is."""
        ...


class Hold(Protocol):
    """Holds stacks until the body of the context ends."""

    def __call__(
        self, run: Run, stacks: Iterable[Stack], execution: Execution, tell: Callable[[str], None]
    ) -> AbstractAsyncContextManager[Held]:
        """`tell` is told what is waited for. Raises LockedError, ApiError."""
        ...


@dataclass(slots=True, kw_only=True)
class HeldStacks:
    """Stacks by their `names`, earlier ones too, held until `until_end` ends.

    A lock is waited for `timeout_s` seconds, and `tell` is told for whom.
    """

    account: KnownAccount
    names: tuple[str, ...]
    clock: Clock
    timeout_s: float
    tell: Callable[[str], None]
    until_end: AsyncExitStack
    _locked: set[tuple[str, str]] = field(default_factory=set)

    may_send: MaySend = allow_all
    """A lock of the operating system cannot be lost."""

    @property
    def ids(self) -> AccountIds:
        """Those of their account, as far as they are known by now."""
        return self.account.ids

    async def lock(self) -> None:
        """Lock the stacks under every id by which somebody may know the account.

        Raises LockedError.
        """
        ids = self.account.ids
        make_room((len(ids.locks) + _JOURNALS) * len(self.names))
        for one in ids.locks:
            await self._lock(one, self.names)
        for one in ids.earlier:  # an earlier version may be writing to its journal
            await self._lock(one, [name for name in self.names if self._has_journal(one, name)])

    async def open_journals(self) -> Mapping[str, Recorder]:
        """Their journals, once they are locked. Raises JournalError."""
        ids = self.account.ids
        journals: dict[str, Recorder] = {}
        for name in self.names:
            journal = Journal.open(
                self.account.folder,
                account=ids.journal,
                earlier_accounts=ids.earlier,
                stack=name,
                clock=self.clock,
            )
            self.until_end.callback(journal.close)
            journals[name] = journal
        return journals

    def slots(self, limit: int) -> OpenSlots:
        """Opens the slots for creates that its account has on this machine."""
        account = self.account
        folder = SlotFolder(folder=account.folder, account=account.ids.slots, limit=limit)

        def open_slots(api: Api, clock: Clock, /, *, poll_s: float, timeout_s: float) -> Slots:
            place = FolderPlace(folder=folder, clock=clock)
            return CreateSlots(
                api=api, clock=clock, place=place, poll_s=poll_s, timeout_s=timeout_s
            )

        return open_slots

    async def learn(self, customer_id: str | None) -> None:
        """Lock what the account goes by as well, if nothing told it before the account was read.

        Raises ApplyError for another customer than was noted, and for one with a journal that
        nobody has looked at; LockedError.
        """
        if not self.account.learn(customer_id):
            return
        await self.lock()
        journal = self.account.ids.journal
        if any(self._has_journal(journal, name) for name in self.names):
            raise ApplyError(
                "nothing was changed: the account says only now whose it is, and that customer has"
                " a journal",
                hint="run apply again: it begins with that journal",
            )

    async def note(self, customer_id: str | None) -> None:
        """Keep for the next run whose account it is: at the latest its first server tells it."""
        with suppress(ApplyError):  # the next run tells of another customer
            self.account.learn(customer_id)

    def _has_journal(self, account: str, name: str) -> bool:
        return has_journal(self.account.folder, account=account, stack=name)

    async def _lock(self, account: str, stacks: Sequence[str]) -> None:
        new = [name for name in stacks if (account, name) not in self._locked]
        await self.until_end.enter_async_context(
            lock_stacks(
                self.account.folder,
                account=account,
                stacks=new,
                timeout_s=self.timeout_s,
                clock=self.clock,
                tell=self.tell,
            )
        )
        self._locked.update((account, name) for name in new)


@asynccontextmanager
async def hold_stacks(
    run: Run, stacks: Iterable[Stack], execution: Execution, tell: Callable[[str], None]
) -> AsyncIterator[HeldStacks]:
    """These stacks, locked until the body ends. Raises LockedError, ApiError."""
    account = await find_account(run, Path(execution.work_dir))
    async with AsyncExitStack() as until_end:
        held = HeldStacks(
            account=account,
            names=tuple(dict.fromkeys(name for stack in stacks for name in stack.names)),
            clock=run.clock,
            timeout_s=execution.lock_timeout_s,
            tell=tell,
            until_end=until_end,
        )
        await held.lock()
        yield held
