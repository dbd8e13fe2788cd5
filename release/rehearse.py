"""A release on this machine, in a copy of the repository: all of it but publishing."""

import tempfile
from pathlib import Path

from release import check, git
from release.assemble import Tell, assemble
from release.changelog import cut
from release.problems import ReleaseError
from release.version import Version


def next_version(root: Path) -> Version:
    """The version that is released if none is named: the one that is cut already, else a patch."""
    released = check.read_changelog(root).released
    if not released:
        return Version(0, 1, 0)
    if missing := git.find_missing_tags(root, [one.version for one in released]):
        raise ReleaseError(*missing)
    newest = released[0].version
    if not git.is_tagged(root, newest):
        return newest
    return Version(newest.major, newest.minor, newest.patch + 1)


def rehearse(root: Path, version: Version, out: Path, tell: Tell) -> list[str]:
    """Release a version in a copy of what is committed; the files are in `out`.

    Returns what would still stop the real release. The changelog is cut in the copy if it is not.
    """
    if git.is_tagged(root, version):
        raise ReleaseError(
            f"{version} is already released (tag {version.tag}): name another version"
        )
    for problem in git.find_uncommitted(root):
        tell(f"not rehearsed: {problem}")
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        copy = Path(folder) / "ccloud-apply"
        tell("copying the committed files")
        git.clone(root, copy)
        branch = git.run_git(copy, "rev-parse", "--abbrev-ref", "HEAD")
        _prepare(copy, version, tell)
        problems = check.find_problems(copy, version, branch=branch)
        stops = [problem for problem in problems if problem != check.NO_HOME]
        if stops:
            raise ReleaseError(*stops)
        assemble(copy, version, out, tell)
    return problems


def _prepare(copy: Path, version: Version, tell: Tell) -> None:
    """Cut the changelog and set the tag, as whoever releases does it."""
    changelog = check.read_changelog(copy)
    if not changelog.unreleased and not changelog.find(version.final):
        raise ReleaseError(
            f"CHANGELOG.md: there are no unreleased changes, so {version} cannot be rehearsed:"
            " describe the changes under `## Unreleased`, and commit"
        )
    if version.candidate is None and changelog.unreleased:
        tell(f"cutting {version} in the changelog")
        day = git.commit_time(copy).date()
        text = cut(changelog, version, day, is_tagged=False).render()
        (copy / "CHANGELOG.md").write_text(text, encoding="utf-8")
        git.commit_all(copy, f"Release {version}")
    tell(f"tagging {version.tag}")
    git.run_git(copy, "-c", "tag.gpgsign=false", "tag", version.tag)
