"""A plan as text: blocks of changes, then warnings and dangers, then one line of counts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.plan import (
    DESTROYS_DATA,
    DESTRUCTIVE,
    Action,
    Plan,
    ServerPlan,
    StackPlan,
)
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.render.lib.account_line import account_line, invoice_line
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.other.diagnostics_text import hint_lines, locate
from ccloud_apply.render.plan.fold import fold_servers
from ccloud_apply.render.plan.server_text import name_server, render_block
from ccloud_apply.render.plan.steps_text import render_steps

_MAX_NAMES = 20
_MAX_PLACES = 3


def render_plan(plan: Plan, style: Style = PLAIN, *, show_steps: bool = False) -> str:
    """The whole plan for a person. `show_steps` adds every request in its order."""
    about = "" if plan.account is None else account_line(plan.account, plan.read_at)
    told = [style.dim(line) for line in (about, invoice_line(plan.invoice_preview)) if line]
    parts = ["\n".join(told)] if told else []
    parts += ("\n".join(_stack_lines(stack, style, show_steps)) for stack in plan.stacks)
    if len(plan.stacks) != 1:
        parts.append(conclude(plan))
    return "\n\n".join(parts) + "\n"


def conclude(plan: Plan) -> str:
    """The whole plan in one sentence."""
    if not plan.stacks:
        return "No stacks."
    if len(plan.stacks) == 1:
        return _conclusion(plan.stacks[0], plan.stacks[0].told_servers())
    return f"{len(plan.stacks):,} stacks. {_summary(plan.summary)}"


def _stack_lines(stack: StackPlan, style: Style, show_steps: bool) -> list[str]:
    changed = stack.told_servers()
    sections: list[Iterable[str]] = []
    if changed:
        path = style.dim(f"({escape_line(stack.path)})")
        sections.append([f"{style.bold('Stack ' + escape_short(stack.stack))} {path}"])
        sections += _blocks(stack, changed, style)
    if show_steps and stack.steps:
        sections.append(render_steps(stack.steps, style))
    sections.append(_warning_lines(stack.warnings, style))
    sections.append(_held_lines(stack.held, style))
    end = [*_danger_lines(stack, style), *cost_lines(stack.cost)]
    sections.append([*end, style.bold(_conclusion(stack, changed))])
    lines: list[str] = []
    for section in filter(None, map(list, sections)):
        lines += ["", *section] if lines else section
    return lines


def _blocks(stack: StackPlan, changed: tuple[ServerPlan, ...], style: Style) -> list[list[str]]:
    """The blocks. Headings without lines below them are grouped."""
    steps = {step.id: step for step in stack.steps}
    sections: list[list[str]] = []
    has_details = True
    for fold in fold_servers(changed):
        block = render_block(fold, steps, style)
        if has_details or len(block) > 1:
            sections.append(list(block))
        else:
            sections[-1] += block
        has_details = len(block) > 1
    return sections


def _conclusion(stack: StackPlan, changed: tuple[ServerPlan, ...]) -> str:
    if changed or stack.has_changes:
        return _summary(stack.summary)
    name = escape_short(stack.stack)
    count = count_of(len(stack.servers), "server")
    return f"No changes. The account matches {name} ({count})."


def _summary(counts: Mapping[str, int]) -> str:
    changes = ", ".join(
        f"{counts[action]:,} to {action.value}"
        for action in Action
        if action not in (Action.UNCHANGED, Action.NOT_COMPARED)
        if action is not Action.REINSTALL or counts[action]
    )
    unknown = counts[Action.NOT_COMPARED]
    rest = filter(
        None,
        (f"{unknown:,} not compared" if unknown else "", describe_losing(counts[DESTROYS_DATA])),
    )
    end = "".join(f"; {words}" for words in rest)
    return f"Plan: {changes}; {counts[Action.UNCHANGED]:,} unchanged{end}."


def describe_losing(number: int) -> str:
    """How many servers lose data while they stay; nothing for none."""
    return f"{count_of(number, 'server loses', 'servers lose')} data" if number else ""


def danger_sentences(stack: StackPlan) -> Iterator[tuple[Literal["danger", "caution"], str, str]]:
    """The affected servers: how bad it is, what happens, and their names on one line."""
    destructive = {step.server for step in stack.steps if step.is_destructive}
    gone = [server for server in stack.servers if server.action is Action.DESTROY]
    anew = [server for server in stack.servers if server.action is Action.REPLACE]
    reinstalled = [server for server in stack.servers if server.action is Action.REINSTALL]
    staying = [server for server in stack.servers if server.action not in DESTRUCTIVE]
    parts = [server for server in staying if server.loses_data]
    older = [s for s in staying if s.key in destructive and not s.loses_data]
    stopped = [server for server in staying if server.has_downtime]
    for servers, words in (
        (gone, "DESTROYS {} with all data:"),
        (anew, "REPLACES {}, destroying all data:"),
        (reinstalled, "REINSTALLS {}, destroying all data of the system disk:"),
        (parts, "DESTROYS DATA on {}:"),
        (older, "DELETES SNAPSHOTS of {}:"),
    ):
        if servers:
            yield "danger", words.format(count_of(len(servers), "server")), _names(servers)
    if stopped:
        yield "caution", f"DOWNTIME on {count_of(len(stopped), 'server')}:", _names(stopped)
    if unknown := list(stack.uncompared_servers()):
        yield "caution", f"NOT COMPARED, so nothing is done to {len(unknown):,}:", _names(unknown)


def _danger_lines(stack: StackPlan, style: Style) -> list[str]:
    """The affected servers again: these are the last lines before a person approves."""
    return [
        (style.alarm if kind == "danger" else style.caution)(f"! {words} {names}")
        for kind, words, names in danger_sentences(stack)
    ]


def _names(servers: list[ServerPlan]) -> str:
    return join_names(map(name_server, servers), most=_MAX_NAMES)


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


def cost_lines(cost: Mapping[str, Any] | None) -> list[str]:
    """The monthly cost before and after, on one line; empty if it is not known."""
    if cost is None:
        return []
    before, after, change, fees = (
        escape_short(str(cost.get(name, "0")))
        for name in ("monthly_before", "monthly_after", "monthly_change", "setup_fees")
    )
    unknown = [escape_short(str(key)) for key in cost.get("unknown", ())]
    more = f" and {len(unknown) - 5:,} more" if len(unknown) > 5 else ""
    names = f"unknown for {', '.join(unknown[:5])}{more}"
    if unknown and not cost.get("servers"):
        return [f"Monthly cost: {names}"]
    sign = "" if change.startswith(("-", "+")) else "+"
    is_same = not change.strip("+-0.")
    text = f"{after} (unchanged)" if is_same else f"{before} -> {after} ({sign}{change})"
    if fees.strip("0."):
        text += f", setup fees: {fees}"
    return [f"Monthly cost: {text}{f'; {names}' if unknown else ''}"]
