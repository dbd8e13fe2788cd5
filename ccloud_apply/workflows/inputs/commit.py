"""Stack files -> the commit that they came from: their git repository says it, or the CI job does.

Git is asked two questions that run nothing of the repository: no hook, no pager, no file monitor,
no filter, no fetch. An answer that does not come is no error: the commit is then not known.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.workflows.inputs.git_command import git_command, git_environment

_TIMEOUT_S = 30.0
"""Seconds for one question: Git needs a moment, and a busy machine many of them."""

_ID = lazy_pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def find_commit(files: Iterable[str], environment: Mapping[str, str]) -> Commit | None:
    """The commit of these files; None where none is known, and for files of several repositories.

    Takes at most a minute, however slow git is. Raises nothing.
    """
    paths = [Path(file) for file in files]
    try:
        places = [path.resolve() for path in paths]
        roots = {_find_root(place) for place in places}
    except (OSError, RuntimeError, ValueError):  # such as a circle of links
        return None
    if len(roots) != 1:
        return None
    (root,) = roots
    found = None if root is None else _ask_git(root, places, environment)
    return found or _ask_job(places, environment)


def _find_root(place: Path) -> Path | None:
    return next((folder for folder in place.parents if (folder / ".git").exists()), None)


def _ask_job(places: Sequence[Path], environment: Mapping[str, str]) -> Commit | None:
    """What GitHub Actions or GitLab CI says of the folder that it has checked out."""
    jobs = (
        (environment.get("GITHUB_SHA", ""), environment.get("GITHUB_WORKSPACE")),
        (environment.get("CI_COMMIT_SHA", ""), environment.get("CI_PROJECT_DIR")),
    )
    for told, folder in jobs:
        id = told.strip().lower()
        if not _ID.fullmatch(id) or not folder:
            continue
        if all(place.is_relative_to(Path(folder).resolve()) for place in places):
            return Commit(id=id)
    return None


def _ask_git(root: Path, places: Sequence[Path], environment: Mapping[str, str]) -> Commit | None:
    said = _run_git(root, ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"), environment)
    id = "" if said is None else said.decode("ascii", "replace").strip()
    if not _ID.fullmatch(id):
        return None
    names = [place.relative_to(root).as_posix() for place in places]
    tree = _run_git(root, ("ls-tree", "-z", "-r", id, "--", *names), environment)
    return Commit(id=id, is_altered=None if tree is None else _is_altered(root, names, tree))


def _is_altered(root: Path, names: Sequence[str], tree: bytes) -> bool | None:
    """Whether a file differs from its entry in the tree, or has none. None for one that cannot be
    read."""
    committed = {}
    for line in tree.split(b"\0"):
        facts, _, name = line.partition(b"\t")
        committed[name.decode("utf-8", "surrogateescape")] = facts.rpartition(b" ")[2].decode()
    try:
        return any(
            committed.get(name) not in _object_ids((root / name).read_bytes()) for name in names
        )
    except OSError:
        return None


def _object_ids(text: bytes) -> set[str]:
    """The ids that git may have given a file with this text, in repositories of both kinds, and
    where a checkout has put a carriage return at the end of each line."""
    found = set()
    for contents in {text, text.replace(b"\r\n", b"\n")}:
        blob = b"blob %d\0%b" % (len(contents), contents)
        # No protection rests on it: it is how git names what it keeps.
        found.add(hashlib.sha1(blob, usedforsecurity=False).hexdigest())
        found.add(hashlib.sha256(blob).hexdigest())
    return found


def _run_git(root: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> bytes | None:
    """What git answers, or None where it fails, is missing or takes too long."""
    import subprocess

    try:
        ended = subprocess.run(  # noqa: S603 - nothing in it is anybody's text but paths
            git_command(root, arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            env=git_environment(environment),
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return ended.stdout if ended.returncode == 0 else None
