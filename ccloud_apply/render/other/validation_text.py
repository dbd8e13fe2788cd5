"""A validation as text. Its diagnostics have a format of their own, `diagnostics_text.py`."""

from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.model.results.validation import Validation
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.render.lib.escape import escape_short

_SHOWN_NAMES = 20


def render_validation(validation: Validation) -> str | None:
    """What was checked, in one line; None if there are errors."""
    if has_errors(validation.diagnostics):
        return None
    stacks, servers = count_of(validation.stacks, "stack"), count_of(validation.servers, "server")
    at_least = "" if validation.is_complete else "at least "
    count = len(validation.environments)
    valid = f"Valid in {count_of(count, 'environment')}" if count else "Valid"
    return f"{valid}: {stacks}, {at_least}{servers}.\n{_render_unknown(validation.unknown)}"


def _render_unknown(names: tuple[str, ...]) -> str:
    """The variables without a value, in one line: what uses them may still be wrong."""
    if not names:
        return ""
    shown = join_names(map(escape_short, names), most=_SHOWN_NAMES)
    what = count_of(len(names), "variable")
    has = "has" if len(names) == 1 else "have"
    return f"Not checked: what uses {shown}; {what} {has} no value.\n"
