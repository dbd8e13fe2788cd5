"""What a check says of one plan: `found(CODE, desired, account)`."""

from dataclasses import replace
from typing import Any

from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account, Image
from ccloud_apply.model.live.catalog import (
    Addon,
    Gpu,
    Pool,
    ResourceInfo,
    Resources,
    Rollout,
    Subnet,
)
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.checks.registry import CHECKS
from tests.support.builders import COMPLETE, account, spec, stack

IMAGES = (
    Image(image="debian12_uefi", name="Linux Debian 12", min_disk_gb=5, has_cloud_init=True),
    Image(image="ubuntu22_uefi", name="Linux Ubuntu 22.04", min_disk_gb=5, has_cloud_init=True),
    Image(image="win22", name="Windows Server 2022", min_disk_gb=40, has_cloud_init=False),
    Image(image="pfsense27", name="pfSense 2.7", min_disk_gb=10, has_cloud_init=False),
)
EVERYTHING = replace(
    account(),
    images=IMAGES,
    pools=(
        Pool(pool="pool_iw_ssd", is_active=True, has_gpus=False),
        Pool(pool="pool_gpu", is_active=True, has_gpus=True),
        Pool(pool="pool_full", is_active=False),
    ),
    addons=(
        Addon(name="backup", is_addable=True, is_deletable=True),
        Addon(name="old", is_addable=False, is_deletable=True),
        Addon(name="sticky", is_addable=True, is_deletable=False),
        Addon(name="antivirus", supported_os=("windows-2022",)),
    ),
    rollouts=(
        Rollout(rollout="apache", valid_for=("debian12_uefi",), depends_on=("base",)),
        Rollout(rollout="php", depends_on=("base", "apache")),
        Rollout(rollout="mysql", is_managed_only=True),
    ),
    subnets=(
        Subnet(id=12, type="IPv4", network="198.18.0.0"),
        Subnet(id=13, type="IPv6"),
        Subnet(id=14, type="IPv4"),
    ),
    gpus=(Gpu(id=1, addon="gpu_a2", name="NVIDIA A2", pools=("pool_gpu",)),),
    resources=ResourceInfo(
        is_limited=True,
        usage=Resources(cores=0, memory_gb=0, disk_gb=0),
        limits=Resources(cores=64, memory_gb=128, disk_gb=1000),
    ),
)
"""An account without servers that has every catalogue."""


def new(key: str = "web", **fields: Any) -> ServerSpec:
    """A server that has all that a create needs, and these fields."""
    return spec(key, **{**COMPLETE, **fields})


def found(
    code: str, desired: Stack | ServerSpec, lives: Account = EVERYTHING, **options: Any
) -> list[Diagnostic]:
    """What this check alone says; everything else about the plan must be well."""
    others = frozenset(CHECKS) - {code}
    chosen = desired if isinstance(desired, Stack) else stack(desired)
    built, errors = build_plan([chosen], lives, PlanOptions(no_checks=others, **options))
    warnings = () if built is None else built.stacks[0].warnings
    every = [*errors, *warnings]
    assert {diagnostic.code for diagnostic in every} <= {code}
    return every
