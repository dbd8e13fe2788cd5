"""The command where a shell or another tool looks for it: this checkout's, or an installed one."""

import os
import sys
from pathlib import Path


def write_command(folder: Path) -> Path:
    """Make `ccloud-apply` in a new folder; the folder, for a PATH.

    CCLOUD_TEST_COMMAND names an installed one to try instead, which then sees nothing of here.
    """
    installed = os.environ.get("CCLOUD_TEST_COMMAND")
    called = (
        f'env -u PYTHONPATH "{installed}"' if installed else f'"{sys.executable}" -m ccloud_apply'
    )
    folder.mkdir(parents=True)
    command = folder / "ccloud-apply"
    command.write_text(f'#!/bin/sh\nexec {called} "$@"\n')
    command.chmod(0o755)
    return folder
