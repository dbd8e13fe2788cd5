"""Injects the faults of a request: before, instead of and after its handling.

Which faults a request gets is decided by faults/plan.py. The platform itself is
sandbox/http/platform.py.
"""

import base64
from dataclasses import field, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.faults.dropped import ConnectionDropped
from ccloud_apply.sandbox.faults.plan import Choice, Fault
from ccloud_apply.sandbox.faults.reply import make_error, make_redirect, rename_status, spoil
from ccloud_apply.sandbox.faults.task_outcome import TaskOutcome
from ccloud_apply.sandbox.faults.told import tell
from ccloud_apply.sandbox.http.call import Sandbox
from ccloud_apply.sandbox.http.errors import Refusal
from ccloud_apply.sandbox.http.platform import (
    RoutedRequest,
    authenticate,
    origin_of,
    perform,
    reply_refusal,
)
from ccloud_apply.sandbox.other_client import act_as_other_client, set_states
from ccloud_apply.sandbox.rules.tasks import settle


@dataclass(slots=True, kw_only=True)
class FaultInjector:
    """Injects faults, and keeps those that have not ended: late requests, stuck tasks."""

    sandbox: Sandbox
    _late: list[tuple[datetime, RoutedRequest]] = field(default_factory=list)
    _stuck: list[int] = field(default_factory=list)

    @property
    def late_requests(self) -> int:
        """The number of requests that the platform has yet to process."""
        return len(self._late)

    async def catch_up(self) -> None:
        """Carries out every late request and task that is due, in the order of their times."""
        sandbox = self.sandbox
        now = sandbox.clock.now()
        while self._late and self._late[0][0] <= now:
            due, routed = self._late.pop(0)
            settle(sandbox, due)
            routed.entry = replace(routed.entry, at=due, origin="late", status=None)
            sandbox.request_log.append(routed.entry)
            routed.now = due
            routed.entry.status = (await perform(sandbox, routed)).status_code
            self._remember_stuck(routed)
        if self._stuck and not (sandbox.options.faults and sandbox.options.faults.is_enabled):
            with sandbox.store.transaction(write=True):
                while self._stuck:
                    sandbox.store.set_task_due(self._stuck.pop(), to_wire(now))
        settle(sandbox)

    async def inject(self, choice: Choice, routed: RoutedRequest) -> Response:
        """The answer to a request with faults. Raises ConnectionDropped if there is none."""
        await self._prepare(choice, routed)
        answer = await self._answer(choice.answer, routed)
        self._remember_stuck(routed)
        for fault in choice.of("delay"):
            await self.sandbox.clock.sleep(fault.value)
        if isinstance(answer, ConnectionDropped):
            raise answer
        for fault in choice.of("task_status"):
            answer = rename_status(answer, fault.value)
        for fault in (*choice.of("tells"), *choice.of("lacks")):
            answer = tell(answer, fault, routed.path.get("hostname"))
        answer.headers.update(choice.headers)
        return answer

    def _remember_stuck(self, routed: RoutedRequest) -> None:
        if routed.task_outcome.is_stuck:
            self._stuck += routed.task_outcome.started

    async def _prepare(self, choice: Choice, routed: RoutedRequest) -> None:
        sandbox = self.sandbox
        for fault in choice.of("other_actor"):
            await act_as_other_client(sandbox, fault.value["action"], fault.value, fault.seed)
        for fault in choice.of("server_state"):
            set_states(sandbox, fault.value, fault.settings.get("server", "*"))
        if choice.of("token_expires"):
            with sandbox.store.transaction(write=True):
                sandbox.store.forget_tokens()
            routed.is_token_void = True
        for fault in choice.of("page_shift"):
            routed.row_shift += -1 if fault.value == "double" else 1
            routed.has_newcomer = routed.has_newcomer or fault.value == "swap"
        routed.lags = choice.of("visibility_lag") if routed.is_write else ()
        routed.task_outcome = _read_task_outcome(choice, routed.raw)

    async def _answer(
        self, fault: Fault | None, routed: RoutedRequest
    ) -> Response | ConnectionDropped:
        sandbox = self.sandbox
        if fault is None:
            return await perform(sandbox, routed)
        now = sandbox.clock.now()
        match fault.kind:
            case "drop":
                if fault.value == "after":
                    await perform(sandbox, routed)
                return ConnectionDropped(fault.value)
            case "late":
                return self._postpone(fault, routed, now)
            case "redirect":
                return make_redirect(origin_of(routed.request))
            case "throttle":
                return make_error(429, {}, now, fault.headers)
            case "status":
                if fault.settings.get("acts", False):
                    await perform(sandbox, routed)
                return make_error(fault.value, fault.settings, now, {})
        answer = await perform(sandbox, routed)
        return answer if answer.status_code >= 400 else spoil(answer, fault.value)

    def _postpone(
        self, fault: Fault, routed: RoutedRequest, now: datetime
    ) -> Response | ConnectionDropped:
        """A gateway timeout: the client gets 504 or nothing, the platform acts later."""
        try:
            routed.username = authenticate(self.sandbox, routed)
        except Refusal as refusal:
            return reply_refusal(self.sandbox, routed.request, refusal)
        if routed.is_write:
            self._late.append((now + timedelta(seconds=fault.value), replace(routed)))
            self._late.sort(key=lambda late: late[0])
        if fault.settings.get("answer", "504") == "drop":
            return ConnectionDropped("after")
        return make_error(504, {"body": "html"}, now, {})


def _quote_body(message: str, body: bytes) -> str:
    """The message with the request's body in place of `{body}`, and of `{body:base64}`."""
    packed = base64.b64encode(body).decode()
    return message.replace("{body:base64}", packed).replace("{body}", body.decode(errors="replace"))


def _read_task_outcome(choice: Choice, body: bytes) -> TaskOutcome:
    task_outcome = TaskOutcome(is_ignored=bool(choice.of("ignore")))
    for fault in choice.of("failing_task"):
        task_outcome.failure = _quote_body(fault.value, body)
        task_outcome.leaves = fault.settings.get("leaves")
    for fault in choice.of("stuck_task"):
        if fault.value is True:
            task_outcome.is_stuck = True
        else:
            task_outcome.late_s += fault.value
    return task_outcome
