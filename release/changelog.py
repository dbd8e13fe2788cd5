"""The sections of CHANGELOG.md: what is unreleased, what a version has, and cutting one off.

Only texts: who reads and writes the file is in `__main__`.

    ## Unreleased            what the next release brings; empty when a tag is made
    ## 1.2.0 - 2027-01-31    what that version brought, newest first
    ### Plans                its parts, by what they are about
"""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from release.problems import ReleaseError
from release.version import Version, parse_version

_TITLE = re.compile(r"^## (.+)$", re.MULTILINE)
_RELEASED = re.compile(r"(\S+) - (\S+)")
_PART = re.compile(r"^### (.+)$", re.MULTILINE)
UNRELEASED = "Unreleased"


@dataclass(frozen=True, slots=True)
class Section:
    """What a version brought, and the day on which it was cut."""

    version: Version
    day: date
    body: str

    @property
    def title(self) -> str:
        return f"{self.version} - {self.day}"


@dataclass(frozen=True, slots=True)
class Changelog:
    """The whole file: what stands before the sections, and these, newest first."""

    opening: str
    unreleased: str
    released: tuple[Section, ...]

    def find(self, version: Version) -> Section | None:
        """The section of a version, None where there is none."""
        return next((one for one in self.released if one.version == version), None)

    def render(self) -> str:
        """The file's text."""
        texts = [self.opening, f"## {UNRELEASED}", self.unreleased]
        for section in self.released:
            texts += [f"## {section.title}", section.body]
        return "\n\n".join(text for text in texts if text) + "\n"


def parse_changelog(text: str) -> Changelog:
    """The sections of the file's text; ReleaseError for a title or an order that is wrong."""
    opening, *rest = _TITLE.split(text)
    titles, bodies = rest[::2], [body.strip() for body in rest[1::2]]
    if not titles or titles[0] != UNRELEASED:
        raise ReleaseError(f"CHANGELOG.md: the first section must be `## {UNRELEASED}`")
    released = tuple(map(_parse_section, titles[1:], bodies[1:]))
    for newer, older in pairwise(released):
        if not older.version < newer.version or older.day > newer.day:
            raise ReleaseError(
                f"CHANGELOG.md: `## {older.title}` must not be below `## {newer.title}`:"
                " the newest comes first"
            )
    return Changelog(opening.strip(), bodies[0], released)


def _parse_section(title: str, body: str) -> Section:
    found = _RELEASED.fullmatch(title)
    try:
        if found is not None:
            return Section(parse_version(found[1]), date.fromisoformat(found[2]), body)
    except (ReleaseError, ValueError):
        pass
    raise ReleaseError(f"CHANGELOG.md: `## {title}` must be `## 1.2.3 - YYYY-MM-DD`")


def cut(changelog: Changelog, version: Version, day: date, *, is_tagged: bool) -> Changelog:
    """The changelog with what was unreleased in the section of a version.

    A version that has been cut and not tagged yet takes in what has come since, part by part.
    """
    if is_tagged:
        raise ReleaseError(
            f"{version} is already released (tag {version.tag}): cut the next version"
        )
    if version.candidate is not None:
        raise ReleaseError(
            f"a release candidate has no section of its own: cut {version.final} instead"
        )
    if not changelog.unreleased:
        raise ReleaseError(
            "CHANGELOG.md: there are no unreleased changes, so there is nothing to cut"
        )
    earlier = changelog.find(version)
    older = tuple(section for section in changelog.released if section is not earlier)
    body = _unite(earlier.body if earlier else "", changelog.unreleased)
    with_section = Changelog(changelog.opening, "", (Section(version, day, body), *older))
    return parse_changelog(with_section.render())  # refuses what is not the newest


def _unite(earlier: str, later: str) -> str:
    """Two bodies as one: a part of both has the lines of both, and a new part comes last."""
    parts = _parts(earlier)
    for name, lines in _parts(later).items():
        parts[name] = "\n".join(text for text in (parts.get(name, ""), lines) if text)
    texts = (f"### {name}\n\n{lines}" if name else lines for name, lines in parts.items())
    return "\n\n".join(text for text in texts if text)


def _parts(body: str) -> dict[str, str]:
    """The lines of each part by its name, those before the first one by no name."""
    opening, *rest = _PART.split(body)
    parts = {"": opening.strip()}
    for name, lines in zip(rest[::2], rest[1::2], strict=True):
        parts[name] = "\n".join(text for text in (parts.get(name, ""), lines.strip()) if text)
    return parts
