"""Prints what the labels of an image say beside the recipe's own, `NAME=VALUE` a line (OCI).

    python3 container/labels.py dist/ccloud_apply-1.2.3-py3-none-any.whl

The version is the wheel's, the commit and its time are git's, and the addresses come from
`ccloud_apply/home.py`; an image of a project without a home names none.
"""

import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PREFIX = "org.opencontainers.image."


def labels_of(wheel: Path, root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Each label with its value."""
    version = wheel.name.split("-")[1]
    yield f"{PREFIX}version", version
    if commit := _ask_git(root, "%H"):
        yield f"{PREFIX}revision", commit
        yield f"{PREFIX}created", _ask_git(root, "%cI")
    home = runpy.run_path(str(root / "ccloud_apply" / "home.py"))
    if home["has_home"]():
        yield f"{PREFIX}source", home["REPOSITORY_URL"]
        yield f"{PREFIX}url", home["REPOSITORY_URL"]
        yield f"{PREFIX}documentation", home["docs_url"]("guides/container")


def _ask_git(root: Path, what: str) -> str:
    """Of the newest commit; nothing where there is no repository, as in an unpacked archive."""
    command = ["git", "-C", str(root), "log", "-1", f"--format={what}"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return ended.stdout.strip()


if __name__ == "__main__":
    for name, value in labels_of(Path(sys.argv[1])):
        print(f"{name}={value}")
