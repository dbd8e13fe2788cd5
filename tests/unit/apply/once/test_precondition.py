"""What is looked at right before a request, line by line: each test fails without its line."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.apply.once.precondition import Precondition, Standing, build_planned_states
from ccloud_apply.errors import ApplyError, StatusError
from ccloud_apply.model.declared.stack import Lifecycle, Stack
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import PREVENT_DESTROY, build_ownership_tags
from ccloud_apply.model.results.plan import ACCOUNT, Step
from ccloud_apply.plan.diff.marks import build_untaken_tag
from ccloud_apply.plan.matching.select import PlanOptions
from tests.support.builders import COMPLETE, account, live, plan, spec, stack
from tests.support.scripted_api import CALL, ScriptedApi

OURS = live(1, key="web", generation=2, created_at="2027-01-01", disks=(20, 30, 50))
RESIZED = spec("web", memory=8)
DISKS = "list_server_disks"
REDEPLOYED = spec(
    "web",
    image="rocky9_uefi",
    memory=8,
    lifecycle=Lifecycle(on_create_only_change="redeploy"),
)


class Account(ScriptedApi):
    """Where no server is there, no part of one is."""

    async def read_part(self, operation_id: str, hostname: str) -> Any:
        await self.get_server(hostname)
        self.reads.pop()
        return await super().read_part(operation_id, hostname)


class Case:
    """One stack, planned against what was live, and its steps looked at against what is now."""

    def __init__(self, desired: Stack, *servers: LiveServer, **options: Any) -> None:
        planned, _ = plan(desired, account(*servers), **options)
        self.stack = desired.name
        self.steps = {step.id: step for step in planned.steps}
        self.api = Account()
        self.show(*servers)
        keys = {(desired.name, server.key): server for server in planned.servers}
        states = build_planned_states([desired], account(*servers), keys, PlanOptions(**options))
        self.precondition = Precondition(self.api, states)

    def show(self, *servers: LiveServer) -> None:
        """From now on these are there, with the parts of the first."""
        self.api.servers = servers
        self.api.parts = dict(servers[0].parts) if servers else {}

    def check(self, step: str | Step, hostname: str | None = None) -> Standing:
        """What the step is told."""
        due = self.steps[step] if isinstance(step, str) else step
        return asyncio.run(self.precondition.check(self.stack, due, hostname))

    def reason(self, step: str | Step, hostname: str | None = None) -> str:
        """Why the step is not to be sent."""
        with pytest.raises(ApplyError) as caught:
            self.check(step, hostname)
        assert caught.value.hint == "plan again"
        return caught.value.message.removeprefix("changed since the plan: ")


def resize() -> Case:
    return Case(stack(RESIZED), OURS)


def destroy() -> Case:
    return Case(stack(), OURS, allow_destroy=1)


def redeploy() -> Case:
    return Case(stack(REDEPLOYED), OURS)


def shrink() -> Case:
    return Case(stack(spec("web", disks=[20, 50])), OURS)


def owned(*tags: str, server: LiveServer = OURS) -> LiveServer:
    return replace(server, tags=tags)


EVERY = [
    (resize, "web/memory"),
    (destroy, "web/destroy"),
    (redeploy, "web/redeploy"),
    (shrink, "web/disks.sc0s1"),
]


@pytest.mark.parametrize(("build", "step"), EVERY)
def test_a_server_that_is_as_it_was_planned_is_due(build: Any, step: str) -> None:
    case = build()
    assert case.check(step) is Standing.NEEDED


@pytest.mark.parametrize(("build", "step"), EVERY)
@pytest.mark.parametrize(
    "other",
    [{"id": 2}, {"created_at": "2027-01-02"}, {"generation": 3}, {"generation": None}],
    ids=str,
)
def test_a_server_with_another_identity_under_the_hostname_is_left_alone(
    build: Any, step: str, other: dict[str, Any]
) -> None:
    case = build()
    case.show(replace(OURS, **other))
    assert case.reason(step) == "vs1 is another server now"


@pytest.mark.parametrize(("build", "step"), EVERY)
@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ((), "no stack"),
        (("server:web",), "no stack"),
        (("stack:shop",), "stack shop as no key"),
        (("stack:other", "server:web"), "stack other as web"),
        (("stack:shop", "server:db"), "stack shop as db"),
        (("stack:shop", "stack:other", "server:web"), "stack other, shop as web"),
        (("stack:shop", "server:web", "server:db"), "stack shop as db, web"),
    ],
)
def test_a_server_that_is_not_the_stacks_own_any_more_is_left_alone(
    build: Any, step: str, tags: tuple[str, ...], owner: str
) -> None:
    case = build()
    case.show(owned(*tags))
    assert case.reason(step) == f"vs1 belongs to {owner}"


@pytest.mark.parametrize(("build", "step"), EVERY)
def test_a_server_that_is_being_deleted_is_left_alone(build: Any, step: str) -> None:
    case = build()
    case.show(replace(OURS, is_deleting=True))
    assert case.reason(step) == "vs1 is being deleted"


@pytest.mark.parametrize(("build", "step"), [EVERY[0], *EVERY[2:]])
def test_a_server_that_is_gone_stops_what_would_change_it(build: Any, step: str) -> None:
    case = build()
    case.show()
    assert case.reason(step) == "vs1 is gone"


def test_a_server_that_is_gone_needs_no_deletion() -> None:
    case = destroy()
    case.show()
    assert case.check("web/destroy") is Standing.ALREADY_DONE


@pytest.mark.parametrize(("build", "step"), EVERY[1:])
def test_a_protection_that_was_set_since_the_plan_stops_what_destroys(
    build: Any, step: str
) -> None:
    case = build()
    case.show(owned(*OURS.tags, PREVENT_DESTROY))
    assert case.reason(step) == "vs1 is protected by prevent-destroy"


@pytest.mark.parametrize(("build", "step"), EVERY[1:])
def test_a_protection_in_another_spelling_stops_it_too(build: Any, step: str) -> None:
    case = build()
    case.show(owned(*OURS.tags, "Prevent-Destroy"))
    assert case.reason(step) == "vs1 is protected by Prevent-Destroy"


def test_a_protection_does_not_stop_what_destroys_nothing() -> None:
    case = resize()
    case.show(owned(*OURS.tags, PREVENT_DESTROY))
    assert case.check("web/memory") is Standing.NEEDED


def test_a_disk_that_has_the_id_and_another_size_is_not_deleted() -> None:
    case = shrink()
    first, second, third = OURS.part(DISKS)
    case.api.parts[DISKS] = (first, replace(second, size_gb=99), third)
    assert case.reason("web/disks.sc0s1") == "disk sc0s1 of vs1 has 99 GB"
    case.api.parts[DISKS] = (first, replace(second, id="sc0s7"), third)
    assert case.check("web/disks.sc0s1") is Standing.ALREADY_DONE


def test_a_field_that_somebody_has_changed_is_not_overwritten() -> None:
    case = resize()
    case.show(replace(OURS, memory_gb=16))
    assert case.reason("web/memory") == "memory of vs1 is 16, not 4"
    case.show(replace(OURS, memory_gb=8))
    assert case.check("web/memory") is Standing.ALREADY_DONE


def test_nothing_is_taken_for_done_on_a_server_that_has_an_error_by_now() -> None:
    case = Case(stack(spec("web", memory=8, pool="pool_iw_ssd")), OURS)
    case.show(replace(OURS, pool="pool_x", memory_gb=8))
    assert "pool" in case.reason("web/memory")


def test_a_server_that_is_being_built_again_is_compared_all_the_same() -> None:
    case = resize()
    case.show(replace(OURS, is_building=True))
    assert case.check("web/memory") is Standing.NEEDED


def test_what_was_read_a_moment_ago_never_counts() -> None:
    case = resize()
    assert case.check("web/memory") is Standing.NEEDED
    case.show(owned("stack:other", "server:web"))
    assert case.reason("web/memory") == "vs1 belongs to stack other as web"
    assert [name for _, name in case.api.reads] == ["get_server", "get_server"]


def test_the_server_is_read_after_all_that_the_step_is_compared_with() -> None:
    case = shrink()
    case.check("web/disks.sc0s1")
    assert [name for _, name in case.api.reads] == [DISKS, "get_server"]


def test_a_read_that_fails_is_passed_on_and_nothing_is_due() -> None:
    case = resize()
    case.api.trouble = lambda _now: StatusError("no right to read", status=403, **CALL)
    with pytest.raises(StatusError):
        case.check("web/memory")


def test_a_server_that_is_adopted_is_nobodys_until_its_tags_are_set() -> None:
    nobodys = live(1, memory_gb=4)
    case = Case(stack(spec("web", hostname="vs1", memory=8)), nobodys)
    ours = owned(*build_ownership_tags("shop", "web", is_protected=False), server=nobodys)
    assert case.check("web/tags") is Standing.NEEDED
    assert case.reason("web/memory") == "vs1 belongs to no stack"
    case.show(owned("stack:other", "server:web", server=nobodys))
    assert case.reason("web/tags") == "vs1 belongs to stack other as web"
    case.show(owned("stack:other", server=nobodys))
    assert case.reason("web/tags") == "vs1 belongs to stack other as no key"
    case.show(owned("server:db", server=nobodys))
    assert case.reason("web/tags") == "vs1 belongs to no stack"
    case.show(ours)
    assert case.check("web/tags") is Standing.NEEDED
    assert case.check("web/memory") is Standing.NEEDED


def test_a_server_that_lost_its_tags_is_not_taken_for_one_that_is_adopted() -> None:
    case = Case(stack(spec("web", tags=["new"])), OURS)
    case.show(owned())
    assert case.reason("web/tags") == "vs1 belongs to no stack"


def test_a_server_that_gets_another_key_may_carry_either() -> None:
    before = live(1, key="database")
    case = Case(stack(spec("db", memory=8), moved={"database": "db"}), before)
    for key in ("database", "db"):
        tags = build_ownership_tags("shop", key, is_protected=False)
        case.show(owned(*tags, server=before))
        assert case.check("db/memory") is Standing.NEEDED
    case.show(owned("stack:shop", "server:other", server=before))
    assert case.reason("db/memory") == "vs1 belongs to stack shop as other"


def test_another_generation_is_expected_only_once_the_system_was_made_anew() -> None:
    case = redeploy()
    anew = replace(OURS, generation=3)
    case.show(anew)
    assert case.reason("web/memory") == "vs1 is another server now"
    case.show(OURS)
    assert case.check("web/redeploy") is Standing.NEEDED
    case.show(anew)
    assert case.check("web/memory") is Standing.NEEDED
    assert case.reason("web/redeploy") == "vs1 is another server now"
    case.show(replace(anew, id=2))
    assert case.reason("web/memory") == "vs1 is another server now"


NEW = live(7, key="web", created_at="2027-01-03", generation=2)


def create() -> Case:
    case = Case(stack(spec("web", **COMPLETE, notes="hello")))
    case.show(NEW)
    return case


def remake() -> Case:
    """The server is destroyed and another one takes its place."""
    desired = spec(
        "web",
        **{**COMPLETE, "disks": [20, 30, 50], "image": "rocky9_uefi"},
        notes="hello",
        lifecycle=Lifecycle(on_create_only_change="replace"),
    )
    case = Case(stack(desired), OURS, allow_destroy=1)
    case.show(NEW)
    return case


@pytest.mark.parametrize("build", [create, remake])
def test_a_server_of_this_run_is_the_one_that_was_read_back(build: Any) -> None:
    case = build()
    case.precondition.learn("shop", "web", NEW)
    assert case.check("web/notes", "vs7") is Standing.NEEDED
    for other in ({"id": 8}, {"created_at": "2027-01-04"}, {"generation": 3}):
        case.show(replace(NEW, **other))
        assert case.reason("web/notes", "vs7") == "vs7 is another server now"


@pytest.mark.parametrize("build", [create, remake])
def test_a_server_of_this_run_that_nobody_read_back_is_the_one_that_is_found_first(
    build: Any,
) -> None:
    case = build()
    assert case.check("web/notes", "vs7") is Standing.NEEDED
    case.show(replace(NEW, id=8))
    assert case.reason("web/notes", "vs7") == "vs7 is another server now"


@pytest.mark.parametrize("build", [create, remake])
@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ((), "no stack"),
        (("stack:other", "server:web"), "stack other as web"),
        (("stack:shop", "server:db"), "stack shop as db"),
    ],
)
def test_a_server_of_this_run_has_to_stay_the_stacks_own(
    build: Any, tags: tuple[str, ...], owner: str
) -> None:
    case = build()
    case.show(owned(*tags, server=NEW))
    assert case.reason("web/notes", "vs7") == f"vs7 belongs to {owner}"


@pytest.mark.parametrize("build", [create, remake])
def test_a_server_of_this_run_that_goes_is_left_alone(build: Any) -> None:
    case = build()
    case.precondition.learn("shop", "web", NEW)
    case.show(replace(NEW, is_deleting=True))
    assert case.reason("web/notes", "vs7") == "vs7 is being deleted"
    case.show()
    assert case.reason("web/notes", "vs7") == "vs7 is gone"


def test_what_concerns_no_server_yet_reads_none() -> None:
    case = create()
    case.show()
    account_step = replace(case.steps["web/create"], server=ACCOUNT, operation_id="set_x")
    assert case.check("web/create") is Standing.NEEDED
    assert case.check(account_step) is Standing.NEEDED
    assert case.api.reads == []


def test_a_redeploy_is_done_already_once_the_new_system_shows() -> None:
    case = redeploy()
    case.show(replace(OURS, os_name="Rocky Linux 9"))
    assert case.check("web/redeploy") is Standing.ALREADY_DONE


@pytest.mark.parametrize(
    ("os_name", "why"), [("Debian 13", "so image is not"), (None, "does not say which image")]
)
def test_a_system_that_is_not_known_meanwhile_is_not_taken_for_a_redeploy_that_is_done(
    os_name: str | None, why: str
) -> None:
    case = redeploy()
    case.show(replace(OURS, os_name=os_name))
    assert why in case.reason("web/redeploy")


def marked(*marks: str) -> LiveServer:
    return replace(OURS, tags=(*OURS.tags, *marks))


def untaken() -> str:
    tag = build_untaken_tag(RESIZED, "memory")
    assert tag is not None
    return tag


def test_a_field_that_was_marked_since_the_plan_is_not_changed() -> None:
    case = resize()
    case.show(marked(untaken()))
    assert "it is not tried again" in case.reason("web/memory")


def test_nothing_is_changed_of_a_server_whose_build_turned_out_to_have_failed() -> None:
    case = resize()
    case.show(marked("incomplete"))
    assert "the build of vs1 failed" in case.reason("web/memory")


@pytest.mark.parametrize("asked", ["accept", "retry"])
def test_what_was_asked_for_still_counts_right_before_the_request(asked: str) -> None:
    mark = "incomplete" if asked == "accept" else untaken()
    case = Case(stack(RESIZED), marked(mark), **{asked: ("web",)})
    assert case.check("web/memory") is Standing.NEEDED
