"""The secrets of stacks, kept out of all that the API answers: it may quote what it was sent."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.model.declared.reference import find_references
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.workflows.account.run import Run


def hide_secrets(run: Run, stacks: Iterable[Stack]) -> None:
    """Mask every secret that these stacks name, as far as it can be read now.

    No command is run for it. What one wrote in an earlier run is not known, so that errors of tasks
    are withheld where a stack names one.
    """
    values = (d.value for stack in stacks for spec in stack.servers for d in spec.fields.values())
    references = {one for value in values for one in find_references(value) if one.is_secret}
    run.client.withholds_errors = any(one.kind == "command" for one in references)
    for reference in references:
        if reference.kind == "generate":  # an earlier run may have made it
            reference = replace(reference, kind="file")
        with suppress(UnreadableReferenceError):
            run.look_up(reference)
