"""Lets a request meet its faults: what happens before, instead of and after its handling.

Which faults those are is decided by faults/plan.py; the platform itself is
sandbox/http/platform.py.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.faults.dropped import ConnectionDropped
from ccloud_apply.sandbox.faults.plan import Choice, Fault
from ccloud_apply.sandbox.faults.reply import make_error, make_redirect, rename_status, spoil
from ccloud_apply.sandbox.faults.task_outcome import TaskFate
from ccloud_apply.sandbox.http.call import Sandbox
from ccloud_apply.sandbox.http.errors import Refusal
from ccloud_apply.sandbox.http.platform import (
    Visit,
    authenticate,
    origin_of,
    perform,
    reply_refusal,
)
from ccloud_apply.sandbox.other_client import act_as_other
from ccloud_apply.sandbox.rules.tasks import settle


@dataclass(slots=True, kw_only=True)
class Trouble:
    """What faults have begun and not ended: late requests, stuck tasks."""

    sandbox: Sandbox
    _late: list[tuple[datetime, Visit]] = field(default_factory=list)
    _stuck: list[int] = field(default_factory=list)

    @property
    def late_requests(self) -> int:
        """How many requests are still to be acted upon."""
        return len(self._late)

    async def catch_up(self) -> None:
        """Lets everything land whose moment has passed, in the order of the moments."""
        sandbox = self.sandbox
        now = sandbox.clock.now()
        while self._late and self._late[0][0] <= now:
            due, visit = self._late.pop(0)
            settle(sandbox, due)
            visit.entry = replace(visit.entry, at=due, origin="late", status=None)
            sandbox.request_log.append(visit.entry)
            visit.now = due
            visit.entry.status = (await perform(sandbox, visit)).status_code
            self._remember_stuck(visit)
        if self._stuck and not (sandbox.options.faults and sandbox.options.faults.is_enabled):
            with sandbox.store.transaction(write=True):
                while self._stuck:
                    sandbox.store.set_task_due(self._stuck.pop(), to_wire(now))
        settle(sandbox)

    async def meet(self, choice: Choice, visit: Visit) -> Response:
        """The answer to a request with faults. Raises ConnectionDropped where there is none."""
        await self._prepare(choice, visit)
        answer = await self._answer(choice.answer, visit)
        self._remember_stuck(visit)
        for fault in choice.of("delay"):
            await self.sandbox.clock.sleep(fault.value)
        if isinstance(answer, ConnectionDropped):
            raise answer
        for fault in choice.of("task_status"):
            answer = rename_status(answer, fault.value)
        answer.headers.update(choice.headers)
        return answer

    def _remember_stuck(self, visit: Visit) -> None:
        if visit.fate.is_stuck:
            self._stuck += visit.fate.started

    async def _prepare(self, choice: Choice, visit: Visit) -> None:
        sandbox = self.sandbox
        for fault in choice.of("other_actor"):
            await act_as_other(sandbox, fault.value["action"], fault.value, fault.seed)
        if choice.of("token_expires"):
            with sandbox.store.transaction(write=True):
                sandbox.store.forget_tokens()
            visit.is_token_void = True
        for fault in choice.of("page_shift"):
            visit.row_shift += 1 if fault.value == "skip" else -1
        visit.lags = choice.of("visibility_lag") if visit.is_write else ()
        visit.fate = _read_fate(choice)

    async def _answer(self, fault: Fault | None, visit: Visit) -> Response | ConnectionDropped:
        sandbox = self.sandbox
        if fault is None:
            return await perform(sandbox, visit)
        now = sandbox.clock.now()
        match fault.kind:
            case "drop":
                if fault.value == "after":
                    await perform(sandbox, visit)
                return ConnectionDropped(fault.value)
            case "late":
                return self._postpone(fault, visit, now)
            case "redirect":
                return make_redirect(origin_of(visit.request))
            case "throttle":
                return make_error(429, {}, now, fault.headers)
            case "status":
                if fault.settings.get("acts", False):
                    await perform(sandbox, visit)
                return make_error(fault.value, fault.settings, now, {})
        answer = await perform(sandbox, visit)
        return answer if answer.status_code >= 400 else spoil(answer, fault.value)

    def _postpone(self, fault: Fault, visit: Visit, now: datetime) -> Response | ConnectionDropped:
        """The gateway gives up; the platform goes on with a request that it may act upon."""
        try:
            visit.username = authenticate(self.sandbox, visit)
        except Refusal as refusal:
            return reply_refusal(self.sandbox, visit.request, refusal)
        if visit.is_write:
            self._late.append((now + timedelta(seconds=fault.value), replace(visit)))
            self._late.sort(key=lambda late: late[0])
        if fault.settings.get("answer", "504") == "drop":
            return ConnectionDropped("after")
        return make_error(504, {"body": "html"}, now, {})


def _read_fate(choice: Choice) -> TaskFate:
    fate = TaskFate(is_ignored=bool(choice.of("ignore")))
    for fault in choice.of("failing_task"):
        fate.failure = fault.value
        fate.leaves_server = fault.settings.get("leaves", "nothing") == "server"
    for fault in choice.of("stuck_task"):
        if fault.value is True:
            fate.is_stuck = True
        else:
            fate.late_s += fault.value
    return fate
