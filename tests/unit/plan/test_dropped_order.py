"""In which order servers are destroyed that have left the file together."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.results.plan import StackPlan
from tests.support.builders import COMPLETE, account, live, plan, spec, stack
from tests.support.simulation import apply_plan
from tests.unit.plan.matching.test_moves import expand

ENTRIES = {"web": ("db",), "db": ()}
"""Of a file in which web depends on db."""


def drop(desired: Stack, *keys: str, **options: bool) -> StackPlan:
    """The plan of this stack, where vs1, vs2, ... have these keys."""
    policy = Policy(max_destroy=len(keys))
    lives = account(*(live(number, key=key) for number, key in enumerate(keys, 1)))
    return plan(replace(desired, policy=policy), lives, **options)[0]


def destroys(built: StackPlan) -> Mapping[str, tuple[str, ...]]:
    """What each destroyed server waits for."""
    steps = [step for step in built.steps if step.operation_id == "delete_server"]
    return {step.server: tuple(n.split("/")[0] for n in step.needs) for step in steps}


def declare(*servers: tuple[str, int], moved: Mapping[str, str] | None = None) -> Stack:
    """Entries with a count, web after db, and one server more that keeps the stack from being
    emptied."""
    specs = [one for key, count in servers for one in expand(key, *range(1, count + 1))]
    by_key = {
        one.base_key: tuple(o.key for o in specs if o.base_key == one.base_key) for one in specs
    }
    specs = [
        replace(s, depends_on=by_key.get("db", ())) if s.base_key == "web" else s for s in specs
    ]
    desired = stack(*specs, spec("other", **COMPLETE), moved=moved)
    return replace(desired, entries={**ENTRIES, "other": ()})


def test_what_a_smaller_count_leaves_out_goes_in_the_order_of_the_entries() -> None:
    built = drop(declare(("web", 1), ("db", 1)), "db-1", "db-2", "web-1", "web-2", "other")
    assert destroys(built) == {"web-2": (), "db-2": ("web-2",)}


def test_entries_with_no_server_left_still_tell_the_order() -> None:
    built = drop(declare(), "db-1", "db-2", "web-1", "other")
    assert destroys(built) == {"web-1": (), "db-1": ("web-1",), "db-2": ("web-1",)}


def test_a_server_that_is_replaced_goes_before_one_that_it_depended_on() -> None:
    desired = declare(("web", 1), ("db", 1))
    built = drop(desired, "db-1", "db-2", "web-1", "other")
    assert destroys(built) == {"db-2": ()}
    replaced = plan(
        replace(desired, policy=Policy(max_destroy=2)),
        account(live(1, key="db-1"), live(2, key="db-2"), live(3, key="web-1")),
        replace=("web",),
    )[0]
    assert destroys(replaced) == {"web-1": (), "db-2": ("web-1",)}


def test_of_an_entry_that_is_gone_nothing_tells_the_order() -> None:
    desired = replace(stack(spec("other", **COMPLETE)), entries={"other": ()})
    assert destroys(drop(desired, "db", "web", "other")) == {"db": (), "web": ()}


def test_a_renamed_entry_is_known_by_its_earlier_key() -> None:
    desired = declare(("web", 1), ("db", 1), moved={"mysql-1": "db-1"})
    built = drop(desired, "mysql-1", "mysql-2", "web-1", "web-2", "other")
    assert destroys(built) == {"web-2": (), "mysql-2": ("web-2",)}


def test_destroy_keeps_the_order_of_servers_that_have_left_the_file() -> None:
    built = drop(declare(("db", 1)), "db-1", "db-2", "web-1", is_destroy=True)
    assert destroys(built) == {"web-1": (), "db-1": ("web-1",), "db-2": ("web-1",)}


def test_a_target_of_destroy_takes_along_what_depended_on_it() -> None:
    desired = declare(("db", 1))
    lives = account(*(live(n, key=key) for n, key in enumerate(("db-1", "web-1", "other"))))
    built, _ = plan(desired, lives, is_destroy=True, target=("db-1",))
    assert set(destroys(built)) == {"db-1", "web-1"}


graphs = st.dictionaries(
    st.sampled_from("abcd"), st.lists(st.sampled_from("abcd"), unique=True), max_size=4
).map(lambda g: {k: tuple(t for t in targets if t > k) for k, targets in g.items()})


@given(graphs, st.lists(st.sampled_from([f"{e}-{n}" for e in "abcd" for n in (1, 2)]), unique=True))
def test_whatever_was_dropped_goes_before_what_it_depended_on(
    graph: dict[str, tuple[str, ...]], keys: list[str]
) -> None:
    desired = replace(stack(spec("other", **COMPLETE)), entries={**graph, "other": ()})
    built = drop(desired, *keys, "other")
    waits = destroys(built)
    assert set(waits) == set(keys)
    for key in keys:
        for other in keys:
            depends = key[0] in graph and other[0] in graph and other[0] in graph[key[0]]
            assert (key in waits[other]) == depends
    lives = account(*(live(number, key=key) for number, key in enumerate(keys, 1)))
    assert apply_plan(built, lives).servers == ()
