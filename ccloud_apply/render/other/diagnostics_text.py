"""Diagnostics as text: place, thing, sentence; the way out on a line of its own."""

from collections.abc import Iterable, Sequence

from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.render.lib.escape import escape_line, escape_lines, escape_short
from ccloud_apply.render.lib.style import PLAIN, Style

_MAX_LENGTH = 2000
_HINT = "hint: "


def locate(diagnostic: Diagnostic) -> str:
    """`FILE:LINE:COLUMN: WHERE: WHAT`, without what is not known; a check's code, to silence it."""
    parts = [] if diagnostic.source is None else [escape_line(str(diagnostic.source))]
    if diagnostic.where:
        parts.append(escape_short(diagnostic.where, _MAX_LENGTH))
    code = f" [{escape_short(diagnostic.code)}]" if diagnostic.is_of_check else ""
    parts.append(f"{escape_short(diagnostic.what, _MAX_LENGTH)}{code}")
    return ": ".join(parts)


def hint_lines(diagnostic: Diagnostic) -> tuple[str, ...]:
    """The hint; an edit of several lines has a margin before each."""
    if not diagnostic.hint:
        return ()
    first, *others = escape_lines(diagnostic.hint)
    return (f"{_HINT}{first}", *(f"{' ' * len(_HINT)}| {line}" for line in others))


def render_diagnostic(diagnostic: Diagnostic, style: Style = PLAIN) -> str:
    """`error: FILE:LINE:COLUMN: WHERE: WHAT` and the hint, each line ended."""
    paint = style.yellow if diagnostic.severity is Severity.WARNING else style.alarm
    lines = [f"{paint(diagnostic.severity.value + ':')} {locate(diagnostic)}"]
    lines += (f"  {line}" for line in hint_lines(diagnostic))
    return "".join(f"{line}\n" for line in lines)


def render_diagnostics(diagnostics: Sequence[Diagnostic], style: Style = PLAIN) -> str:
    """All of them in their order, and how many there were where there are several."""
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
        (Severity.HELD, "guard holds the plan", "guards hold the plan"),
        (Severity.WARNING, "warning", "warnings"),
    ):
        count = severities.count(severity)
        if count:
            parts.append(f"{count:,} {one if count == 1 else many}")
    return ", ".join(parts)
