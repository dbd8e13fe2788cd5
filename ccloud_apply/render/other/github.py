"""Texts for GitHub's runner: annotations and outputs.

Only lines from here begin with `::`. The text of others is encoded in them, so that it stays one
message of one command.
"""

from collections.abc import Callable, Iterable, Mapping

from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.render.lib.escape import escape_short

MAX_ANNOTATIONS = 10
"""GitHub shows this many annotations of a kind for a step."""

MAX_SUMMARY = 900 * 1024
"""Bytes of a step's summaries. Above 1 MiB GitHub shows none of them."""

_MAX_MESSAGE = 2000
_KINDS = {Severity.ERROR: "error", Severity.HELD: "error", Severity.WARNING: "warning"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def render_annotations(
    diagnostics: Iterable[Diagnostic], locate: Callable[[str], str | None]
) -> str:
    """A line for each diagnostic. Of more than ten of a kind, the first nine and a count.

    `locate` returns a file's path within the repository, or None for a file outside of it.
    """
    kinds: dict[str, list[Diagnostic]] = {"error": [], "warning": []}
    for diagnostic in diagnostics:
        kinds[_KINDS[diagnostic.severity]].append(diagnostic)
    lines: list[str] = []
    for kind, found in kinds.items():
        shown = found if len(found) <= MAX_ANNOTATIONS else found[: MAX_ANNOTATIONS - 1]
        lines += (_annotate(kind, diagnostic, locate) for diagnostic in shown)
        if len(found) > len(shown):
            lines.append(f"::{kind}::{len(found) - len(shown):,} more, see the log")
    return "".join(f"{line}\n" for line in lines)


def _annotate(kind: str, diagnostic: Diagnostic, locate: Callable[[str], str | None]) -> str:
    properties = {"title": f"ccloud-apply: {escape_short(diagnostic.code)}"}
    source = diagnostic.source
    path = None if source is None else locate(source.path)
    if source is not None and path is not None:
        place = {"file": escape_short(path), "line": f"{source.line}", "col": f"{source.column}"}
        properties = {**place, **properties}
    head = ",".join(f"{name}={_encode(value, _PROPERTY)}" for name, value in properties.items())
    parts = [diagnostic.where, diagnostic.what]
    message = ": ".join(escape_short(part, _MAX_MESSAGE) for part in parts if part)
    if diagnostic.hint:
        message += f"\nhint: {escape_short(diagnostic.hint, _MAX_MESSAGE)}"
    return f"::{kind} {head}::{_encode(message, _DATA)}"


def _encode(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)


def render_outputs(values: Mapping[str, str], delimiter: str) -> str:
    """Values for GITHUB_OUTPUT. Raises ValueError if a value holds the delimiter."""
    parts = []
    for name, value in values.items():
        if delimiter in value:
            raise ValueError(f"the output {name} holds the delimiter")
        parts.append(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")
    return "".join(parts)
