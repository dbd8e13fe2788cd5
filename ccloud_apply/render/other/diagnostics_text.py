"""Diagnostics as text: place, thing and sentence, then the hint on its own line."""

from collections.abc import Iterable, Sequence

from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_line, escape_lines, escape_short
from ccloud_apply.render.lib.style import PLAIN, Style

_MAX_LENGTH = 2000
_HINT = "hint: "
_SEVERITIES = {Severity.ERROR: "error", Severity.HELD: "blocked", Severity.WARNING: "warning"}


def locate(diagnostic: Diagnostic) -> str:
    """`FILE:LINE:COLUMN: WHERE: WHAT` without unknown parts, and the code of a check."""
    parts = [] if diagnostic.source is None else [escape_line(str(diagnostic.source))]
    if diagnostic.where:
        parts.append(escape_short(diagnostic.where, _MAX_LENGTH))
    code = f" [{escape_short(diagnostic.code)}]" if diagnostic.is_of_check else ""
    parts.append(f"{escape_short(diagnostic.what, _MAX_LENGTH)}{code}")
    return ": ".join(parts)


def hint_lines(diagnostic: Diagnostic) -> tuple[str, ...]:
    """The lines of the hint. An edit of several lines has a margin."""
    if not diagnostic.hint:
        return ()
    first, *others = escape_lines(diagnostic.hint)
    return (f"{_HINT}{first}", *(f"{' ' * len(_HINT)}| {line}" for line in others))


def render_diagnostic(diagnostic: Diagnostic, style: Style = PLAIN) -> str:
    """`error: FILE:LINE:COLUMN: WHERE: WHAT` and the hint, with a line break at the end."""
    paint = style.yellow if diagnostic.severity is Severity.WARNING else style.alarm
    lines = [f"{paint(_SEVERITIES[diagnostic.severity] + ':')} {locate(diagnostic)}"]
    lines += (f"  {line}" for line in hint_lines(diagnostic))
    return "".join(f"{line}\n" for line in lines)


def render_diagnostics(diagnostics: Sequence[Diagnostic], style: Style = PLAIN) -> str:
    """All diagnostics in their order, and the counts if there are several."""
    text = "".join(render_diagnostic(diagnostic, style) for diagnostic in diagnostics)
    if len(diagnostics) > 1:
        text += f"{count_diagnostics(diagnostics)}\n"
    return text


def count_diagnostics(diagnostics: Iterable[Diagnostic]) -> str:
    """`3 errors, 1 warning`."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    parts = []
    for severity, one, many in (
        (Severity.ERROR, "error", "errors"),
        (Severity.HELD, "guard blocks the plan", "guards block the plan"),
        (Severity.WARNING, "warning", "warnings"),
    ):
        count = severities.count(severity)
        if count:
            parts.append(count_of(count, one, many))
    return ", ".join(parts)
