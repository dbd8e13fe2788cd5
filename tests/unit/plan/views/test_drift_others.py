"""Every server of an account is in one place: a given stack, another stack, or none."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.drift import OtherStack
from ccloud_apply.plan.matching.select import PlanOptions, match_account
from ccloud_apply.plan.views.drift_others import find_others
from tests.support.builders import account, drift_of, live, spec, stack
from tests.support.examples import examples

GIVEN = {"shop", "blog"}
tags = st.lists(
    st.sampled_from(
        [
            *("stack:shop", "stack:blog", "stack:gone", "stack:older", "stack:", "stack:Odd name!"),
            *("Stack:gone", "server:web", "server:db", "server:", "production", "incomplete"),
        ]
    ),
    unique=True,
    max_size=4,
).map(tuple)
servers = st.lists(st.tuples(tags, st.booleans(), st.booleans()), max_size=8)


def named(server: LiveServer) -> set[str]:
    """The stacks that the tags name, read without the help of the code that is tried."""
    return {tag[len("stack:") :] for tag in server.tags if tag[: len("stack:")] == "stack:"}


@settings(max_examples=examples(200), deadline=None)
@given(servers)
def test_each_server_is_with_a_given_stack_with_another_one_or_with_none(
    drawn: list[tuple[tuple[str, ...], bool, bool]],
) -> None:
    lives = [
        live(10001 + i, tags=tags, is_deleting=is_deleting)
        for i, (tags, is_deleting, _) in enumerate(drawn)
    ]
    bound = {
        server.id
        for server, (_, is_deleting, is_bound) in zip(lives, drawn, strict=True)
        if is_bound and not is_deleting and {*server.tags} <= {"production"}
    }
    shop = stack(*(spec(f"k{id}", hostname=f"vs{id}") for id in sorted(bound)))
    matched = match_account([shop, stack(name="blog")], account(*lives), PlanOptions())
    others, unmanaged = find_others(matched)

    there = [server for server in lives if not server.is_deleting]
    given = [s for s in there if named(s) & GIVEN or s.id in bound]
    elsewhere = [s for s in there if named(s) and s not in given]
    nowhere = [s for s in there if s not in given and s not in elsewhere]
    assert [server.hostname for server in unmanaged] == [server.hostname for server in nowhere]
    counted = Counter(", ".join(sorted(named(server))) for server in elsewhere)
    assert {other.stack: other.servers for other in others} == counted
    assert len(given) + sum(o.servers for o in others) + len(unmanaged) == len(there)


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        (("stack:gone", "server:web"), "gone"),
        (("stack:gone",), "gone"),
        (("stack:older", "stack:gone"), "gone, older"),
        (("stack:",), ""),
        (("stack:Odd_name",), "Odd_name"),
    ],
)
def test_a_server_of_a_stack_that_was_not_given_is_told_and_is_no_drift(
    tags: tuple[str, ...], name: str
) -> None:
    lives = account(live(key="web"), live(10002, tags=tags))
    report, _ = drift_of([stack(spec(cores=2))], lives)
    assert report is not None
    assert report.other_stacks == (OtherStack(stack=name, servers=1),)
    assert (report.unmanaged, report.matches) == ((), True)


def test_servers_of_given_stacks_are_no_others_although_they_are_not_asked_for() -> None:
    lives = account(live(key="web"), live(10002, key="old"), live(10003, key="x", stack="blog"))
    report, _ = drift_of([stack(spec(cores=2)), stack(name="blog")], lives, target=("web",))
    assert report is not None
    assert (report.other_stacks, report.unmanaged) == ((), ())
