"""This checkout's command, where a shell or another tool looks for it."""

import sys
from pathlib import Path


def write_command(folder: Path) -> Path:
    """Make `ccloud-apply` in a new folder; the folder, for a PATH."""
    folder.mkdir(parents=True)
    command = folder / "ccloud-apply"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ccloud_apply "$@"\n')
    command.chmod(0o755)
    return folder
