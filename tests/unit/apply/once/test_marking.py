"""How a mark is set: recorded, judged right before it leaves, and read back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.apply.journal.journal import Journal
from ccloud_apply.apply.once.context import Context
from ccloud_apply.apply.once.marking import Marking
from ccloud_apply.apply.once.precondition import Precondition, build_planned_states
from ccloud_apply.apply.once.safe_send import MaySend, Precautions, SafeSend, allow_all
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.errors import ApplyError, StatusError
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import Action, ServerPlan
from tests.support.builders import account, live, spec, stack
from tests.support.journals import NOON
from tests.support.scripted_api import CALL, Answer, ScriptedApi
from tests.support.virtual_time import VirtualClock, run_virtually

OURS = live(1, key="web", tags=("theirs",))
OWNED = ("stack:shop", "server:web")
BUSY = StatusError("busy", status=409, fields={}, **CALL)
REFUSED = StatusError("no such tag", status=422, fields={}, **CALL)


class Tagged(ScriptedApi):
    """An account that keeps the tags that are set, unless it drops them."""

    def __init__(self, server: LiveServer, *, drops: bool = False) -> None:
        super().__init__()
        self.drops = drops
        self.refusals: list[StatusError] = []
        self.show(server)

    def show(self, server: LiveServer) -> None:
        self.servers = (server,)
        self.parts = {"list_server_tags": server.tags}

    async def send(
        self,
        operation_id: str,
        method: str,
        path: str,
        body: Any,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        if self.refusals:
            raise self.refusals.pop(0)
        answer = await super().send(operation_id, method, path, body, before_each=before_each)
        if not self.drops:
            self.show(replace(self.servers[0], tags=tuple(body["tags"])))
        return answer


def mark(
    api: Tagged,
    *,
    planned: LiveServer = OURS,
    journal: Journal | None = None,
    may_send: MaySend = allow_all,
) -> str | None:
    """Mark the server of `web` as incomplete, as a plan of this live server saw it."""
    desired, key = stack(spec("web")), ("shop", "web")
    as_it_is = ServerPlan(key="web", hostname=planned.hostname, action=Action.UNCHANGED)
    states = build_planned_states([desired], account(planned), {key: as_it_is})

    async def main() -> str | None:
        clock = VirtualClock()
        context = Context.build(api, clock, ApplyOptions(), warn=lambda text: None)
        safe_send = SafeSend(
            api=api,
            clock=clock,
            resolver=context.resolver,
            confirmation=context.confirmation,
            precautions=Precautions(
                precondition=Precondition(api, states),
                journals={} if journal is None else {"shop": journal},
                may_send=may_send,
            ),
        )
        marking = Marking(safe_send=safe_send, clock=clock)
        return await marking.add("shop", "web", "vs1", owned=OWNED, marks=("incomplete",))

    return run_virtually(main())


def test_all_other_tags_stay_those_that_came_since_the_plan_too() -> None:
    api = Tagged(replace(OURS, tags=(*OURS.tags, "reviewed", "untaken:notes-0123abcd")))
    assert mark(api) is None
    (sent,) = api.sent
    assert sent.operation_id == "set_server_tags"
    assert sent.body["tags"] == sorted(
        ("incomplete", "reviewed", "theirs", "untaken:notes-0123abcd", *OWNED)
    )


@pytest.mark.parametrize(
    ("now", "why"),
    [
        pytest.param(replace(OURS, tags=("stack:other", "server:web")), "belongs to", id="owner"),
        pytest.param(replace(OURS, tags=()), "belongs to no stack", id="nobody's"),
        pytest.param(replace(OURS, id=2), "is another server now", id="another server"),
        pytest.param(replace(OURS, is_deleting=True), "is being deleted", id="on its way out"),
        pytest.param(replace(OURS, hostname="vs2"), "is gone", id="gone"),
    ],
)
def test_a_server_that_is_not_the_one_that_was_seen_is_left_alone(
    now: LiveServer, why: str
) -> None:
    api = Tagged(now)
    reason = mark(api)
    assert reason is not None
    assert why in reason
    assert api.sent == []


def test_a_busy_server_is_tried_again_and_another_refusal_is_told() -> None:
    api = Tagged(OURS)
    api.refusals = [BUSY, BUSY]
    assert mark(api) is None
    api = Tagged(OURS)
    api.refusals = [REFUSED]
    assert mark(api) == "no such tag"
    api = Tagged(OURS)
    api.refusals = [BUSY] * 4
    assert mark(api) == "busy"


def test_a_mark_that_does_not_show_is_told_after_a_minute() -> None:
    reason = mark(Tagged(OURS, drops=True))
    assert reason == "vs1 does not carry the tags that were set: ['incomplete']"


def test_whoever_may_forbid_a_change_may_forbid_a_mark() -> None:
    async def forbid() -> None:
        raise ApplyError("the lease is over")

    api = Tagged(OURS)
    assert mark(api, may_send=forbid) == "the lease is over"
    assert api.sent == []


def test_it_is_recorded_before_it_leaves_and_how_it_ended(tmp_path: Path) -> None:
    for drops, outcome in ((False, "done"), (True, "failed")):
        folder = tmp_path / outcome
        journal = Journal.open(folder, account="a" * 64, stack="shop", clock=_Still())
        asyncio.run(journal.begin_run())
        mark(Tagged(OURS, drops=drops), journal=journal)
        (entry,) = journal.entries
        assert (entry.intent.step, entry.intent.hostname) == ("web/mark", "vs1")
        assert (entry.intent.operation_id, entry.outcome) == ("set_server_tags", outcome)
        journal.close()


class _Still(VirtualClock):
    """The journal's clock, which is none of this test's business."""

    def now(self) -> Any:
        return NOON
