"""Manual snapshots: only what the file names is touched."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.base import Comparison
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Action
from tests.support.builders import COMPLETE, account, errors, live, only_server, plan, spec, stack
from tests.support.reads import parts

NAMES = ("a", "b", "c", "d")


def taken(*names: str | None) -> tuple[Snapshot, ...]:
    return tuple(Snapshot(id=f"id{n}", name=name) for n, name in enumerate(names, 1))


@pytest.mark.parametrize(
    ("declared", "there", "expected"),
    [
        (["a"], ("a",), []),
        (["a"], (" a ", "auto"), []),
        ([], ("a",), []),
        (None, ("a",), []),
        ({"old": False}, ("a",), []),
        (["a"], (), [("POST", "", {"name": "a"})]),
        (["a"], ("A", None), [("POST", "", {"name": "a"})]),
        ({"a": False}, ("b", "a"), [("DELETE", "/id2", None)]),
        ({"a": False}, ("a", "a"), [("DELETE", "/id1", None), ("DELETE", "/id2", None)]),
        (
            {"new": True, "old": False},
            ("old", "other"),
            [("DELETE", "/id1", None), ("POST", "", {"name": "new"})],
        ),
    ],
)
def test_snapshots_become_the_documented_requests(
    declared: Any, there: tuple[str | None, ...], expected: list[Any]
) -> None:
    server = live(key="web", snapshots=taken(*there))
    built, _ = plan(stack(spec(snapshots=declared)), account(server))
    base = "/ccloud/servers/vs10001/snapshots"
    found = [(step.method, step.path.removeprefix(base), step.body) for step in built.steps]
    assert found == expected
    assert built.servers[0].action is (Action.UPDATE if expected else Action.UNCHANGED)


@given(
    st.lists(st.sampled_from(NAMES), unique=True),
    st.dictionaries(st.sampled_from(NAMES), st.booleans()),
    st.lists(st.sampled_from([*NAMES, "other", None]), max_size=6),
)
def test_what_the_file_does_not_name_stays_and_what_it_names_becomes_so(
    names: list[str], more: dict[str, bool], there: list[str | None]
) -> None:
    declared = {**dict.fromkeys(names, True), **more}
    server = live(key="web", snapshots=taken(*there))
    found = ASPECTS["snapshots"].compare(Comparison(spec=spec(snapshots=declared), live=server))
    after = {snapshot.id: snapshot.name for snapshot in server.part("list_server_snapshots")}
    for draft in found.drafts:
        if draft.operation_id == "delete_server_snapshot":
            assert declared[after.pop(draft.parameters["id"]) or ""] is False
        else:
            after[draft.name] = draft.body["name"]
    for name, is_wanted in declared.items():
        assert (name in after.values()) == is_wanted


def test_a_snapshot_is_taken_before_anything_else_is_changed() -> None:
    desired = stack(spec(memory=8, notes="x", snapshots=["before-upgrade"]))
    built, _ = plan(desired, account(live(key="web", snapshots=())))
    assert [step.operation_id for step in built.steps] == [
        "create_server_snapshot",
        "resize_server_memory",
        "set_server_notes",
    ]


def test_a_deleted_snapshot_is_named_with_its_date() -> None:
    there = (Snapshot(id="x", name="old", created_at="2026-08-24T14:15:22Z"),)
    desired = stack(spec(snapshots={"old": False}))
    server = only_server(desired, account(live(key="web", snapshots=there)))
    (warning,) = server.warnings
    assert warning == "snapshots of vs10001 are deleted: old (2026-08-24T14:15:22Z)"


def test_an_eleventh_snapshot_is_an_error_that_names_the_ten() -> None:
    there = taken(*(f"s{n}" for n in range(10)))
    (found,) = errors(stack(spec(snapshots=["new"])), account(live(key="web", snapshots=there)))
    assert found.code == "CCA190"
    assert "it has s0, s1," in found.what
    assert "{s0: false}" in found.hint
    desired = stack(spec(snapshots={"new": True, "s3": False}))
    built, _ = plan(desired, account(live(key="web", snapshots=there)))
    assert [step.method for step in built.steps] == ["DELETE", "POST"]


def test_two_missing_ones_warn_of_the_pause_between_them() -> None:
    server = only_server(
        stack(spec(snapshots=["a", "b", "c"])), account(live(key="web", snapshots=()))
    )
    (warning,) = server.warnings
    assert warning.startswith("3 snapshots take 20 minutes at least")


def test_a_new_server_gets_them() -> None:
    built, _ = plan(stack(spec(**COMPLETE, snapshots={"fresh": True, "old": False})), account())
    assert [step.id for step in built.steps] == ["web/create", "web/snapshots.fresh"]


def test_only_servers_that_name_some_are_asked() -> None:
    desired = stack(spec("a", snapshots=[]), spec("b", snapshots=["x"]), spec("c", cores=2))
    lives = account(*(live(10001 + n, key=key) for n, key in enumerate("abc")))
    reads = {"vs10002": {"list_server_snapshots"}}
    assert parts(desired, lives) == reads
