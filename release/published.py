"""Whether an index hands out what was built: its digests, held against the files.

An index may show a new version late, so it is asked again until a limit.
"""

import hashlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from release.problems import ReleaseError

PROJECT = "ccloud-apply"
_SIMPLE = "application/vnd.pypi.simple.v1+json"
_PAUSE_S = 15


def expect_published(
    packages: Path, index: str, *, attempts: int, sleep: Callable[[float], None] = time.sleep
) -> tuple[str, ...]:
    """The names of the files, once the index has each of them with the digest of ours.

    ReleaseError where one has another digest, or is not there after the last attempt.
    """
    if not packages.is_dir():
        raise ReleaseError(
            f"{packages} is not a folder: name the folder `packages` of `assemble --out`"
        )
    ours = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(packages.iterdir())
    }
    if not ours:
        raise ReleaseError(f"{packages} has no files to compare")
    reason = ""
    for attempt in range(attempts):
        if attempt:
            sleep(_PAUSE_S)
        try:
            theirs = _read_digests(index)
        except (OSError, ValueError, KeyError) as error:
            reason = f"{index} cannot be read: {error}"
            continue
        if wrong := [name for name in ours if theirs.get(name, ours[name]) != ours[name]]:
            raise ReleaseError(
                *(f"{name} on {index} differs from the file that was built" for name in wrong)
            )
        missing = [name for name in ours if name not in theirs]
        if not missing:
            return tuple(ours)
        reason = f"{index} does not have {', '.join(missing)}"
    raise ReleaseError(f"{reason}, after {attempts} attempts")


def _read_digests(index: str) -> dict[str, str]:
    """The SHA-256 of every file of the project that the index lists (PEP 691)."""
    request = urllib.request.Request(f"{index.rstrip('/')}/{PROJECT}/", headers={"Accept": _SIMPLE})
    with urllib.request.urlopen(request, timeout=30) as answer:
        files = json.load(answer)["files"]
    return {file["filename"]: file["hashes"]["sha256"] for file in files}
