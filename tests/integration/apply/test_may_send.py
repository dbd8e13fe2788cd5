"""Whether a change may still be sent is asked right before it leaves, every time that it does."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.apply.engine.executor import execute
from ccloud_apply.apply.journal.recorder import NoJournal
from ccloud_apply.apply.once.safe_send import Precautions
from ccloud_apply.apply.result import ApplyOptions, StepOutcome
from ccloud_apply.errors import ApplyError, NotFoundError, StatusError, TransportError
from ccloud_apply.model.event import Event
from ccloud_apply.model.journal import EntryOutcome, Intent
from tests.conftest import ROOT
from tests.integration.apply.test_changed_meanwhile import ORDER, Wire, apply, own, set_tags
from tests.support.builders import spec, stack
from tests.support.run_apply import Run, read_nothing, run
from tests.support.scripted_api import CALL, Answer, Script, ScriptedApi
from tests.support.scripted_network import Network, reply, talk
from tests.support.step_plans import plan, step
from tests.support.virtual_time import START, VirtualClock, run_virtually

APPLY = ROOT / "ccloud_apply" / "apply"


class Lease:
    """Allows so many changes to leave, and counts them."""

    def __init__(self, allowed: int = 1000) -> None:
        self.allowed = allowed
        self.asked = 0

    async def check(self) -> None:
        self.asked += 1
        if self.asked > self.allowed:
            raise ApplyError("the lease has run out", hint="take another one")


class Repeating(ScriptedApi):
    """Its client sends each change a second time, as after a 429 or a fault."""

    async def send(
        self,
        operation_id: str,
        method: str,
        path: str,
        body: Any,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        assert before_each is not None
        await before_each()
        return await super().send(operation_id, method, path, body, before_each=before_each)


def outcome_of(done: Run) -> StepOutcome:
    (outcome,) = done.result.outcomes
    return outcome


def test_a_change_leaves_in_one_place() -> None:
    calls = [
        f"{path.relative_to(APPLY)}: {line.strip()}"
        for path in sorted(APPLY.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\bapi\.send\(|_client\.send\(", line)
    ]
    assert calls == ["once/safe_send.py: return await self.api.send("]


def test_nothing_leaves_that_may_not() -> None:
    api, lease = ScriptedApi(), Lease(allowed=0)
    done = run(plan(step("a/memory"), step("b/notes")), api, may_send=lease.check)
    assert api.sent == []
    assert lease.asked == 2
    told = "the lease has run out; take another one"
    assert done.reasons() == {"a/memory": told, "b/notes": told}
    assert not any(outcome.is_unknown for outcome in done.result.outcomes)


def test_it_is_asked_once_for_each_change() -> None:
    lease = Lease()
    run(plan(step("a/memory"), step("b/notes")), ScriptedApi(), may_send=lease.check)
    assert lease.asked == 2


def test_a_change_that_is_proven_absent_is_asked_for_again() -> None:
    lost = TransportError("cut off", maybe_done=True, **CALL)
    api = ScriptedApi({"resize_server_memory": Script(raises=lost, raises_times=1)})
    lease = Lease(allowed=1)
    done = run(plan(step("a/memory", body={"memory": 8})), api, may_send=lease.check)
    assert (len(api.sent), lease.asked) == (1, 2)
    assert "the lease has run out" in (outcome_of(done).error or "")


def test_a_value_that_may_have_been_set_before_it_was_withheld_is_unknown() -> None:
    done = run(plan(step("a/notes")), Repeating(), may_send=Lease(allowed=1).check)
    assert outcome_of(done).is_unknown


def test_what_the_client_only_repeats_unseen_has_failed_when_it_is_withheld() -> None:
    done = run(plan(step("a/memory")), Repeating(), may_send=Lease(allowed=1).check)
    assert outcome_of(done).status == "failed"
    assert not outcome_of(done).is_unknown


@pytest.mark.parametrize("status", [429, 503])
def test_before_a_repetition_the_server_is_read_again(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client repeats by itself; meanwhile the server was given to another stack."""
    real = Wire.handle_async_request
    refused: list[str] = []

    async def refuse_once(wire: Wire, request: httpx.Request) -> httpx.Response:
        response = await real(wire, request)
        if request.method == "PUT" and not refused:
            refused.append(request.url.path)
            return httpx.Response(status, json={"message": "later"})
        return response

    monkeypatch.setattr(Wire, "handle_async_request", refuse_once)
    done = apply(
        stack(spec("web", notes="hello")),
        {**ORDER, "tags": own()},
        meddle=set_tags("stack:other", "server:web"),
        before=("PUT", "/notes", 1),
    )
    assert refused
    assert "belongs to stack other as web" in str(done.reasons())
    assert len(done.wire.writes()) == 1


def test_what_was_read_before_a_pause_of_the_api_does_not_count_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The read before the request uses up the API's window; meanwhile the server changes hands."""
    real = Wire.handle_async_request
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(START.timestamp()) + 45),
        "Date": format_datetime(START),
    }
    paused: list[str] = []

    async def pause_once(wire: Wire, request: httpx.Request) -> httpx.Response:
        response = await real(wire, request)
        if request.url.path.endswith("/servers/vs10001") and not paused:
            paused.append(request.url.path)
            response.headers.update(headers)
        return response

    monkeypatch.setattr(Wire, "handle_async_request", pause_once)
    done = apply(
        stack(spec("web", notes="hello")),
        {**ORDER, "tags": own()},
        meddle=set_tags("stack:other", "server:web"),
        before=("GET", "/servers/vs10001", 2),
    )
    assert paused
    assert "belongs to stack other as web" in str(done.reasons())
    assert done.wire.writes() == []


def test_an_attempt_is_checked_after_its_waits_and_right_before_it_leaves() -> None:
    """Another request closes the gate while this one waits for the only slot."""
    limited = iter([reply(429, retry_after="60"), reply(body={"state": "Running"})])
    network = Network(lambda _: next(limited, None) or reply(204))
    checked: list[float] = []

    async def check() -> None:
        checked.append(asyncio.get_running_loop().time())

    async def both(client: Client) -> None:
        path, body = "/ccloud/servers/vs1/notes", {"notes": "x"}
        send = client.send("set_server_notes", "PUT", path, body, before_each=check)
        await asyncio.gather(client.get_server_state("vs1"), send)

    talk(network, both, concurrency=1)
    assert network.times == [0, 60, 60]
    assert checked == [60]


def test_a_check_that_uses_up_every_window_ends_in_an_error_and_not_in_a_loop() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            return reply(204)
        reset = START.timestamp() + asyncio.get_running_loop().time() + 30
        return reply(
            200,
            {"state": "Running"},
            x_ratelimit_remaining="0",
            x_ratelimit_reset=str(int(reset)),
            date="nonsense",
        )

    network = Network(answer)

    async def send(client: Client) -> None:
        async def check() -> None:
            await client.get_server_state("vs1")

        path, body = "/ccloud/servers/vs1/notes", {"notes": "x"}
        with pytest.raises(TransportError, match="leaves no room") as caught:
            await client.send("set_server_notes", "PUT", path, body, before_each=check)
        assert not caught.value.maybe_done

    talk(network, send)
    assert "PUT /ccloud/servers/vs1/notes" not in network.lines


def test_the_client_asks_before_every_attempt_and_passes_on_what_it_is_told() -> None:
    asked: list[int] = []
    sent: list[str] = []

    async def before_each() -> None:
        asked.append(len(sent))
        if len(asked) == 3:
            raise ApplyError("no more")

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        return httpx.Response(429, headers={"Retry-After": "1"}, json={})

    async def main() -> None:
        async with Client(
            Connection(endpoint="http://127.0.0.1/api", token="t", concurrency=1),
            clock=VirtualClock(),
            transport=httpx.MockTransport(answer),
        ) as client:
            with pytest.raises(ApplyError, match="no more"):
                await client.send(
                    "set_server_notes",
                    "PUT",
                    "/ccloud/servers/vs1/notes",
                    {"notes": "x"},
                    before_each=before_each,
                )
            with pytest.raises(StatusError):
                await client.get_server("vs1")

    run_virtually(main())
    assert asked == [0, 1, 2]


def test_what_is_asked_before_an_attempt_may_read_although_there_is_one_slot() -> None:
    async def main() -> int:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(204 if request.method == "PUT" else 404, json={})

        async with Client(
            Connection(endpoint="http://127.0.0.1/api", token="t", concurrency=1),
            clock=VirtualClock(),
            transport=httpx.MockTransport(answer),
        ) as client:

            async def before_each() -> None:
                with pytest.raises(NotFoundError):
                    await client.get_server("vs1")

            path = "/ccloud/servers/vs1/notes"
            body = {"notes": "x"}
            await client.send("set_server_notes", "PUT", path, body, before_each=before_each)
            return client.requests

    assert run_virtually(main()) == 2


class DistantJournal(NoJournal):
    """One that is kept elsewhere: each write takes a second."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    async def write_intent(self, intent: Intent) -> int:
        self.log.append("intent begins")
        await asyncio.sleep(1)
        self.log.append("intent is durable")
        return await super().write_intent(intent)

    async def write_ended(self, number: int, outcome: EntryOutcome, **how: Any) -> None:
        await asyncio.sleep(1)
        self.log.append(f"ended {outcome}")


def run_with_distant_journal(
    *, stop_at: float | None = None, listen: Callable[[Event], None] = lambda _event: None
) -> list[str]:
    log: list[str] = []

    class Logging(ScriptedApi):
        async def send(
            self, operation_id: str, method: str, path: str, body: Any, **hooks: Any
        ) -> Answer:
            answer = await super().send(operation_id, method, path, body, **hooks)
            log.append("sent")
            return answer

    async def may_send() -> None:
        log.append("may it leave?")

    async def main() -> None:
        stop = asyncio.Event()
        if stop_at is not None:
            asyncio.get_running_loop().call_later(stop_at, stop.set)
        await execute(
            plan(step("a/notes")),
            api=Logging(),
            clock=VirtualClock(),
            options=ApplyOptions(),
            listen=listen,
            read_reference=read_nothing,
            stop=stop,
            precautions=Precautions(journals={"web": DistantJournal(log)}, may_send=may_send),
        )

    run_virtually(main())
    return log


def test_an_intent_is_durable_before_the_last_question_and_that_before_the_request() -> None:
    assert run_with_distant_journal() == [
        "intent begins",
        "intent is durable",
        "may it leave?",
        "sent",
        "ended done",
    ]


def test_a_stop_while_the_intent_is_being_written_sends_nothing_and_leaves_nothing_open() -> None:
    log = ["intent begins", "intent is durable", "ended failed"]
    assert run_with_distant_journal(stop_at=0.5) == log


def test_a_stop_while_the_end_is_being_written_takes_nothing_from_what_was_done() -> None:
    told: list[str] = []
    log = run_with_distant_journal(stop_at=1.5, listen=lambda event: told.append(event.type))
    assert log[-1] == "ended done"
    assert told == ["step_start", "step_complete"]
