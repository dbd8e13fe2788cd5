"""Asks a person whether to do what was shown. What follows from a no belongs to whoever asks."""

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.errors import UsageError


async def ask_approval(terminal: Terminal, act: str, *, what: str, hint: str) -> bool:
    """True if a person answers `yes`. `act` is what they are asked for: `apply this plan`.

    Raises UsageError where nobody can be asked, so that `what` cannot be approved.
    """
    if not terminal.can_ask:
        raise UsageError(
            "nothing was changed: standard input is not a terminal, so the"
            f" {what} cannot be approved",
            hint=hint,
        )
    return await terminal.ask(f"Do you want to {act}? Only 'yes' is accepted:") == "yes"
