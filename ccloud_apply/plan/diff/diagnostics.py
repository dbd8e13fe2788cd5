"""What a comparison finds, as diagnostics with their places in the file."""

import json

from ccloud_apply.aspects.base import (
    Difference,
    Problem,
)
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.model.text import shorten_value
from ccloud_apply.plan.matching.match import Match

_PLAIN = lazy_pattern(r"[A-Za-z][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")
_WORDS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL"})
_MAX_LINE = 120


def check_hostname(stack: Stack, match: Match) -> tuple[Diagnostic, ...]:
    """An error for a live server without a hostname that nobody is building: a half-made one."""
    live = match.live
    if live is None or live.hostname is not None or live.is_building:
        return ()
    return (
        Diagnostic(
            code="no-hostname",
            where=f"servers.{match.key}",
            what=f"{live.name} carries stack:{stack.name} and server:{match.key} and has no"
            " hostname, so nothing can be done to it",
            hint="its build has most likely failed: check it in the panel and remove it there",
            source=stack.source if match.spec is None else match.spec.source,
        ),
    )


def check_complete(spec: ServerSpec) -> tuple[Diagnostic, ...]:
    """An error if the server cannot be created for want of fields."""
    missing = [
        name
        for name, aspect in ASPECTS.items()
        if aspect.is_needed_to_create and name not in spec.fields
    ]
    if not missing:
        return ()
    return (
        Diagnostic(
            code="create-incomplete",
            where=f"servers.{spec.key}",
            what=f"does not exist yet, and creating it requires {', '.join(missing)}",
            hint="add the fields here or under defaults, or bind a live server with hostname",
            source=spec.source,
            is_difference=True,
        ),
    )


def to_diagnostics(spec: ServerSpec, found: list[tuple[str, Difference]]) -> tuple[Diagnostic, ...]:
    """The problems of all fields, with their places."""
    return tuple(
        problem_diagnostic(spec, name, problem)
        for name, difference in found
        for problem in difference.problems
    )


def warn_unknown(spec: ServerSpec, name: str, what: str) -> Diagnostic:
    """A field that cannot be compared, with its place in the file."""
    return Diagnostic(
        code="not-compared",
        where=f"servers.{spec.key}.{name}",
        what=what,
        severity=Severity.WARNING,
        source=spec.fields[name].source,
    )


def warn_tolerated(spec: ServerSpec, name: str, what: str) -> Diagnostic:
    """What there is to say of a field that stays as it is, with its place in the file."""
    declared = spec.fields.get(name)
    return Diagnostic(
        code="tolerated",
        where=f"servers.{spec.key}.{name}",
        what=what,
        severity=Severity.WARNING,
        source=spec.source if declared is None else declared.source,
    )


def place_in_file(
    spec: ServerSpec, name: str, path: tuple[str | int, ...] = ()
) -> tuple[str, SourceRange]:
    """What messages call a part of a field, and where it stands: in the entry, whatever it expands
    to, or under the defaults. Without a field it is the server."""
    declared = spec.fields.get(name)
    source = spec.source if declared is None else declared.place(*path)
    first, last = spec.source.line, max(spec.source.line, spec.source.end_line)
    is_own = declared is None or first <= source.line <= last
    root = f"servers.{spec.base_key}" if is_own else "defaults"
    parts = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return ".".join(filter(None, (root, f"{name}{parts}"))), source


def problem_diagnostic(spec: ServerSpec, name: str, problem: Problem) -> Diagnostic:
    """An aspect's problem with its place in the file."""
    declared = spec.fields.get(name)
    return Diagnostic(
        code=problem.code,
        where=f"servers.{spec.key}.{name}{problem.detail}",
        what=problem.what,
        hint=problem.hint,
        severity=problem.severity,
        source=spec.source if declared is None else declared.source,
        is_difference=problem.is_difference,
    )


def unowned_error(spec: ServerSpec, live: LiveServer, change: FieldChange) -> Diagnostic:
    """A difference that could only be met by destroying a server that is adopted first."""
    return Diagnostic(
        code="replace-unowned",
        where=f"servers.{spec.key}.{change.field}",
        what=f"{_tell_both(live, change)}; a server is adopted as it is",
        hint=_keep(spec, change),
        source=spec.fields[change.field].source,
        is_difference=True,
    )


def unowned_replace_error(spec: ServerSpec, live: LiveServer) -> Diagnostic:
    """--replace for a server that the stack does not own yet."""
    return Diagnostic(
        code="replace-unowned",
        where=f"servers.{spec.key}",
        what=f"{live.name} is not the stack's own yet, so nothing of it is destroyed",
        hint="apply without --replace to adopt it, and replace it then",
        source=spec.source,
    )


def bound_error(spec: ServerSpec, live: LiveServer) -> Diagnostic:
    """A server that the file binds by its hostname, and that would get another one."""
    return Diagnostic(
        code="replace-bound",
        where=f"servers.{spec.key}.hostname",
        what=f"{live.name} would be replaced by a server with another hostname, and the file binds"
        " this one",
        hint="remove hostname: the server is known by its tags",
        source=spec.source,
    )


def create_only_error(spec: ServerSpec, live: LiveServer, change: FieldChange) -> Diagnostic:
    """A change of a field that the API cannot change."""
    # A server that is bound by its hostname is not replaced by one with another hostname.
    anew = "" if spec.hostname else ", or to replace, which destroys the server first"
    return Diagnostic(
        code="create-only-change",
        where=f"servers.{spec.key}.{change.field}",
        what=f"{_tell_both(live, change)}, and the API cannot change it",
        hint=f"{_keep(spec, change)}{anew}",
        source=spec.fields[change.field].source,
        is_difference=True,
    )


def _tell_both(live: LiveServer, change: FieldChange) -> str:
    before, after = map(_tell, (change.before, change.after))
    return f"{change.field} of {live.name} is {before}, and the file says {after}"


def _tell(value: str | None) -> str:
    """A value within the sentence: a long text or one of several lines is shortened."""
    text = value or "none"
    return text if text.isprintable() and len(text) <= _MAX_LINE else shorten_value(text)


def _keep(spec: ServerSpec, change: FieldChange) -> str:
    """The edits that leave the server as it is; the first is a line of the server's own entry."""
    source = spec.fields[change.field].source
    last = max(spec.source.end_line, spec.source.line)
    is_own = spec.source.line <= source.line <= last
    why = "" if is_own else " (the value comes from defaults)"
    line = f"{change.field}: {_spell(change.before)}"
    way = (
        f"write {line} under {spec.base_key}{why}"
        if len(line) <= _MAX_LINE
        else (f"leave {change.field} out of {spec.base_key}")
    )
    return f"{way}; or set lifecycle.on_create_only_change to ignore"


def _spell(value: object) -> str:
    """A value as YAML: a plain text without quotes, anything else as JSON, which YAML reads."""
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _WORDS
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)
