"""Servers that go from one stack to another, and stacks that have another name now."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.stack.join import check_joined, join_stacks
from ccloud_apply.model.declared.stack import Move, Policy, Release, Rename, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import split_name
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.matching.moves import find_names_since
from tests.support.builders import COMPLETE, HERE, account, drift_of, live, spec, stack
from tests.support.calls import count_calls
from tests.support.simulation import apply_plan
from tests.unit.plan.matching.test_moves import expand


def renamed(desired: Stack, *names: str) -> Stack:
    renames = tuple(Rename(before=name, source=HERE) for name in names)
    return replace(desired, renamed=renames)


def plan_all(
    stacks: Sequence[Stack], lives: Account, **options: object
) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    return build_plan(join_stacks(stacks), lives, PlanOptions(**options))  # type: ignore[arg-type]


def planned(stacks: Sequence[Stack], lives: Account, **options: object) -> dict[str, ServerPlan]:
    """By STACK/KEY, in a plan without an error."""
    built, diagnostics = plan_all(stacks, lives, **options)
    assert built is not None, diagnostics
    return {f"{one.stack}/{s.key}": s for one in built.stacks for s in one.servers}


def found(stacks: Sequence[Stack], *servers: LiveServer) -> list[tuple[str, str, str]]:
    built, diagnostics = plan_all(stacks, account(*servers))
    assert built is None
    return [(d.code, d.what, d.hint) for d in diagnostics if d.is_error]


def warnings(stacks: Sequence[Stack], *servers: LiveServer) -> list[Diagnostic]:
    built, _ = plan_all(stacks, account(*servers))
    assert built is not None
    return [warning for one in built.stacks for warning in one.warnings]


SHOP = stack(spec("web", **COMPLETE))
BLOG = stack(spec("db", **COMPLETE), name="blog", moved={"shop/database": "db"})
WEB, DATABASE = live(1, key="web"), live(2, key="database")


def test_a_server_goes_to_the_other_stack_and_only_its_tags_change() -> None:
    built, _ = plan_all([SHOP, BLOG], account(WEB, DATABASE))
    assert built is not None
    shop, blog = built.stacks
    assert ([s.action for s in shop.servers], shop.steps) == ([Action.UNCHANGED], ())
    (server,), (step,) = blog.servers, blog.steps
    assert (server.hostname, server.action, server.moved_from) == (
        "vs2",
        Action.UPDATE,
        "shop/database",
    )
    assert step.body == {"tags": ["server:db", "stack:blog"]}
    assert server.warnings == ("vs2 moves here from stack shop, as db",)
    after = apply_plan(blog, account(WEB, DATABASE))
    again = planned([SHOP, BLOG], after)
    assert [s.action for s in again.values()] == [Action.UNCHANGED] * 2


def test_nothing_of_the_server_is_changed_before_it_has_the_new_stacks_tags() -> None:
    bigger = stack(
        spec("db", **{**COMPLETE, "memory": 8}, notes="n"),
        name="blog",
        moved={"shop/database": "db"},
    )
    built, _ = plan_all([SHOP, bigger], account(WEB, DATABASE))
    assert built is not None
    steps = {step.id: step.needs for step in built.stacks[1].steps}
    assert steps == {"db/tags": (), "db/memory": ("db/tags",), "db/notes": ("db/tags",)}


@pytest.mark.parametrize("own", [BLOG, replace(BLOG, moved=())])
def test_a_run_without_the_other_stack_is_refused_by_both(own: Stack) -> None:
    gives = stack(spec("web", **COMPLETE), moved={"database": "blog/db"})
    (one,) = found([gives], WEB, DATABASE)
    what = "vs2 goes from shop/database to blog/db, and stack blog is not in this run"
    assert one == ("move-apart", what, "give the file of stack blog as well")
    if own.moved:
        (other,) = found([own], WEB, DATABASE)
        assert other[:2] == ("move-apart", what.replace("stack blog", "stack shop"))
        assert other[2].endswith("if there is none any more, write renamed: {from: shop}")
    built, _ = plan_all([gives, own], account(WEB, DATABASE))
    assert built is not None


def test_a_repeated_entry_goes_to_no_stack_that_is_not_in_the_run() -> None:
    """Only the other file says that it is repeated there: here the key names no live server."""
    own = stack(spec("web", **COMPLETE), spec("db-own", **COMPLETE), moved={"db": "blog/db"})
    pool = [live(2, key="db-1"), live(3, key="db-2"), live(4, key="db-own")]
    told = found([own], WEB, *pool)
    assert [(code, what.partition(",")[0]) for code, what, _ in told] == [
        ("move-apart", "vs2 goes from shop/db-1 to blog/db"),
        ("move-apart", "vs3 goes from shop/db-2 to blog/db"),
    ]
    given = replace(own, released=(Release(key="db-1", source=HERE),))
    assert [what.partition(",")[0] for _, what, _ in found([given], WEB, *pool)] == [
        "vs3 goes from shop/db-2 to blog/db"
    ]
    assert list(planned([own], account(WEB, pool[2]))) == ["shop/web", "shop/db-own"]


def test_a_server_becomes_the_first_of_an_entry_that_is_repeated_in_the_other_stack() -> None:
    pool = expand("app", "1", "2")
    moved = (
        Move(before="shop/web", after="app-1", source=HERE),
        Move(before="shop/web-1", after="app-1", source=HERE),
        Move(before="shop/web-2", after="app-2", source=HERE),
    )
    takes = replace(stack(*pool, name="blog"), moved=moved)
    shop = stack(spec("other", **COMPLETE))
    servers = planned([shop, takes], account(live(1, key="other"), live(2, key="web")))
    assert {key: server.action for key, server in servers.items()} == {
        "shop/other": Action.UNCHANGED,
        "blog/app-1": Action.UPDATE,
        "blog/app-2": Action.CREATE,
    }
    both = (live(1, key="other"), live(2, key="web"), live(3, key="web-1"))
    assert [code for code, _, _ in found([shop, takes], *both)] == ["moved-conflict"]


def test_an_instance_is_not_destroyed_where_its_entry_goes_to_one_that_is_not_repeated() -> None:
    servers = [live(1, key="web"), live(2, key="database-1"), live(3, key="database-2")]
    told = (
        "moved-ambiguous",
        "any of database-1 (vs2), database-2 (vs3) can be the one that becomes blog/db",
        "in stack.yaml, write moved: [{from: database-1, to: blog/db}] for the one that goes there",
    )
    assert found([SHOP, BLOG], *servers) == [told]
    chosen = replace(SHOP, moved=stack(moved={"database-1": "blog/db"}).moved)
    with_hint = planned([chosen, BLOG], account(*servers))
    assert (with_hint["blog/db"].hostname, with_hint["shop/database-2"].action) == (
        "vs2",
        Action.DESTROY,
    )
    assert [code for code, _, _ in found([BLOG], *servers)] == ["move-apart", "move-apart"]
    done = account(*servers, live(4, key="db", stack="blog"))
    assert planned([BLOG], done)["blog/db"].action is Action.UNCHANGED
    assert "shop/database-1" in planned([replace(SHOP, policy=Policy(max_destroy=9)), BLOG], done)


def test_a_move_that_is_done_needs_no_other_stack() -> None:
    moved = live(2, key="db", stack="blog")
    assert planned([BLOG], account(WEB, moved))["blog/db"].action is Action.UNCHANGED
    gives = stack(spec("web", **COMPLETE), moved={"database": "blog/db"})
    assert list(planned([gives], account(WEB, moved))) == ["shop/web"]


def test_a_file_that_does_not_say_what_it_gives_is_told_so_until_that_is_applied() -> None:
    (warning,) = warnings([SHOP, BLOG], WEB, DATABASE)
    assert warning.code == "move-one-sided"
    assert "write moved: [{from: database, to: blog/db}] as well" in warning.hint
    gives = stack(spec("web", **COMPLETE), moved={"database": "blog/db"})
    assert warnings([gives, BLOG], WEB, DATABASE) == []
    assert warnings([SHOP, BLOG], WEB, live(2, key="db", stack="blog")) == []


def test_a_file_that_does_not_say_what_it_gets_is_told_so_until_that_is_applied() -> None:
    gives = stack(spec("web", **COMPLETE), moved={"database": "blog/db"})
    silent = replace(BLOG, moved=())
    (warning,) = warnings([gives, silent], WEB, DATABASE)
    assert warning.code == "move-one-sided"
    assert warning.what.endswith("a plan of that file alone creates another db")
    assert "write moved: [{from: shop/database, to: db}] as well" in warning.hint
    assert warnings([gives, silent], WEB, live(2, key="db", stack="blog")) == []
    bound = stack(spec("db", hostname="vs2"), name="blog")
    assert warnings([gives, bound], WEB, DATABASE) == []


def test_a_server_that_seems_to_have_moved_is_named_with_the_way_out() -> None:
    (warning,) = warnings([SHOP, replace(BLOG, moved=())], WEB, DATABASE)
    assert (warning.code, warning.where) == ("looks-like-rename", "servers.db")
    assert "shop/database (vs2) is destroyed and db of the same shape is created" in warning.what
    assert warning.hint == "to move it, write moved: [{from: shop/database, to: db}]"
    bigger = stack(spec("db", **{**COMPLETE, "cores": 8}), name="blog")
    assert warnings([SHOP, bigger], WEB, DATABASE) == []


def test_a_pair_within_a_stack_comes_before_one_of_two_stacks() -> None:
    shop = stack(spec("web", **COMPLETE), spec("mysql", **COMPLETE))
    (warning,) = warnings([replace(BLOG, moved=()), shop], WEB, DATABASE)
    assert warning.hint == "to rename it, write moved: [{from: database, to: mysql}]"


def test_several_servers_that_seem_to_have_moved_are_each_in_one_pair() -> None:
    gives = stack(policy=Policy(max_destroy=9))
    gets = [stack(spec(f"db-{n}", **COMPLETE), name=f"blog{n}") for n in range(3)]
    servers = [live(n, key=f"old-{n}") for n in range(4)]
    hints = [warning.hint for warning in warnings([gives, *gets], *servers)]
    assert hints == [
        f"to move it, write moved: [{{from: shop/old-{n}, to: db-{n}}}]" for n in range(3)
    ]


def test_many_stacks_take_no_longer_than_each_of_them() -> None:
    def work(count: int) -> float:
        names = [f"s{n}" for n in range(count)]
        stacks = [stack(spec("web", **{**COMPLETE, "cores": 8}), name=name) for name in names]
        lives = account(*(live(n, key="db", stack=name) for n, name in enumerate(names)))
        return count_calls(lambda: plan_all(stacks, lives)) / count

    assert work(80) <= 1.1 * work(40)


def test_a_key_that_is_taken_by_then_is_a_conflict() -> None:
    taken = live(3, key="db", stack="blog")
    ((code, what, _),) = found([SHOP, BLOG], WEB, DATABASE, taken)
    assert code == "moved-conflict"
    assert what == "shop/database (vs2) cannot become db, which vs3 is already"


def test_a_key_is_free_whose_server_goes_on_in_the_same_run() -> None:
    chain = stack(
        spec("db", **COMPLETE),
        spec("old", **COMPLETE),
        name="blog",
        moved={"shop/database": "db", "db": "old"},
    )
    servers = planned([SHOP, chain], account(WEB, DATABASE, live(3, key="db", stack="blog")))
    assert (servers["blog/db"].hostname, servers["blog/db"].moved_from) == ("vs2", "shop/database")
    assert (servers["blog/old"].hostname, servers["blog/old"].moved_from) == ("vs3", "db")


def test_two_stacks_give_each_other_a_server() -> None:
    one = stack(spec("a", **COMPLETE), name="one", moved={"two/x": "a"})
    two = stack(spec("b", **COMPLETE), name="two", moved={"one/y": "b"})
    lives = account(live(1, key="y", stack="one"), live(2, key="x", stack="two"))
    assert {n: s.hostname for n, s in planned([one, two], lives).items()} == {
        "one/a": "vs2",
        "two/b": "vs1",
    }


def test_destroy_takes_from_each_stack_what_its_tags_say() -> None:
    lives = account(WEB, DATABASE)
    assert planned([BLOG], lives, is_destroy=True) == {}
    both = planned([SHOP, BLOG], lives, is_destroy=True)
    assert {n: s.action for n, s in both.items()} == {
        "shop/web": Action.DESTROY,
        "shop/database": Action.DESTROY,
    }


def test_the_servers_of_a_renamed_stack_get_its_new_name_in_one_plan() -> None:
    desired = renamed(stack(*expand("web", 1, 2), name="market"), "shop")
    lives = account(live(1, key="web-1"), live(2, key="web-2"))
    servers = planned([desired], lives)
    assert {n: (s.action, s.moved_from) for n, s in servers.items()} == {
        "market/web-1": (Action.UPDATE, "shop/web-1"),
        "market/web-2": (Action.UPDATE, "shop/web-2"),
    }
    built, _ = plan_all([desired], lives)
    assert built is not None
    (step, _) = built.stacks[0].steps
    assert step.body == {"tags": ["server:web-1", "stack:market"]}


def test_a_stack_is_renamed_with_its_keys_counts_and_releases_in_one_change() -> None:
    desired = stack(
        *expand("app", 1),
        spec("db", **COMPLETE),
        name="market",
        moved={"database": "db"},
        released=["old"],
        policy=Policy(max_destroy=1),
    )
    keys = ("app", "database", "old", "gone")
    lives = account(*(live(number, key=key) for number, key in enumerate(keys, 1)))
    servers = planned([renamed(desired, "shop")], lives)
    assert {n: (s.hostname, s.action, s.moved_from, s.is_released) for n, s in servers.items()} == {
        "market/app-1": ("vs1", Action.UPDATE, "shop/app", False),
        "market/db": ("vs2", Action.UPDATE, "shop/database", False),
        "market/old": ("vs3", Action.UPDATE, "shop/old", True),
        "market/gone": ("vs4", Action.DESTROY, "shop/gone", False),
    }


def test_a_rename_that_was_cut_off_goes_on() -> None:
    desired = renamed(stack(*expand("web", 1, 2), name="market"), "shop")
    lives = account(live(1, key="web-1", stack="market"), live(2, key="web-2"))
    actions = {n: s.action for n, s in planned([desired], lives).items()}
    assert actions == {"market/web-1": Action.UNCHANGED, "market/web-2": Action.UPDATE}


def test_one_key_under_both_names_is_a_conflict() -> None:
    desired = renamed(stack(spec("web", **COMPLETE), name="market"), "shop")
    ((code, what, hint),) = found([desired], live(1, key="web"), live(2, key="web", stack="market"))
    assert code == "moved-conflict"
    assert what == "vs1 is shop/web and would become web of stack market, which vs2 is already"
    assert "moved: [{from: shop/web, to: KEY}]" in hint
    twice = found([desired], live(1, key="web"), live(2, key="web"))
    assert twice[0][:2] == (
        "identity-duplicate",
        "vs1 and vs2 both carry stack:shop and server:web",
    )


def test_without_renamed_the_earlier_stack_stays_anothers() -> None:
    other = stack(spec("web", **COMPLETE), name="market")
    servers = planned([other], account(live(1, key="web")))
    assert servers["market/web"].action is Action.CREATE


def test_a_renamed_stack_gives_a_server_that_its_earlier_name_has() -> None:
    market = renamed(stack(spec("web", **COMPLETE), name="market"), "shop")
    servers = planned([market, BLOG], account(WEB, DATABASE))
    assert (servers["blog/db"].hostname, servers["blog/db"].moved_from) == ("vs2", "shop/database")
    assert servers["market/web"].moved_from == "shop/web"


def test_destroy_and_drift_know_a_stack_by_its_earlier_name() -> None:
    desired = renamed(stack(spec("web", **COMPLETE), name="market"), "shop")
    lives = account(live(1, key="web"))
    assert planned([desired], lives, is_destroy=True)["market/web"].action is Action.DESTROY
    report, _ = drift_of(join_stacks([desired]), lives)
    assert report is not None
    assert report.other_stacks == ()
    assert [server.key for server in report.stacks[0].drifted] == ["web"]


def test_what_an_earlier_run_called_a_server_is_known() -> None:
    shop = stack(spec("a", **COMPLETE), moved={"x": "blog/db", "y": "a"})
    stacks = join_stacks([renamed(shop, "market"), BLOG])
    since = find_names_since(stacks)
    assert since["shop", "y"] == since["market", "y"] == since["market", "a"] == ("shop", "a")
    assert since["shop", "x"] == since["market", "x"] == ("blog", "db")
    assert since["shop", "database"] == since["market", "database"] == ("blog", "db")
    assert ("shop", "a") not in since


KEYS = ("a", "b", "c")
NAMES = tuple(f"{owner}/{key}" for owner in ("one", "two", "old") for key in KEYS)


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Stack], Account]:
    """Two stacks, of which one had another name, with moves within and between them."""
    owners = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=5))
    declared = {
        name: draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=3))
        for name in ("one", "two")
    }
    here = {f"{stack}/{key}" for stack, keys in declared.items() for key in keys}
    here |= {f"old/{key}" for key in declared["one"]}
    free = [name for name in owners if name not in here]
    ends = [(stack, key) for stack, keys in declared.items() for key in keys]
    pairs = list(zip(draw(st.permutations(free)), draw(st.permutations(ends)), strict=False))
    pairs = pairs[: draw(st.integers(0, len(pairs)))]
    stacks = [
        stack(
            *(spec(key, **COMPLETE) for key in keys),
            name=name,
            moved={
                before.removeprefix(f"{name}/").removeprefix("old/" if name == "one" else ""): key
                for before, (receiver, key) in pairs
                if receiver == name
            },
            policy=Policy(max_destroy=9),
        )
        for name, keys in declared.items()
    ]
    stacks[0] = renamed(stacks[0], "old")
    servers = [
        live(100 + i, key=split_name(name)[1], stack=split_name(name)[0], custom_name=None)
        for i, name in enumerate(owners)
    ]
    return stacks, account(*servers, live(200, key="a", stack="nobody", custom_name=None))


@given(runs())
def test_every_server_has_one_place_and_the_next_plan_is_empty(
    run: tuple[list[Stack], Account],
) -> None:
    stacks, lives = run
    if check_joined(stacks):
        return
    built, diagnostics = plan_all(stacks, lives)
    if built is None:
        assert any(d.is_error for d in diagnostics)
        return
    if built.held:
        return
    told = [s.hostname for one in built.stacks for s in one.servers if s.hostname]
    ours = [server.hostname for server in lives.servers if "stack:nobody" not in server.tags]
    assert sorted(told) == sorted(filter(None, ours))
    after = lives
    for one in built.stacks:
        after = apply_plan(one, after)
    assert lives.servers[-1] in after.servers
    destroyed = {
        s.hostname for one in built.stacks for s in one.servers if s.action.value == "destroy"
    }
    kept = {server.hostname for server in after.servers}
    assert {server.hostname for server in lives.servers} - kept == destroyed
    again, _ = plan_all(stacks, after)
    assert again is not None
    assert not again.has_changes
