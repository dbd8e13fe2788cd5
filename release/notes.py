"""The notes of a release, as its host shows them: the changelog's section, made for another place.

A host shows each line break of a release's text as one, and relative links lead nowhere there.
"""

import re

from release.changelog import Changelog
from release.problems import ReleaseError
from release.version import Version

MOST_CHARACTERS = 125_000
"""What GitHub takes as the text of a release."""

_LINK = re.compile(r"(?<=\]\()(?![a-z][a-z0-9+.-]*:|#)([^)\s]+)(?=\))")
_STARTS_A_BLOCK = re.compile(r"\s*(?:[-*+] |\d+\. |#|\||>|```|<!--)")


def make_notes(changelog: Changelog, version: Version, repository: str) -> str:
    """The text of a version's release; a candidate's is that of what it is a candidate of."""
    section = changelog.find(version.final)
    is_candidate = version.candidate is not None
    body = section.body if section else changelog.unreleased if is_candidate else ""
    if not body:
        raise ReleaseError(
            f"CHANGELOG.md: there is no section for {version}:"
            f" run `python -m release cut {version.final}`"
        )
    files = f"{repository}/blob/{version.tag}/"
    text = _LINK.sub(lambda found: files + found[1], unwrap(body)) + "\n"
    if len(text) > MOST_CHARACTERS:
        raise ReleaseError(
            f"CHANGELOG.md: {version} has {len(text)} characters, but a release may have at most"
            f" {MOST_CHARACTERS}: shorten it"
        )
    return text


def unwrap(text: str) -> str:
    """Each paragraph and each point of a list in one line; blocks of code stay as they are."""
    lines: list[str] = []
    is_code = can_go_on = False
    for line in text.splitlines():
        is_fence = line.lstrip().startswith("```")
        if can_go_on and not is_code and line.strip() and not _STARTS_A_BLOCK.match(line):
            lines[-1] += f" {line.strip()}"
            continue
        is_code ^= is_fence
        lines.append(line)
        can_go_on = not is_code and not is_fence and _can_go_on(line)
    return "\n".join(lines)


def _can_go_on(line: str) -> bool:
    """True if the next line may be the rest of this one."""
    return bool(line.strip()) and not line.lstrip().startswith(("#", "|", "<!--"))
