"""A validation as text. Its diagnostics have a format of their own, `diagnostics_text.py`."""

from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.model.results.validation import Validation
from ccloud_apply.model.text import count_of


def render_validation(validation: Validation) -> str | None:
    """What was checked, in one line; None if there are errors."""
    if has_errors(validation.diagnostics):
        return None
    stacks, servers = count_of(validation.stacks, "stack"), count_of(validation.servers, "server")
    return f"Valid: {stacks}, {servers}.\n"
