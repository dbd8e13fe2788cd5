"""What git says of the repository that is released. Reads alone, but for the rehearsal's clone."""

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from release.problems import ReleaseError
from release.version import Version


def run_git(folder: Path, *arguments: str) -> str:
    """What git writes; ReleaseError with its own words where it fails."""
    ended = _start_git(folder, *arguments)
    if ended.returncode != 0:
        raise ReleaseError(f"git {' '.join(arguments)}: {ended.stderr.strip()}")
    return ended.stdout.strip()


def _start_git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise ReleaseError("git is not installed, but a release is made from a commit") from None


def expect_repository(folder: Path) -> None:
    """ReleaseError for an archive's files, also where they are inside of another repository."""
    found = _start_git(folder, "rev-parse", "--show-toplevel")
    if found.returncode != 0 or Path(found.stdout.strip()).resolve() != folder.resolve():
        raise ReleaseError(f"{folder} is not a clone of the repository: run the command in one")


def find_missing_tags(folder: Path, released: Sequence[Version]) -> list[str]:
    """Why a tag that is not here may be elsewhere; `released` are the changelog's, newest first."""
    if run_git(folder, "rev-parse", "--is-shallow-repository") == "true":
        return ["this clone is shallow, so tags may be missing: git fetch --unshallow --tags"]
    # The newest one may be cut and not tagged yet.
    return [
        f"CHANGELOG.md has {one}, but this clone has no tag {one.tag}: git fetch --tags"
        for one in released[1:]
        if not is_tagged(folder, one)
    ][:1]


def is_tagged(folder: Path, version: Version) -> bool:
    """True if a tag of the version is there."""
    return bool(run_git(folder, "tag", "--list", version.tag))


def commit_time(folder: Path) -> datetime:
    """When the commit that is checked out was made."""
    seconds = int(run_git(folder, "show", "--no-patch", "--format=%ct", "HEAD"))
    return datetime.fromtimestamp(seconds, UTC)


def find_problems(folder: Path, version: Version, branch: str) -> list[str]:
    """Why what is checked out is not what the tag stands for, on the branch of releases."""
    head = run_git(folder, "rev-parse", "HEAD")
    problems = find_tag_problems(folder, version) + find_uncommitted(folder)
    return problems + _find_branch_problems(folder, head, branch)


def _find_branch_problems(folder: Path, head: str, branch: str) -> list[str]:
    if _start_git(folder, "rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}").returncode:
        return [
            f"the branch {branch} does not exist in this clone: fetch it, or name another"
            " one, such as --branch origin/main"
        ]
    if head not in run_git(folder, "rev-list", branch, "--").splitlines():
        return [f"{head[:12]} is not a commit of {branch}, the branch that releases are made from"]
    return []


def find_tag_problems(folder: Path, version: Version) -> list[str]:
    """Why the commit that is checked out is not that of a version's tag."""
    tag = version.tag
    if not is_tagged(folder, version):
        return [f"the tag {tag} does not exist: git tag --sign {tag}"]
    head, tagged = (
        run_git(folder, "rev-parse", "HEAD"),
        run_git(folder, "rev-list", "-1", f"refs/tags/{tag}"),
    )
    if tagged != head:
        return [f"{tag} is the commit {tagged[:12]}, but {head[:12]} is checked out"]
    return []


def find_uncommitted(folder: Path) -> list[str]:
    """What a build would take in beside the commit: changes, and files that git does not know."""
    problems: list[str] = []
    if changed := run_git(folder, "diff", "--name-only", "HEAD"):
        problems.append(f"files differ from the commit: {_list(changed)}")
    if added := run_git(folder, "ls-files", "--others", "--exclude-standard", "--directory"):
        problems.append(
            f"files are not committed, but a build would include them: {_list(added)}:"
            " commit, ignore or remove them"
        )
    return problems


def _list(lines: str) -> str:
    return ", ".join(lines.splitlines())


def clone(source: Path, target: Path) -> None:
    """A copy of the repository with what is committed, whose tags are its own."""
    run_git(source, "clone", "--quiet", "--local", "--no-hardlinks", ".", str(target))


def commit_all(folder: Path, message: str) -> None:
    """Commit all changes in the rehearsal's own name, at the time of the commit before."""
    when = commit_time(folder).isoformat()
    who = {"NAME": "release rehearsal", "EMAIL": "release@localhost", "DATE": when}
    names = {
        f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()
    }
    subprocess.run(
        ["git", "-c", "commit.gpgsign=false", "commit", "--quiet", "--all", "--message", message],
        cwd=folder,
        env={**os.environ, **names},
        check=True,
    )
