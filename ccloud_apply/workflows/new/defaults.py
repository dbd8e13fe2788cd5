"""What to offer first for a new server, and the choices in their order. Pure."""

import re
from collections.abc import Sequence

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.limits import Limits
from ccloud_apply.model.live.account import Image
from ccloud_apply.model.live.catalog import Pool, ResourceInfo
from ccloud_apply.model.ownership import is_stack_name

SIZES = {"cores": 2, "memory_gb": 4}
DISK_GB = 50
KEY = "web"

_PREFERRED = "debian"
_NUMBERS = lazy_pattern(r"(\d+)")


def offer_pools(pools: Sequence[Pool]) -> tuple[Pool, ...]:
    """The pools that take new servers; those for graphics cards last."""
    open_pools = (pool for pool in pools if pool.is_active is not False)
    return tuple(sorted(open_pools, key=lambda pool: pool.has_gpus is True))


def offer_images(images: Sequence[Image]) -> tuple[Image, ...]:
    """The images by the kind of their system, each kind with the newest version of a name first."""
    newest = sorted(images, key=_version, reverse=True)
    kinds = list(dict.fromkeys(image.ostype for image in images))
    return tuple(sorted(newest, key=lambda image: (kinds.index(image.ostype), _family(image))))


def choose_image(images: Sequence[Image]) -> str | None:
    """The image to offer first: the newest Debian, else the first of all."""
    debian = (image for image in images if _PREFERRED in image.name.lower())
    found = max(debian, key=_version, default=next(iter(images), None))
    return None if found is None else found.image


def offer_disk_gb(image: Image | None) -> int:
    """The size of the system disk to offer, no smaller than the image needs."""
    least_gb = 0 if image is None else image.min_disk_gb or 0
    return max(DISK_GB, least_gb)


def most(name: str, limits: Limits, resources: ResourceInfo | None) -> tuple[int, str]:
    """The most that a server may have of `cores` or `memory_gb`, and a remark on what the account
    has left; what one server may have and what the platform takes is the plan's to judge."""
    highest: int = getattr(limits, name)
    if resources is None or not resources.is_limited:
        return highest, ""
    limit, used = getattr(resources.limits, name), getattr(resources.usage, name)
    if limit is None or used is None:
        return highest, ""
    return highest, f"the account has {max(0, limit - used):,} left"


def name_stack(folder: str) -> str:
    """A name for the stack, made of the folder's; `web` where that has nothing that can be one."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")[:40].strip("-")
    return name if is_stack_name(name) else KEY


def _version(image: Image) -> tuple[int, ...]:
    return tuple(map(int, _NUMBERS.findall(image.name)))


def _family(image: Image) -> str:
    """The name before its first number: `Linux Debian` of `Linux Debian 12`."""
    return _NUMBERS.split(image.name, maxsplit=1)[0].strip().lower()
