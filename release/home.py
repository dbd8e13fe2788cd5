"""Gives the project its home: the address in the constant, and in files that others read as is.

Files such as a security policy are read by a host as they stand, so they name an address in full.
Everything else derives it from `ccloud_apply/home.py`.
"""

import re
import runpy
from collections.abc import Mapping
from pathlib import Path

from release import git
from release.problems import ReleaseError

CONSTANT = Path("ccloud_apply/home.py")
_ADDRESS = re.compile(r"https://[a-z0-9.-]+(?:/(?=[\w.-]*\w)(?!-)[\w.-]+(?<![.-])(?<!\.git)){2}")


def move_home(root: Path, address: str) -> tuple[Path, ...]:
    """Write another address wherever a committed file has the present one.

    Returns the files that were written, by their paths from the root.
    """
    if not _ADDRESS.fullmatch(address):
        raise ReleaseError(f"{address} is not an address such as https://github.com/OWNER/NAME")
    git.expect_repository(root)
    names = git.run_git(root, "ls-files", "-z").split("\0")
    constant = root / CONSTANT
    earlier = _names(constant)
    constant.write_text(constant.read_text("utf-8").replace(earlier[0], address), "utf-8")
    words = dict(zip(earlier, _names(constant), strict=True))
    # As a whole: `a/b` is no part of `schema/base`.
    pattern = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, words))})(?![\w-]|\.\w)")
    # Tests name it as one address of several, and hold for each of them.
    names = [name for name in names if name and not name.startswith("tests/")]
    written = (Path(name) for name in names if _rewrite(root / name, pattern, words))
    return (CONSTANT, *written)


def _names(constant: Path) -> tuple[str, ...]:
    """What stands for the project in texts, longest first: its addresses, and OWNER/NAME."""
    home = runpy.run_path(str(constant))
    return (home["REPOSITORY_URL"], home["docs_url"]().rstrip("/"), home["repository_name"]())


def _rewrite(path: Path, pattern: re.Pattern[str], words: Mapping[str, str]) -> bool:
    """True if the file names the project; what is not text does not."""
    try:
        text = path.read_bytes().decode()
    except (UnicodeDecodeError, OSError):
        return False
    moved = pattern.sub(lambda found: words[found[0]], text)
    if moved == text:
        return False
    path.write_bytes(moved.encode())
    return True
