"""What stack files, project files and fleet.yaml name, as far as their own text says it.

Nothing is checked, no mistake is told, and no reference in a file is followed: a file that cannot
be read names nothing. How much is read is bounded, because it is read at every TAB.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.files import STACK_SUFFIXES, find_stack_files
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.parse import parse_document
from ccloud_apply.project_files import find_matching, find_project_file

MAX_FILES = 500
MAX_BYTES = 1024 * 1024
"""The most files and bytes that are read for one TAB; the rest is ignored."""

MAX_NAMES = 2_000
"""The most servers of one entry that are named."""

_EXPRESSION = lazy_pattern(r"\$\{(?:var\.([A-Za-z_][\w-]*)|(env))\}")


class Outline(NamedTuple):
    """What a stack file names. `groups` are keys that stand for several servers."""

    stack: str
    keys: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    hostnames: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


class ProjectOutline(NamedTuple):
    """What a project file names; that of no project is empty."""

    folder: Path = Path()
    stacks: tuple[str, ...] = ()
    variables: Mapping[str, Any] = {}
    environments: Mapping[str, Mapping[str, Any]] = {}

    def variables_of(self, env: str | None) -> Mapping[str, Any]:
        """The variables that an environment itself sets."""
        own = self.environments.get(env or "", {}).get("variables")
        return own if isinstance(own, dict) else {}


def read_project(paths: Iterable[str], named: str | None) -> ProjectOutline | None:
    """The project file of these paths, or the one that is named; None where there is none."""
    try:
        file = find_project_file(tuple(paths)) if named is None else Path(named)
    except CcloudApplyError:
        return None
    document = None if file is None else read_mapping(file)
    if file is None or document is None:
        return None
    entries = document.get("stacks")
    return ProjectOutline(
        folder=file.parent,
        stacks=tuple(filter(_is_text, entries)) if isinstance(entries, list) else (),
        variables=_mapping(document.get("variables")),
        environments={
            name: _mapping(entry) for name, entry in _mapping(document.get("environments")).items()
        },
    )


def find_files(paths: Iterable[str], project: ProjectOutline | None) -> Iterator[Path]:
    """The files that may be stacks: those of the paths, else those of the project, else those of
    the current folder itself."""
    paths = tuple(paths)
    for path in paths:
        yield from _find_quietly(lambda path=path: find_stack_files((path,)))
    if paths:
        return
    if project is None:
        yield from (file for file in sorted(Path().iterdir()) if file.suffix in STACK_SUFFIXES)
        return
    for entry in project.stacks or (".",):
        yield from _find_quietly(lambda entry=entry: find_matching(project.folder, entry))


def read_outlines(
    files: Iterable[Path], project: ProjectOutline | None, env: str | None
) -> Iterator[Outline]:
    """What each of these files names that is a stack."""
    project = project or ProjectOutline()
    left = MAX_BYTES
    for file in islice(files, MAX_FILES):
        size = _size(file)
        if size > MAX_BYTES:  # is never read, so it takes nothing from the others
            continue
        left -= size
        if left < 0:
            return
        document = read_mapping(file)
        if document is not None and "stack" in document:
            own = _mapping(document.get("variables"))
            known = {**project.variables, **own, **project.variables_of(env), "env": env}
            yield _outline(document, known)


def read_mapping(file: Path) -> dict[str, Any] | None:
    """The document of a file; None for one that is no regular file, no mapping, or too large."""
    try:
        if not file.is_file() or _size(file) > MAX_BYTES:
            return None
        document, _ = parse_document(file.read_bytes(), str(file))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _outline(document: Mapping[str, Any], known: Mapping[str, Any]) -> Outline:
    keys: list[str] = []
    groups: list[str] = []
    hostnames: list[str] = []
    for key, entry in _mapping(document.get("servers")).items():
        own = _mapping(entry)
        expanded, above = _expand(key, own, known)
        keys += expanded
        groups += above
        hostname = _fill(own.get("hostname"), known)
        if _is_text(hostname):
            hostnames.append(hostname)
    stack = _fill(document.get("stack"), known)
    return Outline(
        stack=stack if _is_text(stack) else "",
        keys=tuple(keys),
        groups=tuple(groups),
        hostnames=tuple(hostnames),
        variables=tuple(_mapping(document.get("variables"))),
    )


def _expand(
    key: str, entry: Mapping[str, Any], known: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """The keys of an entry's servers, and those that stand for several. Where it cannot be told
    how many there are, the entry's own key stands for all."""
    names, groups = [key], []
    if "for_each" in entry:
        groups.append(key)
        each = _fill(entry["for_each"], known)
        names = [f"{key}-{name}" for name in each] if isinstance(each, dict | list) else []
    if "count" in entry:
        groups += names
        count = _fill(entry["count"], known)
        numbers = range(1, count + 1) if isinstance(count, int) else ()
        names = list(islice((f"{n}-{i}" for n in names for i in numbers), MAX_NAMES))
    return names, groups


def _fill(value: Any, known: Mapping[str, Any]) -> Any:
    """A text with the values of its variables, None if one is unknown; any other value as it is."""
    if not isinstance(value, str) or "${" not in value:
        return value
    whole = _EXPRESSION.fullmatch(value)
    if whole is not None:
        return known.get(whole[1] or whole[2])
    filled = _EXPRESSION.sub(lambda found: str(known.get(found[1] or found[2], "${")), value)
    return None if "${" in filled else filled


def _find_quietly(find: Any) -> Iterable[Path]:
    try:
        found: Iterable[Path] = find()
    except (CcloudApplyError, OSError, ValueError):
        return ()
    return found


def _size(file: Path) -> int:
    try:
        return os.stat(file).st_size  # noqa: PTH116 - as fast as can be
    except OSError:
        return 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
