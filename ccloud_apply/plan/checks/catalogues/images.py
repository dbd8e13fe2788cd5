"""The image of a server that is created or reinstalled, and what it asks of the system disk.

The image catalogue is read wherever a stack declares an image, because comparing needs it.
"""

from collections.abc import Iterator

from ccloud_apply.aspects.lib.disk_assignment import find_system_disk
from ccloud_apply.model.live.account import Image
from ccloud_apply.plan.checks.lib.base import (
    Check,
    Finding,
    Planned,
    Subject,
    find_image,
    judge_absence,
    list_choices,
    suggest,
)
from ccloud_apply.plan.checks.lib.systems import words_of

PFSENSE = "pfsense"
_DISKS = "list_server_disks"
_BOOT_ORDER = "get_server_boot_order"


def _find_unknown(planned: Planned) -> Iterator[Finding]:
    images = planned.account.images or ()
    names = {image.image for image in images}
    for subject in planned.created if images else ():
        name = subject.spec.value("image")
        if name is not None and name not in names:
            yield Finding(
                subject=subject,
                field="image",
                what=f"there is no image {name}",
                hint=suggest(name, (image.image for image in images), what="images"),
                severity=judge_absence(images),
            )


def _find_small_disks(planned: Planned) -> Iterator[Finding]:
    for subject in planned.changed:
        if not subject.is_created and not subject.is_reinstalled:
            continue
        image = find_image(subject, planned.account)
        size_gb = _system_disk_gb(subject)
        if image is None or size_gb is None:
            continue
        least_gb = image.min_disk_gb
        if least_gb is None or not size_gb < least_gb <= subject.spec.limits.disk_gb:
            continue  # the unit is not documented: more than any disk can have are no GB
        yield Finding(
            subject=subject,
            field="disks" if subject.spec.declares("disks") else "image",
            path=(0,) if subject.spec.declares("disks") else (),
            what=f"the image {image.image} needs a system disk of at least {least_gb} GB, and it"
            f" has {size_gb} GB",
            hint=_offer_disk(image, size_gb, planned.account.images or ()),
        )


def _system_disk_gb(subject: Subject) -> int | None:
    disks = subject.spec.value("disks")
    if disks:
        size: int = disks[0].size_gb
        return size
    parts = {} if subject.live is None else subject.live.parts
    system = find_system_disk(parts.get(_DISKS, ()), parts.get(_BOOT_ORDER, ()))
    return None if system is None else system.size_gb


def _offer_disk(image: Image, size_gb: int, images: tuple[Image, ...]) -> str:
    fitting = [
        other.image
        for other in images
        if other.min_disk_gb is not None and other.min_disk_gb <= size_gb
    ]
    hint = f"give the first disk {image.min_disk_gb} GB or more"
    names = list_choices(image.image, fitting)
    return f"{hint}; images for {size_gb} GB: {names}" if names else hint


def _find_user_data(planned: Planned) -> Iterator[Finding]:
    able = [image.image for image in planned.account.images or () if image.has_cloud_init]
    for subject in planned.created:
        image = find_image(subject, planned.account)
        if (
            image is None
            or image.has_cloud_init is not False
            or not subject.spec.value("user_data")
        ):
            continue
        yield Finding(
            subject=subject,
            field="user_data",
            what=f"the image {image.image} has no cloud-init, which user_data is for",
            hint=suggest(image.image, able, what="images with cloud-init") or "leave user_data out",
        )


def _find_lan(planned: Planned) -> Iterator[Finding]:
    for subject in planned.created:
        image = find_image(subject, planned.account)
        if image is None or not subject.spec.value("subnets_intern"):
            continue
        if PFSENSE not in words_of(image):
            yield Finding(
                subject=subject,
                field="subnets_intern",
                what=f"subnets of the LAN interface are for pfSense systems only, and {image.image}"
                " is not one",
                hint="write them under subnets, or choose a pfSense image",
            )


UNKNOWN = Check(code="CCA103", title="the image is known", find=_find_unknown, use="image")
MIN_DISK = Check(
    code="CCA104",
    title="the system disk is large enough for the image",
    find=_find_small_disks,
    use="image",
)
CLOUD_INIT = Check(
    code="CCA105",
    title="the image has cloud-init where `user_data` is given",
    find=_find_user_data,
    use="image",
)
LAN = Check(
    code="CCA106",
    title="`subnets_intern` is given with a pfSense image only",
    find=_find_lan,
    use="image",
)
