"""Whether a journal that was read can be relied on: whole, and that of this stack and account."""

from pathlib import Path

from ccloud_apply.apply.journal.record import (
    Contents,
)
from ccloud_apply.errors import JournalError

ALONE = "then the account alone is asked what was done"
WAY_ON = f"`ccloud-apply journal` shows them; to continue without it, move the file away: {ALONE}"


def require_trust(path: Path, contents: Contents, *, account: str, stack: str) -> None:
    """Raise JournalError for a journal that is damaged, or that of another stack or account."""
    if contents.damage is not None:
        hint = WAY_ON
        if contents.damage.is_newer:
            hint = f"use that one; to continue without it, move the file away: {ALONE}"
        raise JournalError(f"the journal {path}: {contents.damage}", hint=hint)
    if contents.count and (contents.stack, contents.account) != (stack, account):
        whose = "account" if contents.stack == stack else "stack"
        raise JournalError(
            f"the journal {path} belongs to another {whose}",
            hint=f"it was not written there: move it away, {ALONE}",
        )


def tell_torn(path: Path, contents: Contents) -> str:
    """That the last record of a journal was not whole."""
    return (
        f"the last record of the journal {path} was not whole and is cut off;"
        f" the {contents.count} before it are intact"
    )
