"""Which live servers get another key when an entry is repeated, or no longer is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Policy, ServerSpec, Stack
from ccloud_apply.model.results.plan import Action, StackPlan
from ccloud_apply.plan.matching.index import index_account
from ccloud_apply.plan.matching.match import match_servers
from ccloud_apply.plan.matching.moves import MoveSuggestions
from tests.support.builders import COMPLETE, account, errors, live, plan, spec, stack

Found = dict[str, tuple[Action, str | None, str | None]]


def expand(base_key: str, *ends: object, hostname: str | None = None) -> list[ServerSpec]:
    """The servers of an entry with count or for_each."""
    return [
        replace(spec(f"{base_key}-{end}", hostname=hostname, **COMPLETE), base_key=base_key)
        for end in ends
    ]


def planned(desired: Stack, *keys: str) -> Found:
    """Action, hostname and earlier key of each server, where vs1, vs2, ... have these keys."""
    desired = replace(desired, policy=Policy(max_destroy=len(keys)))
    lives = account(*(live(number, key=key) for number, key in enumerate(keys, 1)))
    built, _ = plan(desired, lives)
    return {s.key: (s.action, s.hostname, s.moved_from) for s in built.servers}


def expand_each(base_key: str, **counts: int) -> list[ServerSpec]:
    """The servers of an entry with for_each and count, by the entry of for_each."""
    return [
        replace(
            spec(f"{base_key}-{end}-{index}", **COMPLETE),
            base_key=base_key,
            group_key=f"{base_key}-{end}",
        )
        for end, count in counts.items()
        for index in range(1, count + 1)
    ]


MOVED, KEPT, DESTROYED = Action.UPDATE, Action.UNCHANGED, Action.DESTROY
NEW = (Action.CREATE, None, None)


def test_a_count_put_on_a_live_server_makes_it_the_first_one() -> None:
    desired = stack(*expand("web", 1, 2))
    assert planned(desired, "web") == {"web-1": (MOVED, "vs1", "web"), "web-2": NEW}


def test_the_server_that_moves_is_retagged_and_nothing_else() -> None:
    built, _ = plan(stack(*expand("web", 1)), account(live(key="web")))
    (step,) = built.steps
    assert (step.id, step.body) == ("web-1/tags", {"tags": ["server:web-1", "stack:shop"]})


def test_a_for_each_put_on_a_live_server_makes_it_the_first_one_of_the_file() -> None:
    desired = stack(*expand("web", "z", "a"))
    assert planned(desired, "web") == {"web-z": (MOVED, "vs1", "web"), "web-a": NEW}


def test_a_live_server_with_the_first_key_wins() -> None:
    found = planned(stack(*expand("web", 1, 2)), "web", "web-1")
    assert found["web-1"] == (KEPT, "vs2", None)
    assert found["web"] == (DESTROYED, "vs1", None)


def test_a_declared_move_wins() -> None:
    desired = stack(*expand("web", 1, 2), moved={"web": "web-2"})
    assert planned(desired, "web") == {"web-1": NEW, "web-2": (MOVED, "vs1", "web")}
    taken = planned(stack(*expand("web", 1), moved={"old": "web-1"}), "old", "web")
    assert taken == {"web-1": (MOVED, "vs1", "old"), "web": (DESTROYED, "vs2", None)}


def test_without_count_the_one_that_is_left_moves_back() -> None:
    assert planned(stack(spec(**COMPLETE)), "web-3") == {"web": (MOVED, "vs1", "web-3")}
    assert planned(stack(spec(**COMPLETE)), "web-blue") == {"web": (MOVED, "vs1", "web-blue")}


def test_without_count_the_lowest_number_of_several_moves_back_and_the_others_go() -> None:
    assert planned(stack(spec(**COMPLETE)), "web-10", "web-2") == {
        "web": (MOVED, "vs2", "web-2"),
        "web-10": (DESTROYED, "vs1", None),
    }


def test_without_count_the_servers_that_go_are_guarded() -> None:
    lives = account(*(live(number, key=f"web-{number}") for number in (1, 2, 3)))
    built, _ = plan(stack(spec(**COMPLETE)), lives)
    assert [d.code for d in built.held] == ["too-many-destroyed"]


def test_a_name_that_only_looks_like_a_number_is_no_number_of_a_count() -> None:
    (found,) = errors(stack(spec(**COMPLETE)), account(live(1, key="web-2"), live(2, key="web-01")))
    assert found.code == "moved-ambiguous"


def test_several_names_of_a_for_each_are_an_error_and_the_hint_resolves_it() -> None:
    lives = account(live(1, key="web-b"), live(2, key="web-a"))
    (found,) = errors(stack(spec(**COMPLETE)), lives)
    assert found.code == "moved-ambiguous"
    assert "web-a (vs2), web-b (vs1)" in found.what
    assert "write moved: [{from: web-a, to: web}]" in found.hint
    resolved = planned(stack(spec(**COMPLETE), moved={"web-a": "web"}), "web-b", "web-a")
    assert resolved == {"web": (MOVED, "vs2", "web-a"), "web-b": (DESTROYED, "vs1", None)}


def test_what_is_ambiguous_does_not_hold_a_destroy() -> None:
    lives = account(live(1, key="web-b"), live(2, key="web-a"))
    built, _ = plan(stack(spec(**COMPLETE)), lives, is_destroy=True)
    assert {(s.key, s.action) for s in built.servers} == {
        ("web-a", DESTROYED),
        ("web-b", DESTROYED),
    }


def test_an_entry_of_its_own_is_nobodys_instance() -> None:
    desired = stack(spec("web", **COMPLETE), spec("web-1", **COMPLETE))
    assert planned(desired, "web-1") == {"web": NEW, "web-1": (KEPT, "vs1", None)}


def test_an_instance_of_a_longer_entry_is_not_one_of_a_shorter_entry() -> None:
    desired = stack(spec("web", **COMPLETE), *expand("web-api", 1))
    assert planned(desired, "web-api-1", "web-api-2") == {
        "web": NEW,
        "web-api-1": (KEPT, "vs1", None),
        "web-api-2": (DESTROYED, "vs2", None),
    }


def test_a_released_server_does_not_move() -> None:
    desired = stack(spec(**COMPLETE), released=["web-1"])
    assert planned(desired, "web-1") == {"web": NEW, "web-1": (MOVED, "vs1", None)}


def test_nothing_moves_onto_a_key_that_is_bound() -> None:
    (found,) = errors(stack(*expand("web", 1, hostname="vs1")), account(live(1, key="web")))
    assert found.code == "hostname-unusable"
    assert found.hint == "to give it another key, write moved: [{from: web, to: web-1}]"


def test_a_server_that_moved_is_destroyed_by_destroy() -> None:
    built, _ = plan(stack(*expand("web", 1, 2)), account(live(key="web")), is_destroy=True)
    (step,) = built.steps
    assert step.path == "/ccloud/servers/vs10001"


def test_a_move_that_is_in_conflict_leaves_every_server_one_plan_of_its_own() -> None:
    lives = account(live(1, key="a"), live(2, key="b"), live(3, key="c"))
    desired = stack(spec("c"), moved={"a": "b", "b": "c"})
    (found,) = errors(desired, lives)
    assert found.code == "moved-conflict"
    built, _ = plan(desired, lives, is_destroy=True)
    assert sorted((s.key, s.hostname) for s in built.servers) == [
        ("a", "vs1"),
        ("b", "vs2"),
        ("c", "vs3"),
    ]


def test_a_rename_and_a_count_in_one_change_move_the_live_server() -> None:
    """`web` became `app: {count: 2}`, with `moved: [{from: web, to: app}]`."""
    desired = stack(*expand("app", 1, 2), moved={"web-1": "app-1", "web-2": "app-2"})
    assert planned(desired, "web") == {"app-1": (MOVED, "vs1", "web"), "app-2": NEW}


def test_a_rename_and_a_count_taken_away_in_one_change_move_the_one_that_is_left() -> None:
    desired = stack(spec("app", **COMPLETE), moved={"web": "app"})
    assert planned(desired, "web-2") == {"app": (MOVED, "vs1", "web-2")}
    assert planned(desired, "web-2", "web-3") == {
        "app": (MOVED, "vs1", "web-2"),
        "web-3": (DESTROYED, "vs2", None),
    }


def test_the_entrys_own_key_goes_before_the_one_that_it_had_earlier() -> None:
    desired = stack(*expand("web", 1), moved={"app-1": "web-1"})
    assert planned(desired, "app", "web") == {
        "web-1": (MOVED, "vs2", "web"),
        "app": (DESTROYED, "vs1", None),
    }


def test_two_live_servers_of_one_chain_are_an_error_that_names_both() -> None:
    desired = stack(spec("c", **COMPLETE), moved={"a": "c", "b": "c"})
    assert planned(desired, "a") == {"c": (MOVED, "vs1", "a")}
    (found,) = errors(desired, account(live(1, key="a"), live(2, key="b")))
    assert (found.code, found.what) == (
        "moved-conflict",
        "a (vs1) cannot become c, which b (vs2) becomes",
    )


@pytest.mark.parametrize(
    ("before", "after", "offer"),
    [
        ("old", "db", "write moved: [{from: old, to: db}]"),
        ("web", "web-2", "write moved: [{from: web, to: web-2}]"),
        ("web", "db", None),
        ("web-1", "db", None),
        ("db", "web-1", None),
        ("web_1", "db", None),
        ("", "db", None),
        ("x" * 41, "db", None),
        (
            "older",
            "cache",
            "write moved: [{from: older, to: cache}] in place of the one in line 1",
        ),
        ("gone", "db", "write moved: [{from: gone, to: db}], and take gone out of released"),
    ],
)
def test_a_move_is_offered_only_where_the_loader_takes_it(
    before: str, after: str, offer: str | None
) -> None:
    servers = (*expand("web", 1, 2), spec("db"), spec("cache"))
    desired = stack(*servers, moved={"redis": "cache"}, released=["gone"])
    assert MoveSuggestions(desired).suggest(before, after) == offer


def test_a_count_put_on_an_entry_with_for_each_makes_each_server_the_first_of_its_own() -> None:
    desired = stack(*expand_each("web", a=2, b=1))
    assert planned(desired, "web-a", "web-b") == {
        "web-a-1": (MOVED, "vs1", "web-a"),
        "web-a-2": NEW,
        "web-b-1": (MOVED, "vs2", "web-b"),
    }


def test_a_count_taken_away_from_an_entry_with_for_each_moves_the_first_of_each_back() -> None:
    desired = stack(*expand("web", "a", "b"))
    assert planned(desired, "web-a-10", "web-a-2", "web-b-1") == {
        "web-a": (MOVED, "vs2", "web-a-2"),
        "web-a-10": (DESTROYED, "vs1", None),
        "web-b": (MOVED, "vs3", "web-b-1"),
    }


def test_for_each_and_count_put_on_a_live_server_make_it_the_very_first_one() -> None:
    desired = stack(*expand_each("web", a=1, b=1))
    assert planned(desired, "web") == {"web-a-1": (MOVED, "vs1", "web"), "web-b-1": NEW}


def test_a_server_that_is_there_is_never_replaced_by_one_of_an_earlier_count() -> None:
    desired = stack(*expand("web", "a"))
    assert planned(desired, "web-a", "web-a-1") == {
        "web-a": (KEPT, "vs1", None),
        "web-a-1": (DESTROYED, "vs2", None),
    }


BASES = ("web", "web-api", "db")
ENDS = ("", "-1", "-2", "-10", "-a", "-b", "-a-1")
all_keys = st.sampled_from([f"{base}{end}" for base in BASES for end in ENDS])


@st.composite
def desired_stacks(draw: st.DrawFn) -> Stack:
    """Entries that are plain, counted or for each, as the loader would let them through."""
    specs: dict[str, ServerSpec] = {}
    for base in draw(st.lists(st.sampled_from(BASES), unique=True)):
        ends = draw(st.sampled_from([(), (1,), (1, 2), (1, 2, 3), ("a",), ("b", "a")]))
        found = expand(base, *ends) if ends else [spec(base, **COMPLETE)]
        if draw(st.booleans()):
            found = expand_each(base, a=draw(st.integers(0, 2)), b=1)
        for one in found:
            specs.setdefault(one.key, one)
    return stack(*specs.values())


@given(desired_stacks(), st.lists(all_keys, unique=True))
def test_every_live_server_is_matched_exactly_once(desired: Stack, keys: list[str]) -> None:
    lives = [live(number, key=key) for number, key in enumerate(keys, 1)]
    matches, _ = match_servers(desired, index_account(account(*lives)))
    found = sorted(match.live.id for match in matches if match.live is not None)
    assert found == [server.id for server in lives]
    assert len({match.key for match in matches}) == len(matches)


def _without_guards(desired: Stack, keys: list[str]) -> StackPlan:
    lives = account(*(live(number, key=key) for number, key in enumerate(keys, 1)))
    return plan(replace(desired, policy=Policy(max_destroy=9)), lives)[0]


@given(
    st.sampled_from([(), (1,), (1, 2), ("b",), ("b", "a")]),
    st.sampled_from([("web",), ("web-1",), ("web-1", "web-2"), ("web-2", "web-10"), ("web-a",)]),
)
def test_no_server_goes_while_the_first_one_of_the_same_entry_is_made(
    ends: tuple[object, ...], keys: tuple[str, ...]
) -> None:
    """Unless the entry was repeated before and is so now: then its keys say who is who."""
    if ends and keys != ("web",):
        return
    specs = expand("web", *ends) if ends else [spec(**COMPLETE)]
    servers = {s.key: s for s in _without_guards(stack(*specs), list(keys)).servers}
    gone = [s for s in servers.values() if s.action is Action.DESTROY]
    assert not (gone and servers[specs[0].key].action is Action.CREATE)
    assert servers[specs[0].key].hostname is not None
