"""A number that is to be set, where the platform may add it to the one that is there.

The API document does not say which it does. What shows after the request tells it. If it was added,
the value is deleted and set once more: nothing is there then to be added to. From then on that way
is taken at once, in this run and in later ones, which find it in the journal. A step is never
repeated because the number looks different: what differs after that fails.
"""

from collections.abc import Callable

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.engine.delete_first import as_delete, send_delete
from ccloud_apply.apply.engine.running import Running
from ccloud_apply.apply.engine.sending import Sender
from ccloud_apply.apply.messages import explain, shorten
from ccloud_apply.apply.once.facts import read_trace
from ccloud_apply.apply.once.outcome import CONSISTENCY_TIMEOUT_S
from ccloud_apply.apply.once.patience import repeat_while_busy
from ccloud_apply.apply.once.preparation import Prepared
from ccloud_apply.apply.once.safe_send import SafeSend
from ccloud_apply.aspects.effects import Addition, Effect, Facts, Sent, count_if_added
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError, ApplyError, CcloudApplyError, JournalError
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditionUndoer:
    """Sees to it that such a number is the one that was meant. `is_stopping`: no step may begin any
    more."""

    api: Api
    safe_send: SafeSend
    sender: Sender
    clock: Clock
    is_stopping: Callable[[], bool]

    def must_delete_first(self, effect: Effect, prepared: Prepared) -> bool:
        """True if it is known by now that the platform adds, and something is there to add to."""
        is_there = bool(prepared.baseline.get("before"))
        return is_there and self.safe_send.has_learnt(effect.adds_name)

    async def undo(
        self,
        running: Running,
        prepared: Prepared,
        warn: Callable[[str], None],
    ) -> bool:
        """After the request: if it was added, DELETE and set it anew. False after a stop. `warn` is
        told that the platform adds.

        Raises ApiError, ApplyError, JournalError.
        """
        effect, recorded = running.effect, running.recorded
        assert effect is not None
        assert recorded is not None
        sent = recorded.change.sent
        if count_if_added(sent) is None:  # nothing was there to be added to
            return True
        rules = _rules(effect)
        there = await self._read(running, effect, sent)
        if not rules.is_added(there, sent):
            return True
        total = rules.read_count(there, sent)
        why = f"the platform added {sent.baseline['count']} to {sent.baseline['before']}"
        if not self.safe_send.has_learnt(effect.adds_name):
            warn(
                f"{why} where {rules.kind} {sent.target} was to be set: from now on, an"
                " existing one is deleted first"
            )
        with running.recording():
            await self.safe_send.learn(running.queued, recorded, effect.adds_name, True)
            error = f"{why}, so it is {total}"
            await self.safe_send.end(running.queued, recorded, "failed", error=error)
        running.recorded = None
        return await self.set_anew(running, prepared)

    async def set_anew(self, running: Running, prepared: Prepared) -> bool:
        """DELETE, and set the number. Both intents are written before the DELETE leaves.

        Returns False if it was left alone because of a stop. Raises as `undo`.
        """
        effect, queued, hostname = running.effect, running.queued, running.hostname
        assert effect is not None
        if self.is_stopping():
            running.phase = "preparing"
            return False
        rules, path = _rules(effect), prepared.path
        baseline = {**prepared.baseline, "before": 0}
        delete = as_delete(queued, rules.delete_operation_id)
        with running.recording():
            record = self.safe_send.record_intent
            deleted = await record(delete, path, hostname, None, {})
            posted = await record(queued, path, hostname, prepared.body, baseline)
            if self.is_stopping():
                await self.safe_send.end_unsent(delete, deleted)
                await self.safe_send.end_unsent(queued, posted)
                running.phase = "preparing"
                return False
        sent = posted.change.sent
        what = f"{rules.kind} {sent.target}"
        running.phase = "sending"  # and stays so: a stop waits for the second request
        error = await send_delete(self.safe_send, delete, deleted)
        if error is None:
            error = await self._find_rest(running, effect, sent)
        if error is not None:
            await self.safe_send.end(delete, deleted, "failed", error=shorten(explain(error)))
            await self.safe_send.end_unsent(queued, posted)
            raise ApplyError(
                f"the platform adds to {what} instead of setting it, and it could not be deleted"
                f" first: {explain(error)}; it was not sent again"
            )
        await self.safe_send.end(delete, deleted, "done")
        running.recorded = posted
        try:
            return await self._send(running)
        except JournalError:
            raise
        except (ApiError, ApplyError) as refusal:
            message = f"{what} was deleted to be set again, and that failed: {explain(refusal)}"
            if isinstance(refusal, ApiError) and refusal.maybe_done:
                refusal.message = message
                raise
            raise ApplyError(message, hint="run apply again: it sets it") from refusal

    async def _send(self, running: Running) -> bool:
        """The second request, and again where it is refused for now: nothing is there meanwhile."""
        return await repeat_while_busy(
            lambda: self.sender.send_exactly_once(running), self.clock, self.is_stopping
        )

    async def _read(self, running: Running, effect: Effect, sent: Sent) -> Facts:
        return await read_trace(self.api, running.hostname or "", effect, sent)

    async def _find_rest(
        self, running: Running, effect: Effect, sent: Sent
    ) -> CcloudApplyError | None:
        """Why something may be there still to be added to; None once nothing shows."""
        try:
            await self.safe_send.confirmation.wait_until_passed(
                lambda: self._require_gone(running, effect, sent), timeout_s=CONSISTENCY_TIMEOUT_S
            )
        except ApplyError as error:
            return error
        except ApiError as error:
            return ApplyError(f"accepted, but what is left cannot be read: {explain(error)}")
        return None

    async def _require_gone(self, running: Running, effect: Effect, sent: Sent) -> None:
        if _rules(effect).read_count(await self._read(running, effect, sent), sent):
            raise ApplyError("accepted, but it still shows")


def _rules(effect: Effect) -> Addition:
    assert effect.addition is not None
    return effect.addition
