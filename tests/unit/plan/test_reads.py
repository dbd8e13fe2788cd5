"""What a plan wants to read: everything in the end, nothing twice, as early as it is certain."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.ignored import ignoring
from ccloud_apply.model.declared.stack import Lifecycle, Stack
from ccloud_apply.model.live.account import Account, LiveDrive, LiveServer
from ccloud_apply.model.live.catalog import Iso, Pool
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.plan.build import build_plan, plan_matched
from ccloud_apply.plan.matching.index import AccountIndex
from ccloud_apply.plan.matching.match import match_servers
from ccloud_apply.plan.matching.select import PlanOptions, match_account
from ccloud_apply.plan.reads import wanted
from tests.support.builders import COMPLETE, IMAGES, READ_AT, account, live, spec, stack
from tests.support.reads import parts

MAX_ROUNDS = 5
DRIVE = LiveDrive(id="sc0s5", path="/volumes/4711")
SCHEDULES = "list_snapshot_schedules"
WISHES = st.sampled_from(get_args(Lifecycle.__annotations__["on_create_only_change"]))


def answer(truth: Account, known: Account, missing: frozenset[Read]) -> Account:
    """The account with what is missing, as a reader would bring it."""
    names = {read.operation_id for read in missing if not read.hostname}
    if "list_servers" in names:
        bare = (replace(server, parts={}) for server in truth.servers)
        known = replace(known, servers=tuple(bare), tasks=truth.tasks, read_at=READ_AT)
    of = {server.hostname: server for server in truth.servers}
    servers = []
    for server in known.servers:
        wished = {r.operation_id for r in missing if r.hostname == server.hostname}
        wished |= {SCHEDULES} & names
        got = {name: of[server.hostname].parts.get(name, ()) for name in wished}
        servers.append(replace(server, parts={**server.parts, **got}))
    facts: dict[str, Any] = {"images": IMAGES} if "list_os" in names else {}
    facts |= {"pools": truth.pools} if "list_pools" in names else {}
    return replace(known, servers=tuple(servers), known=known.known | missing, **facts)


def read_all(
    desired: Stack, truth: Account, options: PlanOptions
) -> tuple[Account, list[frozenset[Read]]]:
    """The account as the loop reads it, and what each round asked for."""
    found, rounds = Account(), list[frozenset[Read]]()
    while missing := wanted(match_account([desired], found, options), options) - found.known:
        assert len(rounds) < MAX_ROUNDS
        rounds.append(missing)
        found = answer(truth, found, missing)
    return found, rounds


@st.composite
def situations(draw: st.DrawFn) -> tuple[Stack, Account]:
    specs, servers = [], []
    for number, key in enumerate(draw(st.lists(st.sampled_from("abcd"), unique=True)), 1):
        fields = {name: value for name, value in COMPLETE.items() if draw(st.booleans())}
        if draw(st.booleans()):
            fields["dvds"] = draw(st.sampled_from([[], ["tools.iso"]]))
        if draw(st.booleans()):
            fields["cores"] = 4
        asked = frozenset(draw(st.sets(st.sampled_from(["resize", "disks", "replace"]))))
        wish = draw(WISHES)
        life = Lifecycle(on_create_only_change=wish, snapshot_before=asked)
        if draw(st.booleans()):
            specs.append(spec(key, lifecycle=life, **fields))
        if draw(st.booleans()):
            pool = draw(st.sampled_from(["pool_iw_ssd", "pool_x"]))
            drives = (DRIVE,) if draw(st.booleans()) else ()
            isos = (Iso(name="tools.iso", path=DRIVE.path),)
            servers.append(live(number, key=key, pool=pool, drives=drives, isos=isos))
    return stack(*specs), replace(account(*servers), pools=(Pool(pool="pool_iw_ssd"),))


@given(situations(), st.booleans(), st.booleans())
def test_the_loop_ends_with_an_account_that_a_plan_can_be_made_of(
    situation: tuple[Stack, Account], is_destroy: bool, has_checks: bool
) -> None:
    desired, truth = situation
    options = PlanOptions(is_destroy=is_destroy, has_checks=has_checks)
    found, rounds = read_all(desired, truth, options)
    asked = [read for one in rounds for read in one]
    assert len(asked) == len(set(asked))
    places = [(read.operation_id, read.hostname) for read in asked if not read.is_optional]
    assert len(places) == len(set(places))
    build_plan([desired], found, options)  # raises NotRead for what the loop has forgotten


def test_the_list_and_the_running_tasks_come_first_with_all_that_is_asked_once() -> None:
    desired = stack(spec(**COMPLETE, scheduled_snapshots={"frequency": 6}))
    _, (first, second) = read_all(desired, account(), PlanOptions())
    assert first == ALWAYS | {Read("list_os"), Read(SCHEDULES)}
    assert second == {
        Read("list_pools", is_optional=True),
        Read("get_resource_info", is_optional=True),
    }


def test_parts_and_catalogues_are_read_in_one_round() -> None:
    desired = stack(spec(cores=4, power="running"))
    _, rounds = read_all(desired, account(live(key="web")), PlanOptions())
    assert rounds[1:] == [
        {Read("get_server_state", "vs10001"), Read("get_resource_info", is_optional=True)}
    ]


def test_a_server_that_may_be_in_another_pool_holds_back_no_part_of_any() -> None:
    replaced = Lifecycle(on_create_only_change="replace")
    pools = (Pool(pool="pool_x"), Pool(pool="pool_iw_ssd"))
    desired = stack(
        spec("a", **{**COMPLETE, "pool": "pool_x"}, lifecycle=replaced),
        spec("b", disks=[50]),
    )
    truth = replace(account(live(1, key="a"), live(2, key="b")), pools=pools)
    _, rounds = read_all(desired, truth, PlanOptions(has_checks=False))
    disks = {Read("list_server_disks", name) for name in ("vs1", "vs2")}
    assert rounds[1] == disks | {Read("list_pools", is_optional=True)}
    assert rounds[2] == {Read("list_server_snapshots", "vs1")}


def test_the_images_that_a_plan_needs_anyway_are_not_asked_for_again_by_a_check() -> None:
    server = live(key="web", drives=(DRIVE,), isos=(Iso(name="a.iso"), Iso(name="b.iso")))
    _, rounds = read_all(stack(spec(dvds=["new.iso"])), account(server), PlanOptions())
    isos = [r for one in rounds for r in one if r.operation_id == "list_server_isos"]
    assert isos == [Read("list_server_isos", "vs10001")]


def test_a_catalogue_that_could_not_be_read_is_not_asked_for_again() -> None:
    desired = stack(spec(**COMPLETE))
    found, _ = read_all(desired, account(), PlanOptions())
    unread = replace(found, pools=None, unread={"list_pools": "403: forbidden"})
    matched = match_account([desired], unread, PlanOptions())
    assert wanted(matched, PlanOptions()) <= unread.known


def test_every_stack_is_matched_once_a_round_and_not_again_by_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted: list[str] = []

    def count(desired: Stack, index: AccountIndex) -> Any:
        counted.append(desired.name)
        return match_servers(desired, index)

    monkeypatch.setattr("ccloud_apply.plan.matching.select.match_servers", count)
    stacks = [stack(spec(cores=4, notes="x"), name=name) for name in ("one", "two")]
    servers: list[LiveServer] = [
        live(n, key="web", stack=one.name) for n, one in enumerate(stacks, 1)
    ]
    options = PlanOptions(target=("web",))
    matched = match_account(stacks, replace(account(*servers), known=ALWAYS), options)
    wanted(matched, options)
    plan, _ = plan_matched(matched, options)
    assert plan is not None
    assert counted == ["one", "two"]


def test_a_field_whose_changes_are_ignored_is_not_read() -> None:
    ignored = Lifecycle(ignore_changes=ignoring("disks"))
    lives = account(live(key="web"))
    assert parts(stack(spec(disks=[50])), lives) == {"vs10001": {"list_server_disks"}}
    assert parts(stack(spec(disks=[50], lifecycle=ignored)), lives) == {}


def test_the_snapshots_of_a_bound_server_are_not_read_though_it_would_be_replaced() -> None:
    replacing = Lifecycle(on_create_only_change="replace")
    desired = stack(spec(hostname="vs10001", pool="pool_x", lifecycle=replacing))
    assert parts(desired, account(live())) == {}


@pytest.mark.parametrize(
    ("is_paged", "is_missing", "is_destroy", "is_asked"),
    [
        (True, True, False, True),
        (True, False, False, False),
        (True, False, True, True),
        (False, True, False, False),
        (False, True, True, False),
    ],
)
def test_a_list_in_several_pages_is_asked_again_by_tag_before_a_server_is_called_missing(
    is_paged: bool, is_missing: bool, is_destroy: bool, is_asked: bool
) -> None:
    servers = () if is_missing else (live(key="web"),)
    found = replace(account(*servers), is_paged=is_paged, known=ALWAYS)
    desired = stack(spec(cores=2))
    asked = wanted(
        match_account([desired], found, PlanOptions()), PlanOptions(is_destroy=is_destroy)
    )
    assert (Read("list_servers", tag=f"stack:{desired.name}") in asked) == is_asked
