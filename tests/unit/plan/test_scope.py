"""Which plans are made of tag lists, and which need every server."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.declared.stack import Lifecycle, Rename, Stack
from ccloud_apply.model.live.account import Account, LiveServer, NotRead
from ccloud_apply.model.live.catalog import ResourceInfo
from ccloud_apply.model.live.read import ALWAYS, SERVERS, Read
from ccloud_apply.plan.build import build_plan
from ccloud_apply.plan.matching.select import PlanOptions, match_account
from ccloud_apply.plan.reads import wanted
from ccloud_apply.plan.scope import tag_reads
from ccloud_apply.plan.views.drift_others import find_others
from tests.support.builders import COMPLETE, HERE, account, live, spec, stack

EVERY = Read(SERVERS)
USUAL = PlanOptions()
WEB = Read(SERVERS, tag="stack:shop", expected=1)
TAGS = frozenset({"stack:shop"})


def tagged(*servers: LiveServer, **facts: Any) -> Account:
    """An account of which the list by the stack's tag was read, and all that is asked for once."""
    known = (ALWAYS - {EVERY}) | {WEB, Read("list_os")}
    return replace(account(*servers), of_tags=TAGS, known=known, **facts)


def is_whole(desired: Stack, found: Account, **options: Any) -> bool:
    """True if every server is wanted once all else of `found` is known."""
    asked = PlanOptions(**options)
    for _ in range(5):
        matched = match_account([desired], found, asked)
        missing = wanted(matched, asked, reads_tags=True) - found.known
        if EVERY in missing or not missing:
            return EVERY in missing
        found = replace(found, known=found.known | missing)
    raise AssertionError("it never ends")


def test_first_the_tags_are_asked_for_and_the_tasks() -> None:
    matched = match_account([stack(spec(cores=2))], Account(), USUAL)
    assert wanted(matched, USUAL, reads_tags=True) == {WEB, Read("list_tasks")}
    assert wanted(matched, USUAL) == ALWAYS


def test_a_list_by_tags_that_came_to_the_whole_one_is_not_asked_for_again() -> None:
    found = replace(account(), known=ALWAYS | {WEB})
    assert EVERY not in wanted(match_account([stack(spec())], found, USUAL), USUAL) - found.known


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, servers=()),
        lambda one: replace(one, renamed=(Rename(before="old", source=HERE),)),
        lambda one: replace(one, claimed=(ExpectedAccount(customer_id="K2", source=HERE),)),
        lambda one: replace(one, moved=stack(moved={"blog/web": "web"}).moved),
        lambda one: replace(one, moved=stack(moved={"app": "blog/web"}).moved),
    ],
    ids=["no servers", "renamed", "claimed", "from elsewhere", "to elsewhere"],
)
def test_where_a_list_by_tag_would_prove_nothing_it_is_not_read(
    change: Callable[[Stack], Stack],
) -> None:
    assert tag_reads([stack(spec())], USUAL)
    assert not tag_reads([change(stack(spec()))], USUAL)


def test_a_move_between_stacks_of_the_run_is_read_by_the_tags_of_both() -> None:
    beside = {"shop": frozenset({"shop"}), "blog": frozenset({"blog"})}
    shop = replace(stack(spec(), moved={"blog/web": "web"}), beside=beside)
    blog = replace(stack(spec("db"), spec("app"), name="blog"), beside=beside)
    assert tag_reads([shop, blog], USUAL) == {
        WEB,
        Read(SERVERS, tag="stack:blog", expected=2),
    }
    assert not tag_reads([shop, blog], PlanOptions(is_destroy=True))


@pytest.mark.parametrize(
    "servers",
    [
        (live(key="web"),),
        (live(key="web"), live(2, key="left")),
        (live(key="web", tags=("blue",)),),
    ],
    ids=["all there", "one that left the file", "a tag of others"],
)
def test_a_plan_of_what_is_there_needs_no_other_server(servers: tuple[LiveServer, ...]) -> None:
    assert not is_whole(stack(spec(**COMPLETE)), tagged(*servers))
    assert not is_whole(stack(spec(**{**COMPLETE, "memory": 8})), tagged(*servers))


@pytest.mark.parametrize(
    "servers",
    [
        (),
        (live(2, key="left"),),
        (live(key="web", is_deleting=True),),
        (live(key="web"), live(2, key="web")),
        (live(key="web"), live(2, key="left", tags=("stack:blog",))),
        (live(key="web"), live(2, key="left", tags=("server:right",))),
    ],
    ids=["none", "another one", "one that goes", "two", "one of two stacks", "one of two keys"],
)
def test_a_server_that_is_not_clearly_there_is_looked_for_in_all(
    servers: tuple[LiveServer, ...],
) -> None:
    assert is_whole(stack(spec(**COMPLETE)), tagged(*servers))


def test_a_server_that_is_bound_by_its_hostname_is_looked_for_in_all_until_it_is_owned() -> None:
    bound = stack(spec(hostname="vs10001"))
    assert is_whole(bound, tagged(live()))
    assert not is_whole(bound, tagged(live(key="web")))


@pytest.mark.parametrize(
    ("declared", "lived", "needs_all"),
    [
        ({"custom_name": "web"}, {"custom_name": "web"}, False),
        ({"custom_name": "web"}, {"custom_name": "other"}, True),
        ({"tags": ["blue"]}, {"tags": ("blue", "mine")}, False),
        ({"tags": ["blue"]}, {"tags": ("Blue",)}, False),
        ({"tags": ["blue"]}, {}, True),
        ({"tags": []}, {"tags": ("blue",)}, False),
    ],
)
def test_what_no_other_server_may_have_is_held_against_all(
    declared: dict[str, Any], lived: dict[str, Any], needs_all: bool
) -> None:
    found = tagged(live(key="web", **lived))
    assert is_whole(stack(spec(**declared)), found) == needs_all
    assert not is_whole(stack(spec(**declared)), found, has_checks=False)


def test_a_name_that_is_not_changed_is_held_against_none() -> None:
    ignored = Lifecycle(ignore_changes=ignoring("custom_name"))
    found = tagged(live(key="web", custom_name="other"))
    assert not is_whole(stack(spec(lifecycle=ignored, custom_name="web")), found)


@pytest.mark.parametrize("is_protected", [True, False])
def test_a_protection_that_is_new_is_held_against_all(is_protected: bool) -> None:
    protected = stack(spec(lifecycle=Lifecycle(prevent_destroy=True)))
    found = tagged(live(key="web", is_protected=is_protected))
    assert is_whole(protected, found) == (not is_protected)


def test_a_server_that_moves_within_its_stack_gets_a_tag_that_is_held_against_all() -> None:
    assert is_whole(stack(spec("app"), moved={"web": "app"}), tagged(live(key="web")))


def test_a_server_that_is_replaced_needs_all() -> None:
    found = tagged(live(key="web"))
    assert is_whole(stack(spec(**COMPLETE)), found, replace=("web",))
    assert not is_whole(stack(spec(**COMPLETE)), found, retry=("web",))


@pytest.mark.parametrize(
    ("resources", "needs_all"),
    [(None, False), (ResourceInfo(is_limited=False), False), (ResourceInfo(is_limited=True), True)],
)
def test_more_memory_needs_all_where_the_account_has_limits(
    resources: ResourceInfo | None, needs_all: bool
) -> None:
    """Servers of others that go leave room."""
    found = tagged(live(key="web"), resources=resources)
    assert is_whole(stack(spec(memory=8)), found) == needs_all
    assert not is_whole(stack(spec(memory=2)), found)


@pytest.mark.parametrize(
    ("desired", "options"),
    [
        (stack(spec(**COMPLETE), spec("db", **COMPLETE)), {}),
        (stack(spec(**COMPLETE)), {"is_destroy": True}),
        (stack(spec(**COMPLETE)), {"replace": ("web",), "has_checks": False}),
        (stack(spec(**COMPLETE), name="blog"), {}),
    ],
    ids=["missing", "destroy", "replace", "another stack"],
)
def test_no_plan_is_made_that_needs_more_than_was_read(
    desired: Stack, options: dict[str, Any]
) -> None:
    """Whoever calls the planner with too little gets no plan."""
    found = tagged(live(key="web", snapshots=()))
    with pytest.raises(NotRead, match="stack:shop were not read"):
        build_plan([desired], found, PlanOptions(**options))


def test_who_tells_of_others_needs_them() -> None:
    matched = match_account([stack(spec())], tagged(live(key="web")), USUAL)
    with pytest.raises(NotRead):
        find_others(matched)
