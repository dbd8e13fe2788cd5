"""What the next plan would do to an explained server, as text."""

from collections.abc import Iterator, Sequence

from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.explanation import Explanation, NextPlan
from ccloud_apply.model.results.plan import DESTRUCTIVE, Action, ServerPlan, Step
from ccloud_apply.model.text import join_names
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.lib.table import pad, text_width
from ccloud_apply.render.lib.undo_text import undo_lines
from ccloud_apply.render.other.diagnostics_text import hint_lines, locate

_MARGIN = "  "
_MAX_TEXT = 400
_MAX_DIAGNOSTICS = 10

_WORDS = {
    Action.CREATE: "creates it",
    Action.UPDATE: "updates it",
    Action.REPLACE: "REPLACES it: destroyed with all its data, then created again",
    Action.REINSTALL: "REINSTALLS it: its system disk is wiped, everything else stays",
    Action.RETIRE: "retires it: off, and DESTROYED with all its data",
    Action.RESTORE: "restores it: it is declared again, and no longer retired",
    Action.DESTROY: "DESTROYS it with all its data",
    Action.ADOPT: "adopts it",
    Action.UNCHANGED: "does nothing to it",
    Action.NOT_COMPARED: "does nothing to it while it is not compared",
}


def plan_lines(one: Explanation, style: Style) -> list[str]:
    """A section; empty where no stack was given that has the server."""
    plan = one.plan
    if plan is None:
        return []
    if plan.errors:
        head = f"{style.bold('Next plan')}: {style.alarm('cannot be made')}"
        return [head, *_told(plan.errors, style.red("error: "), style)]
    if plan.server is None:
        return [f"{style.bold('Next plan')}: says nothing of it"]
    return [
        f"{style.bold('Next plan')}: {_describe(plan.server, style)}",
        *_step_lines(plan.steps, style),
        *_remarks(plan.server, style),
        *_told(plan.warnings, style.yellow("! "), style),
        *_held_lines(plan, style),
    ]


def _describe(server: ServerPlan, style: Style) -> str:
    if server.is_released:
        return "releases it: the server stays, the stack no longer manages it"
    action = Action.UPDATE if server.steps and server.action is Action.UNCHANGED else server.action
    words = _WORDS[action]
    if server.is_waiting:
        words = "does nothing to it yet: it is retired, and DESTROYED with all its data"
    if server.retires is not None:
        words = f"{words} from {server.retires} (UTC) on"
    return style.alarm(words) if action in DESTRUCTIVE else words


def _step_lines(steps: Sequence[Step], style: Style) -> Iterator[str]:
    names = [escape_short(step.operation) for step in steps]
    width = max(map(text_width, names), default=0)
    for number, (step, name) in enumerate(zip(steps, names, strict=True), start=1):
        remarks = [style.alarm("destroys data")] if step.is_destructive else []
        remarks += [style.caution("DOWNTIME")] if step.causes_downtime else []
        request = style.dim(f"{step.method} {escape_short(step.path, _MAX_TEXT)}")
        yield f"{_MARGIN}{number}. {pad(name, width)}  {'  '.join([request, *remarks])}"


def _remarks(server: ServerPlan, style: Style) -> Iterator[str]:
    if server.rests_on:
        names = join_names(map(escape_short, server.rests_on))
        verb = "is" if len(server.rests_on) == 1 else "are"
        yield f"{_MARGIN}{style.yellow(f'! not made while {names} {verb} not compared')}"
    for line in undo_lines(server):
        yield f"{_MARGIN}{style.yellow(f'! {line}')}"
    for warning in server.warnings:
        yield f"{_MARGIN}{style.yellow('! ' + escape_short(warning, _MAX_TEXT))}"


def _held_lines(plan: NextPlan, style: Style) -> Iterator[str]:
    yield from _told(plan.held, f"{style.alarm('BLOCKED by a guard:')} ", style)


def _told(found: tuple[Diagnostic, ...], begin: str, style: Style) -> Iterator[str]:
    for diagnostic in found[:_MAX_DIAGNOSTICS]:
        yield f"{_MARGIN}{begin}{locate(diagnostic)}"
        yield from (f"{_MARGIN * 2}{line}" for line in hint_lines(diagnostic))
    rest = len(found) - _MAX_DIAGNOSTICS
    if rest > 0:
        yield f"{_MARGIN}{style.dim(f'… and {rest:,} more')}"
