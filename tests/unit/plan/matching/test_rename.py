"""A destroy and a create that look like one server with a new key."""

from dataclasses import replace

from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from tests.support.builders import COMPLETE, account, live, plan, spec, stack


def renames(desired: Stack, *keys: str) -> list[Diagnostic]:
    lives = account(*(live(10001 + n, key=key) for n, key in enumerate(keys)))
    built, _ = plan(desired, lives)
    return [warning for warning in built.warnings if warning.code == "looks-like-rename"]


def test_a_destroy_and_a_create_of_one_shape_are_named_with_the_way_out() -> None:
    (warning,) = renames(stack(spec("db", **COMPLETE)), "database")
    assert warning.where == "servers.db"
    assert "database (vs10001)" in warning.what
    assert warning.hint == "to rename it, write moved: [{from: database, to: db}]"


def test_servers_of_another_shape_are_no_rename() -> None:
    assert renames(stack(spec("db", **{**COMPLETE, "cores": 8})), "database") == []


def test_each_server_is_in_one_pair_at_most_and_in_the_plans_order() -> None:
    policy = Policy(max_destroy=3)
    desired = stack(spec("a", **COMPLETE), spec("b", **COMPLETE), policy=policy)
    found = renames(desired, "x", "y", "z")
    assert [warning.where for warning in found] == ["servers.a", "servers.b"]
    assert [warning.what.partition(" ")[0] for warning in found] == ["x", "y"]


def test_a_rename_that_moved_cannot_say_is_not_offered() -> None:
    instance = replace(spec("web-1", **COMPLETE), base_key="web")
    policy = Policy(max_destroy=3)
    assert renames(stack(instance, spec("db", **COMPLETE), policy=policy), "web", "web-1") == []


def test_a_rename_onto_a_key_that_moved_names_already_takes_the_place_of_that_entry() -> None:
    (warning,) = renames(stack(spec("db", **COMPLETE), moved={"mysql": "db"}), "database")
    assert "[{from: database, to: db}] in place of the one in line 1" in warning.hint
