"""Which passwords are too short: their lengths are looked at before any request, and forgotten.

A secret that is not set says nothing: a plan needs none.
"""

from collections.abc import Iterable

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.files import read_reference
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.limits import MIN_PASSWORD_LENGTH


def find_weak_secrets(stacks: Iterable[Stack]) -> frozenset[Reference]:
    """The passwords of these stacks that are set and too short."""
    references = {
        declared.value
        for stack in stacks
        for spec in stack.servers
        if (declared := spec.fields.get("password")) is not None
    }
    return frozenset(filter(_is_short, references))


def _is_short(reference: Reference) -> bool:
    try:
        return len(read_reference(reference)) < MIN_PASSWORD_LENGTH
    except UnreadableReferenceError:
        return False
