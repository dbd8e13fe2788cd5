"""Audits earlier creates before servers are created: does the list show all of their servers?

A server can still be in the making, or exist and not show yet. A list can be old, or broken. Each
create task is compared with the server list that the plan was made from. `session.py` decides when.
"""

from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.create import read_creates, read_tasks_after
from ccloud_apply.apply.queued_step import CREATE_TASK
from ccloud_apply.clock import Clock
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import ApplyError, AuthError, NotFoundError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Account, Task
from ccloud_apply.model.ownership import stack_tag

_MAX_PROBES = 5
"""How many of the newest servers that a list does not show are read by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnaccountedCreates:
    """Why the list does not account for every create; no reason: it does.

    `newest` is the newest create task of the audit. It becomes the high-water mark once every
    create is accounted for.
    """

    newest: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAudit:
    """Compares create tasks with a server list. `random` gives a number from 0 to 1."""

    api: Api
    clock: Clock
    warn: Callable[[str], None]
    random: Callable[[], float]
    poll_s: float
    timeout_s: float

    async def settle(self, why: str, *, pause_s: float) -> None:
        """Wait for a pause in which no server was created, so that everything in flight can show.

        The owner of a new server shows when its create task ends, or later. The pause is up to half
        as long again, at random: two machines that start at the same moment then see each other.
        Raises ApplyError if there is no such pause within a task's timeout.
        """
        start = self.clock.monotonic()
        pause_s *= 1 + self.random() / 2
        if pause_s:
            self.warn(f"{why}; looking again in {pause_s:.0f} s")
        has_told = False
        creates = await read_creates(self.api)
        while True:
            await self.clock.sleep(self.poll_s if creates.running else pause_s)
            before, creates = creates, await read_creates(self.api)
            if creates == before and not creates.running:
                return
            names = ", ".join(str(number) for number in creates.running[:5])
            if self.clock.monotonic() - start >= self.timeout_s:
                raise ApplyError(
                    f"servers of unknown origin are still being created (task {names});"
                    " nothing was changed",
                    hint="run apply again when they are done",
                )
            if names and not has_told:
                has_told = True
                self.warn(f"waiting for create tasks of unknown origin: {names}")

    async def find_unaccounted(
        self, account: Account, *, since: int | None, emptied: Collection[str], has_settled: bool
    ) -> UnaccountedCreates:
        """The creates after task `since` that the account's list does not show.

        `since` None means the newest page of create tasks. The list shows no server of the
        `emptied` stacks, so each of these is listed once more by its tag.

        A server that was created and deleted again is accounted for. One that cannot be told from
        it counts as unaccounted until `has_settled`: then it has had the time to show. So does one
        whose create has failed: it can exist all the same, half made. Raises ApiError.
        """
        async with task_group() as group:
            reading = group.create_task(read_tasks_after(self.api, CREATE_TASK, since))
            lists = [group.create_task(self.api.list_servers(tag=stack_tag(n))) for n in emptied]
        creates = reading.result()
        newest = max((task.id for task in creates), default=since or 0)
        listed = {server.hostname for server in account.every_server}
        unlisted = [s.name for one in lists for s in one.result() if s.hostname not in listed]
        if unlisted:
            return UnaccountedCreates(
                newest=newest, reason=f"a list has just lacked {', '.join(unlisted[:5])}"
            )
        unseen = [task for task in creates if task.hostname not in listed]
        running = [task for task in unseen if task.is_processing]
        if running:
            return UnaccountedCreates(newest=newest, reason=_name_tasks(running))
        if unseen:
            unseen = await self._drop_deleted(unseen)
        if unseen and has_settled:
            unseen = await self._probe(unseen)
        return UnaccountedCreates(newest=newest, reason=_name_servers(unseen) if unseen else None)

    async def _drop_deleted(self, creates: Sequence[Task]) -> list[Task]:
        oldest = min(task.id for task in creates)
        deletes = await read_tasks_after(self.api, "delete-server", oldest)
        deleted = {t.hostname: t.id for t in deletes if t.hostname and not t.has_failed}
        return [task for task in creates if deleted.get(task.hostname or "", 0) < task.id]

    async def _probe(self, creates: Sequence[Task]) -> list[Task]:
        """Those whose servers exist by name although the list does not show them."""
        named = [task for task in creates if task.hostname]
        newest = sorted(named, key=lambda task: task.id, reverse=True)[:_MAX_PROBES]
        async with task_group() as group:
            reads = [group.create_task(self._is_there(task.hostname or "")) for task in newest]
        return [task for task, read in zip(newest, reads, strict=True) if read.result()]

    async def _is_there(self, hostname: str) -> bool:
        try:
            return not (await self.api.get_server(hostname)).is_deleting
        except NotFoundError:
            return False
        except AuthError as error:  # somebody else's by now: ours would be readable
            if error.status == HTTPStatus.FORBIDDEN:
                return False
            raise


def _name_tasks(tasks: Sequence[Task]) -> str:
    names = ", ".join(str(task.id) for task in tasks[:5])
    return f"a server is being made that does not show yet (task {names})"


def _name_servers(tasks: Sequence[Task]) -> str:
    names = ", ".join(f"{task.hostname or 'a server'} (task {task.id})" for task in tasks[:5])
    return f"the server list does not show what was created: {names}"
