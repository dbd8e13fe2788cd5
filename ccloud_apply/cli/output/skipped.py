"""The files of a folder that are no stacks, a line for each."""

from pathlib import Path

from ccloud_apply.cli.output.terminal import Terminal


def tell_skipped(file: Path) -> None:
    """Say on standard error that the file was left out."""
    from ccloud_apply.render.lib.escape import escape_line

    Terminal().write_note(f"skipped {escape_line(str(file))}: no stack")
