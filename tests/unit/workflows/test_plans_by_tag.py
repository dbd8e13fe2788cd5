"""A plan that is made of the lists by its stacks' tags is the one that is made of all servers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, get_args

from hypothesis import event, given
from hypothesis import strategies as st

from ccloud_apply.api.client import Client
from ccloud_apply.errors import ApiError, PlanError
from ccloud_apply.load.stack.join import join_stacks
from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import Lifecycle, Rename, Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.workflows.planning.plan import plan_read, read_live
from tests.support.builders import COMPLETE, HERE, READ_AT, spec, stack
from tests.support.scripted_network import Network, talk
from tests.support.tag_filter import Filter, PagedAccount, owned, plain

KEYS = ("a", "b", "c")
STACKS = ("shop", "shop-2", "blog")


class Situation(NamedTuple):
    stacks: tuple[Stack, ...]
    account: PagedAccount
    options: PlanOptions


class Told(NamedTuple):
    """What came of a plan, and the account that it was made from."""

    plan: Any
    account: Account


def plan(situation: Situation, *, reads_tags: bool, rows: Sequence[Any] | None = None) -> Told:
    """The plan, or what is wrong. `rows` replaces the account's."""
    account = replace(situation.account, requests=[])
    if rows is not None:
        account = replace(account, rows=list(rows), hidden=())
    options = situation.options

    async def read_and_plan(client: Client) -> Told:
        try:
            matched = await read_live(client, situation.stacks, options, reads_tags=reads_tags)
        except ApiError as error:  # a server is missing, and the filter is asked about it
            return Told(str(error), Account())
        try:
            return Told(plan_read(matched, options), matched.account)
        except PlanError as error:
            return Told(error.diagnostics, matched.account)

    return talk(Network(account), read_and_plan)


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "cores": st.sampled_from([2, 4]),
    "custom_name": st.sampled_from(["shop-a", "web", "shop-b"]),
    "tags": st.sampled_from([["blue"], ["Blue"], ["green", "blue"], []]),
    "disks": st.sampled_from([[50], [60]]),
    "power": st.just("running"),
    "image": st.sampled_from(["debian12_uefi", "rocky9_uefi"]),
}


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    return Lifecycle(
        prevent_destroy=draw(st.booleans()),
        on_create_only_change=draw(st.sampled_from(["error", "replace", "ignore"])),
        ignore_changes=ignoring(*draw(st.sampled_from([(), ("tags",), ("custom_name",)]))),
    )


RARELY = st.sampled_from([False] * 9 + [True])


@st.composite
def declared_stacks(draw: st.DrawFn, name: str) -> Stack:
    """Mostly what the account has, and a few things that it has not."""
    specs = []
    for key in draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=2)):
        fields = dict(COMPLETE)
        if draw(RARELY):
            field = draw(st.sampled_from(sorted(FIELDS)))
            fields[field] = draw(FIELDS[field])
        life = draw(lifecycles()) if draw(RARELY) else Lifecycle()
        bound = draw(st.sampled_from(["vs1", "vs3"])) if draw(RARELY) else None
        specs.append(spec(key, hostname=bound, lifecycle=life, **fields))
    if draw(RARELY) and draw(RARELY):
        specs = []
    keys = {one.key for one in specs}
    free = sorted({*KEYS} - keys)
    moved: dict[str, str] = {}
    if bool(keys) and draw(RARELY):
        other = draw(st.sampled_from(STACKS))
        before = draw(st.sampled_from(KEYS if other != name else free))
        moved[before if other == name else f"{other}/{before}"] = min(keys)
    released = free[-1:] if draw(RARELY) and free[-1] not in moved else ()
    made = stack(*specs, name=name, moved=moved, released=released)
    is_renamed = draw(RARELY) and draw(RARELY)
    return replace(made, renamed=(Rename(before="old", source=HERE),)) if is_renamed else made


ODDITIES: tuple[dict[str, Any], ...] = (
    {"tags": ["BLUE"]},
    {"tags": ["blue", "green"]},
    {"tags": ["Stack:shop"]},
    {"tags": ["Prevent-Destroy"]},
    {"tags": ["incomplete"]},
    {"tags": ["retire:2027-01-01"]},
    {"tags": ["stack:blog"]},
    {"tags": ["server:b"]},
    {"custom_name": "shop-a"},
    {"custom_name": "web"},
    {"deletion_in_progress": True},
    {"build_in_progress": True, "hostname": None},
    {"customer_id": None},
    {"customer_id": "K2"},
    {"data": {"cores": 8, "memory": 4, "pool": "pool_iw_ssd"}},
    {"data": {"pool": "pool_other"}},
    {"data": {"os_name": "Rocky Linux 9"}},
)


@st.composite
def rows_of(draw: st.DrawFn, stacks: Sequence[Stack]) -> list[dict[str, Any]]:
    """The servers that the stacks declare, mostly, and those of others."""
    whose = [(one.name, declared.key) for one in stacks for declared in one.servers]
    whose = [pair for pair in whose if not (draw(RARELY) and draw(RARELY))]
    if draw(st.booleans()):
        names = st.sampled_from([*STACKS, "old"])
        whose += draw(st.lists(st.tuples(names, st.sampled_from(KEYS)), max_size=2))
    others = draw(st.integers(4, 9))
    rows: list[dict[str, Any]] = []
    for number, pair in enumerate(draw(st.permutations([*whose, *[None] * others])), 1):
        more = draw(st.sampled_from(ODDITIES)) if draw(RARELY) else {}
        rows.append(plain(number, **more) if pair is None else owned(number, *pair, **more))
    return rows


LIMITED = {
    "resources_limited": True,
    "usage": {"cores": 20, "memory": 40, "disk": 500},
    "limits": {"cores": 21, "memory": 80, "disk": 505},
}
ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"replace": ("a",)},
    {"accept": ("a*",)},
    {"target": ("a",)},
    {"exclude": ("b",)},
    {"is_destroy": True},
    {"has_checks": False},
)


@st.composite
def situations(draw: st.DrawFn, *, hides: bool = False) -> Situation:
    names = draw(st.sampled_from([("shop",), ("shop",), ("shop-2",), ("shop", "blog")]))
    stacks = join_stacks([draw(declared_stacks(name)) for name in names])
    rows = draw(rows_of(stacks))
    account = PagedAccount(
        rows,
        page_size=draw(st.sampled_from([1, 1, 2])),
        filter=draw(st.sampled_from([*["exact"] * 5, *get_args(Filter)])),
        told=draw(st.sampled_from(["meta", "meta", "meta", "total", "nothing"])),
        limited=draw(st.sampled_from([None, LIMITED])),
    )
    if hides:
        account.hidden = draw(st.sets(st.sampled_from([row["id"] for row in rows]), max_size=3))
    asked = draw(st.sampled_from(ASKED)) if draw(RARELY) else {}
    options = PlanOptions(has_fingerprints=True, has_unchanged=True, moment=READ_AT, **asked)
    return Situation(tuple(stacks), account, options)


@given(situations())
def test_a_plan_of_tags_is_the_plan_of_all_servers(situation: Situation) -> None:
    """Whatever the filter makes of it, as long as it hides nothing of what it shows otherwise."""
    tagged, whole = plan(situation, reads_tags=True), plan(situation, reads_tags=False)
    event("by tags" if tagged.account.of_tags else "whole")
    assert tagged.plan == whole.plan
    told = {row["customer_id"] for row in situation.account.rows}
    if len(told - {None}) < 2:
        assert tagged.account.customer_id == whole.account.customer_id


@given(situations(hides=True))
def test_what_a_filter_hides_is_never_made_nor_taken_for_gone(situation: Situation) -> None:
    """A filter may be behind. Where it shows all that is declared, the plan is the one that is made
    without the other servers that it hides: nothing happens to those."""
    tagged = plan(situation, reads_tags=True)
    event("by tags" if tagged.account.of_tags else "whole")
    rows = situation.account.rows
    if tagged.account.of_tags:
        rows = [row for row in rows if row["id"] not in situation.account.hidden]
    whole = plan(situation, reads_tags=False, rows=rows)
    assert tagged.plan == whole.plan
