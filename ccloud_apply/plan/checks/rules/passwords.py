"""The first password of a server. Nobody here knows its text, only whether it is too short."""

from collections.abc import Iterator

from ccloud_apply.model.limits import MIN_PASSWORD_LENGTH
from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned, Subject


def _find_short(planned: Planned) -> Iterator[Finding]:
    for subject in planned.changed:
        if subject.is_created or subject.is_reinstalled:
            yield from _find_short_offline(subject)


def _find_short_offline(subject: Subject) -> Iterator[Finding]:
    if subject.has_weak_password:
        reference = subject.spec.value("password")
        yield Finding(
            subject=subject,
            field="password",
            what=f"the password in {reference} has fewer than {MIN_PASSWORD_LENGTH} characters",
            hint=f"set one of at least {MIN_PASSWORD_LENGTH} characters",
        )


LENGTH = Check(
    code="CCA140",
    title="the password is long enough, where it is set",
    find=_find_short,
    find_offline=_find_short_offline,
)
