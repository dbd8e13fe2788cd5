"""A plan as text: blocks of changes, then warnings and dangers, then one line of counts."""

from collections.abc import Iterable

from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.plan import (
    Plan,
    StackPlan,
)
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.account_line import account_line, invoice_line
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.ignored_text import ignored_lines
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.timing_text import length_line
from ccloud_apply.render.lib.undo_text import undo_line
from ccloud_apply.render.other.diagnostics_text import hint_lines, locate
from ccloud_apply.render.plan.fold import Fold, fold_servers
from ccloud_apply.render.plan.later import (
    fold_deferred,
    moment_lines,
    override_lines,
    retired_lines,
)
from ccloud_apply.render.plan.server_text import render_block, render_deferred
from ccloud_apply.render.plan.steps_text import render_steps
from ccloud_apply.render.plan.summary_text import render_plan_summary
from ccloud_apply.render.plan.words import (
    conclude,
    conclude_calm,
    conclude_stack,
    cost_lines,
    find_dangers,
)

_MAX_NAMES = 20
_MAX_PLACES = 3
_MAX_CALM = 20
"""The most stacks with nothing but `No changes` that have a line each."""


def render_plan(
    plan: Plan,
    style: Style = PLAIN,
    *,
    show_steps: bool = False,
    is_full: bool = False,
    is_summary: bool = False,
) -> str:
    """The whole plan for a person. `show_steps` adds every request in its order, `is_full` shows
    each server by itself, `is_summary` shows one screen instead."""
    if is_summary:
        return render_plan_summary(plan, style)
    about = "" if plan.account is None else account_line(plan.account, plan.read_at, plan.env)
    invoice = invoice_line(plan.invoice_preview, plan.currency)
    told = [style.dim(line) for line in (about, invoice) if line]
    told += [style.bold(line) for line in moment_lines(plan)]
    told += [style.caution(f"! {line}") for line in override_lines(plan)]
    parts = ["\n".join(told)] if told else []
    stacks = [
        (stack, _stack_lines(stack, plan, style, show_steps=show_steps, is_full=is_full))
        for stack in plan.stacks
    ]
    calm = [stack for stack, lines in stacks if stack.matches and len(lines) == 1]
    is_folded = len(calm) > _MAX_CALM and not is_full
    parts += (
        "\n".join(lines)
        for stack, lines in stacks
        if not (is_folded and stack.matches and len(lines) == 1)
    )
    if is_folded:
        parts.append(style.bold(conclude_calm(calm)))
    if len(plan.stacks) != 1:
        parts.append("\n".join([*_length_lines(plan), conclude(plan)]))
    return "\n\n".join(parts) + "\n"


def _length_lines(plan: Plan) -> list[str]:
    return [line for line in [length_line(plan.length)] if line]


def _stack_lines(
    stack: StackPlan, plan: Plan, style: Style, *, show_steps: bool, is_full: bool
) -> list[str]:
    changed = stack.told_servers()
    sections: list[Iterable[str]] = []
    if changed or stack.deferred:
        path = style.dim(f"({escape_line(stack.path)})")
        sections.append([f"{style.bold('Stack ' + escape_short(stack.stack))} {path}"])
        sections += _blocks(stack, fold_servers(changed, stack, is_full=is_full), style)
    if show_steps and stack.steps:
        sections.append(render_steps(stack.steps, style))
    sections += (render_deferred(fold, style) for fold in fold_deferred(stack, is_full=is_full))
    quiet = [*retired_lines(stack), *ignored_lines(stack.ignored)]
    sections.append([f"  {style.dim('. ' + line)}" for line in quiet])
    sections.append(_warning_lines(stack.warnings, style))
    sections.append(_held_lines(stack.held, style))
    undo = filter(None, [undo_line(stack.entries)])
    end = [*_danger_lines(stack, style), *undo, *cost_lines(stack)]
    end += _length_lines(plan) if len(plan.stacks) == 1 else []
    sections.append([*end, style.bold(conclude_stack(stack))])
    lines: list[str] = []
    for section in filter(None, map(list, sections)):
        lines += ["", *section] if lines else section
    return lines


def _blocks(stack: StackPlan, folds: tuple[Fold, ...], style: Style) -> list[list[str]]:
    """The blocks. Headings without lines below them are grouped."""
    steps = {step.id: step for step in stack.steps}
    sections: list[list[str]] = []
    has_details = True
    for fold in folds:
        block = render_block(fold, steps, style)
        if has_details or len(block) > 1:
            sections.append(list(block))
        else:
            sections[-1] += block
        has_details = len(block) > 1
    return sections


def _danger_lines(stack: StackPlan, style: Style) -> list[str]:
    """The affected servers again: these are the last lines before a person approves."""
    return [
        (style.alarm if found.kind == "danger" else style.caution)(f"! {found.head} {found.names}")
        for found in find_dangers(stack)
    ]


def _warning_lines(warnings: tuple[Diagnostic, ...], style: Style) -> list[str]:
    """Every warning once. A repeated one names its first places."""
    groups: dict[tuple[str, str, str], list[Diagnostic]] = {}
    for warning in warnings:
        groups.setdefault((warning.code, warning.what, warning.hint), []).append(warning)
    lines = [style.yellow("Warnings:")] if groups else []
    for first, *others in groups.values():
        places = [escape_short(other.where) for other in others if other.where]
        rest = ""
        if others:
            named = (
                f": {', '.join(places[:_MAX_PLACES])}{', …' if len(places) > _MAX_PLACES else ''}"
                if places
                else ""
            )
            rest = f" (and {count_of(len(others), 'other')}{named})"
        lines.append(f"  {style.yellow('!')} {locate(first)}{rest}")
        lines += (f"    {line}" for line in hint_lines(first))
    return lines


def _held_lines(held: tuple[Diagnostic, ...], style: Style) -> list[str]:
    if not held:
        return []
    side = style.alarm("│")
    lines = [style.alarm("╷")]
    for diagnostic in held:
        lines.append(f"{side} {style.alarm('BLOCKED by a guard:')} {locate(diagnostic)}")
        lines += (f"{side}   {line}" for line in hint_lines(diagnostic))
    lines.append(f"{side} {style.bold('Nothing in this plan is done while it is blocked.')}")
    return [*lines, style.alarm("╵")]
