"""What is offered first for a new server."""

import pytest

from ccloud_apply.model.limits import DEFAULT_LIMITS
from ccloud_apply.model.live.account import Image
from ccloud_apply.model.live.catalog import Pool, ResourceInfo, Resources
from ccloud_apply.workflows.new.defaults import (
    choose_image,
    most,
    name_stack,
    offer_disk_gb,
    offer_images,
    offer_pools,
)

IMAGES = tuple(
    Image(image=image, name=name, ostype=kind, min_disk_gb=least)
    for image, name, kind, least in (
        ("d9", "Linux Debian 9", "Linux", 5),
        ("w22", "Windows Server 2022", "Windows", 60),
        ("d12", "Linux Debian 12", "Linux", 5),
        ("u22", "Linux Ubuntu 22.04", "Linux", 5),
    )
)


def test_a_pool_that_is_full_is_not_offered_and_graphics_cards_come_last() -> None:
    pools = (
        Pool(pool="gpu", has_gpus=True),
        Pool(pool="full", is_active=False),
        Pool(pool="plain", is_active=True),
        Pool(pool="untold"),
    )
    assert [pool.pool for pool in offer_pools(pools)] == ["plain", "untold", "gpu"]


def test_images_stand_by_kind_and_the_newest_of_a_name_first() -> None:
    assert [image.image for image in offer_images(IMAGES)] == ["d12", "d9", "u22", "w22"]


def test_the_newest_debian_is_offered_and_else_the_first() -> None:
    assert choose_image(IMAGES) == "d12"  # 12 is newer than 9
    assert choose_image(IMAGES[1:2]) == "w22"
    assert choose_image(()) is None


def test_the_disk_is_large_enough_for_the_image() -> None:
    assert offer_disk_gb(IMAGES[1]) == 60
    assert offer_disk_gb(IMAGES[0]) == offer_disk_gb(None) == 50


@pytest.mark.parametrize(
    ("resources", "remark"),
    [
        (None, ""),
        (ResourceInfo(is_limited=False, limits=Resources(cores=1)), ""),
        (ResourceInfo(is_limited=True), ""),
        (
            ResourceInfo(is_limited=True, usage=Resources(cores=6), limits=Resources(cores=8)),
            "the account has 2 left",
        ),
        (
            ResourceInfo(is_limited=True, usage=Resources(cores=9), limits=Resources(cores=8)),
            "the account has 0 left",
        ),
    ],
)
def test_what_the_account_has_left_is_said_where_it_is_known(
    resources: ResourceInfo | None, remark: str
) -> None:
    assert most("cores", DEFAULT_LIMITS, resources) == (DEFAULT_LIMITS.cores, remark)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shop", "shop"),
        ("My Shop (old)", "my-shop-old"),
        ("", "web"),
        ("\u00fc\u00fc", "web"),
        ("-" * 50, "web"),
        ("a" * 60, "a" * 40),
    ],
)
def test_a_stack_is_called_as_its_folder_as_far_as_it_can_be(folder: str, name: str) -> None:
    assert name_stack(folder) == name
