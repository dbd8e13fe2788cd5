"""Parts of a field that are left alone: disks by position, addons by name, tags by glob."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import Lifecycle
from ccloud_apply.model.live.account import LiveDisk
from ccloud_apply.model.results.plan import Action, ServerPlan
from ccloud_apply.plan.build import PlanOptions, build_plan
from tests.support.builders import account, errors, live, only_server, spec, stack

SIZES = st.lists(st.integers(1, 4).map(lambda n: n * 10), min_size=1, max_size=5)
POSITIONS = st.sets(st.integers(1, 6), max_size=3)


def planned(ignored: tuple[str, ...], fields: dict[str, Any], **facts: Any) -> ServerPlan:
    lifecycle = Lifecycle(ignore_changes=ignoring(*ignored))
    return only_server(
        stack(spec(lifecycle=lifecycle, **fields)), account(live(key="web", **facts))
    )


def changes(ignored: tuple[str, ...], fields: dict[str, Any], **facts: Any) -> dict[str, Any]:
    found = planned(ignored, fields, **facts)
    assert (found.action is Action.UNCHANGED) == (not found.changes)
    return {change.field: (change.before, change.after) for change in found.changes}


@pytest.mark.parametrize(
    ("declared", "lives", "ignored", "expected"),
    [
        pytest.param([50, 100], [50, 120], "2", {}, id="one that has grown"),
        pytest.param([50, 100], [50], "2", {}, id="one that is gone"),
        pytest.param([50], [50, 100], "2", {}, id="one that someone has added"),
        pytest.param([50, 100], [50, 30, 100], "2", {}, id="one at that place on the server"),
        pytest.param([50, 100], [50, 30, 100], "3", {}, id="one more than the file has"),
        pytest.param(
            [50, 100, 200], [50, 120, 150], "2", {"disks.3": (150, 200)}, id="another one grows"
        ),
        pytest.param([50, 100, 100], [50, 120, 100], "2", {}, id="another has the declared size"),
        pytest.param(
            [80, 100], [50, 120], "2", {"disks.1": (50, 80)}, id="the system disk grows beside it"
        ),
        pytest.param(
            [50, 100, 200], [50, 120, 200], "1", None, id="what is not ignored cannot shrink"
        ),
        pytest.param(
            [50, 100, 200], [50], "2", {"disks.3": (None, 200)}, id="another one is added"
        ),
        pytest.param([50, 100, 200], [50, 150], "2", None, id="which of two is it"),
        pytest.param([50, 100], [50, 120, 30], "2", None, id="which of them would be removed"),
        pytest.param([50, 200], [50, 120, 30], "3", None, id="which of them grows"),
        pytest.param(
            [50, 100], [50, 100, 30, 40], "3", {"disks.4": (40, None)}, id="the fourth is removed"
        ),
    ],
)
def test_an_ignored_disk_stays_as_it_is_and_no_other_is_mistaken_for_it(
    declared: list[int], lives: list[int], ignored: str, expected: dict[str, Any] | None
) -> None:
    if expected is not None:
        assert changes((f"disks.{ignored}",), {"disks": declared}, disks=lives) == expected
        return
    lifecycle = Lifecycle(ignore_changes=ignoring(f"disks.{ignored}"))
    desired = stack(spec(disks=declared, lifecycle=lifecycle))
    (found,) = errors(desired, account(live(key="web", disks=lives)))
    assert found.code in ("disk-ambiguous", "disk-shrinks")


def test_a_pin_says_which_disk_is_ignored() -> None:
    pinned = [50, {"id": "sc0s2", "size": 100}, {"id": "sc0s1", "size": 200}]
    lives = [50, 120, 30]
    assert changes(("disks.2",), {"disks": pinned}, disks=lives) == {"disks.3": (120, 200)}


def test_an_ignored_pin_of_a_disk_that_is_gone_is_no_error() -> None:
    pinned = [50, {"id": "sc0s1", "size": 100}]
    assert changes(("disks.2",), {"disks": pinned}, disks=[50]) == {}


@pytest.mark.parametrize(
    ("declared", "lives", "expected"),
    [
        ([50, 100], [("sc0s0", 50), ("ide0s1", 120)], {}),
        ([50, 100, 200], [("sc0s0", 50), ("ide0s1", 120), ("sc0s2", 200)], {}),
        ([50, 100, 200], [("sc0s0", 50), ("ide0s1", 120), ("sc0s2", 150)], None),
    ],
)
def test_disks_without_an_order_are_told_by_their_sizes_beside_an_ignored_one(
    declared: list[int], lives: list[tuple[str, int]], expected: dict[str, Any] | None
) -> None:
    parts = {"list_server_disks": tuple(LiveDisk(id=id, size_gb=size) for id, size in lives)}
    server = live(key="web")
    server.parts.update(parts)  # type: ignore[attr-defined]
    desired = stack(spec(disks=declared, lifecycle=Lifecycle(ignore_changes=ignoring("disks.2"))))
    if expected is None:
        assert errors(desired, account(server))[0].code == "disk-ambiguous"
    else:
        found = only_server(desired, account(server)).changes
        assert {change.field: change.after for change in found} == expected


@given(declared=SIZES, lives=SIZES, positions=POSITIONS)
def test_no_plan_touches_an_ignored_disk_and_none_destroys_more_than_without(
    declared: list[int], lives: list[int], positions: set[int]
) -> None:
    names = tuple(f"disks.{position}" for position in sorted(positions))
    desired = stack(spec(disks=declared, lifecycle=Lifecycle(ignore_changes=ignoring(*names))))
    built, problems = build_plan([desired], account(live(key="web", disks=lives)), PlanOptions())
    if built is None:  # what is not certain is an error
        assert {one.code for one in problems} <= {"disk-ambiguous", "disk-shrinks"}
        return
    found = changes(names, {"disks": declared}, disks=lives)
    assert not found.keys() & set(names)
    removed = sum(after is None for _, after in found.values())
    assert removed <= max(0, len(lives) - len(declared))
    if positions >= set(range(1, 6)):
        assert found == {}


@given(lives=SIZES, grown=st.integers(1, 9), position=st.integers(2, 5))
def test_whatever_becomes_of_the_only_ignored_disk_nothing_differs(
    lives: list[int], grown: int, position: int
) -> None:
    if position > len(lives):
        return
    declared = [size + 1 for size in lives]  # no size is the ignored one's by chance
    live_sizes = list(declared)
    live_sizes[position - 1] = 1000 + grown
    assert changes((f"disks.{position}",), {"disks": declared}, disks=live_sizes) == {}


def test_an_ignored_addon_is_neither_added_changed_nor_removed() -> None:
    held = {"backup": 2, "other": 1}
    declared = {"backup": 1, "antivirus": 1, "mail": 1}
    ignored = ("addons.backup", "addons.mail")
    assert changes(ignored, {"addons": declared}, addons=held) == {
        "addons.antivirus": (None, 1),
        "addons.other": (1, None),
    }
    assert changes(("addons.backup",), {"addons": {}}, addons={"backup": 2}) == {}


def test_what_is_ignored_in_part_is_not_called_unchanged() -> None:
    lifecycle = Lifecycle(ignore_changes=ignoring("addons.backup", "tags.x*", "disks.2"))
    fields: dict[str, Any] = {"addons": {"backup": 1, "mail": 1}, "tags": ["a"], "disks": [50, 100]}
    facts: dict[str, Any] = {
        "addons": {"backup": 2, "mail": 1},
        "disks": [50, 120],
        "tags": ("a", "x1"),
    }
    found = only_server(
        stack(spec(lifecycle=lifecycle, **fields)),
        account(live(key="web", **facts)),
        has_unchanged=True,
    )
    assert dict(found.unchanged) == {"addons.mail": 1, "disks.1": 50}


def test_tags_of_an_ignored_glob_stay_and_are_not_set() -> None:
    ignored = ("tags.backup:*", "tags.t?mp")
    fields = {"tags": ["web", "backup:daily", "temp"]}
    found = planned(ignored, fields, tags=("old", "backup:weekly", "tump"))
    (change,) = found.changes
    users = {tag for tag in change.after if not tag.startswith(("stack:", "server:"))}
    assert users == {"web", "backup:weekly", "tump"}


def test_a_server_is_created_with_all_of_what_is_ignored_later() -> None:
    lifecycle = Lifecycle(ignore_changes=ignoring("addons.backup", "tags.x*", "disks.2"))
    desired = stack(
        spec(
            pool="pool_iw_ssd",
            type="unmanaged",
            image="debian12_uefi",
            cores=1,
            memory=2,
            disks=[50, 100],
            tags=["x1"],
            addons={"backup": 1},
            lifecycle=lifecycle,
        )
    )
    found = only_server(desired, account(), has_checks=False)
    assert {"addons.backup", "disks.2", "tags"} <= {change.field for change in found.changes}
