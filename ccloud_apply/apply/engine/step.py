"""One step, from its preparation to its outcome. Which step and when is the executor's.

A step that is refused for a reason that passes is tried again from the start: each time all that it
rests on is read anew. What it waits for is `readiness.py`, how a request leaves is `sending.py`.
"""

from collections.abc import Callable
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.addition import AdditionUndoer
from ccloud_apply.apply.engine.readiness import ALREADY_DONE, Readiness
from ccloud_apply.apply.engine.replacement import ReplacementSender
from ccloud_apply.apply.engine.request import fill_body
from ccloud_apply.apply.engine.running import Hostnames, Running
from ccloud_apply.apply.engine.sending import Sender, may_have_happened
from ccloud_apply.apply.events import EventEmitter
from ccloud_apply.apply.gate import TooLateError
from ccloud_apply.apply.messages import (
    explain,
    explain_failed,
    explain_unknown,
    explain_unwatched,
)
from ccloud_apply.apply.once.create import filter_owned
from ccloud_apply.apply.once.marking import Marking
from ccloud_apply.apply.once.pacing import Pacer
from ccloud_apply.apply.once.patience import REFUSAL_PAUSES_S
from ccloud_apply.apply.once.preparation import Prepared
from ccloud_apply.apply.once.safe_send import SafeSend
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.apply.result import StepOutcome
from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.aspects.effects import Effect, Replacement
from ccloud_apply.clock import Clock
from ccloud_apply.errors import (
    ApiError,
    ApplyError,
    AuthError,
    JournalError,
    StatusError,
    TaskTimeoutError,
    UnseenError,
)
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.journal import EntryOutcome
from ccloud_apply.model.limits import Limits
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.ownership import INCOMPLETE, build_ownership_tags
from ccloud_apply.model.results.plan import Plan


class StepRunner:
    """Runs steps, and remembers the hostnames of the servers that come into being meanwhile."""

    def __init__(
        self,
        plan: Plan,
        *,
        api: Api,
        watcher: TaskWatcher,
        emitter: EventEmitter,
        read_reference: Callable[[Reference], str],
        task_timeout_s: float,
        clock: Clock,
        safe_send: SafeSend,
        limits: Limits,
    ) -> None:
        self._api = api
        self._emitter = emitter
        self._read_reference = read_reference
        self._clock = clock
        self._safe_send = safe_send
        self._marking = Marking(safe_send=safe_send, clock=clock)
        self._hostnames = Hostnames(plan, api)
        self._readiness = Readiness(
            api=api,
            watcher=watcher,
            emitter=emitter,
            task_timeout_s=task_timeout_s,
            clock=clock,
            safe_send=safe_send,
            pacer=Pacer(plan, api, clock, snapshot_pause_s=limits.snapshot_pause_s),
        )
        self._sender = Sender(
            safe_send=safe_send,
            watcher=watcher,
            emitter=emitter,
            hostnames=self._hostnames,
            task_timeout_s=task_timeout_s,
            is_stopping=lambda: self.is_stopping,
        )
        self._undoer = AdditionUndoer(
            api=api,
            safe_send=safe_send,
            sender=self._sender,
            clock=clock,
            is_stopping=lambda: self.is_stopping,
        )
        self.is_stopping = False
        """Once True, a step whose request is answered does not wait for its task any more."""
        self.halted: str | None = None
        """Why no further step may start: the journal or the credentials are of no use."""

    def hostname(self, queued: QueuedStep) -> str | None:
        """The hostname of the step's server, if it is known by now."""
        return self._hostnames.get(queued)

    def find_obstacle(self, queued: QueuedStep) -> str | None:
        """Why the step may not begin now; None if it may."""
        return self._safe_send.find_obstacle(queued)

    async def run(self, running: Running) -> StepOutcome | None:
        """Run the step to its end. None: it was left to itself because of a stop."""
        running.hostname = self.hostname(running.queued)
        running.tell(self._emitter, "step_start")
        outcome: StepOutcome | None = None
        try:
            outcome = await self._try(running)
            await self._record_end(running, outcome)
            if running.queued.is_create and running.failed_task is not None:
                await self._mark_incomplete(running, running.failed_task)
        except JournalError as error:
            self.halted = error.message
            is_open = running.phase != "preparing"
            return running.conclude(error=explain(error), is_unknown=is_open)
        finally:
            if running.slot is not None:
                has_ended = outcome is not None and not outcome.is_unknown
                running.slot.release(has_ended=has_ended)
        return outcome

    async def _try(self, running: Running) -> StepOutcome | None:
        try:
            if not await self._run_with_retries(running):
                return None
        except TaskTimeoutError as error:
            return running.conclude(error=explain(error), is_unknown=True)
        except JournalError:
            raise
        except ApplyError as error:
            if isinstance(error, TooLateError) and not running.is_unsure:
                return running.pass_over(error.message)
            is_unknown = running.phase == "resolving" or running.is_unconfirmed or running.is_unsure
            return running.conclude(
                error=explain_failed(error, running.effect),
                is_unknown=is_unknown,
                is_unseen=isinstance(error, UnseenError),
            )
        except ApiError as error:
            return self._fail(running, error)
        return running.conclude()

    async def _mark_incomplete(self, running: Running, task: Task) -> None:
        """A server whose build failed may be there, half made: no later run takes it for ready.

        Raises JournalError.
        """
        (stack, key), hostname = running.queued.server, task.hostname
        try:
            server = None if hostname is None else await self._api.get_server(hostname)
        except ApiError:
            return  # gone, as a rule; the next apply looks again
        if server is None or server.is_deleting or not filter_owned((server,), stack, key):
            return
        assert hostname is not None
        owned = build_ownership_tags(stack, key, is_protected=False)
        why = await self._marking.add(stack, key, hostname, owned=owned, marks=(INCOMPLETE,))
        text = f"{hostname} exists all the same, and is marked as {INCOMPLETE}"
        if why is not None:
            text = f"{hostname} exists all the same, and cannot be marked as {INCOMPLETE}: {why}"
        running.tell(self._emitter, "warning", message=text)

    async def _record_end(self, running: Running, outcome: StepOutcome | None) -> None:
        if running.recorded is None or outcome is None:
            return
        ended: EntryOutcome = "done" if outcome.is_done else "failed"
        with running.recording():
            await self._safe_send.end(
                running.queued,
                running.recorded,
                "unknown" if outcome.is_unknown else ended,
                hostname=running.hostname,
                error=outcome.error or outcome.because,
            )

    async def _run_with_retries(self, running: Running) -> bool:
        """Carry it out, and again where it is refused for a reason that passes.

        Returns False if it was left alone.
        """
        for pause_s in REFUSAL_PAUSES_S:
            try:
                return await self._carry_out(running)
            except StatusError as error:
                if not running.is_sent or self.is_stopping:
                    raise
                if not await self._readiness.wait_out(running, error):
                    raise
                why = explain(error)
                running.tell(self._emitter, "warning", message=f"refused, trying again: {why}")
                await self._record_end(running, running.conclude(error=why))
            self._safe_send.withdraw(running.queued)
            running.begin_again()
            await self._clock.sleep(pause_s)
            await self._readiness.wait_for_others(running)
        return await self._carry_out(running)

    async def _carry_out(self, running: Running) -> bool:
        """Returns False if it was left alone on the way."""
        path = await self._hostnames.fill_path(running)
        await self._readiness.wait_until_settled(running)
        if await self._readiness.is_needless(running):
            return True
        if running.queued.is_create and running.slot is None:
            running.slot = await self._safe_send.acquire_slot(self._readiness.say(running))
        body, running.secrets = fill_body(running.queued.step.body, self._read_reference)
        if running.effect is not None and running.effect.replacement is not None:
            return await self._replace(running, running.effect.replacement, path, body)
        prepared = await self._safe_send.prepare(running.queued, path, body, running.hostname)
        if prepared is None:
            self._readiness.say(running)(ALREADY_DONE)
            return True
        for warning in prepared.warnings:
            self._warn(running)(warning)
        if self.is_stopping:
            return False
        effect = running.effect
        if effect is not None and effect.addition is not None:
            return await self._set_number(running, effect, prepared)
        return await self._send(running, prepared)

    async def _send(self, running: Running, prepared: Prepared) -> bool:
        queued, hostname = running.queued, running.hostname
        with running.recording():
            recorded = await self._safe_send.record_intent(
                queued, prepared.path, hostname, prepared.body, prepared.baseline
            )
            if self.is_stopping:  # since it was handed to the disk
                await self._safe_send.end_unsent(queued, recorded)
                return False
        running.recorded = recorded
        if not await self._sender.send_exactly_once(running):
            return False
        await self._confirm(running)
        return True

    async def _set_number(self, running: Running, effect: Effect, prepared: Prepared) -> bool:
        """What sets a number may add it to the one that is there: then it is set anew, once."""
        if not self._undoer.must_delete_first(effect, prepared):
            if not await self._send(running, prepared):
                return False
            first = running.recorded
            if not await self._undoer.undo(running, prepared, self._warn(running)):
                return False
            if running.recorded is first:
                return True
        elif not await self._undoer.set_anew(running, prepared):
            return False
        await self._confirm(running)
        return True

    def _warn(self, running: Running) -> Callable[[str], None]:
        return lambda text: running.tell(self._emitter, "warning", message=text)

    async def _replace(self, running: Running, rules: Replacement, path: str, body: Any) -> bool:
        if not await self._readiness.is_needed(running):
            return True
        sender = ReplacementSender(
            rules=rules,
            api=self._api,
            safe_send=self._safe_send,
            clock=self._clock,
            is_stopping=lambda: self.is_stopping,
        )
        return await sender.carry_out(running, path, body, self._readiness.say(running))

    async def _confirm(self, running: Running) -> None:
        """Come back once the account shows it. Raises ApplyError, ApiError."""
        queued, recorded, effect = running.queued, running.recorded, running.effect
        assert recorded is not None
        if queued.has_task and (effect is None or effect.addition is None):
            if running.slot is not None:
                running.slot.release(has_ended=True)
            running.give_back()
        await self._safe_send.verify(recorded)
        if effect is not None and effect.is_confirmed:
            running.phase = "confirming"
            await self._safe_send.confirm_change(queued, recorded)
            if running.told is not None:
                with running.recording():
                    await self._safe_send.forget_told(queued, recorded, running.told)
        if queued.is_create:
            running.phase = "confirming"
            running.hostname = await self._safe_send.confirm_create(queued, running.hostname)
            self._hostnames.keep(running)

    def _fail(self, running: Running, error: ApiError) -> StepOutcome:
        if isinstance(error, AuthError) and error.status == 401:
            self.halted = explain(error)
        if running.phase == "waiting" and running.task_id is not None:
            text = explain_unwatched(error, running.task_id)
            return running.conclude(error=text, is_unknown=True)
        is_lost = running.is_unsure or (running.phase == "sending" and may_have_happened(error))
        if is_lost or running.phase == "resolving":  # no observation, so the answer is lost
            return running.conclude(error=explain_unknown(error), is_unknown=True)
        text = explain_failed(error, running.effect)
        return running.conclude(error=text, is_unknown=running.is_unconfirmed)
