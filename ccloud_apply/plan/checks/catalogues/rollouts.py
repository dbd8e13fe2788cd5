"""Rollouts of a new server."""

from collections.abc import Iterator, Sequence

from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.live.account import Image
from ccloud_apply.model.live.catalog import Rollout
from ccloud_apply.plan.checks.lib.base import (
    Check,
    Finding,
    Planned,
    Subject,
    find_image,
    judge_absence,
    suggest,
)
from ccloud_apply.plan.checks.lib.systems import Support, judge_support, read_system

_READS = frozenset({"list_rollouts"})


def _find_each(planned: Planned) -> Iterator[tuple[Subject, int, str, Rollout | None]]:
    """Every rollout of a new server with its place in the list, and its entry in the catalogue."""
    by_name = {rollout.rollout: rollout for rollout in planned.account.rollouts or ()}
    for subject in planned.created if by_name else ():
        for at, name in enumerate(subject.spec.value("rollouts") or ()):
            yield subject, at, name, by_name.get(name)


def _offer_valid(wrong: str, subject: Subject, planned: Planned) -> str:
    image = subject.spec.value("image")
    valid = [
        rollout.rollout
        for rollout in planned.account.rollouts or ()
        if not rollout.valid_for or image in rollout.valid_for
    ]
    return suggest(wrong, valid, what=f"rollouts for {image}")


def _find_unknown(planned: Planned) -> Iterator[Finding]:
    for subject, at, name, rollout in _find_each(planned):
        if rollout is None:
            yield Finding(
                subject=subject,
                field="rollouts",
                path=(at,),
                what=f"there is no rollout {name}",
                hint=_offer_valid(name, subject, planned),
                severity=judge_absence(planned.account.rollouts or ()),
            )


def _find_other_images(planned: Planned) -> Iterator[Finding]:
    for subject, at, name, rollout in _find_each(planned):
        if rollout is None or not rollout.valid_for:
            continue
        image = find_image(subject, planned.account)
        images = planned.account.images or ()
        support = Support.YES if image is None else _judge_image(rollout, image, images)
        if image is not None and support is not Support.YES:
            is_sure = support is Support.NO
            yield Finding(
                subject=subject,
                field="rollouts",
                path=(at,),
                what=f"the rollout {name} is not valid for {image.image}; it is for"
                f" {', '.join(rollout.valid_for[:8])}",
                hint=_offer_valid(name, subject, planned),
                severity=judge_absence(planned.account.rollouts or ())
                if is_sure
                else Severity.WARNING,
            )


def _judge_image(rollout: Rollout, image: Image, images: Sequence[Image]) -> Support:
    """Whether a rollout is valid for an image. The document shows an image's name (`buster_uefi`);
    a list with none that the catalogue has may name systems in other words, or retired ones."""
    if image.image in rollout.valid_for:
        return Support.YES
    if any(other.image in rollout.valid_for for other in images):
        return Support.NO
    return judge_support(rollout.valid_for, read_system(image, None, images), images)


def _find_missing(planned: Planned) -> Iterator[Finding]:
    """What is in no catalogue (`base_rollout`) cannot be asked for: the platform sees to it."""
    known = {rollout.rollout for rollout in planned.account.rollouts or ()}
    for subject, at, name, rollout in _find_each(planned):
        if rollout is None:
            continue
        wanted = set(subject.spec.value("rollouts"))
        missing = [other for other in rollout.depends_on if other in known - wanted]
        if missing:
            yield Finding(
                subject=subject,
                field="rollouts",
                path=(at,),
                what=f"the rollout {name} depends on {', '.join(missing)}",
                hint=f"write rollouts: [{', '.join([*missing, *subject.spec.value('rollouts')])}]",
            )


def _find_managed_only(planned: Planned) -> Iterator[Finding]:
    for subject, at, name, rollout in _find_each(planned):
        if rollout is not None and rollout.is_managed_only:
            if subject.spec.value("type") != "unmanaged":
                continue
            yield Finding(
                subject=subject,
                field="rollouts",
                path=(at,),
                what=f"the rollout {name} is for managed servers only",
                hint="set type: managed, or leave the rollout out",
                severity=judge_absence(planned.account.rollouts or ()),
            )


UNKNOWN = Check(
    code="CCA120", title="the rollout is known", find=_find_unknown, use="rollouts", reads=_READS
)
IMAGE = Check(
    code="CCA121",
    title="the rollout is valid for the image",
    find=_find_other_images,
    use="rollouts",
    reads=_READS,
)
DEPENDS = Check(
    code="CCA122",
    title="what a rollout depends on is asked for too",
    find=_find_missing,
    use="rollouts",
    reads=_READS,
)
MANAGED_ONLY = Check(
    code="CCA123",
    title="a rollout for managed servers is on one",
    find=_find_managed_only,
    use="rollouts",
    reads=_READS,
)
