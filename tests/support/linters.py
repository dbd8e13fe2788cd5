"""Linters of what is no Python, as the development tools and .ci/tools install them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TOOLS = Path(sys.executable).parent

_STARTS = {
    "check-jsonschema": (
        sys.executable,
        "-c",
        "import sys; sys.modules['rfc3987_syntax'] = None;"
        " from check_jsonschema import main; main()",
    )
}
"""What is started otherwise: no schema has an international address, and jsonschema takes more than
a second to be ready for one."""


def lint(name: str, *arguments: str | Path, folder: Path = ROOT) -> None:
    """Run a linter, which may find nothing. A missing one is skipped, unless CI wants it."""
    tool = TOOLS / name
    if not tool.exists():
        if os.environ.get("CCLOUD_TEST_TOOLS") == "required":
            pytest.fail(f"there is no {name}, and CCLOUD_TEST_TOOLS says that there must be one")
        pytest.skip(f"there is no {name}: .ci/tools installs it")
    ended = subprocess.run(
        [*_STARTS.get(name, (tool,)), *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
