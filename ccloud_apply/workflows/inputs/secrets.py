"""The secrets of stacks, kept out of all that the API answers: it may quote what it was sent."""

from collections.abc import Iterable
from dataclasses import replace

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.model.declared.reference import Reference, find_references
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.workflows.account.run import Run


def hide_secrets(run: Run, servers: Iterable[ServerSpec]) -> None:
    """Mask every secret that these servers name, as far as it can be read now.

    No command is run for it. What one wrote in an earlier run is not known, and neither is what
    cannot be read any more: errors of tasks are withheld then.
    """
    values = (declared.value for spec in servers for declared in spec.fields.values())
    references = {one for value in values for one in find_references(value) if one.is_secret}
    run.client.withholds_errors = not all([_hide(run, reference) for reference in references])


def _hide(run: Run, reference: Reference) -> bool:
    """Mask this secret; False if it is not known."""
    is_made = reference.kind == "generate"  # by an earlier run, or not yet
    if is_made:
        reference = replace(reference, kind="file")
    try:
        run.look_up(reference)
    except UnreadableReferenceError:
        return is_made
    return reference.kind != "command"
