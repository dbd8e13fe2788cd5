"""Versions of the project, and the tags that carry them. No file and no git."""

import re
from dataclasses import dataclass

from release.problems import ReleaseError

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:rc([1-9]\d*))?")


@dataclass(frozen=True, slots=True)
class Version:
    """`1.2.3`, or the candidate `1.2.3rc1`, spelled as Python packages spell it."""

    major: int
    minor: int
    patch: int
    candidate: int | None = None

    def __str__(self) -> str:
        candidate = "" if self.candidate is None else f"rc{self.candidate}"
        return f"{self.major}.{self.minor}.{self.patch}{candidate}"

    def __lt__(self, other: "Version") -> bool:
        return self._key < other._key

    @property
    def _key(self) -> tuple[float, ...]:
        last = float("inf") if self.candidate is None else self.candidate
        return (self.major, self.minor, self.patch, last)

    @property
    def tag(self) -> str:
        """The tag of its release."""
        return f"v{self}"

    @property
    def final(self) -> "Version":
        """The version that a candidate is one of."""
        return Version(self.major, self.minor, self.patch)


def parse_version(text: str) -> Version:
    """The version that a text says; ReleaseError if it says none that is released here."""
    found = _VERSION.fullmatch(text)
    if found is None:
        raise ReleaseError(
            f"{text} is not a version: write 1.2.3, or 1.2.3rc1 for a release candidate"
        )
    major, minor, patch, candidate = found.groups()
    return Version(int(major), int(minor), int(patch), int(candidate) if candidate else None)


def parse_tag(tag: str) -> Version:
    """The version that a tag carries; ReleaseError for any other tag."""
    if not tag.startswith("v"):
        raise ReleaseError(f"{tag} is not a release tag: write v1.2.3")
    return parse_version(tag.removeprefix("v"))
