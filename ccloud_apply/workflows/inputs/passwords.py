"""Which passwords are too short: their lengths are looked at before any request, and forgotten.

A secret that is not set says nothing: a plan needs none. No command is run for it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.files import read_reference
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.limits import MIN_PASSWORD_LENGTH
from ccloud_apply.plan.matching.select import PlanOptions


def add_weak_secrets(
    options: PlanOptions,
    stacks: Iterable[Stack],
    environment: Mapping[str, str],
    root: Path = Path(),
) -> PlanOptions:
    """The options with what is known of the stacks' passwords; paths begin in `root`."""
    return replace(options, weak_secrets=find_weak_secrets(stacks, environment, root))


def find_weak_secrets(
    stacks: Iterable[Stack], environment: Mapping[str, str], root: Path = Path()
) -> frozenset[Reference]:
    """The passwords of these stacks that are set and too short."""
    references = {
        declared.value
        for stack in stacks
        for spec in stack.servers
        if (declared := spec.fields.get("password")) is not None
        and declared.value.kind in ("env", "file")
    }

    def read(reference: Reference) -> str:
        return read_reference(reference.at(root), environment)

    return frozenset(reference for reference in references if _is_short(reference, read))


def _is_short(reference: Reference, read: Callable[[Reference], str]) -> bool:
    try:
        return len(read(reference)) < MIN_PASSWORD_LENGTH
    except UnreadableReferenceError:
        return False
