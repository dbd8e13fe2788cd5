"""The account's limits, step by step."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Lifecycle, ServerSpec
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.live.catalog import ResourceInfo, Resources
from tests.support.builders import account, live, spec, stack
from tests.support.finding import found, new

LIMITS = "CCA170"


def limited(
    *servers: LiveServer, cores: int = 100, memory: int = 100, disk: int = 1000, **more: Any
) -> Account:
    """An account whose limits are these, and whose use is that of its servers."""
    usage = Resources(
        cores=sum(server.cores or 0 for server in servers),
        memory_gb=sum(server.memory_gb or 0 for server in servers),
        disk_gb=sum(server.disk_gb or 0 for server in servers),
    )
    limits = Resources(cores=cores, memory_gb=memory, disk_gb=disk)
    info = ResourceInfo(**{"is_limited": True, "usage": usage, "limits": limits, **more})
    return replace(account(*servers), resources=info)


def check(lives: Account, *servers: ServerSpec, **options: Any) -> list[Diagnostic]:
    return found(LIMITS, stack(*servers), lives, **options)


def test_the_first_step_that_does_not_fit_is_named() -> None:
    lives = limited(live(key="db"), cores=6)
    (diagnostic,) = check(lives, spec("db"), new("a"), new("b"), new("c"))
    assert diagnostic.severity is Severity.ERROR
    assert diagnostic.what == (
        "c/create takes 2 cores more, and by then 6 of the account's 6 are in use"
    )
    assert diagnostic.where == "servers.c.cores"
    assert diagnostic.hint == "free 2 cores, or ask the vendor for a higher limit"


def test_what_exactly_fits_is_well() -> None:
    assert check(limited(cores=4, memory=8, disk=100), new("a"), new("b")) == []


@pytest.mark.parametrize(
    ("limit", "where"),
    [
        ({"cores": 2}, "servers.web.cores"),
        ({"memory": 7}, "servers.web.memory"),
        ({"disk": 149}, "servers.web.disks[1]"),
    ],
)
def test_growth_is_checked_at_its_field(limit: dict[str, int], where: str) -> None:
    lives = limited(live(key="web"), **limit)
    (diagnostic,) = check(lives, spec(cores=4, memory=8, disks=[50, 100]))
    assert diagnostic.where == where


def test_the_peak_on_the_way_counts_and_what_frees_enough_is_named() -> None:
    """The old server goes at the end of the plan; at the end it would fit."""
    lives = limited(live(key="old", cores=4, memory_gb=4), cores=4)
    (diagnostic,) = check(lives, new("web"), new("other"))
    assert diagnostic.what == (
        "web/create takes 2 cores more, and by then 4 of the account's 4 are in use"
    )
    assert "this plan frees 4 cores later: apply that first, with --target old" in diagnostic.hint


def test_a_replacement_frees_its_own_room_first() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    lives = limited(live(key="web", type="managed"), cores=2)
    assert check(lives, replace(new("web"), lifecycle=lifecycle)) == []


def test_a_step_that_waits_for_the_one_that_frees_is_well_wherever_it_stands() -> None:
    shrinks = spec("db", cores=1)
    lives = limited(live(1, key="web", cores=2), live(2, key="db", cores=3), cores=5)
    grows = spec("web", cores=4, depends_on=("db",))
    assert check(lives, grows, shrinks) == []


def test_room_that_nothing_waits_for_is_a_warning() -> None:
    lives = limited(live(1, key="db", cores=3), live(2, key="web", cores=2), cores=5)
    (diagnostic,) = check(lives, spec("db", cores=1), spec("web", cores=4))
    assert diagnostic.severity is Severity.WARNING
    assert "web/cores fits the account's limit only once db has freed cores" in diagnostic.what


def test_a_server_on_its_way_out_makes_a_refusal_uncertain() -> None:
    leaving = live(2, is_deleting=True)
    (diagnostic,) = check(limited(leaving, cores=2), new("web"))
    assert diagnostic.severity is Severity.WARNING


def test_an_account_without_limits_has_none() -> None:
    assert check(limited(cores=1, is_limited=False), new("web")) == []
    assert check(limited(cores=0, memory=0, disk=0), new("web")) == []


def test_what_the_api_does_not_say_is_not_checked() -> None:
    assert check(limited(cores=1, usage=Resources()), new("web")) == []
    assert check(limited(cores=1, limits=Resources()), new("web")) == []


@given(
    sizes=st.lists(st.integers(1, 10), min_size=1, max_size=6),
    limit=st.integers(1, 40),
)
def test_creates_are_refused_exactly_where_their_sum_exceeds_the_limit(
    sizes: list[int], limit: int
) -> None:
    servers = [new(f"s{at}", cores=size) for at, size in enumerate(sizes)]
    diagnostics = check(limited(cores=limit), *servers)
    assert bool(diagnostics) == (sum(sizes) > limit)
    if diagnostics:
        first = next(at for at in range(len(sizes)) if sum(sizes[: at + 1]) > limit)
        assert diagnostics[0].what.startswith(f"s{first}/create takes {sizes[first]} core")
