"""Servers that get each other's keys: no two have one key, wherever a run is cut off."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.plan import StackPlan
from tests.support.builders import COMPLETE, account, live, plan, spec, stack


def retag(
    moved: Mapping[str, str], needs: Mapping[str, tuple[str, ...]] | None = None
) -> StackPlan:
    """The plan in which all of these are moved."""
    after = sorted(moved.values())
    servers = (spec(key, depends_on=(needs or {}).get(key, ()), **COMPLETE) for key in after)
    lives = account(*(live(n, key=key) for n, key in enumerate(sorted(moved), 1)))
    return plan(stack(*servers, moved=moved), lives)[0]


def needs_of(built: StackPlan) -> dict[str, tuple[str, ...]]:
    return {step.id: step.needs for step in built.steps}


def test_a_key_is_set_once_its_earlier_server_has_another_one() -> None:
    built = retag({"a": "b", "b": "c"})
    assert needs_of(built) == {"b/tags": ("c/tags",), "c/tags": ()}


def test_two_that_swap_wait_for_each_other_in_one_direction_alone() -> None:
    assert needs_of(retag({"a": "b", "b": "a"})) == {"a/tags": ("b/tags",), "b/tags": ()}


def test_a_dependency_comes_first_where_both_cannot_be() -> None:
    built = retag({"a": "b", "b": "c"}, {"c": ("b",)})
    assert needs_of(built) == {"b/tags": (), "c/tags": ("b/tags",)}


@given(st.permutations("abcde"), st.integers(1, 5), st.data())
def test_no_two_servers_have_one_key_at_any_moment(
    keys: list[str], count: int, data: st.DataObject
) -> None:
    moved = dict(zip(keys[:count], [*keys[1:count], "last"], strict=True))
    built = retag(moved)
    tags = {f"vs{n}": f"server:{key}" for n, key in enumerate(sorted(moved), 1)}
    done: set[str] = set()
    todo = list(built.steps)
    while todo:
        ready = [step for step in todo if set(step.needs) <= done]
        step = data.draw(st.sampled_from(ready))
        todo.remove(step)
        done.add(step.id)
        (key,) = read_ownership(step.body["tags"]).keys
        tags[step.path.split("/")[3]] = f"server:{key}"
        assert len(set(tags.values())) == len(tags)
