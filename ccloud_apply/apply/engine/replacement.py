"""A value that replaces another one, so that no failure leaves a server without any.

What a POST does where a value stands may be undocumented: it may replace it, be refused, or be
accepted and change nothing. So the POST goes first. The old value is deleted only where that did
not replace it, and is put back where the POST after the DELETE fails. What a value is, which one
shows and what a refusal means is told by the effect's `Replacement`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.delete_first import as_delete, send_delete
from ccloud_apply.apply.engine.running import Running
from ccloud_apply.apply.messages import explain, is_busy, shorten
from ccloud_apply.apply.once.intent import RecordedIntent
from ccloud_apply.apply.once.outcome import running_tasks
from ccloud_apply.apply.once.patience import repeat_while_busy
from ccloud_apply.apply.once.safe_send import SafeSend
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.aspects.effects import Replacement, Shown, changed_since_plan
from ccloud_apply.clock import Clock, poll_until
from ccloud_apply.errors import (
    ApiError,
    ApplyError,
    CcloudApplyError,
    JournalError,
    StatusError,
    UnseenError,
)
from ccloud_apply.lazy_dataclass import dataclass

REPLACED_WITHIN_S = 10.0
"""Seconds in which an accepted POST has to show before the old value is deleted. Short, because
deleting one that was replaced already ends in the same value."""

SET_WITHIN_S = 60.0
"""Seconds in which a POST after the DELETE has to show before its step fails."""

_READ_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementSender:
    """Sends the steps that set such a value. `is_stopping`: no step may begin any more."""

    rules: Replacement
    api: Api
    safe_send: SafeSend
    clock: Clock
    is_stopping: Callable[[], bool]

    async def carry_out(
        self, running: Running, path: str, body: Any, say: Callable[[str], None]
    ) -> bool:
        """Set the value; False if it was left alone because of a stop.

        Raises ApiError and ApplyError, which say what stands, and JournalError.
        """
        hostname, new = running.hostname or "", self.rules.decode(body)
        at_apply = running.queued.step.at_apply
        old = await self._read(hostname) if at_apply else None
        if old is not None:
            if self.rules.is_same(old, new):
                say("already done")
                return True
            self.rules.require_planned(hostname, old, at_apply)
        if self.is_stopping():
            return False
        with running.recording():
            recorded = await self._record(running.queued, path, hostname, body)
            if self.is_stopping():
                await self.safe_send.end_unsent(running.queued, recorded)
                return False
        running.recorded = recorded
        running.phase = "sending"
        try:
            await self.safe_send.send(running.queued, running.recorded)
        except StatusError as error:
            standing = await self._find_standing(hostname, error, old, new)
            if standing is None:
                say("refused, but already done")
                return True
            old, why = standing, explain(error)
        else:
            if old is None:
                return True
            running.phase = "confirming"
            shown = await self._wait_until_new(hostname, old, new, REPLACED_WITHIN_S)
            match self.rules.classify(shown, old, new):
                case Shown.NEW:
                    return True
                case Shown.OTHER:
                    found = self.rules.describe(shown)
                    raise UnseenError(f"accepted, but {hostname} shows {found}; plan again")
            why = f"accepted, but {hostname} shows {self.rules.describe(shown)}"
        say(f"{why}; the old {self.rules.kind} is deleted first")
        return await self._replace(running, path, body, old, why)

    async def _find_standing(
        self, hostname: str, error: StatusError, old: Any, new: Any
    ) -> Any | None:
        """The value because of which a POST was refused; None if the new one stands already.

        Raises the error itself where it has another reason, and ApplyError.
        """
        kind, describe = self.rules.kind, self.rules.describe
        if not self.rules.is_refused_for_old(error):
            if old is None or is_busy(error) or error.status != 422:
                raise error
            raise ApplyError(f"{explain(error)}; the old {kind} stays: {describe(old)}")
        shown = await self._read(hostname)
        if shown is None:
            raise error
        if self.rules.is_same(shown, new):
            return None  # the answer to an earlier try of the same request was lost
        if is_busy(error) and await running_tasks(self.api, hostname):
            raise error
        if old is None or not self.rules.is_same(shown, old):
            raise changed_since_plan(f"{hostname} has a {kind}, {describe(shown)}")
        return shown

    async def _replace(self, running: Running, path: str, body: Any, old: Any, why: str) -> bool:
        """DELETE and POST. The intents of both are written before the DELETE leaves, so that a
        journal that fails cannot keep the POST from following."""
        hostname, queued = running.hostname or "", running.queued
        delete = as_delete(queued, self.rules.delete_operation_id)
        with running.recording():
            await self._end(queued, running.recorded, why)
        running.recorded = None
        if self.is_stopping():
            running.phase = "preparing"
            return False
        with running.recording():
            deleted = await self._record(delete, path, hostname, None)
            posted = await self._record(queued, path, hostname, body)
            if self.is_stopping():
                await self.safe_send.end_unsent(delete, deleted)
                await self.safe_send.end_unsent(queued, posted)
                running.phase = "preparing"
                return False
        running.phase = "sending"  # and stays so: a stop waits for the POST
        error = await send_delete(self.safe_send, delete, deleted)
        if error is not None:
            await self._end(delete, deleted, explain(error))
            await self.safe_send.end_unsent(queued, posted)
            raise ApplyError(
                f"{why}; and the old {self.rules.kind} could not be deleted, so it stays:"
                f" {self.rules.describe(old)}: {explain(error)}"
            )
        new = self.rules.decode(body)
        try:
            await self._post(queued, posted)
        except (ApiError, ApplyError) as refusal:
            shown = await self._look(hostname)
            if self.rules.classify(shown, old, new) is not Shown.NEW:
                await self._fail(running, path, old, refusal, (deleted, posted))
        await self._end(delete, deleted, None)
        running.recorded = posted
        running.phase = "confirming"
        shown = await self._wait_until_new(hostname, old, new, SET_WITHIN_S)
        if self.rules.classify(shown, old, new) is not Shown.NEW:
            found = self.rules.describe(shown)
            raise UnseenError(
                f"accepted, but {hostname} shows {found} after {SET_WITHIN_S:.0f} s",
                hint="run apply again: it checks what exists and continues",
            )
        return True

    async def _post(self, queued: QueuedStep, recorded: RecordedIntent) -> None:
        """POST, and again where it is refused for now: the server has no value meanwhile."""
        await repeat_while_busy(
            lambda: self.safe_send.send(queued, recorded), self.clock, self.is_stopping
        )

    async def _fail(
        self,
        running: Running,
        path: str,
        old: Any,
        refusal: CcloudApplyError,
        recorded: tuple[RecordedIntent, RecordedIntent],
    ) -> None:
        """Put the old value back, and raise ApplyError that says what stands; JournalError if the
        journal fails, which says the same."""
        hostname, queued = running.hostname or "", running.queued
        body = self.rules.encode(old, self.clock.now())
        restore, restored, failure = _as_restore(queued, body), None, None
        has_journal = True
        try:
            restored = await self._record(restore, path, hostname, body)
            await self._post(restore, restored)
        except (ApiError, ApplyError) as error:
            if not await self._stands(hostname, old, error):
                failure = explain(error)
            has_journal = not isinstance(error, JournalError)
        message = self.rules.describe_failure(hostname, explain(refusal), old, failure)
        try:
            delete = as_delete(queued, self.rules.delete_operation_id)
            await self._end(delete, recorded[0], None)
            await self._end(queued, recorded[1], explain(refusal))
            await self._end(restore, restored, failure)
        except JournalError:
            has_journal = False
        running.recorded = None
        raise ApplyError(message) if has_journal else JournalError(message)

    async def _stands(self, hostname: str, old: Any, error: ApiError | ApplyError) -> bool:
        """True if a POST that failed was refused because the old value is there, or was only lost.
        A read may be late, so it proves nothing after any other error."""
        is_for_old = isinstance(error, StatusError) and self.rules.is_refused_for_old(error)
        if not is_for_old and not (isinstance(error, ApiError) and error.maybe_done):
            return False
        shown = await self._look(hostname)
        return shown is not None and self.rules.is_same(shown, old)

    async def _record(
        self, queued: QueuedStep, path: str, hostname: str, body: Any
    ) -> RecordedIntent:
        return await self.safe_send.record_intent(queued, path, hostname, body, {})

    async def _end(
        self, queued: QueuedStep, recorded: RecordedIntent | None, error: str | None
    ) -> None:
        if recorded is not None:
            text = None if error is None else shorten(error)
            await self.safe_send.end(queued, recorded, "failed" if error else "done", error=text)

    async def _read(self, hostname: str) -> Any | None:
        return await self.api.read_part(self.rules.read, hostname)

    async def _look(self, hostname: str) -> Any | None:
        """What shows after a failure; None also where it cannot be read."""
        try:
            return await self._read(hostname)
        except ApiError:
            return None

    async def _wait_until_new(
        self, hostname: str, old: Any, new: Any, timeout_s: float
    ) -> Any | None:
        """What the server shows: the new value, or what is there when the time is over."""
        shown: Any | None = None

        async def read() -> Any | None:
            nonlocal shown
            shown = await self._read(hostname)
            return shown if self.rules.classify(shown, old, new) is Shown.NEW else None

        return await poll_until(
            read,
            clock=self.clock,
            timeout_s=timeout_s,
            pause=lambda waited_s: max(_READ_PAUSE_S, 0.2 * waited_s),
            give_up=lambda waited_s: shown,
        )


def _as_restore(queued: QueuedStep, body: Any) -> QueuedStep:
    """The POST that puts the old value back, as the journal is to name it."""
    step = replace(queued.step, id=f"{queued.step.id}.restore", body=body, at_apply={})
    return replace(queued, step=step)
