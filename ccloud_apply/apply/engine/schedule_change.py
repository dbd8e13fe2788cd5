"""A snapshot schedule that replaces another one, so that no failure leaves a server without any.

What a POST does where a schedule stands is not documented: it may replace it, be refused, or be
accepted and change nothing. So the POST goes first; the old schedule is deleted only where that did
not replace it, and is put back where the POST after the DELETE fails. What is decided on the way is
in `schedule_standing.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.messages import explain, is_busy, shorten
from ccloud_apply.apply.engine.running import Running
from ccloud_apply.apply.engine.schedule import QueuedStep
from ccloud_apply.apply.engine.schedule_standing import (
    DELETE,
    SET,
    Shown,
    as_delete,
    as_restore,
    classify,
    describe,
    may_be_refused_for_old,
    require_planned,
    say_failed,
)
from ccloud_apply.apply.once.intent import RecordedIntent, SafeSend
from ccloud_apply.apply.once.outcome import running_tasks
from ccloud_apply.aspects.fields.snapshots.scheduled_snapshots import build_body, is_same, read_body
from ccloud_apply.clock import Clock
from ccloud_apply.errors import (
    ApiError,
    ApplyError,
    DecodeError,
    JournalError,
    NotFoundError,
    StatusError,
)
from ccloud_apply.model.live.account import Schedule

READ = "get_server_snapshot_schedule"

REPLACED_WITHIN_S = 10.0
"""How long an accepted POST may take to show before the old schedule is deleted. Short, because
deleting one that was replaced already ends in the same schedule."""

SET_WITHIN_S = 60.0
"""How long a POST after the DELETE may take to show before its step fails."""

_BUSY_PAUSES_S = (5.0, 10.0, 20.0)
"""Between the DELETE and a POST that is refused for now, before the POST is given up."""

_LOOK_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChange:
    """Sends the steps that set a schedule. `is_stopping` says that no step may begin any more."""

    api: Api
    safety: SafeSend
    clock: Clock
    is_stopping: Callable[[], bool]

    async def carry_out(
        self, running: Running, path: str, body: Any, say: Callable[[str], None]
    ) -> bool:
        """Set the schedule; False if it was left alone because of a stop.

        Raises ApiError and ApplyError, which say what stands, and JournalError.
        """
        hostname, new = running.hostname or "", read_body(body)
        old = await self._read(hostname) if running.queued.step.late else None
        if old is not None:
            if is_same(old, new):
                say("it is so already")
                return True
            require_planned(hostname, old, running.queued.step.late["replaces"])
        if self.is_stopping():
            return False
        running.noted = await self.safety.note(running.queued, path, hostname, body, {})
        running.phase = "sending"
        try:
            await self.api.send(SET, running.queued.step.method, path, body)
        except StatusError as error:
            standing = await self._find_standing(hostname, error, old, new)
            if standing is None:
                say("refused, but it is so already")
                return True
            old, why = standing, explain(error)
        else:
            if old is None:
                return True
            running.phase = "confirming"
            shown = await self._wait_until_new(hostname, old, new, REPLACED_WITHIN_S)
            outcome = classify(shown, old=old, new=new)
            if outcome is Shown.NEW:
                return True
            if outcome is Shown.OTHER:
                raise ApplyError(f"accepted, but {hostname} shows {describe(shown)}; plan again")
            why = f"accepted, but {hostname} shows {describe(shown)}"
        say(f"{why}; the old schedule is deleted first")
        return await self._replace(running, path, body, old, why)

    async def _find_standing(
        self, hostname: str, error: StatusError, old: Schedule | None, new: Schedule
    ) -> Schedule | None:
        """The schedule because of which a POST was refused; None if the new one stands already.

        Raises the error itself where it has another reason, and ApplyError.
        """
        if not may_be_refused_for_old(error):
            if old is None or is_busy(error) or error.status != 422:
                raise error
            raise ApplyError(f"{explain(error)}; the old schedule stays: {describe(old)}")
        shown = await self._read(hostname)
        if shown is None:
            raise error
        if is_same(shown, new):
            return None  # the answer to an earlier try of the same request was lost
        if is_busy(error) and await running_tasks(self.api, hostname):
            raise error
        if old is None or not is_same(shown, old):
            raise ApplyError(
                f"changed since the plan: {hostname} has a schedule, {describe(shown)}",
                hint="plan again",
            )
        return shown

    async def _replace(
        self, running: Running, path: str, body: Any, old: Schedule, why: str
    ) -> bool:
        """DELETE and POST. The intents of both are written before the DELETE leaves, so that a
        journal that fails cannot keep the POST from following."""
        hostname, queued, delete = (
            running.hostname or "",
            running.queued,
            as_delete(running.queued),
        )
        self._end(queued, running.noted, why)
        running.noted = None
        if self.is_stopping():
            running.phase = "preparing"
            return False
        deleted = await self.safety.note(delete, path, hostname, None, {})
        posted = await self.safety.note(queued, path, hostname, body, {})
        running.phase = "sending"  # and stays so: a stop waits for the POST
        error = await self._delete(delete, path)
        if error is not None:
            self._end(delete, deleted, explain(error))
            self._end(queued, posted, "not sent")
            raise ApplyError(
                f"{why}; and the old schedule could not be deleted, so it stays:"
                f" {describe(old)}: {explain(error)}"
            )
        try:
            await self._post(queued, path, body)
        except ApiError as refusal:
            shown = await self._look(hostname)
            if classify(shown, old=old, new=read_body(body)) is not Shown.NEW:
                await self._fail(running, path, old, refusal, (deleted, posted))
        self._end(delete, deleted, None)
        running.noted = posted
        running.phase = "confirming"
        shown = await self._wait_until_new(hostname, old, read_body(body), SET_WITHIN_S)
        if classify(shown, old=old, new=read_body(body)) is not Shown.NEW:
            raise ApplyError(
                f"accepted, but {hostname} shows {describe(shown)} after {SET_WITHIN_S:.0f} s",
                hint="run apply again: it looks at what is there and goes on",
            )
        return True

    async def _delete(self, delete: QueuedStep, path: str) -> ApiError | None:
        """Why the schedule was surely not deleted; None if it was, or may have been."""
        try:
            await self.api.send(DELETE, delete.step.method, path, None)
        except NotFoundError:
            return None
        except ApiError as error:
            return None if error.maybe_done or isinstance(error, DecodeError) else error
        return None

    async def _post(self, queued: QueuedStep, path: str, body: Any) -> None:
        """POST, and again where it is refused for now: the server has no schedule meanwhile."""
        for pause_s in _BUSY_PAUSES_S:
            try:
                await self.api.send(SET, queued.step.method, path, body)
            except StatusError as error:
                if not is_busy(error) or self.is_stopping():
                    raise
            else:
                return
            await self.clock.sleep(pause_s)
        await self.api.send(SET, queued.step.method, path, body)

    async def _fail(
        self,
        running: Running,
        path: str,
        old: Schedule,
        refusal: ApiError,
        noted: tuple[RecordedIntent, RecordedIntent],
    ) -> None:
        """Put the old schedule back, and raise ApplyError that says what stands; JournalError if
        the journal fails, which says the same."""
        hostname, queued = running.hostname or "", running.queued
        body = build_body(old, self.clock.now())
        restore, restored, trouble = as_restore(queued, body), None, None
        has_journal = True
        try:
            restored = await self.safety.note(restore, path, hostname, body, {})
            await self._post(restore, path, body)
        except (ApiError, ApplyError) as error:
            if not await self._stands(hostname, old, error):
                trouble = explain(error)
            has_journal = not isinstance(error, JournalError)
        message = say_failed(hostname, explain(refusal), old, trouble)
        try:
            self._end(as_delete(queued), noted[0], None)
            self._end(queued, noted[1], explain(refusal))
            self._end(restore, restored, trouble)
        except JournalError:
            has_journal = False
        running.noted = None
        raise ApplyError(message) if has_journal else JournalError(message)

    async def _stands(self, hostname: str, old: Schedule, error: ApiError | ApplyError) -> bool:
        """True if a POST that failed was refused because the old schedule is there, or was only
        lost. A read may be late, so it proves nothing after any other error."""
        is_for_old = isinstance(error, StatusError) and may_be_refused_for_old(error)
        if not is_for_old and not (isinstance(error, ApiError) and error.maybe_done):
            return False
        shown = await self._look(hostname)
        return shown is not None and is_same(shown, old)

    def _end(self, queued: QueuedStep, noted: RecordedIntent | None, error: str | None) -> None:
        if noted is not None:
            text = None if error is None else shorten(error)
            self.safety.end(queued, noted, "failed" if error else "done", error=text)

    async def _read(self, hostname: str) -> Schedule | None:
        schedule: Schedule | None = await self.api.read_part(READ, hostname)
        return schedule

    async def _look(self, hostname: str) -> Schedule | None:
        """What shows after a failure; None also where it cannot be read."""
        try:
            return await self._read(hostname)
        except ApiError:
            return None

    async def _wait_until_new(
        self, hostname: str, old: Schedule, new: Schedule, patience_s: float
    ) -> Schedule | None:
        """What the server shows: the new schedule, or what is there when the time is over."""
        start = self.clock.monotonic()
        while True:
            shown = await self._read(hostname)
            waited_s = self.clock.monotonic() - start
            if classify(shown, old=old, new=new) is Shown.NEW or waited_s >= patience_s:
                return shown
            await self.clock.sleep(max(_LOOK_PAUSE_S, 0.2 * waited_s))
