"""Checks against catalogues: what they find, and what they must not find."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Lifecycle
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Account, Image, LiveDrive, LiveServer
from ccloud_apply.model.live.catalog import (
    Addon,
    AvailableGpu,
    Gpu,
    Iso,
    Pool,
    ResourceInfo,
    Resources,
    Rollout,
    Subnet,
)
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.checks.lib.base import MAX_CHOICES, suggest
from ccloud_apply.plan.checks.registry import CHECKS
from tests.support.builders import account, live, spec, stack
from tests.support.finding import EVERYTHING, IMAGES, found, new

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("CCA101", {"pool": "pool_iw"}, "there is no pool pool_iw, or it is full"),
    ("CCA101", {"pool": "pool_full"}, "the pool pool_full is not active: it is full"),
    ("CCA103", {"image": "debian"}, "there is no image debian"),
    ("CCA104", {"image": "win22", "disks": [39]}, "at least 40 GB, and it has 39 GB"),
    ("CCA105", {"image": "win22", "user_data": "x"}, "win22 has no cloud-init"),
    ("CCA106", {"subnets_intern": [12]}, "for pfSense systems only"),
    ("CCA110", {"addons": {"backups": 1}}, "there is no addon backups"),
    ("CCA111", {"addons": {"old": 1}}, "old can no longer be ordered"),
    ("CCA113", {"addons": {"antivirus": 1}}, "antivirus is not available for debian12_uefi"),
    ("CCA114", {"type": "managed", "addons": {"monitoring": 1}}, "cannot have the addon"),
    ("CCA115", {"addons": {"gpu_a2": 1}}, "the pool pool_iw_ssd has no NVIDIA A2"),
    ("CCA120", {"rollouts": ["nginx"]}, "there is no rollout nginx"),
    ("CCA121", {"rollouts": ["apache"], "image": "ubuntu22_uefi"}, "is not valid for ubuntu22"),
    ("CCA122", {"rollouts": ["php"]}, "php depends on apache"),
    ("CCA123", {"rollouts": ["mysql"]}, "mysql is for managed servers only"),
    ("CCA130", {"subnets": [99]}, "there is no subnet 99"),
    ("CCA131", {"subnets": [12, 14]}, "12 and 14 are both IPv4"),
    ("CCA132", {"subnets": [13]}, "none of these subnets is IPv4"),
]
RIGHT: list[tuple[str, dict[str, Any]]] = [
    ("CCA104", {"image": "win22", "disks": [40]}),
    ("CCA105", {"image": "win22", "user_data": None}),
    ("CCA106", {"image": "pfsense27", "subnets_intern": [12]}),
    ("CCA110", {"addons": {"monitoring": 1, "gpu_a2": 1}}),
    ("CCA113", {"image": "win22", "addons": {"antivirus": 1}}),
    ("CCA114", {"type": "unmanaged", "addons": {"monitoring": 1}}),
    ("CCA115", {"pool": "pool_gpu", "addons": {"gpu_a2": 1}}),
    ("CCA121", {"image": "ubuntu22_uefi", "rollouts": ["php"]}),
    ("CCA122", {"rollouts": ["php", "apache"]}),
    ("CCA123", {"type": "managed", "rollouts": ["mysql"]}),
    ("CCA131", {"subnets": [12, 13]}),
    ("CCA132", {"subnets": []}),
]


@pytest.mark.parametrize(("code", "fields", "text"), WRONG)
def test_a_check_says_what_is_wrong_and_what_to_do(
    code: str, fields: dict[str, Any], text: str
) -> None:
    (diagnostic,) = found(code, new(**fields))
    assert diagnostic.severity is Severity.ERROR
    assert text in diagnostic.what
    assert diagnostic.hint
    assert diagnostic.where.startswith("servers.web.")


@pytest.mark.parametrize(("code", "fields"), RIGHT)
def test_a_check_is_silent_about_what_is_right(code: str, fields: dict[str, Any]) -> None:
    assert found(code, new(**fields)) == []


@pytest.mark.parametrize(("code", "fields", "text"), WRONG)
def test_a_silenced_check_says_nothing(code: str, fields: dict[str, Any], text: str) -> None:
    assert found("CCA100", new(**fields)) == []


EMPTY: dict[str, Any] = dict.fromkeys(
    ("images", "pools", "addons", "rollouts", "subnets", "gpus"), ()
)
NOT_READ: dict[str, Any] = {**dict.fromkeys(EMPTY), "resources": None}
BARE: dict[str, Any] = {
    "pools": tuple(Pool(pool=name) for name in ("pool_iw_ssd", "pool_full")),
    "images": tuple(replace(i, min_disk_gb=None, has_cloud_init=None) for i in IMAGES),
    "addons": tuple(Addon(name=name) for name in ("backup", "old", "antivirus", "gpu_a2")),
    "rollouts": tuple(Rollout(rollout=name) for name in ("apache", "php", "mysql")),
    "subnets": tuple(Subnet(id=number) for number in (12, 13, 14)),
    "gpus": (Gpu(id=1, addon="gpu_a2"),),
    "resources": None,
}


@pytest.mark.parametrize("code", CHECKS)
@pytest.mark.parametrize("catalogues", [NOT_READ, EMPTY], ids=["not-read", "empty"])
def test_a_catalogue_that_is_empty_or_was_not_read_finds_nothing(
    code: str, catalogues: dict[str, Any]
) -> None:
    lives = replace(EVERYTHING, **catalogues)
    for of, fields, _ in WRONG:
        if code == of and code != "CCA114":  # which needs none
            assert found(code, new(**fields), lives) == []


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("CCA101", {"pool": "pool_full"}),
        ("CCA104", {"image": "win22", "disks": [1]}),
        ("CCA105", {"image": "win22", "user_data": "x"}),
        ("CCA111", {"addons": {"old": 1}}),
        ("CCA113", {"addons": {"antivirus": 1}}),
        ("CCA115", {"addons": {"gpu_a2": 1}}),
        ("CCA121", {"rollouts": ["apache"]}),
        ("CCA122", {"rollouts": ["php"]}),
        ("CCA123", {"rollouts": ["mysql"]}),
        ("CCA131", {"subnets": [12, 14]}),
        ("CCA132", {"subnets": [13]}),
    ],
)
def test_a_catalogue_that_leaves_fields_out_finds_nothing(
    code: str, fields: dict[str, Any]
) -> None:
    assert found(code, new(**fields), replace(EVERYTHING, **BARE)) == []


@pytest.mark.parametrize(
    ("code", "fields", "catalogues"),
    [
        ("CCA101", {"pool": "x"}, {"pools": (Pool(pool="string"),)}),
        ("CCA103", {"image": "debian"}, {"images": IMAGES[:1]}),
        ("CCA110", {"addons": {"x": 1}}, {"addons": (Addon(name="cprotect"),)}),
        ("CCA120", {"rollouts": ["x"]}, {"rollouts": (Rollout(rollout="y"),)}),
        ("CCA121", {"rollouts": ["y"]}, {"rollouts": (Rollout(rollout="y", valid_for=("z",)),)}),
        (
            "CCA123",
            {"rollouts": ["y"]},
            {"rollouts": (Rollout(rollout="y", is_managed_only=True),)},
        ),
        ("CCA130", {"subnets": [7]}, {"subnets": (Subnet(id=1),)}),
    ],
)
def test_a_catalogue_of_one_object_may_not_be_all_there_is(
    code: str, fields: dict[str, Any], catalogues: dict[str, Any]
) -> None:
    (diagnostic,) = found(code, new(**fields), replace(EVERYTHING, **catalogues))
    assert diagnostic.severity is Severity.WARNING


@pytest.mark.parametrize(
    "valid_for",
    [
        *(("linux",), ("Linux",), ("debian",), ("debian12",), ("debian-12",), ("all",), ("*",)),
        ("Linux Debian 12", "Windows Server 2022"),
    ],
    ids=str,
)
def test_a_rollout_may_name_its_systems_otherwise_than_by_images(
    valid_for: tuple[str, ...],
) -> None:
    rollouts = (Rollout(rollout="y", valid_for=valid_for), Rollout(rollout="z"))
    lives = replace(EVERYTHING, rollouts=rollouts)
    assert found("CCA121", new(rollouts=["y"]), lives) == []


@pytest.mark.parametrize(
    ("valid_for", "severity"),
    [
        (("buster_uefi",), Severity.WARNING),  # a retired image
        (("1", "2"), Severity.WARNING),
        (("ubuntu22_uefi", "buster_uefi"), Severity.ERROR),
        (("windows",), Severity.ERROR),
    ],
    ids=str,
)
def test_a_rollout_is_refused_only_where_its_systems_are_surely_others(
    valid_for: tuple[str, ...], severity: Severity
) -> None:
    rollouts = (Rollout(rollout="y", valid_for=valid_for), Rollout(rollout="z"))
    lives = replace(EVERYTHING, rollouts=rollouts)
    (diagnostic,) = found("CCA121", new(rollouts=["y"]), lives)
    assert diagnostic.severity is severity


def with_servers(*servers: LiveServer, **facts: Any) -> Account:
    return replace(EVERYTHING, **{"servers": servers, **facts})


GONE: dict[str, dict[str, Any]] = {
    "CCA101": {"pool": "pool_gone"},
    "CCA110": {"addons": {"gone": 1}},
    "CCA111": {"addons": {"old": 1}},
    "CCA113": {"addons": {"antivirus": 1}},
}


@pytest.mark.parametrize("code", GONE)
def test_what_a_server_has_already_is_no_matter_even_if_it_changes_elsewhere(code: str) -> None:
    server = live(key="web", **GONE[code])
    desired = spec(**GONE[code], memory=8)
    assert found(code, desired, with_servers(server)) == []


def test_an_image_that_was_retired_is_no_matter_of_a_server_that_has_it() -> None:
    server = live(key="web", os_name="Linux Debian 8")
    lives = with_servers(server)
    assert [d for d in found("CCA103", spec(memory=8, addons={}), lives) if d.is_error] == []


def test_a_server_that_is_replaced_is_checked_like_a_new_one() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    desired = spec(
        lifecycle=lifecycle,
        pool="pool_iw",
        type="unmanaged",
        image="debian12_uefi",
        cores=2,
        memory=4,
        disks=[50],
    )
    (diagnostic,) = found("CCA101", stack(desired), with_servers(live(key="web")))
    assert "pool_iw" in diagnostic.what


def test_more_of_an_addon_that_cannot_be_ordered_is_a_warning() -> None:
    lives = with_servers(live(key="web", addons={"old": 1}))
    (diagnostic,) = found("CCA111", spec(addons={"old": 2}), lives)
    assert (diagnostic.severity, diagnostic.hint) == (Severity.WARNING, "leave it at 1")


def test_an_addon_that_cannot_be_given_up_is_an_error_at_the_field() -> None:
    lives = with_servers(live(key="web", addons={"sticky": 2}))
    (diagnostic,) = found("CCA112", spec(addons={}), lives)
    assert diagnostic.where == "servers.web.addons"
    assert "sticky: 2" in diagnostic.hint
    assert found("CCA112", spec(addons={"sticky": 1}), lives) == []


def test_a_live_servers_own_system_and_type_count() -> None:
    windows = live(key="web", os_name="Windows Server 2022", ostype="Windows", type="managed")
    assert found("CCA113", spec(addons={"antivirus": 1}), with_servers(windows)) == []
    (diagnostic,) = found("CCA114", spec(addons={"monitoring": 1}), with_servers(windows))
    assert "managed" in diagnostic.what


@pytest.mark.parametrize(
    ("supported", "severity"),
    [
        (("ubuntu-22",), None),
        (("Ubuntu 22.04",), None),
        (("linux",), None),
        (("all",), None),
        (("*",), None),
        ((), None),
        (("ubuntu-24",), Severity.WARNING),  # another version, or another spelling of it
        (("jammy",), Severity.WARNING),  # a name that no image has
        (("debian-12", "jammy"), Severity.WARNING),
        (("debian-12", "windows-2022"), Severity.ERROR),
    ],
)
def test_how_sure_an_addon_is_not_for_a_system(
    supported: tuple[str, ...], severity: Severity | None
) -> None:
    addons = (Addon(name="x", supported_os=supported),)
    diagnostics = found(
        "CCA113",
        new(image="ubuntu22_uefi", addons={"x": 1}),
        replace(EVERYTHING, addons=addons),
    )
    assert [d.severity for d in diagnostics] == ([] if severity is None else [severity])


@pytest.mark.parametrize("os_name", [None, "Linux", "Linux Gentoo"])
def test_a_live_system_that_no_image_has_makes_no_error(os_name: str | None) -> None:
    lives = with_servers(live(key="web", os_name=os_name, ostype="Linux"))
    diagnostics = found("CCA113", spec(addons={"antivirus": 1}), lives)
    assert [d for d in diagnostics if d.is_error] == []


def test_gpus_are_counted_over_the_servers_of_a_pool() -> None:
    servers = [live(n, key=f"web-{n}", pool="pool_gpu", addons={"gpu_a2": 1}) for n in (1, 2)]
    left = {f"vs{n}": (AvailableGpu(addon="gpu_a2", count=3),) for n in (1, 2)}
    lives = with_servers(*servers, available_gpus=left)
    fits = stack(*(spec(f"web-{n}", addons={"gpu_a2": 2}) for n in (1, 2)))
    assert found("CCA116", fits, lives) == []
    wants = stack(*(spec(f"web-{n}", addons={"gpu_a2": 3}) for n in (1, 2)))
    (diagnostic,) = found("CCA116", wants, lives)
    assert "2 more of gpu_a2 are wanted for vs2" in diagnostic.what
    assert "and this plan orders 2 of them before" in diagnostic.what
    assert diagnostic.hint == "write 2 or less"


def mounting(number: int, *isos: str, **facts: Any) -> Account:
    """An account whose server has an empty drive and can mount these images."""
    server = live(number, key="web", drives=(LiveDrive(id="sc0s5"),), **facts)
    return with_servers(server, isos={server.hostname: tuple(Iso(name=name) for name in isos)})


def test_an_image_that_a_server_cannot_mount_is_an_error_at_its_place() -> None:
    lives = mounting(1, "debian-12.8.0.iso", "virtio.iso")
    (diagnostic,) = found("CCA180", spec(dvds=["VirtIO.iso", "debian-12.iso"]), lives)
    assert (diagnostic.severity, diagnostic.where) == (Severity.ERROR, "servers.web.dvds[1]")
    assert diagnostic.hint.startswith("did you mean debian-12.8.0.iso?")


@pytest.mark.parametrize(("isos", "severity"), [((), None), (("a.iso",), Severity.WARNING)])
def test_a_list_of_images_that_is_empty_or_one_object_is_no_error(
    isos: tuple[str, ...], severity: Severity | None
) -> None:
    diagnostics = found("CCA180", spec(dvds=["b.iso"]), mounting(1, *isos))
    assert [d.severity for d in diagnostics] == ([] if severity is None else [severity])


def test_a_new_server_is_compared_with_what_another_one_can_mount() -> None:
    lives = mounting(1, "a.iso", "b.iso")
    desired = stack(spec("web", dvds=[]), new("fresh", dvds=["c.iso"]))
    (diagnostic,) = found("CCA180", desired, lives)
    assert (diagnostic.severity, diagnostic.where) == (Severity.WARNING, "servers.fresh.dvds[0]")


def test_a_minimum_that_no_disk_can_have_is_in_no_gb() -> None:
    images = (replace(IMAGES[0], min_disk_gb=5 * 1024**3), *IMAGES[1:])
    assert found("CCA104", new(disks=[5]), replace(EVERYTHING, images=images)) == []


@pytest.mark.parametrize(("live_gb", "is_refused"), [(30, True), (40, False)])
def test_an_image_that_is_installed_anew_needs_its_disk_too(live_gb: int, is_refused: bool) -> None:
    lifecycle = Lifecycle(on_create_only_change="redeploy")
    lives = with_servers(live(key="web", disks=(live_gb,)))
    diagnostics = found("CCA104", stack(spec(lifecycle=lifecycle, image="win22")), lives)
    assert [d.where for d in diagnostics] == ["servers.web.image"] * is_refused


def test_a_small_disk_names_the_images_that_fit() -> None:
    (diagnostic,) = found("CCA104", new(image="win22", disks=[8]))
    assert diagnostic.hint == (
        "give the first disk 40 GB or more; images for 8 GB: debian12_uefi, ubuntu22_uefi"
    )


WORDS = st.text(alphabet="abc_1", min_size=1, max_size=6)


@given(st.lists(WORDS, max_size=20), WORDS)
def test_a_hint_names_choices_only_each_once_and_says_how_many_more(
    choices: list[str], wrong: str
) -> None:
    hint = suggest(wrong, choices, what="things")
    every = set(choices)
    if not every:
        assert hint == ""
        return
    listed, _, more = hint.rpartition("things: ")[2].partition(" and ")
    named = listed.split(", ")
    assert len(named) == len(set(named)) == min(len(every), MAX_CHOICES)
    assert set(named) <= every
    assert (more == f"{len(every) - MAX_CHOICES} more") == (len(every) > MAX_CHOICES)


def test_the_nearest_choice_stands_first() -> None:
    hint = suggest("debian12", ["rocky9_uefi", "debian11_uefi", "debian12_uefi"], what="images")
    assert hint.startswith("did you mean debian12_uefi? images: debian12_uefi, debian11_uefi")


def test_an_account_without_catalogues_has_none() -> None:
    assert account().pools is None


def test_a_stand_in_that_answers_with_the_documents_examples_stops_nothing() -> None:
    """One entry in each catalogue, and limits that are all used up."""
    used_up = Resources(cores=2, memory_gb=2, disk_gb=100)
    lives = replace(
        account(),
        images=(Image(image="stretch_uefi", name="Linux Debian 11", min_disk_gb=5),),
        pools=(Pool(pool="string", is_active=True, has_gpus=True),),
        addons=(Addon(name="cprotect", supported_os=("ubuntu-22",), is_addable=True),),
        rollouts=(
            Rollout(
                rollout="app_apache",
                valid_for=("buster_uefi",),
                depends_on=("base_rollout",),
                is_managed_only=True,
            ),
        ),
        subnets=(Subnet(id=1, type="IPv4"),),
        resources=ResourceInfo(is_limited=True, usage=used_up, limits=used_up),
    )
    desired = new(
        addons={"monitoring": 1, "cprotect": 1}, rollouts=["app_apache"], subnets=[12], disks=[50]
    )
    built, errors = build_plan([stack(desired)], lives, PlanOptions())
    assert errors == ()
    assert built is not None
    assert len(built.stacks[0].warnings) > 5
