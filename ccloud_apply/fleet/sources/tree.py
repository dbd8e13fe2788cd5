"""The files of a source at one moment: their names, their contents' digests, and where they are.

A name is a path with `/` below the source's top. What a name leads to is looked at where it is
wanted: a link of the repository must not lead out of it.
"""

import hashlib
import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from ccloud_apply.errors import SourceError
from ccloud_apply.files import MAX_STACK_BYTES, STACK_SUFFIXES
from ccloud_apply.fleet.patterns import Pattern
from ccloud_apply.lazy_dataclass import dataclass

ABSENT = "-"
"""Stands for the contents of a file that is not there, or leads out of the source."""


_UNREADABLE = "?"
"""Stands for what cannot be read: the stack that needs it tells so, and no other one stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that a pattern names. `stars` is what its stars stand for."""

    path: str
    stars: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Tree:
    """The files below `root`. `names` are all of them, hidden ones apart, and `commit` is theirs;
    None for a folder. `find_id` gives what stands for the contents of a file, or ABSENT."""

    root: Path
    names: tuple[str, ...]
    commit: str | None
    find_id: Callable[[str], str]
    _known: dict[str, str] = field(default_factory=dict)

    def id_of(self, name: str) -> str:
        """What changes if the contents of the file do; ABSENT where there is none."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self.find_id(name)
        return found

    def digest(self, names: Iterator[str] | tuple[str, ...], salt: str) -> str:
        """One digest over these files and the `salt`."""
        found = hashlib.sha256(salt.encode())
        for name in sorted(set(names)):
            found.update(f"\0{name}\0{self.id_of(name)}".encode("utf-8", "surrogateescape"))
        return f"sha256:{found.hexdigest()}"

    def match(self, patterns: tuple[Pattern, ...]) -> tuple[FoundFile, ...]:
        """The YAML files that any of the patterns names, by their names; the first one counts."""
        found = {}
        for name in self.names:
            if posixpath.splitext(name)[1] not in STACK_SUFFIXES:
                continue
            for pattern in patterns:
                stars = pattern.match(name)
                if stars is not None:
                    found[name] = FoundFile(path=name, stars=stars)
                    break
        return tuple(found[name] for name in sorted(found))


def find_inside(root: Path, name: str) -> str | None:
    """The name of the regular file that this name leads to; None if there is none below the top."""
    if "\0" in name or posixpath.isabs(name) or ".." in name.split("/"):
        return None
    top = os.path.realpath(root)
    real = os.path.realpath(os.path.join(top, name))  # noqa: PTH118 - as fast as can be
    if not real.startswith(top + os.sep) or not os.path.isfile(real):  # noqa: PTH113
        return None
    return os.path.relpath(real, top).replace(os.sep, "/")


def require_folder(folder: Path) -> None:
    """Raise SourceError for a folder that is not there."""
    if not folder.is_dir():
        raise SourceError(
            f"there is no folder {folder}", hint="make it, or look at folder: of the source"
        )


def open_folder(folder: Path) -> Tree:
    """The files of a folder as they are now. Raises SourceError for one that cannot be read."""
    require_folder(folder)

    def find_id(name: str) -> str:
        real = find_inside(folder, name)
        if real is None:
            return ABSENT
        try:
            with (folder / real).open("rb") as file:
                return hashlib.sha256(file.read(MAX_STACK_BYTES + 1)).hexdigest()
        except OSError:
            return _UNREADABLE

    return Tree(root=folder, names=tuple(_walk(folder)), commit=None, find_id=find_id)


def _walk(folder: Path) -> Iterator[str]:
    """Every file in the folder and below it; hidden ones are left out, links to folders not
    followed."""

    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename} cannot be searched: {error.strerror}") from None

    for where, names, files in os.walk(folder, onerror=refuse):
        names[:] = sorted(name for name in names if not name.startswith("."))
        below = os.path.relpath(where, folder).replace(os.sep, "/")
        for name in files:
            if not name.startswith("."):
                yield name if below == "." else f"{below}/{name}"


def with_ids(root: Path, ids: Mapping[str, str], links: frozenset[str], commit: str) -> Tree:
    """The files of a commit, which are below `root`. `ids` are those that Git gives the contents of
    files, by their names; `links` are the names of links."""
    names = tuple(
        name for name in (*ids, *links) if not any(part.startswith(".") for part in name.split("/"))
    )

    def find_id(name: str) -> str:
        if links and _has_link(name, links):
            real = find_inside(root, name)
            return ABSENT if real is None else ids.get(real, ABSENT)
        return ids.get(name, ABSENT)

    return Tree(root=root, names=names, commit=commit, find_id=find_id)


def _has_link(name: str, links: frozenset[str]) -> bool:
    """True if it is a link, or is behind one."""
    while name:
        if name in links:
            return True
        name = name.rpartition("/")[0]
    return False
