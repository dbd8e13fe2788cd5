"""Who is who: tags, moved, bound hostnames, conflicts."""

from dataclasses import replace

import pytest

from ccloud_apply.model.results.plan import Action
from tests.support.builders import (
    COMPLETE,
    account,
    errors,
    live,
    only_server,
    plan,
    spec,
    stack,
    why_not_compared,
)
from tests.support.reads import parts


def test_a_server_is_known_by_its_two_tags() -> None:
    server = only_server(stack(spec(cores=2)), account(live(key="web"), live(10002)))
    assert (server.action, server.hostname) == (Action.UNCHANGED, "vs10001")


def test_another_stacks_server_with_the_same_key_is_not_ours() -> None:
    server = only_server(stack(spec(**COMPLETE)), account(live(key="web", stack="blog")))
    assert server.action is Action.CREATE


def test_a_bound_server_is_adopted_and_nothing_else_happens_before_that() -> None:
    desired = stack(spec(hostname="vs10001", notes="ours", memory=8))
    built, _ = plan(desired, account(live(custom_name="legacy", tags=("old",))))
    assert built.servers[0].action is Action.ADOPT
    first, *rest = built.steps
    assert first.body == {"tags": ["old", "server:web", "stack:shop"]}
    assert all(step.needs == ("web/tags",) for step in rest)
    assert len(rest) == 2


def test_an_adopted_server_is_later_known_by_its_tags() -> None:
    server = only_server(stack(spec(hostname="vs10001")), account(live(key="web")))
    assert server.action is Action.UNCHANGED


def test_a_hostname_that_does_not_exist_is_an_error() -> None:
    (found,) = errors(stack(spec(hostname="vs1")), account(live()))
    assert "no server vs1" in found.what


def test_a_hostname_other_than_the_tagged_servers_is_an_error() -> None:
    (found,) = errors(stack(spec(hostname="vs10002")), account(live(key="web"), live(10002)))
    assert "web is vs10001 by its tags" in found.what
    assert "remove the tags server:web and stack:shop from vs10001 by hand" in found.hint


def test_a_hostname_other_than_the_moved_servers_is_an_error_that_names_the_live_tags() -> None:
    bound = stack(spec("db", hostname="vs10002"), moved={"web": "db"})
    (found,) = errors(bound, account(live(key="web"), live(10002)))
    assert "db is vs10001, which is web by its tags" in found.what
    assert "remove the tags server:web and stack:shop from vs10001 by hand" in found.hint


def test_destroy_takes_no_other_server_than_the_one_that_the_file_binds() -> None:
    lives = account(live(key="web"), live(10002))
    (found,) = errors(stack(spec(hostname="vs10002")), lives, is_destroy=True)
    assert found.code == "hostname-differs"


def test_destroy_of_an_entry_whose_bound_server_is_gone_has_nothing_to_do() -> None:
    built, _ = plan(stack(spec(hostname="vs1")), account(live()), is_destroy=True)
    assert built.steps == ()


def test_a_bound_server_of_another_stack_is_an_error_that_names_it() -> None:
    (found,) = errors(stack(spec(hostname="vs10001")), account(live(key="x", stack="blog")))
    assert "belongs to stack blog as x" in found.what


def test_two_servers_with_one_identity_are_an_error_that_names_both() -> None:
    (found,) = errors(stack(spec(cores=2)), account(live(key="web"), live(10002, key="web")))
    assert "vs10001 and vs10002" in found.what


def test_a_server_with_two_keys_is_an_error() -> None:
    broken = live(key="web", tags=("server:db",))
    (found,) = errors(stack(spec(cores=2)), account(broken))
    assert found.code == "ownership-broken"


@pytest.mark.parametrize("is_destroy", [False, True])
@pytest.mark.parametrize("key", ["web_1", "", "x" * 41, "Web", "web.1", "-web", "web-", "-"])
def test_a_key_that_no_file_can_name_is_an_error_and_nothing_is_destroyed(
    key: str, is_destroy: bool
) -> None:
    lives = account(live(tags=("stack:shop", f"server:{key}")), live(10002, key="web"))
    (found,) = errors(stack(spec(cores=2)), lives, is_destroy=is_destroy)
    assert (found.code, found.where) == ("ownership-broken", "vs10001")
    assert f"its tag server:{key} names no key" in found.what
    assert "fix that tag by hand" in found.hint
    assert "together with stack:shop" in found.hint


def test_a_key_of_forty_characters_is_a_key() -> None:
    key = "x" * 40
    assert only_server(stack(spec(key)), account(live(key=key))).action is Action.UNCHANGED


@pytest.mark.parametrize(
    "tags",
    [("stack:Shop_1", "server:web"), ("stack:", "server:web"), ("server:web",), ("stack:blog",)],
)
def test_a_bound_server_whose_tags_no_file_can_name_is_to_be_corrected_by_hand(
    tags: tuple[str, ...],
) -> None:
    (found,) = errors(stack(spec(hostname="vs10001")), account(live(tags=tags)))
    assert found.code == "hostname-unusable"
    assert found.hint == "fix its tags by hand, in the vendor's panel"


def test_a_bound_server_that_another_entry_owns_needs_that_entry_to_go() -> None:
    desired = stack(spec("db", hostname="vs10001"), spec("web"))
    (found,) = errors(desired, account(live(key="web")))
    assert found.hint == (
        "leave hostname out here: web is also in this file; or take the entry of web out of"
        " servers and write moved: [{from: web, to: db}]"
    )


@pytest.mark.parametrize("tags", [("stack:Shop_1", "server:web"), ("server:web",)])
def test_a_server_whose_tags_name_no_stack_is_never_made_a_second_time(
    tags: tuple[str, ...],
) -> None:
    lives = account(live(custom_name="shop-web", tags=tags))
    (found,) = errors(stack(spec(**COMPLETE)), lives)
    assert found.code == "custom-name-taken"
    assert found.hint.startswith("by hand, remove its tags that begin with stack: and server:")


def test_a_custom_name_that_an_unowned_server_has_is_never_a_second_server() -> None:
    (found,) = errors(stack(spec(**COMPLETE)), account(live(custom_name="shop-web")))
    assert "hostname: vs10001" in found.hint


def test_a_custom_name_of_another_stacks_server_is_no_obstacle() -> None:
    other = live(key="x", stack="blog", custom_name="shop-web")
    assert only_server(stack(spec(**COMPLETE)), account(other)).action is Action.CREATE


def test_moved_retags_the_live_server_and_nothing_else() -> None:
    built, _ = plan(stack(spec("db"), moved={"database": "db"}), account(live(key="database")))
    (step,) = built.steps
    assert step.id == "db/tags"
    assert step.body == {"tags": ["server:db", "stack:shop"]}
    assert built.servers[0].moved_from == "database"
    assert built.servers[0].action is Action.UPDATE


def test_moved_is_over_once_it_was_made() -> None:
    server = only_server(stack(spec("db"), moved={"database": "db"}), account(live(key="db")))
    assert server.action is Action.UNCHANGED


def test_a_chain_of_moves_is_one_plan() -> None:
    built, _ = plan(
        stack(spec("b"), spec("c"), moved={"a": "b", "b": "c"}),
        account(live(1, key="a"), live(2, key="b")),
    )
    assert {server.key: server.hostname for server in built.servers} == {"b": "vs1", "c": "vs2"}


def test_moved_onto_a_live_key_is_an_error() -> None:
    lives = account(live(1, key="a"), live(2, key="b"))
    (found,) = errors(stack(spec("b"), moved={"a": "b"}), lives)
    assert found.code == "moved-conflict"


def test_released_takes_the_ownership_tags_and_leaves_the_server() -> None:
    lives = account(live(key="old", tags=("app",), is_protected=True), live(10002, key="web"))
    built, _ = plan(stack(spec(), released=["old"]), lives)
    (step,) = built.steps
    assert step.body == {"tags": ["app"]}
    assert [s.action for s in built.servers if s.key == "old"] == [Action.UPDATE]


def test_destroy_gives_released_servers_back() -> None:
    lives = account(live(key="old", tags=("app",), is_protected=True), live(10002, key="web"))
    built, _ = plan(stack(spec(), released=["old"]), lives, is_destroy=True)
    assert {s.key: (s.action, s.is_released) for s in built.servers} == {
        "old": (Action.UPDATE, True),
        "web": (Action.DESTROY, False),
    }
    assert {step.id: step.body for step in built.steps} == {
        "old/tags": {"tags": ["app"]},
        "web/destroy": {"hostname": "vs10002"},
    }
    assert built.held == ()


def test_destroy_of_a_released_server_alone_gives_it_back() -> None:
    lives = account(live(key="old"), live(10002, key="web"))
    built, _ = plan(stack(spec(), released=["old"]), lives, is_destroy=True, target=("old",))
    assert [step.id for step in built.steps] == ["old/tags"]


def test_nothing_is_read_of_a_released_server_before_a_destroy() -> None:
    lives = account(live(key="old"), live(10002, key="web"))
    desired = stack(spec(), released=["old"])
    assert parts(desired, lives, is_destroy=True).keys() == {"vs10002"}


@pytest.mark.parametrize("is_destroy", [False, True])
def test_a_released_server_that_is_being_built_is_waited_for(is_destroy: bool) -> None:
    unnamed = replace(live(key="old", is_building=True), hostname=None)
    lives = account(unnamed, live(2, key="db"))
    built, _ = plan(stack(spec("db"), released=["old"]), lives, is_destroy=is_destroy)
    (server,) = [server for server in built.servers if server.key == "old"]
    assert (server.action, server.is_busy, server.steps) == (Action.UPDATE, True, ())


def test_a_key_that_left_the_file_is_destroyed() -> None:
    built, _ = plan(stack(spec()), account(live(key="web"), live(10002, key="old")))
    (step,) = built.steps
    assert (step.method, step.path) == ("DELETE", "/ccloud/servers/vs10002")
    assert step.body == {"hostname": "vs10002"}


def test_a_server_that_is_being_deleted_is_neither_destroyed_again_nor_taken_for_live() -> None:
    lives = account(live(key="web", is_deleting=True), live(2, key="old", is_deleting=True))
    built, _ = plan(stack(spec(**COMPLETE)), lives)
    (server,) = built.servers
    assert (server.action, server.is_busy) == (Action.CREATE, True)


def test_a_server_that_is_being_built_is_waited_for_and_not_compared() -> None:
    lives = account(live(key="web", is_building=True))
    assert why_not_compared(stack(spec(cores=8)), lives) == "vs10001 is being built"
    assert only_server(stack(spec(cores=8)), lives).is_busy


def test_a_server_that_is_being_built_and_no_longer_wanted_has_no_step_before_it_has_a_name() -> (
    None
):
    unwanted = replace(live(key="old", is_building=True), hostname=None)
    built, _ = plan(stack(spec()), account(unwanted, live(2, key="web")))
    (server,) = [server for server in built.servers if server.key == "old"]
    assert (server.action, server.is_busy, server.steps) == (Action.DESTROY, True, ())


@pytest.mark.parametrize("is_destroy", [False, True])
def test_a_half_made_server_without_a_hostname_is_an_error_that_says_where_to_look(
    is_destroy: bool,
) -> None:
    nameless = replace(live(key="web"), hostname=None)
    (found,) = errors(stack(spec(cores=2)), account(nameless), is_destroy=is_destroy)
    assert found.code == "no-hostname"
