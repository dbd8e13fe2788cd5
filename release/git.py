"""What git says of the repository that is released. Reads alone, but for the rehearsal's clone."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from release.problems import ReleaseError
from release.version import Version


def run_git(folder: Path, *arguments: str) -> str:
    """What git writes; ReleaseError with its own words where it fails."""
    ended = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise ReleaseError(f"git {' '.join(arguments)}: {ended.stderr.strip()}")
    return ended.stdout.strip()


def is_tagged(folder: Path, version: Version) -> bool:
    """True if a tag of the version is there."""
    return bool(run_git(folder, "tag", "--list", version.tag))


def commit_time(folder: Path) -> datetime:
    """When the commit that is checked out was made."""
    seconds = int(run_git(folder, "show", "--no-patch", "--format=%ct", "HEAD"))
    return datetime.fromtimestamp(seconds, UTC)


def find_problems(folder: Path, version: Version, branch: str) -> list[str]:
    """Why what is checked out is not what the tag stands for, on the branch of releases."""
    problems: list[str] = []
    tag = version.tag
    head = run_git(folder, "rev-parse", "HEAD")
    if not is_tagged(folder, version):
        problems.append(f"there is no tag {tag}: git tag --sign {tag}")
    elif (tagged := run_git(folder, "rev-list", "-1", tag)) != head:
        problems.append(f"{tag} is the commit {tagged[:12]}, and {head[:12]} is checked out")
    problems += find_uncommitted(folder)
    if head not in run_git(folder, "rev-list", branch).splitlines():
        problems.append(f"{head[:12]} is not a commit of {branch}: releases are made of that alone")
    return problems


def find_uncommitted(folder: Path) -> list[str]:
    """What a build would take in beside the commit: changes, and files that git does not know."""
    problems: list[str] = []
    if changed := run_git(folder, "diff", "--name-only", "HEAD"):
        problems.append(f"files differ from the commit: {_list(changed)}")
    if added := run_git(folder, "ls-files", "--others", "--exclude-standard", "--directory"):
        problems.append(
            f"files are in no commit, and a build would pack them: {_list(added)}:"
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
