"""What holds of checks whatever the account's catalogues say."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account, Image
from ccloud_apply.model.live.catalog import (
    Addon,
    AvailableGpu,
    Gpu,
    Pool,
    ResourceInfo,
    Resources,
    Rollout,
    Subnet,
)
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.checks.registry import CHECKS, UNREAD
from tests.support.builders import account, live, spec, stack
from tests.support.examples import examples
from tests.support.finding import new

NAMES = st.sampled_from(["pool_iw_ssd", "gpu_a2", "debian12_uefi", "Linux Debian 12", "x", "*", ""])
FLAGS = st.none() | st.booleans()
NUMBERS = st.none() | st.integers(-5, 2**40)


def few(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=3).map(tuple)


def catalogue(kind: type, **fields: Any) -> st.SearchStrategy[tuple[Any, ...] | None]:
    return st.none() | few(st.builds(kind, **fields))


RESOURCES = st.builds(Resources, cores=NUMBERS, memory_gb=NUMBERS, disk_gb=NUMBERS)
ACCOUNTS = st.fixed_dictionaries(
    {
        "images": catalogue(
            Image,
            image=NAMES,
            name=NAMES,
            min_disk_gb=NUMBERS,
            has_cloud_init=FLAGS,
            ostype=st.none() | NAMES,
        ),
        "pools": catalogue(Pool, pool=NAMES, is_active=FLAGS, has_gpus=FLAGS),
        "addons": catalogue(
            Addon, name=NAMES, supported_os=few(NAMES), is_addable=FLAGS, is_deletable=FLAGS
        ),
        "rollouts": catalogue(
            Rollout,
            rollout=NAMES,
            valid_for=few(NAMES),
            depends_on=few(NAMES),
            is_managed_only=FLAGS,
        ),
        "subnets": catalogue(
            Subnet, id=st.integers(0, 3), type=st.none() | st.sampled_from(["IPv4", "ipv6", "?"])
        ),
        "gpus": catalogue(
            Gpu, id=st.integers(0, 3), addon=st.none() | NAMES, name=NAMES, pools=few(NAMES)
        ),
        "resources": st.none()
        | st.builds(ResourceInfo, is_limited=st.booleans(), usage=RESOURCES, limits=RESOURCES),
        "available_gpus": st.dictionaries(
            st.just("vs1"), few(st.builds(AvailableGpu, addon=NAMES, count=NUMBERS))
        ),
        "unread": st.dictionaries(st.just("list_pools"), st.just("403")),
    }
)
LIVE = live(1, key="old", addons={"x": 1}, pool="x", cores=3)
STACK = stack(
    new("a", addons={"gpu_a2": 1, "x": 2}, rollouts=["x"], subnets=[1, 2], subnets_intern=[3]),
    new("b", user_data="#cloud-config", tags=["X", "x"], custom_name="shop-a"),
    spec("old", addons={"gpu_a2": 2}, cores=2, memory=8, disks=[50, 10]),
)


def make(desired: Stack, lives: Account, **options: Any) -> tuple[Plan | None, list[Diagnostic]]:
    found, diagnostics = build_plan([desired], lives, PlanOptions(**options))
    return found, list(diagnostics)


def without_warnings(built: Plan) -> Plan:
    return replace(built, stacks=tuple(replace(s, warnings=()) for s in built.stacks))


@given(ACCOUNTS)
def test_checks_refuse_or_warn_and_never_change_a_plan(catalogues: dict[str, Any]) -> None:
    lives = replace(account(LIVE), **catalogues)
    plain, _ = make(STACK, lives, has_checks=False)
    checked, diagnostics = make(STACK, lives)
    assert plain is not None
    assert {d.code for d in diagnostics} <= {*CHECKS, UNREAD}
    if checked is None:
        assert any(d.is_error for d in diagnostics)
    else:
        assert without_warnings(checked) == without_warnings(plain)


@given(ACCOUNTS)
def test_with_every_check_left_out_nothing_is_said(catalogues: dict[str, Any]) -> None:
    lives = replace(account(LIVE), **catalogues)
    built, diagnostics = make(STACK, lives, no_checks=frozenset({*CHECKS, UNREAD}))
    assert diagnostics == []
    assert built is not None
    assert built.stacks[0].warnings == ()


@settings(max_examples=examples(30))
@given(ACCOUNTS)
def test_a_server_that_stays_as_it_is_is_never_refused(catalogues: dict[str, Any]) -> None:
    """Whatever has become of its pool, image, addons and of the account's limits."""
    desired = stack(spec("old", pool="x", addons={"x": 1}, cores=3, memory=4, disks=[50]))
    built, diagnostics = make(desired, replace(account(LIVE), **catalogues))
    assert diagnostics == []
    assert built is not None
    assert built.stacks[0].warnings == ()
