"""What is believed of one look, and when."""

import asyncio
from dataclasses import replace

from ccloud_apply.apply.once.create import observe
from ccloud_apply.apply.once.outcome import Change, Observation, Outcome, is_behind
from ccloud_apply.apply.once.preparation import Preparation
from ccloud_apply.apply.once.resolver import Resolver
from ccloud_apply.apply.queued_step import CREATE, QueuedStep
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.operations import OPERATIONS
from tests.support.scripted_api import ScriptedApi
from tests.support.step_plans import step
from tests.support.virtual_time import VirtualClock, run_virtually


def change(operation_id: str, path: str = "", **baseline: object) -> Change:
    return Change(
        stack="web",
        server="s0",
        operation_id=operation_id,
        path=path,
        hostname=None if operation_id == "create_server" else "vs1",
        body={},
        baseline=baseline,
    )


def resolve(api: ScriptedApi, lost: Change) -> tuple[Observation, float]:
    """What came out, and after how many seconds."""

    async def main() -> tuple[Observation, float]:
        clock = VirtualClock()
        resolver = Resolver(
            api, clock, grace_s=180, timeout_s=600, pause_s=1, warn=lambda _text: None
        )
        return await resolver.resolve(lost), clock.monotonic()

    return run_virtually(main())


def test_of_a_server_that_is_gone_nothing_can_come_any_more() -> None:
    observation = run_virtually(observe(ScriptedApi(), change("resize_server_memory", "/x")))
    assert observation.outcome is Outcome.ABSENT
    assert "no server vs1" in observation.reason


def test_a_server_that_seems_to_run_is_believed_only_after_a_while() -> None:
    api = ScriptedApi()
    api.parts["get_server_state"] = "Running"
    observation, seconds = resolve(api, change("change_server_state", "/vs1/state/start"))
    assert observation.outcome is Outcome.HAPPENED
    assert seconds >= 60


def test_after_the_last_create_task_that_may_be_the_one_its_server_has_time_to_show() -> None:
    class _SlowCreate(ScriptedApi):
        async def list_tasks(self, **_query: object) -> tuple[Task, ...]:
            is_running = self._now() < 250
            status = "processing" if is_running else "done"
            return (Task(id=7, action="create-server", status=status, hostname=None),)

    observation, seconds = resolve(_SlowCreate(), change("create_server", fence=3))
    assert observation.outcome is Outcome.ABSENT
    assert seconds >= 250 + 60


def test_what_was_read_before_the_process_stood_still_is_no_news_of_the_time_after() -> None:
    class _StandsStill(ScriptedApi):
        looks = 0

        async def list_tasks(self, **_query: object) -> tuple[Task, ...]:
            self.looks += 1
            if self.looks > 2:
                return (Task(id=7, action="create-server", status="processing", hostname=None),)
            if self.looks == 2:
                await asyncio.sleep(200)  # longer than the grace
            return ()

    observation, _ = resolve(_StandsStill(), change("create_server", fence=3))
    assert observation.outcome is Outcome.PENDING, "it would be sent again"


def test_create_tasks_of_our_own_other_changes_explain_nothing_and_hold_nothing_up() -> None:
    api = ScriptedApi()
    running = Task(id=7, action="create-server", status="processing")

    async def list_tasks(**_query: object) -> tuple[Task, ...]:
        return (running,)

    api.list_tasks = list_tasks  # type: ignore[method-assign]
    lost = change("create_server", fence=3)
    assert run_virtually(observe(api, lost)).outcome is Outcome.PENDING
    ours = replace(lost, own_tasks=frozenset({7}))
    assert run_virtually(observe(api, ours)).outcome is Outcome.ABSENT


def test_a_list_is_behind_only_if_it_shows_this_very_server_as_it_was() -> None:
    resized = change("resize_server_memory", "/x", memory=8)
    ours = LiveServer(id=1, hostname="vs1", memory_gb=8)
    other = LiveServer(id=2, hostname="vs2", memory_gb=4)
    assert not is_behind(resized, (ours, other))
    assert not is_behind(resized, (other,)), "its tags may be on their way"
    assert is_behind(resized, (replace(ours, memory_gb=4), other))


def test_whatever_starts_a_task_has_an_effect_by_which_it_is_told() -> None:
    tasks = {operation.id for operation in OPERATIONS.values() if operation.answer == "task"}
    told = {name for name, effect in EFFECTS_BY_OPERATION.items() if effect.is_confirmed}
    assert tasks - told == {CREATE}, "a create is told by its tags and its task"
    assert all(OPERATIONS[operation_id].repeat == "never" for operation_id in told)


def test_an_intent_holds_what_tells_its_effect_and_nothing_else_of_its_request() -> None:
    api = ScriptedApi()
    api.servers = (LiveServer(id=1, hostname="vs-a", os_name="Debian 12"),)

    def note(operation_id: str, body: object) -> object:
        one = replace(step("a/memory"), operation_id=operation_id)
        queued = QueuedStep(index=0, stack="web", step=one)
        preparation = Preparation(api=api, precondition=None)
        prepared = run_virtually(preparation.prepare(queued, "/x", body, "vs-a"))
        assert prepared is not None
        return prepared.baseline

    assert note("resize_server_memory", {"memory": 8}) == {"memory": 8}
    assert note("resize_server_cores", {"cores": 2}) == {"cores": 2}
    assert note("resize_server_disk", {"size": 60}) == {"size": 60}
    assert note("set_server_addon", {"count": 1}) == {"count": 1, "before": 0}
    redeploy = {"image": "rocky9_uefi", "password": "correct horse", "sshkey": "ssh-ed25519 A"}
    assert note("redeploy_server", redeploy) == {"os_name": "Debian 12"}
