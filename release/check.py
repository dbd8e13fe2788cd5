"""Whether a tag may be released: all that speaks against it, told at once."""

from pathlib import Path

from ccloud_apply import home
from release import git
from release.changelog import Changelog, parse_changelog
from release.notes import make_notes
from release.problems import ReleaseError
from release.version import Version

NO_HOME = (
    "the project has no address yet: run `python -m release home https://HOST/OWNER/NAME`"
    " and commit"
)


def read_changelog(root: Path) -> Changelog:
    """The changelog of a tree."""
    return parse_changelog((root / "CHANGELOG.md").read_text(encoding="utf-8"))


def find_problems(root: Path, version: Version, *, branch: str) -> list[str]:
    """What stops the release of a version from a tree; empty if nothing does."""
    problems = [] if home.has_home() else [NO_HOME]
    problems += git.find_problems(root, version, branch)
    try:
        changelog = read_changelog(root)
        make_notes(changelog, version, home.REPOSITORY_URL)
    except ReleaseError as error:
        return [*problems, *error.problems]
    if version.candidate is not None:
        return problems + _candidate_problems(root, changelog, version)
    return problems + _changelog_problems(changelog, version)


def _candidate_problems(root: Path, changelog: Changelog, version: Version) -> list[str]:
    if git.is_tagged(root, version.final):
        return [
            f"{version.final} is already released (tag {version.final.tag}), so {version} cannot be"
        ]
    newest = changelog.released[0].version if changelog.released else version.final
    if version.final < newest:
        return [f"CHANGELOG.md: {version} is older than {newest}, which is the newest version"]
    return []


def _changelog_problems(changelog: Changelog, version: Version) -> list[str]:
    problems: list[str] = []
    if changelog.released[0].version != version:
        problems.append(f"CHANGELOG.md: {version} is not the newest version")
    if changelog.unreleased:
        problems.append(
            "CHANGELOG.md: there are still unreleased changes: run"
            f" `python -m release cut {version}` and commit"
        )
    return problems
