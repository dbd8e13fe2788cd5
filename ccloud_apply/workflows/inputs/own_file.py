"""Files of ours that a run writes anew: nothing else may stand in their place.

How a file is written belongs to files.py, what a format's files begin with to render/registry.py.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ccloud_apply.errors import UsageError
from ccloud_apply.render.registry import find_format

_START_BYTES = 4096

_FORMATS_OF_ENDING: Mapping[str, tuple[str, ...]] = {
    ".html": ("html",),
    ".htm": ("html",),
    ".md": ("markdown",),
    ".markdown": ("markdown",),
    ".xml": ("junit",),
    ".prom": ("prometheus",),
    ".json": ("json", "terraform-json", "gitlab", "plan", "ansible"),
    ".yaml": ("stack", "ansible"),
    ".yml": ("stack", "ansible"),
    ".csv": ("csv",),
}
"""What a file with this ending is taken for, the likeliest first. Any other ending says nothing."""

_CONTENTS = {
    "plan": "a saved plan",
    "stack": "a stack file",
    "text": "plain text",
    "html": "HTML",
    "markdown": "Markdown",
    "junit": "JUnit XML",
    "prometheus": "metrics",
    "json": "JSON",
    "csv": "a table (CSV)",
    "ssh-config": "ssh's configuration",
    "hosts": "lines of /etc/hosts",
}


def require_own_file(path: str, what: str, is_ours: Callable[[Mapping[str, Any]], bool]) -> None:
    """Raises UsageError for a file with anything else in it, such as a stack: it would be lost.

    One that is not there yet, an empty one and a pipe are fine.
    """
    if _has_contents(path) and not _is_json_of_ours(path, is_ours):
        raise _refuse(path, what)


def require_own_output(path: str, document: str, format_name: str) -> None:
    """The same for a document in one of its formats. A saved plan is no such document: it is an
    approval."""
    row = find_format(document, format_name)
    if not _has_contents(path):
        return
    keys = set(row.keys)
    is_ours = (
        _is_json_of_ours(path, lambda found: keys <= set(found) and "kind" not in found)
        if keys
        else re.match(row.starts, _read_start(path)) is not None
    )
    if not is_ours:
        raise _refuse(path, f"{document} of ccloud-apply in the format {format_name}")


def require_ending(option: str, path: str, format_name: str, way_out: Callable[[str], str]) -> None:
    """Raises UsageError for a file whose name says that it is something else than this format.

    `format_name` may also be `plan`, a plan file, or `stack`. The hint is what `way_out` makes of
    the format that the name stands for.
    """
    found = _FORMATS_OF_ENDING.get(Path(path).suffix.lower())
    if found is None or format_name in found:
        return
    contents, expected = (_CONTENTS.get(name, name) for name in (format_name, found[0]))
    raise UsageError(
        f"{option} writes {contents}, but the name {path} is that of {expected}",
        hint=way_out(found[0]),
    )


def _has_contents(path: str) -> bool:
    file = Path(path)
    return file.is_file() and file.stat().st_size > 0


def _is_json_of_ours(path: str, is_ours: Callable[[Mapping[str, Any]], bool]) -> bool:
    try:
        document = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and is_ours(document)


def _read_start(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.read(_START_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _refuse(path: str, what: str) -> UsageError:
    article = "an" if what.startswith("inventory") else "a"
    return UsageError(
        f"{path} exists and is not {article} {what}: it would be overwritten",
        hint="name another file",
    )
