"""An apply against an API that does as it is told: order, failures, what is told."""

import asyncio
from typing import Any

import pytest

from ccloud_apply.apply.engine.executor import ApplyOptions, execute
from ccloud_apply.apply.once.outcome import CONSISTENCY_TIMEOUT_S
from ccloud_apply.errors import (
    ApiError,
    AuthError,
    DecodeError,
    InvalidError,
    NotFoundError,
    ServerError,
    StatusError,
    TransportError,
    UnreadableReferenceError,
)
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.event import Event
from ccloud_apply.model.live.account import LiveDisk, LiveServer, Task
from ccloud_apply.model.results.plan import Plan, StackPlan
from tests.support.run_apply import run
from tests.support.scripted_api import CALL, Answer, Script, ScriptedApi
from tests.support.step_plans import plan, step
from tests.support.virtual_time import VirtualClock, run_virtually

REFUSED = InvalidError("refused", status=422, fields={"memory": ("is too much",)}, **CALL)
OFFLINE_RESIZE = plan(
    step("a/shutdown"),
    step("a/memory", needs=("a/shutdown",)),
    step("a/start", needs=("a/memory",), closes="a/shutdown"),
)


def test_an_empty_plan_is_done_at_once_without_a_request() -> None:
    api = ScriptedApi()
    assert run(Plan(), api).result.outcomes == ()
    assert (api.sent, api.reads) == ([], [])


def test_a_step_starts_when_what_it_needs_has_ended_and_not_before() -> None:
    done = run(plan(step("a/memory"), step("b/memory", needs=("a/memory",))), ScriptedApi())
    assert done.statuses() == {"a/memory": "done", "b/memory": "done"}
    assert done.starts["b/memory"] == done.ends["a/memory"] >= 60


def test_the_story_of_a_step_is_told_from_start_to_end() -> None:
    done = run(plan(step("a/memory"), hostnames={"a": "vs10001"}), ScriptedApi())
    assert done.types("a/memory") == [
        "step_start",
        "step_progress",
        "step_progress",
        "step_complete",
    ]
    end = done.events[-1]
    assert (end.stack, end.server, end.operation) == ("web", "a", "resize memory")
    assert (end.hostname, end.task_id) == ("vs10001", 1001)


def test_a_change_without_a_task_is_over_with_its_answer() -> None:
    api = ScriptedApi()
    done = run(plan(step("a/notes", body={"notes": "hello"})), api)
    assert done.types("a/notes") == ["step_start", "step_complete"]
    assert (api.sent[0].body, api.reads, done.seconds) == ({"notes": "hello"}, [], 0)


def test_a_failed_task_fails_the_step_with_the_platforms_reason_and_skips_what_needs_it() -> None:
    api = ScriptedApi({"/ccloud/servers/vs-a/memory": Script(fails="no space")})
    done = run(plan(step("a/memory"), step("b/cores", needs=("a/memory",)), step("c/cores")), api)
    assert done.statuses() == {"a/memory": "failed", "b/cores": "skipped", "c/cores": "done"}
    assert done.reasons() == {
        "a/memory": "task 1001 failed: no space",
        "b/cores": "a/memory failed",
    }
    assert (done.result.done, done.result.failed, done.result.skipped) == (1, 1, 1)
    assert done.types("b/cores") == ["step_skipped"]


def test_a_long_reason_of_the_platform_is_cut() -> None:
    api = ScriptedApi({"resize_server_memory": Script(fails="x" * 100_000)})
    (outcome,) = run(plan(step("a/memory")), api).result.outcomes
    assert len(outcome.error or "") <= 500


def test_a_refused_request_fails_the_step_with_the_texts_per_field() -> None:
    api = ScriptedApi({"resize_server_memory": Script(raises=REFUSED)})
    done = run(plan(step("a/memory"), step("a/notes")), api)
    assert done.reasons() == {"a/memory": "refused; memory: is too much"}
    assert done.statuses()["a/notes"] == "done"


@pytest.mark.parametrize(
    "script", [Script(), Script(fails="no space"), Script(raises=REFUSED), Script(seconds=9e9)]
)
def test_a_server_that_was_shut_down_is_started_again_whatever_came_of_the_resize(
    script: Script,
) -> None:
    api = ScriptedApi({"resize_server_memory": script})
    done = run(OFFLINE_RESIZE, api)
    assert done.statuses()["a/start"] == "done"
    assert api.sent[-1].path.endswith("/state/start")


def test_a_server_that_could_not_be_shut_down_is_neither_resized_nor_started() -> None:
    path = "/ccloud/servers/vs-a/state/shutdown"
    done = run(OFFLINE_RESIZE, ScriptedApi({path: Script(fails="guest does not answer")}))
    assert done.reasons()["a/start"] == "a/shutdown did not happen"
    assert done.reasons()["a/memory"] == "a/shutdown failed"


LOST: list[ApiError] = [
    TransportError("the connection broke", maybe_done=True, **CALL),
    ServerError("bad gateway", status=502, maybe_done=True, **CALL),
    DecodeError("a web page instead of JSON", **CALL),
]


def resized() -> Plan:
    return plan(step("a/memory", body={"memory": 8}), hostnames={"a": "vs-a"})


def web(memory_gb: int) -> LiveServer:
    return LiveServer(id=1, hostname="vs-a", memory_gb=memory_gb)


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_lost_answer_to_a_change_that_happened_is_found_out_and_not_sent_again(
    error: ApiError,
) -> None:
    api = ScriptedApi({"resize_server_memory": Script(raises=error)})
    api.servers = (web(8),)
    done = run(resized(), api)
    assert (done.result.done, len(api.sent)) == (1, 1)
    assert "the answer was lost" in done.warnings()[0]


def test_a_lost_change_that_cannot_be_looked_for_is_unknown_whatever_stands_in_the_way() -> None:
    lost = TransportError("reset", maybe_done=True, **CALL)
    api = ScriptedApi({"resize_server_memory": Script(raises=lost)})
    api.trouble = lambda _now: AuthError("401: Unauthenticated", status=401, **CALL)
    (outcome,) = run(resized(), api).result.outcomes
    assert outcome.is_unknown, "nobody knows what became of it"
    assert "outcome is unknown" in (outcome.error or "")


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_change_that_is_proven_absent_is_sent_once_more(error: ApiError) -> None:
    api = ScriptedApi({"resize_server_memory": Script(raises=error, raises_times=1)})
    api.servers = (web(4),)
    done = run(resized(), api)
    assert (done.result.done, len(api.sent)) == (1, 2)
    assert api.sent[1].at >= ApplyOptions().grace_s


def test_a_lost_change_is_not_sent_again_while_a_task_runs_on_its_server() -> None:
    error = LOST[0]
    script = Script(raises=error, raises_times=1, acts=True, hostname="vs-a", seconds=500)
    api = ScriptedApi({"resize_server_memory": script})
    api.servers = (web(4),)
    run(resized(), api)
    assert api.sent[1].at >= 500


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_change_that_is_lost_twice_has_an_unknown_outcome(error: ApiError) -> None:
    api = ScriptedApi({"resize_server_memory": Script(raises=error)})
    api.servers = (web(4),)
    (outcome,) = run(resized(), api).result.outcomes
    assert (outcome.status, outcome.is_unknown, len(api.sent)) == ("failed", True, 2)
    assert "run apply again" in (outcome.error or "")


class _BehindApi(ScriptedApi):
    """The list and the read of one server are behind, each until a moment of its own."""

    def __init__(self, *, list_at: float, detail_at: float) -> None:
        super().__init__()
        self.list_at, self.detail_at = list_at, detail_at

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        self._note_read("list_servers")
        return (web(8 if self._now() >= self.list_at else 4),)

    async def get_server(self, hostname: str) -> LiveServer:
        self._note_read("get_server")
        return web(8 if self._now() >= self.detail_at else 4)


@pytest.mark.parametrize(("list_at", "detail_at"), [(90, 0), (0, 90), (90, 70)])
def test_a_resize_is_done_once_the_list_and_the_server_itself_show_it(
    list_at: float, detail_at: float
) -> None:
    api = _BehindApi(list_at=list_at, detail_at=detail_at)
    done = run(resized(), api, is_confirmed=True)
    assert (done.result.done, len(api.sent)) == (1, 1)
    assert 90 <= done.ends["a/memory"] < 100


def test_a_resize_that_shows_at_once_costs_one_read_of_each() -> None:
    api = _BehindApi(list_at=0, detail_at=0)
    run(resized(), api, is_confirmed=True)
    reads = [name for _, name in api.reads]
    assert (reads.count("get_server"), reads.count("list_servers")) == (1, 1)


def test_resizes_that_end_together_share_their_reads_of_the_list() -> None:
    api = _BehindApi(list_at=0, detail_at=0)
    steps = [step(f"s{n}/memory", body={"memory": 8}) for n in range(10)]
    run(plan(*steps), api, is_confirmed=True)
    assert [name for _, name in api.reads].count("list_servers") <= 2


def test_a_resize_that_never_shows_is_unknown_so_that_the_next_run_looks() -> None:
    done = run(resized(), _BehindApi(list_at=9e9, detail_at=0), is_confirmed=True)
    (outcome,) = done.result.outcomes
    assert (outcome.status, outcome.is_unknown) == ("failed", True)
    assert "a/memory is done, but it does not show" in (outcome.error or "")


def test_what_was_added_has_all_of_the_grace_to_show_and_what_was_set_a_minute() -> None:
    api = ScriptedApi()
    api.servers = (LiveServer(id=1, hostname="vs-a", tags=("stack:web",), memory_gb=4),)
    api.parts["list_server_disks"] = (LiveDisk(id="sc0s0", size_gb=20),)
    hostnames = {"a": "vs-a"}
    disk = plan(step("a/disk", body={"size": 20 * 1024**3}), hostnames=hostnames)
    added = run(disk, api, is_confirmed=True)
    assert "does not show after 18" in str(added.reasons())
    resized = plan(step("a/memory", body={"memory": 8}), hostnames=hostnames)
    changed = run(resized, api, is_confirmed=True)
    assert "does not show after 6" in str(changed.reasons())


def test_tags_that_were_accepted_and_do_not_show_have_failed() -> None:
    api = ScriptedApi()
    api.parts["list_server_tags"] = ("old",)
    done = run(plan(step("a/tags", body={"tags": ["new"]}), hostnames={"a": "vs-a"}), api)
    assert len(api.sent) == 1
    told = "vs-a does not carry the tags that were set: ['new']"
    assert done.reasons() == {"a/tags": told}


def test_tags_that_show_a_few_seconds_later_are_looked_for_again() -> None:
    class _LateTags(ScriptedApi):
        async def read_part(self, operation_id: str, hostname: str) -> Any:
            self._note_read(operation_id)
            return ("new", "old") if self._now() >= 4 else ("old",)

    tags = plan(step("a/tags", body={"tags": ["new"]}), hostnames={"a": "vs-a"})
    done = run(tags, _LateTags(), is_confirmed=True)
    assert done.reasons() == {}
    assert done.result.done == 1


def test_tags_that_never_show_are_looked_for_a_minute_and_no_longer() -> None:
    api = ScriptedApi()
    api.parts["list_server_tags"] = ("old",)
    tags = plan(step("a/tags", body={"tags": ["new"]}), hostnames={"a": "vs-a"})
    done = run(tags, api, is_confirmed=True)
    told = "vs-a does not carry the tags that were set: ['new']"
    assert done.reasons() == {"a/tags": told}
    assert CONSISTENCY_TIMEOUT_S <= done.seconds <= CONSISTENCY_TIMEOUT_S + 10


def test_a_request_that_never_left_is_no_unknown_outcome() -> None:
    error = TransportError("no such host", maybe_done=False, **CALL)
    api = ScriptedApi({"resize_server_memory": Script(raises=error)})
    (outcome,) = run(plan(step("a/memory")), api).result.outcomes
    assert (outcome.error, outcome.is_unknown) == ("no such host", False)


def test_an_answer_that_names_no_task_is_a_lost_answer() -> None:
    api = ScriptedApi({"resize_server_memory": Script(names_task=False)})
    api.servers = (web(8),)
    done = run(resized(), api)
    assert done.result.done == 1
    assert "names no task" in done.warnings()[0]


def test_a_task_that_outlives_its_time_fails_with_how_to_go_on_and_its_server_is_left_alone() -> (
    None
):
    api = ScriptedApi({"resize_server_memory": Script(seconds=9e9)})
    done = run(
        plan(step("a/memory"), step("a/cores"), step("b/cores")),
        api,
        options=ApplyOptions(task_timeout_s=300),
    )
    assert done.statuses() == {"a/memory": "failed", "a/cores": "skipped", "b/cores": "done"}
    assert "`ccloud-apply tasks 1001`" in (done.reasons()["a/memory"] or "")
    assert done.reasons()["a/cores"] == "a/memory may still be running"
    assert done.seconds == pytest.approx(300)


def test_what_is_to_be_deleted_and_is_gone_already_counts_as_done() -> None:
    gone = NotFoundError("not found", status=404, **CALL)
    api = ScriptedApi({"delete_server": Script(raises=gone)})
    done = run(plan(step("a/delete"), step("b/memory", needs=("a/delete",))), api)
    assert done.statuses() == {"a/delete": "done", "b/memory": "done"}


def test_a_change_of_a_server_that_is_not_there_is_a_failure() -> None:
    gone = NotFoundError("not found", status=404, **CALL)
    api = ScriptedApi({"resize_server_memory": Script(raises=gone)})
    assert run(plan(step("a/memory")), api).statuses() == {"a/memory": "failed"}


def test_a_new_servers_hostname_fills_the_paths_of_its_later_steps_percent_encoded() -> None:
    api = ScriptedApi({"create_server": Script(hostname="vs 1/2?")})
    create_then_note = plan(step("a/create"), step("a/notes", needs=("a/create",), hostname=""))
    done = run(create_then_note, api)
    assert api.sent[-1].path == "/ccloud/servers/vs%201%2F2%3F/notes"
    assert done.events[-1].hostname == "vs 1/2?"


@pytest.mark.parametrize("hostname", [".", ".."])
def test_a_hostname_that_would_make_another_path_is_refused(hostname: str) -> None:
    api = ScriptedApi({"create_server": Script(hostname=hostname)})
    done = run(plan(step("a/create"), step("a/notes", hostname="")), api)
    assert done.statuses() == {"a/create": "done", "a/notes": "failed"}
    assert len(api.sent) == 1


def test_after_a_replace_the_steps_go_to_the_server_that_took_its_place() -> None:
    api = ScriptedApi({"create_server": Script(hostname="vs20002")})
    replace = plan(
        step("a/delete", hostname=""),
        step("a/create", needs=("a/delete",)),
        step("a/notes", needs=("a/create",), hostname=""),
        hostnames={"a": "vs10001"},
    )
    run(replace, api)
    assert [sent.path for sent in api.sent] == [
        "/ccloud/servers/vs10001",
        "/ccloud/servers",
        "/ccloud/servers/vs20002/notes",
    ]


def test_a_hostname_that_the_task_does_not_tell_is_found_by_the_ownership_tags() -> None:
    api = ScriptedApi()
    api.servers = (
        LiveServer(id=1, hostname="vs1", tags=("stack:web", "server:b")),
        LiveServer(id=2, hostname="vs2", tags=("stack:web", "server:a"), is_deleting=True),
        LiveServer(id=3, hostname="vs3", tags=("stack:web", "server:a")),
        LiveServer(id=4, hostname="vs4", tags=("stack:other", "server:a")),
    )
    run(plan(step("a/create"), step("a/notes", hostname="")), api)
    assert api.sent[-1].path == "/ccloud/servers/vs3/notes"


def test_after_a_replace_the_hostname_before_is_never_used_for_the_new_server() -> None:
    api = ScriptedApi()
    api.servers = (LiveServer(id=2, hostname="vs2", tags=("stack:web", "server:a")),)
    run(plan(step("a/create"), step("a/notes", hostname=""), hostnames={"a": "vs1"}), api)
    assert api.sent[-1].path == "/ccloud/servers/vs2/notes"


def test_a_hostname_that_cannot_be_read_fails_the_step_as_not_sent() -> None:
    api = ScriptedApi()
    api.trouble = lambda _at: (
        DecodeError("a web page", maybe_done=True, **CALL)
        if api.reads[-1][1] == "list_servers"
        else None
    )
    outcomes = run(plan(step("a/create"), step("a/notes", hostname="")), api).result.outcomes
    assert (outcomes[1].error, outcomes[1].is_unknown) == ("a web page", False)


@pytest.mark.parametrize("number", [0, 2])
def test_a_hostname_that_is_not_certain_fails_the_step_and_changes_nothing(number: int) -> None:
    api = ScriptedApi()
    api.servers = tuple(
        LiveServer(id=n, hostname=f"vs{n}", tags=("stack:web", "server:a")) for n in range(number)
    )
    done = run(plan(step("a/create"), step("a/notes", hostname="")), api)
    assert done.statuses() == {"a/create": "done", "a/notes": "failed"}
    assert [sent.operation_id for sent in api.sent] == ["create_server"]


SECRET = Reference("env", "CCLOUD_SECRET_WEB", "web.yaml", is_secret=True)


def test_references_are_resolved_at_any_depth_just_before_their_request() -> None:
    read: list[str] = []

    def read_reference(reference: Reference) -> str:
        read.append(reference.name)
        return f"contents of {reference.name}"

    api = ScriptedApi()
    body = {"password": SECRET, "list": [{"user_data": Reference("file", "x", "web.yaml")}, 3]}
    secret_step = step("b/create", needs=("a/memory",), body=body)
    api.scripts["resize_server_memory"] = Script(fails="no space")
    run(plan(step("a/memory"), secret_step), api, read=read_reference)
    assert read == []
    api.scripts.clear()
    run(plan(step("a/memory"), secret_step), api, read=read_reference)
    assert read == ["CCLOUD_SECRET_WEB", "x"]
    assert api.sent[-1].body == {
        "password": "contents of CCLOUD_SECRET_WEB",
        "list": [{"user_data": "contents of x"}, 3],
    }


def test_a_reference_that_cannot_be_read_fails_its_step_before_anything_is_sent() -> None:
    def refuse(reference: Reference) -> str:
        raise UnreadableReferenceError(f"{reference} is not set")

    api = ScriptedApi()
    done = run(plan(step("a/create", body={"password": SECRET}), step("b/notes")), api, read=refuse)
    assert done.reasons() == {"a/create": "{env: CCLOUD_SECRET_WEB} is not set"}
    assert [sent.operation_id for sent in api.sent] == ["set_server_notes"]


@pytest.mark.parametrize("place", ["reply", "task", "cut"])
def test_a_secret_that_the_platform_repeats_is_told_to_nobody(place: str) -> None:
    secret = "correct horse\nbattery staple"
    text = f"{'x' * (462 if place == 'cut' else 0)}password 'correct horse' and {secret!r} {secret}"
    error = InvalidError(text, status=422, **CALL)
    script = Script(fails=text) if place != "reply" else Script(raises=error)
    api = ScriptedApi({"create_server": script})
    done = run(plan(step("a/create", body={"password": SECRET})), api, read=lambda _: secret)
    assert done.statuses() == {"a/create": "failed"}
    told = repr(done.events) + repr(done.result)
    assert "(sensi" in told
    for part in ("horse", "battery", "correct h"):
        assert part not in told


def test_an_unknown_status_counts_as_processing_and_is_told_once() -> None:
    script = Script(words={10: "paused\x1b[2J", 30: "processing"})
    done = run(
        plan(step("a/memory"), step("b/memory")), ScriptedApi({"resize_server_memory": script})
    )
    assert set(done.statuses().values()) == {"done"}
    (warning,) = done.warnings()
    assert "paused" in warning
    assert "\x1b" not in warning


def test_trouble_with_the_task_list_is_a_warning_and_no_failure() -> None:
    api = ScriptedApi()
    api.trouble = lambda at: ServerError("bad gateway", status=502, **CALL) if at < 30 else None
    done = run(plan(step("a/memory"), step("b/memory")), api)
    assert set(done.statuses().values()) == {"done"}
    assert len(done.warnings()) == 1


def test_what_can_no_longer_be_watched_is_an_unknown_outcome_that_names_its_task() -> None:
    api = ScriptedApi({"resize_server_memory": Script(names_task=True)})
    real_id = 1001
    api.hidden = {real_id}
    api.trouble = lambda at: (
        NotFoundError("no such task", status=404, **CALL)
        if api.reads[-1][1] == "get_task"
        else None
    )
    (outcome,) = run(plan(step("a/memory")), api).result.outcomes
    assert outcome.is_unknown
    assert f"task {real_id}" in (outcome.error or "")


def test_a_held_plan_is_refused_before_anything_is_sent() -> None:
    guard = Diagnostic(code="max-destroy", what="too much", severity=Severity.HELD)
    held = Plan(stacks=(StackPlan(stack="web", path="x", steps=(step("a/notes"),), held=(guard,)),))
    api = ScriptedApi()
    with pytest.raises(ValueError, match="guard"):
        run(held, api)
    assert api.sent == []


def test_a_mistake_in_the_code_ends_everything_and_is_passed_on() -> None:
    def broken(_reference: Reference) -> str:
        raise ZeroDivisionError

    api = ScriptedApi()
    body = {"password": SECRET}
    steps = (step("a/memory"), step("b/memory"), step("c/create", needs=("b/memory",), body=body))
    with pytest.raises(ZeroDivisionError):
        run(plan(*steps), api, read=broken)


def test_a_listener_that_breaks_ends_everything_and_is_passed_on() -> None:
    def listen(event: Event) -> None:
        if event.type == "step_complete":
            raise BrokenPipeError

    async def main() -> set[asyncio.Task[Any]]:
        with pytest.raises(BrokenPipeError):
            await execute(
                plan(step("a/memory"), step("b/notes")),
                api=ScriptedApi(),
                clock=VirtualClock(),
                options=ApplyOptions(),
                listen=listen,
                read_reference=lambda _: "",
            )
        return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}

    assert run_virtually(main()) == set()


def test_a_start_that_is_refused_at_first_is_tried_again_so_that_no_server_stays_off() -> None:
    busy = InvalidError("busy", status=422, **CALL)
    start = step("a/start", closes="a/shutdown", hostname="vs-a")
    api = ScriptedApi({start.path: Script(raises=busy, raises_times=2)})
    done = run(plan(step("a/shutdown"), start), api)
    assert (done.result.done, len(api.sent)) == (2, 4)
    assert "refused, trying again" in done.warnings()[0]


class _BusyApi(ScriptedApi):
    """Refuses changes with 409 while somebody else's task runs, which is until `free_at`."""

    def __init__(self, *, free_at: float, status: int = 409) -> None:
        super().__init__()
        self.free_at, self.status, self.refused = free_at, status, 0

    async def send(
        self, operation_id: str, method: str, path: str, body: Any, **hooks: Any
    ) -> Answer:
        if self._now() < self.free_at:
            self.refused += 1
            raise StatusError("busy", status=self.status, **CALL)
        return await super().send(operation_id, method, path, body, **hooks)

    async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
        own = await super().list_tasks(**query)
        status = "processing" if self._now() < self.free_at else "done"
        other = Task(id=7, action="resize-server", status=status, hostname="vs-a")
        return (*own, *([other] if query.get("status") in (None, status) else []))

    async def get_task(self, task_id: int) -> Task:
        return (
            (await self.list_tasks(limit=1))[-1]
            if task_id == 7
            else await super().get_task(task_id)
        )


@pytest.mark.parametrize("status", [409, 423])
def test_what_is_refused_because_others_work_on_the_server_waits_for_their_end(status: int) -> None:
    api = _BusyApi(free_at=300, status=status)
    done = run(plan(step("a/memory", hostname="vs-a"), hostnames={"a": "vs-a"}), api)
    assert (done.result.done, len(api.sent)) == (1, 1)
    assert api.sent[0].at >= 300
    assert api.refused == 1  # meanwhile its end is waited for, and nothing is sent
    assert "refused, trying again" in done.warnings()[0]


def test_where_no_journal_tells_what_was_added_a_disk_waits_and_nothing_else_does() -> None:
    api = ScriptedApi()
    api.parts["list_server_disks"] = ()
    disk = step("a/disk", hostname="vs-a", body={"size": 1024**3})
    done = run(
        plan(disk, step("b/memory"), hostnames={"a": "vs-a"}),
        api,
        settled_at_s=20,
        is_confirmed=False,
    )
    assert done.result.done == 2
    assert {sent.operation_id: sent.at for sent in api.sent} == {
        "resize_server_memory": 0,
        "add_server_disk": 20,
    }
    told = [event.message for event in done.events if event.step == "a/disk" and event.message]
    assert "looking again in 20 s" in told[0]


def test_a_create_that_is_refused_for_now_is_tried_a_few_times() -> None:
    busy = StatusError("busy", status=409, **CALL)
    api = ScriptedApi({"create_server": Script(raises=busy, raises_times=3)})
    assert run(plan(step("a/create")), api).result.done == 1
    assert len(api.sent) == 4
    api = ScriptedApi({"create_server": Script(raises=busy)})
    done = run(plan(step("a/create")), api)
    assert (done.result.failed, len(api.sent)) == (1, 4)
    assert done.reasons() == {"a/create": "busy"}


def test_any_other_refused_step_is_sent_once() -> None:
    busy = InvalidError("busy", status=422, **CALL)
    api = ScriptedApi({"resize_server_memory": Script(raises=busy)})
    assert run(plan(step("a/memory")), api).result.failed == 1
    assert len(api.sent) == 1
