"""Several public keys: the API's document speaks of one, and does not say what becomes of more."""

from collections.abc import Iterator

from ccloud_apply.model.declared.reference import Template
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.plan.checks.lib.base import Check, Finding, Planned


def _find_several(planned: Planned) -> Iterator[Finding]:
    """Of a file only its name is known here: what is in it is sent as it is."""
    for subject in planned.changed:
        if not (subject.is_created or subject.is_reinstalled):
            continue
        declared = subject.spec.value("sshkey")
        if isinstance(declared, Template):
            declared = declared.text
        count = len(_read_keys(declared)) if isinstance(declared, str) else 0
        if count > 1:
            yield Finding(
                subject=subject,
                field="sshkey",
                what=f"{count} keys are sent as {count} lines of one text; the API's document"
                " speaks of one key",
                hint="list them under ssh_authorized_keys in user_data",
                severity=Severity.WARNING,
            )


def _read_keys(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


ONE_KEY = Check(code="CCA141", title="sshkey is one key", find=_find_several)
"""What the API's document says of `sshkey` in CreateServer and RedeployRequest."""
