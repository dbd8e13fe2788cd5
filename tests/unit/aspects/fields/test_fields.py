"""Each field: equal means no step, a difference means the right request with the right unit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.base import Comparison
from ccloud_apply.aspects.fields.naming.tags import Tags
from ccloud_apply.aspects.fields.snapshots.scheduled_snapshots import ScheduledSnapshots
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import Lifecycle, Policy
from ccloud_apply.model.limits import SCHEDULE_FREQUENCIES
from ccloud_apply.model.live.account import Account, Image, Schedule
from ccloud_apply.model.live.catalog import Pool
from ccloud_apply.model.ownership import build_ownership_tags
from ccloud_apply.model.results.plan import Action, Step
from tests.support.builders import (
    COMPLETE,
    IMAGES,
    account,
    errors,
    live,
    only_server,
    plan,
    spec,
    stack,
    why_not_compared,
)
from tests.support.reads import catalogues, parts

SERVER = "/ccloud/servers/vs10001"
OWN = ["server:web", "stack:shop"]
MARKS = ("untaken:notes-1f", "retire-after:soon", "incomplete:other")
RETIRE_MARKS = ("retire:2027-01-01", "retire:soon", "retire-after:7d", "Retire-After:7D")
OUR_MARKS = ("incomplete", "Incomplete", "incomplete:accepted", "untaken:notes-0123abcd")


def requests(steps: tuple[Step, ...]) -> list[tuple[str, str, Any]]:
    return [(step.method, step.path, step.body) for step in steps]


@pytest.mark.parametrize(
    ("declared", "live_facts"),
    [
        pytest.param({"cores": 2, "memory": 4}, {}, id="sizes"),
        pytest.param({"custom_name": " front "}, {"custom_name": "front"}, id="trimmed name"),
        pytest.param({"custom_name": ""}, {"custom_name": None}, id="no name"),
        pytest.param({"notes": "a\r\nb\n"}, {"notes": "a\nb"}, id="line ends"),
        pytest.param({"notes": None}, {"notes": "  "}, id="empty notes"),
        pytest.param({"description": ""}, {"description": None}, id="no description"),
        pytest.param({"addons": ["backup"]}, {"addons": {"backup": 1}}, id="addon as a list"),
        pytest.param({"addons": {}}, {"addons": {"backup": 0}}, id="an addon of none"),
        pytest.param({"image": "debian12_uefi"}, {"os_name": " Linux Debian 12"}, id="image"),
        pytest.param({"subnets": [12], "rollouts": ["x"], "sshkey": "k"}, {}, id="unreadable"),
        pytest.param({"power": "running"}, {"state": "Running"}, id="power"),
        pytest.param({"scheduled_snapshots": None}, {"schedule": None}, id="no schedule"),
    ],
)
def test_equal_whatever_the_spelling(declared: dict[str, Any], live_facts: dict[str, Any]) -> None:
    server = only_server(stack(spec(**declared)), account(live(key="web", **live_facts)))
    assert (server.action, server.changes, server.warnings) == (Action.UNCHANGED, (), ())


@pytest.mark.parametrize(
    ("declared", "live_facts", "expected"),
    [
        ({"memory": 8}, {}, [("PUT", f"{SERVER}/memory", {"memory": 8})]),
        ({"cores": 1}, {}, [("PUT", f"{SERVER}/cores", {"cores": 1})]),
        ({"notes": "hi"}, {}, [("PUT", f"{SERVER}/notes", {"notes": "hi"})]),
        ({"notes": None}, {"notes": "hi"}, [("DELETE", f"{SERVER}/notes", None)]),
        ({"custom_name": "n"}, {}, [("PUT", f"{SERVER}/customname", {"name": "n"})]),
        ({"custom_name": None}, {}, [("PUT", f"{SERVER}/customname", {})]),
        (
            {"addons": {"a": 2, "b": 1}},
            {"addons": {"a": 1, "c": 1}},
            [
                ("PUT", "/servers/vs10001/addons/a", {"count": 2}),
                ("PUT", "/servers/vs10001/addons/b", {"count": 1}),
                ("DELETE", "/servers/vs10001/addons/c", None),
            ],
        ),
        ({"power": "off"}, {}, [("POST", f"{SERVER}/state/shutdown", None)]),
        ({"power": "running"}, {"state": "Off"}, [("POST", f"{SERVER}/state/start", None)]),
        (
            {"scheduled_snapshots": None},
            {"schedule": Schedule(frequency=6, next_run=None)},
            [("DELETE", f"{SERVER}/snapshots/scheduled", None)],
        ),
        (
            {"tags": ["b", "a"]},
            {"tags": ("c",)},
            [("POST", f"{SERVER}/tags", {"tags": ["a", "b", *OWN]})],
        ),
        ({"tags": []}, {"tags": ("c",)}, [("POST", f"{SERVER}/tags", {"tags": OWN})]),
    ],
)
def test_a_difference_becomes_the_documented_request(
    declared: dict[str, Any], live_facts: dict[str, Any], expected: list[Any]
) -> None:
    built, _ = plan(stack(spec(**declared)), account(live(key="web", **live_facts)))
    assert requests(built.steps) == expected
    assert built.servers[0].action is Action.UPDATE


def test_an_unknown_power_state_is_reported_and_not_fought() -> None:
    lives = account(live(key="web", state="Paused"))
    why = why_not_compared(stack(spec(power="off", memory=8)), lives)
    assert why == "vs10001 is Paused, neither Running nor Off"


def test_a_value_that_the_api_does_not_tell_is_never_taken_for_a_difference() -> None:
    why = why_not_compared(stack(spec(cores=2)), account(live(key="web", cores=None)))
    assert why == "the API does not say which cores vs10001 has"


@pytest.mark.parametrize(
    ("field", "value"),
    [("notes", None), ("addons", {}), ("custom_name", None)],
)
def test_a_fact_that_the_answer_lacks_is_not_taken_for_an_empty_one(field: str, value: Any) -> None:
    server = live(key="web", untold=frozenset({field}))
    why = why_not_compared(stack(spec(**{field: value})), account(server))
    assert why == f"the API does not say what {field} vs10001 has"


def test_a_create_only_fact_that_the_answer_lacks_is_a_warning_and_the_rest_is_compared() -> None:
    server = live(key="web", untold=frozenset({"description"}))
    found = only_server(stack(spec(description=None, memory=8)), account(server))
    assert (found.action, found.unknown) == (Action.UPDATE, ("description",))
    assert found.warnings == (
        "the API does not say what description vs10001 has, so description is not compared",
    )


_TAGS = st.frozensets(st.sampled_from(["a", "A", "backup:x", "b", "retire:2031-01-01"]))


class TestTags:
    @given(
        declared=st.one_of(st.none(), _TAGS.map(lambda tags: sorted({*tags} & {"a", "A", "b"}))),
        there=_TAGS,
        keep=st.sampled_from([(), ("*",), ("backup:*",)]),
        ignored=st.sampled_from([(), ("tags",), ("tags.a*",), ("tags.backup:*",)]),
        is_protected=st.booleans(),
        marks=st.sampled_from([None, frozenset(), frozenset({"incomplete"})]),
    )
    def test_what_is_quickly_seen_to_be_equal_is_equal_in_full(
        self,
        declared: list[str] | None,
        there: frozenset[str],
        keep: tuple[str, ...],
        ignored: tuple[str, ...],
        is_protected: bool,
        marks: frozenset[str] | None,
    ) -> None:
        fields: dict[str, Any] = {} if declared is None else {"tags": declared}
        comparison = Comparison(
            spec=spec(lifecycle=Lifecycle(ignore_changes=ignoring(*ignored)), **fields),
            live=live(key="web", tags=tuple(there), is_protected=is_protected),
            ownership=build_ownership_tags("shop", "web", is_protected=False),
            keep_tags=keep,
            read_at=datetime(2027, 1, 1, tzinfo=UTC),
            marks=marks,
        )
        tags = Tags()
        assert tags.compare(comparison) == tags.compare_in_full(comparison)

    def test_tags_of_others_that_go_are_named(self) -> None:
        server = only_server(
            stack(spec(tags=["mine"])), account(live(key="web", tags=("theirs", "mine")))
        )
        assert server.warnings == ("tags that the file does not name are removed: theirs",)

    def test_kept_tags_stay(self) -> None:
        desired = stack(spec(tags=["mine"]), policy=Policy(keep_tags=("backup:*",)))
        server = only_server(desired, account(live(key="web", tags=("mine", "backup:daily"))))
        assert server.action is Action.UNCHANGED

    def test_a_spelling_that_the_platform_will_never_change_is_a_warning_and_no_difference(
        self,
    ) -> None:
        server = only_server(
            stack(spec(tags=["Mine", "new"])), account(live(key="web", tags=("mine", "new")))
        )
        assert server.action is Action.UNCHANGED
        assert "write mine" in server.warnings[0]

    @pytest.mark.parametrize("mark", MARKS)
    def test_marks_of_a_later_version_stay_where_they_are(self, mark: str) -> None:
        desired = stack(spec(tags=["mine"]))
        assert plan(desired, account(live(key="web", tags=("mine", mark))))[0].steps == ()
        built, _ = plan(desired, account(live(key="web", tags=("theirs", mark))))
        assert built.steps[0].body == {"tags": sorted(["mine", mark, *OWN])}
        (server,) = built.servers
        assert server.warnings == ("tags that the file does not name are removed: theirs",)

    @pytest.mark.parametrize(
        "tag", [*MARKS, *OUR_MARKS, *RETIRE_MARKS, "Stack:x", "SERVER:x", "Prevent-Destroy"]
    )
    def test_no_user_may_declare_a_tag_of_ours_in_whatever_spelling(self, tag: str) -> None:
        (problem,) = ASPECTS["tags"].check((tag,), spec())
        assert problem.code == "reserved-tag"

    @pytest.mark.parametrize(
        "tag", ["retire", "untaken", "stack", "incomplete-build", "web:stack:"]
    )
    def test_a_tag_that_only_looks_like_one_of_ours_is_the_users(self, tag: str) -> None:
        assert ASPECTS["tags"].check((tag,), spec()) == ()

    def test_a_server_that_is_given_back_keeps_the_marks_of_a_later_version_alone(self) -> None:
        desired = stack(released=["web"])
        marked = live(key="web", tags=("incomplete:other", *OUR_MARKS, *RETIRE_MARKS, "theirs"))
        built, _ = plan(desired, account(marked))
        assert built.held == ()
        assert built.steps[0].body == {"tags": ["incomplete:other", "theirs"]}

    def test_how_long_a_server_waits_is_a_tag_that_comes_and_goes_with_the_file(self) -> None:
        waiting = stack(spec(lifecycle=Lifecycle(retire=7)))
        built, _ = plan(waiting, account(live(key="web")))
        assert built.steps[0].body == {"tags": ["retire-after:7d", *OWN]}
        built, _ = plan(stack(spec()), account(live(key="web", tags=("retire-after:7d",))))
        assert built.steps[0].body == {"tags": OWN}
        built, _ = plan(waiting, account(live(key="web", tags=("retire-after:30d",))))
        assert built.steps[0].body == {"tags": ["retire-after:7d", *OWN]}

    def test_how_long_a_server_waits_is_the_same_in_another_spelling(self) -> None:
        waiting = stack(spec(lifecycle=Lifecycle(retire=7)))
        assert plan(waiting, account(live(key="web", tags=("Retire-After:7D",))))[0].steps == ()

    def test_tags_that_are_not_managed_stay(self) -> None:
        server = only_server(stack(spec()), account(live(key="web", tags=("theirs",))))
        assert server.action is Action.UNCHANGED

    def test_ignored_tags_stay_while_ownership_is_still_kept(self) -> None:
        lifecycle = Lifecycle(ignore_changes=ignoring("tags"), prevent_destroy=True)
        desired = stack(spec(tags=["mine"], lifecycle=lifecycle))
        built, _ = plan(desired, account(live(key="web", tags=("theirs",))))
        assert built.steps[0].body == {"tags": ["prevent-destroy", *OWN, "theirs"]}

    def test_prevent_destroy_is_written_to_the_server_and_lifting_it_is_said(self) -> None:
        server = only_server(stack(spec()), account(live(key="web", is_protected=True)))
        assert server.changes[0].before == ["prevent-destroy", *OWN]
        assert server.changes[0].after == OWN
        assert "prevent_destroy of vs10001" in server.warnings[0]


class TestScheduledSnapshots:
    @pytest.mark.parametrize(
        ("declared", "next_run"),
        [
            ({"frequency": 6}, datetime(2027, 3, 1, 15, 7)),  # noqa: DTZ001
            ({"frequency": 6, "next_run": "2027-01-01 03:00"}, datetime(2027, 3, 1, 15)),  # noqa: DTZ001
            ({"frequency": 6, "next_run": "2028-01-01 03:00"}, datetime(2027, 3, 1, 21)),  # noqa: DTZ001
            ({"frequency": 6}, None),
        ],
    )
    def test_a_next_run_that_moved_on_is_no_difference(
        self, declared: dict[str, Any], next_run: datetime | None
    ) -> None:
        schedule = Schedule(frequency=6, next_run=next_run)
        server = only_server(
            stack(spec(scheduled_snapshots=declared)), account(live(key="web", schedule=schedule))
        )
        assert server.action is Action.UNCHANGED

    def test_another_phase_is_a_difference_and_is_sent_in_the_future(self) -> None:
        schedule = Schedule(frequency=6, next_run=datetime(2027, 3, 1, 16))  # noqa: DTZ001
        declared = {"frequency": 6, "next_run": "2027-01-01 03:00"}
        built, _ = plan(
            stack(spec(scheduled_snapshots=declared)), account(live(key="web", schedule=schedule))
        )
        (step,) = built.steps
        assert (step.id, step.operation_id) == (
            "web/scheduled_snapshots",
            "set_server_snapshot_schedule",
        )
        assert step.body == {"frequency": 6, "next_run": "2027-03-01 15:00"}
        assert step.at_apply == {"replaces": 6}
        (change,) = built.servers[0].changes
        assert change.before == {"frequency": 6, "next_run": "2027-03-01 16:00"}

    def test_another_frequency_keeps_the_live_phase(self) -> None:
        schedule = Schedule(frequency=24, next_run=datetime(2027, 3, 2, 2, 30))  # noqa: DTZ001
        built, _ = plan(
            stack(spec(scheduled_snapshots={"frequency": 12})),
            account(live(key="web", schedule=schedule)),
        )
        (step,) = built.steps
        assert step.body == {"frequency": 12, "next_run": "2027-03-02 02:30"}

    def test_the_servers_own_schedule_decides_where_the_list_tells_another_time(self) -> None:
        declared = {"frequency": 6, "next_run": "2027-01-01 03:00"}
        desired = stack(spec(scheduled_snapshots=declared))
        listed = Schedule(frequency=6, next_run=datetime(2027, 3, 1, 14))  # noqa: DTZ001
        server = live(key="web", schedule=listed)
        reads = {"vs10001": {"get_server_snapshot_schedule"}}
        assert parts(desired, account(server)) == reads
        own = Schedule(frequency=6, next_run=datetime(2027, 3, 1, 15))  # noqa: DTZ001
        own_parts = {**server.parts, "get_server_snapshot_schedule": own}
        seen = only_server(desired, account(replace(server, parts=own_parts)))
        assert seen.action is Action.UNCHANGED

    def test_a_new_schedule_without_a_phase_starts_soon_and_the_same_every_time(self) -> None:
        desired = stack(spec(scheduled_snapshots={"frequency": 24}))
        first, _ = plan(desired, account(live(key="web")))
        again, _ = plan(desired, account(live(key="web")))
        assert first == again
        run = datetime.strptime(first.steps[0].body["next_run"], "%Y-%m-%d %H:%M")  # noqa: DTZ007
        assert datetime(2027, 3, 1, 13) < run <= datetime(2027, 3, 2, 14)  # noqa: DTZ001

    @given(
        key=st.from_regex(r"[a-z]{1,12}", fullmatch=True),
        frequency=st.sampled_from(SCHEDULE_FREQUENCIES),
        hours=st.integers(0, 24 * 366),
    )
    def test_no_run_of_a_phase_of_our_own_is_in_the_hour_that_clocks_skip(
        self, key: str, frequency: int, hours: int
    ) -> None:
        read_at = datetime(2027, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=hours)
        aspect = ScheduledSnapshots()
        (draft,) = aspect.create_drafts({"frequency": frequency}, spec(key=key), read_at)
        run = datetime.strptime(draft.body["next_run"], "%Y-%m-%d %H:%M")  # noqa: DTZ007
        assert run.hour != 2
        assert frequency == 1 or (run.hour - 2) % frequency != 0
        start = read_at.replace(tzinfo=None)
        assert start < run <= start + timedelta(hours=frequency + 5)

    def test_a_first_run_that_has_to_move_leaves_that_hour_out(self) -> None:
        read_at = datetime(2027, 3, 1, 20, 0, tzinfo=UTC)
        declared = {"frequency": 6, "next_run": "2027-01-01 02:30"}
        (draft,) = ScheduledSnapshots().create_drafts(declared, spec(), read_at)
        assert draft.body["next_run"] == "2027-03-02 08:30"

    @pytest.mark.parametrize("run", ["2027-03-28 02:30", "2030-01-01 02:00"])
    def test_a_declared_first_run_stays_as_it_is_declared(self, run: str) -> None:
        read_at = datetime(2027, 3, 1, 20, 0, tzinfo=UTC)
        declared = {"frequency": 6, "next_run": run}
        (draft,) = ScheduledSnapshots().create_drafts(declared, spec(), read_at)
        assert draft.body["next_run"] == run

    def test_after_a_create_it_is_set_in_a_step_of_its_own(self) -> None:
        declared = {"frequency": 1, "next_run": "2030-01-01 00:00"}
        built, _ = plan(stack(spec(**COMPLETE, scheduled_snapshots=declared)), account())
        assert built.steps[1].id == "web/scheduled_snapshots"
        assert built.steps[1].path == "/ccloud/servers/{hostname}/snapshots/scheduled"
        assert built.steps[1].body == declared


class TestCreateOnly:
    def test_a_change_is_an_error_that_names_the_choices(self) -> None:
        (found,) = errors(stack(spec(pool="pool_x")), account(live(key="web")))
        assert found.code == "create-only-change"
        assert "pool of vs10001 is pool_iw_ssd, and the file says pool_x" in found.what
        assert "on_create_only_change" in found.hint

    def test_a_long_text_is_shortened_in_the_message_and_stays_on_one_line(self) -> None:
        lives = account(live(key="web", description="Back end\n" + "y" * 500))
        (found,) = errors(stack(spec(description="x" * 5000)), lives)
        assert found.code == "create-only-change"
        assert '"Back end\\n' in found.what
        assert len(found.what) < 300
        assert found.what.isprintable()

    def test_ignored_it_is_nothing(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="ignore")
        server = only_server(
            stack(spec(pool="pool_x", lifecycle=lifecycle)), account(live(key="web"))
        )
        assert server.action is Action.UNCHANGED

    def test_replaced_the_field_that_forces_it_is_marked(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="replace")
        declared = COMPLETE | {"image": "rocky9_uefi"}
        built, _ = plan(stack(spec(**declared, lifecycle=lifecycle)), account(live(key="web")))
        (server,) = built.servers
        assert server.action is Action.REPLACE
        assert [(c.field, c.before, c.after, c.forces_replace) for c in server.changes] == [
            ("image", "debian12_uefi", "rocky9_uefi", True)
        ]
        assert [(step.id, step.needs) for step in built.steps] == [
            ("web/destroy", ()),
            ("web/create", ("web/destroy",)),
        ]
        assert "data loss" in server.warnings[-1]

    def test_an_image_can_be_redeployed_in_place(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="redeploy")
        declared: dict[str, Any] = {"image": "rocky9_uefi", "sshkey": "ssh-ed25519 A"}
        built, _ = plan(stack(spec(**declared, lifecycle=lifecycle)), account(live(key="web")))
        (server,) = built.servers
        assert server.action is Action.REINSTALL
        assert requests(built.steps) == [("POST", "/servers/vs10001/redeploy", declared)]
        assert built.steps[0].is_destructive
        assert "data loss" in server.warnings[0]

    def test_a_redeploy_comes_after_all_else_and_the_power_after_it(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="redeploy")
        declared: dict[str, Any] = {"image": "rocky9_uefi", "disks": [60], "power": "off"}
        server = live(key="web", state="Off")
        built, _ = plan(stack(spec(**declared, lifecycle=lifecycle)), account(server))
        assert [(step.id, step.needs, step.at_apply) for step in built.steps] == [
            ("web/disks.1", (), {}),
            ("web/redeploy", (), {}),
            ("web/power.off", ("web/redeploy",), {"state": "Off"}),
        ]

    def test_redeploying_is_for_the_image_alone(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="redeploy")
        declared: dict[str, Any] = {"image": "rocky9_uefi", "pool": "pool_x"}
        found = errors(stack(spec(**declared, lifecycle=lifecycle)), account(live(key="web")))
        assert [d.code for d in found] == ["create-only-change"] * 2

    def test_a_server_that_is_not_owned_yet_is_never_replaced(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="replace")
        declared = COMPLETE | {"pool": "pool_x"}
        desired = stack(spec(hostname="vs10001", **declared, lifecycle=lifecycle))
        (found,) = errors(desired, account(live()))
        assert found.code == "replace-unowned"

    def test_a_server_that_is_bound_by_its_hostname_is_not_replaced_by_another_one(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="replace")
        declared = COMPLETE | {"pool": "pool_x"}
        desired = stack(spec(hostname="vs10001", **declared, lifecycle=lifecycle))
        (found,) = errors(desired, account(live(key="web")))
        assert found.code == "replace-bound"
        assert "remove hostname" in found.hint

    def test_a_password_never_stands_in_a_plan(self) -> None:
        built, _ = plan(stack(spec(**COMPLETE, password={"env": "CCLOUD_SECRET_WEB"})), account())
        (change,) = [c for c in built.servers[0].changes if c.field == "password"]
        assert (change.after, change.is_sensitive) == (None, True)
        assert str(built.steps[0].body["password"]) == "{env: CCLOUD_SECRET_WEB}"


TWO_NAMES = (*IMAGES, Image(image="debian12_bios", name="Linux Debian 12"))
POOLS = (Pool(pool="pool_iw_ssd"), Pool(pool="pool_aw_ssd", is_active=False), Pool(pool="pool_b"))
UNTOLD = [
    pytest.param(
        "image",
        {"os_name": "Debian 13"},
        {},
        "the API tells the image of vs10001 as 'Debian 13', which is in no entry of the image"
        " catalogue, so image is not compared",
        id="a system in no entry",
    ),
    pytest.param(
        "image",
        {"os_name": "Linux Debian 12"},
        {"images": TWO_NAMES},
        "the API tells the image of vs10001 as 'Linux Debian 12', which is the name of"
        " debian12_bios and debian12_uefi, so image is not compared",
        id="a system of two entries",
    ),
    pytest.param(
        "image",
        {"os_name": " "},
        {},
        "the API does not say which image vs10001 has, so image is not compared",
        id="no system",
    ),
    pytest.param(
        "image",
        {},
        {"images": IMAGES[:1]},
        "image rocky9_uefi is not in the image catalogue, so image is not compared",
        id="an image that is no more",
    ),
    pytest.param(
        "pool",
        {"pool": None},
        {},
        "the API does not say which pool vs10001 has, so pool is not compared",
        id="no pool",
    ),
    pytest.param(
        "pool",
        {"pool": "Intel Worker SSD"},
        {"pools": POOLS},
        "the API tells the pool of vs10001 as 'Intel Worker SSD', which is in no entry of the pool"
        " catalogue, so pool is not compared",
        id="a pool by another name",
    ),
    pytest.param(
        "pool",
        {"pool": "pool_x"},
        {"unread": {"list_pools": "403: forbidden"}},
        "the API tells the pool of vs10001 as 'pool_x', and the pool catalogue cannot be read, so"
        " pool is not compared",
        id="pools that cannot be read",
    ),
    pytest.param(
        "type",
        {"type": None},
        {},
        "the API does not say which type vs10001 has, so type is not compared",
        id="no type",
    ),
    pytest.param(
        "type",
        {"type": "Unmanaged server"},
        {},
        "the API tells the type of vs10001 as 'Unmanaged server', which is not a type that a stack"
        " file can name, so type is not compared",
        id="a type by another name",
    ),
]


class TestUnknown:
    """A live value that cannot be told for certain is neither equal nor different."""

    DECLARED = COMPLETE | {"image": "rocky9_uefi"}

    def _lives(self, facts: dict[str, Any], told: dict[str, Any]) -> Account:
        named = {"os_name": "Rocky Linux 9"} | facts
        return replace(account(live(key="web", **named)), **told)

    @pytest.mark.parametrize("wish", ["error", "replace", "redeploy"])
    @pytest.mark.parametrize(("field", "facts", "told", "what"), UNTOLD)
    def test_it_is_never_a_reason_to_replace_or_to_redeploy(
        self,
        field: str,
        facts: dict[str, Any],
        told: dict[str, Any],
        what: str,
        wish: Literal["error", "replace", "redeploy"],
    ) -> None:
        desired = stack(spec(**self.DECLARED, lifecycle=Lifecycle(on_create_only_change=wish)))
        built, _ = plan(desired, self._lives(facts, told), has_unchanged=True)
        (server,) = built.servers
        assert (server.action, server.changes, server.steps) == (Action.UNCHANGED, (), ())
        assert (server.unknown, server.warnings) == ((field,), (what,))
        assert field not in server.unchanged
        assert [(w.where, w.what) for w in built.warnings] == [(f"servers.web.{field}", what)]

    @pytest.mark.parametrize("wish", ["replace", "redeploy"])
    @pytest.mark.parametrize(("field", "facts", "told", "what"), UNTOLD)
    def test_the_rest_is_compared_and_changed(
        self,
        field: str,
        facts: dict[str, Any],
        told: dict[str, Any],
        what: str,
        wish: Literal["replace", "redeploy"],
    ) -> None:
        declared = self.DECLARED | {"memory": 8}
        desired = stack(spec(**declared, lifecycle=Lifecycle(on_create_only_change=wish)))
        built, _ = plan(desired, self._lives(facts, told))
        (server,) = built.servers
        assert (server.action, server.unknown) == (Action.UPDATE, (field,))
        assert requests(built.steps) == [("PUT", f"{SERVER}/memory", {"memory": 8})]
        assert server.warnings == (what,)
        own = [w for w in built.warnings if w.code == "not-compared"]
        assert own == [], "the server has a place of its own, where it is said"

    def test_an_ambiguous_system_is_not_another_image_either(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="replace")
        desired = stack(spec(**self.DECLARED, lifecycle=lifecycle))
        lives = self._lives({"os_name": "Linux Debian 12"}, {"images": TWO_NAMES})
        assert only_server(desired, lives).unknown == ("image",)

    def test_an_unknown_image_does_not_hide_another_pool(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="replace")
        desired = stack(spec(**(COMPLETE | {"pool": "pool_b"}), lifecycle=lifecycle))
        server = only_server(desired, self._lives({"os_name": "?"}, {"pools": POOLS}))
        assert (server.action, server.unknown) == (Action.REPLACE, ("image",))

    def test_a_pool_that_is_full_by_now_is_a_pool_that_can_be_left(self) -> None:
        lifecycle = Lifecycle(on_create_only_change="replace")
        desired = stack(spec(**COMPLETE, lifecycle=lifecycle))
        lives = replace(account(live(key="web", pool="pool_aw_ssd")), pools=POOLS)
        assert only_server(desired, lives).action is Action.REPLACE

    @pytest.mark.parametrize("wish", ["error", "replace", "redeploy"])
    @pytest.mark.parametrize(
        "told",
        [
            "Front end of the",
            "Front end of the shop & its ...",
            "Front end of the shop &amp; its two data centres",
            "front end  of the shop & its two data centres",
            "Front end of the shop\n& its two data centres",
            "F",
        ],
    )
    def test_a_description_that_comes_back_cut_or_respelled_replaces_no_server(
        self, told: str, wish: Literal["error", "replace", "redeploy"]
    ) -> None:
        declared = "Front end of the shop & its two data centres"
        lifecycle = Lifecycle(on_create_only_change=wish)
        desired = stack(spec(**COMPLETE, description=declared, lifecycle=lifecycle))
        server = only_server(desired, account(live(key="web", description=told)))
        assert (server.action, server.unknown) == (Action.UNCHANGED, ("description",))
        assert "cut or in another spelling" in server.warnings[0]

    @pytest.mark.parametrize("told", ["Back end", "Front end of the shop, and more", "Front ende"])
    def test_another_description_is_still_another_one(self, told: str) -> None:
        lifecycle = Lifecycle(on_create_only_change="replace")
        desired = stack(spec(**COMPLETE, description="Front end of the", lifecycle=lifecycle))
        server = only_server(desired, account(live(key="web", description=told)))
        assert server.action is Action.REPLACE

    def test_an_empty_description_is_known_to_be_empty(self) -> None:
        (found,) = errors(stack(spec(description="front")), account(live(key="web")))
        assert found.code == "create-only-change"

    @pytest.mark.parametrize("ignored", [False, True])
    def test_the_pools_are_read_only_where_one_seems_to_be_another(self, ignored: bool) -> None:
        lifecycle = Lifecycle(ignore_changes=ignoring("pool") if ignored else ())
        server = spec(**COMPLETE, lifecycle=lifecycle)
        other = account(live(key="web", pool="pool_x"))
        needed = catalogues(stack(server), other, known=(), has_checks=False)
        assert needed == (set() if ignored else {"list_pools"})
        same = account(live(key="web"))
        assert catalogues(stack(server), same, known=()) == set()
        assert catalogues(stack(server), other, known=(), is_destroy=True) == set()
