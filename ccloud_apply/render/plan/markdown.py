"""A plan as the comment on a pull request: counts, then guards and data loss, the rest folded.

The most important part comes first, so that a size limit cuts off what matters least. The rest is
counted. Where there is no room for what all the servers are that lose data, each of them is named
first. `render/lib/markdown.py` keeps the text of others from being read as Markdown.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.plan import (
    DESTROYS_DATA,
    DESTRUCTIVE,
    Action,
    Plan,
    ServerPlan,
    StackPlan,
)
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.account_line import account_line, invoice_line
from ccloud_apply.render.lib.ignored_text import ignored_lines
from ccloud_apply.render.lib.markdown import code_span, count_bytes, html_code, render_fence
from ccloud_apply.render.lib.markdown_table import render_counts
from ccloud_apply.render.lib.money import format_amount
from ccloud_apply.render.lib.style import PLAIN
from ccloud_apply.render.lib.timing_text import downtime_total_words, length_line
from ccloud_apply.render.lib.undo_text import undo_line
from ccloud_apply.render.other.diagnostics_text import render_diagnostic
from ccloud_apply.render.plan.fold import fold_servers
from ccloud_apply.render.plan.fold_names import first_runs, name_server
from ccloud_apply.render.plan.later import (
    count_deferred,
    destroyed_from,
    fold_deferred,
    moment_lines,
    override_lines,
    retired_lines,
)
from ccloud_apply.render.plan.markdown_diff import to_diff_lines
from ccloud_apply.render.plan.server_text import render_block, render_deferred
from ccloud_apply.render.plan.words import describe_losing, find_dangers

MAX_BYTES = 65_000
"""GitHub takes 65,536 characters. What a pipeline writes around a comment needs some of them."""

_RESERVE = 500
_NOTE_ROOM = 100
_MAX_MARKED = 10
_MAX_NAMES = 20
_MAX_ACCOUNT = 400
_MAX_LINES = 100
"""Names that a block may list, so that not all of a large group is cut off."""

_LOSSES_SHARE = 0.6
"""What the blocks of all destructive changes may take; else each server is named first."""

_ODD = lazy_pattern("[^a-z0-9-]")

Part = tuple[Sequence[str], int]
"""Lines that stay together, and the number of things that they show."""


@dataclass(slots=True)
class _Page:
    """The Markdown so far, the bytes left, and the numbers of things that did not fit."""

    room: int
    pieces: list[str] = field(default_factory=list)
    hidden: Counter[str] = field(default_factory=Counter)

    def add(self, text: str) -> bool:
        """Add a whole paragraph if there is room."""
        size = count_bytes(text) + 1
        if size > self.room:
            return False
        self.room -= size
        self.pieces.append(text)
        return True

    def add_fence(
        self, parts: Sequence[Part], noun: str, language: str, head: str = "", tail: str = ""
    ) -> None:
        """Add as many parts as there is room for, and a remark that counts the others."""
        outside = count_bytes(head) + count_bytes(tail) + _NOTE_ROOM
        fence = render_fence((lines for lines, _ in parts), self.room - outside, language)
        rest = sum(count for _, count in parts[fence.shown :])
        self.hidden[noun] += rest
        if fence.shown:
            note = f"\n… and {rest:,} more {noun}, not shown for lack of room\n" if rest else ""
            self.add(f"{head}{fence.text}{note}{tail}")


def render_plan_markdown(plan: Plan, max_bytes: int = MAX_BYTES, *, is_full: bool = False) -> str:
    """The plan in at most `max_bytes` of UTF-8. The first line is `plan_marker`'s.

    `max_bytes` is at least 20,000, so that the table of counts always has room. `is_full` shows
    each server by itself, as far as there is room.
    """
    losses = [_server_parts(_split(stack)[0], stack) for stack in plan.stacks]
    is_named_first = _size(losses) > max_bytes * _LOSSES_SHARE
    page = _Page(room=max_bytes - _RESERVE)
    page.add(f"{plan_marker(plan)}\n{_title(plan)}\n")
    if plan.account is not None:
        page.add(f"{code_span(account_line(plan.account, plan.read_at, plan.env), _MAX_ACCOUNT)}\n")
    if plan.invoice_preview is not None:
        page.add(f"{code_span(invoice_line(plan.invoice_preview, plan.currency), _MAX_ACCOUNT)}\n")
    for line in moment_lines(plan):
        page.add(f"{code_span(line, _MAX_ACCOUNT)}\n")
    for line in override_lines(plan):
        page.add(_alert("WARNING", code_span(line, _MAX_ACCOUNT)))
    if plan.stacks:
        page.add(render_counts(plan.stacks))
    for stack, parts in zip(plan.stacks, losses, strict=True):
        shown = _name_parts(stack) if is_named_first else parts
        _add_open(page, stack, shown, has_heading=len(plan.stacks) > 1)
    if line := length_line(plan.length):
        page.add(f"{line}.\n")
    for stack in plan.stacks:
        _add_folded(page, stack, is_full=is_full)
    for stack, parts in zip(plan.stacks, losses, strict=True):
        if is_named_first and parts:
            summary = f"{html_code(stack.stack)}: details of what is destroyed"
            _add_details(page, summary, parts, "details of destructive changes", "diff")
    hidden = [f"{count:,} {noun}" for noun, count in page.hidden.items() if count]
    if hidden:
        page.pieces.append(
            f"**Not shown for lack of room: {', '.join(hidden)}.**"
            " `ccloud-apply show PLANFILE` shows all.\n"
        )
    return "\n".join(page.pieces)


def plan_marker(plan: Plan) -> str:
    """An invisible line by which a pipeline finds its comment on the same stacks again, in the same
    environment."""
    names = sorted(_ODD.sub("_", stack.stack) for stack in plan.stacks)
    if len(names) > _MAX_MARKED or sum(map(len, names)) > _MAX_MARKED * 40:
        digest = hashlib.sha256(" ".join(names).encode("ascii")).hexdigest()
        names = [f"{len(names)}-stacks-{digest[:16]}"]
    env = [] if plan.env is None else [f"env:{_ODD.sub('_', plan.env)}"]
    return f"<!-- {' '.join(['ccloud-apply:plan', *env, *names])} -->"


def _title(plan: Plan) -> str:
    if not plan.stacks:
        return "### ccloud-apply plan: no stacks"
    counts = plan.summary
    losing = describe_losing(counts[DESTROYS_DATA])
    told = (action for action in Action if action is not Action.UNCHANGED and counts[action])
    verbs = (_count(action, counts[action]) for action in told)
    count = count_deferred(plan.stacks)
    words = ", ".join(filter(None, (*verbs, f"{count:,} deferred" if count else "", losing)))
    words = words or ("changes" if plan.has_changes else "no changes")
    return f"### ccloud-apply plan: {words}{'; blocked by a guard' if plan.held else ''}"


def _alert(kind: str, text: str) -> str:
    return f"> [!{kind}]\n> {text}\n"


# What stands open.


def _add_open(page: _Page, stack: StackPlan, losses: Sequence[Part], *, has_heading: bool) -> None:
    destructive, _ = _split(stack)
    stopped, unknown = stack.stopped, stack.uncompared_servers()
    retired = [server for server in stack.servers if server.action is Action.RETIRE]
    is_loud = bool(destructive or retired or stopped or unknown or undo_line(stack.entries))
    if has_heading and (is_loud or stack.held or stack.cost):
        page.add(f"#### {code_span(stack.stack, 80)} in {code_span(stack.path, 200)}\n")
    if stack.held:
        page.add(
            _alert(
                "CAUTION",
                "**Blocked by a guard:** nothing in this plan is done while it is blocked.",
            )
        )
        page.add_fence(_diagnostic_parts(stack.held), "guards", "text")
    if destructive:
        page.add(_alert("CAUTION", _danger(destructive)))
        page.add_fence(losses, "destructive changes", "diff")
    if retired:
        count = count_of(len(retired), "server")
        fate = f"destroyed with all data {destroyed_from(retired)}"
        _add_warning(page, f"**Retires {count}**, {fate}", retired)
    if stopped:
        times = downtime_total_words(stopped)
        words = f"**Downtime** on {count_of(len(stopped), 'server')}, {times}"
        _add_warning(page, words, stopped)
    if unknown:
        _add_warning(page, f"**Not compared**, so nothing is done to {len(unknown):,}", unknown)
    if undo := undo_line(stack.entries):
        page.add(f"{undo}\n")
    if stack.cost is not None:
        page.add(_cost(stack))


def _add_warning(page: _Page, words: str, servers: Sequence[ServerPlan]) -> None:
    """With the servers' names, if there is room for them."""
    runs, rest = first_runs(servers, most=_MAX_NAMES)
    names = ", ".join(map(code_span, runs)) + (f" and {rest:,} more" if rest else "")
    _ = page.add(_alert("WARNING", f"{words}: {names}")) or page.add(_alert("WARNING", words))


def _size(losses: Iterable[Sequence[Part]]) -> int:
    return sum(count_bytes(line) + 1 for parts in losses for lines, _ in parts for line in lines)


def _name_parts(stack: StackPlan) -> list[Part]:
    """A line for each server that loses data, below what happens to it."""
    parts: list[Part] = []
    for danger in find_dangers(stack):
        if danger.kind == "danger":
            lines = [f"-   {name_server(server)}" for server in danger.servers]
            parts.append(([f"- {danger.head}", lines[0]], 1))
            parts += (([line], 1) for line in lines[1:])
    return parts


def _split(stack: StackPlan) -> tuple[list[ServerPlan], list[ServerPlan]]:
    """The changed servers that lose data, and the others."""
    losing = {step.server for step in stack.steps if step.is_destructive}
    destructive: list[ServerPlan] = []
    others: list[ServerPlan] = []
    for server in stack.told_servers():
        is_losing = server.action in DESTRUCTIVE
        (destructive if is_losing or server.key in losing else others).append(server)
    return destructive, others


def _danger(servers: Sequence[ServerPlan]) -> str:
    counts = Counter(server.action for server in servers)
    staying = [server for server in servers if server.action not in DESTRUCTIVE]
    parts = sum(server.loses_data for server in staying)
    words = [
        words.format(count_of(count, "server"))
        for count, words in (
            (counts[Action.DESTROY], "**destroys {}** with all data"),
            (counts[Action.REPLACE], "**replaces {}**, destroying all data"),
            (
                counts[Action.REINSTALL],
                "**reinstalls {}**, destroying all data of the system disk",
            ),
            (parts, "**destroys data** on {}"),
            (len(staying) - parts, "**deletes snapshots** of {}"),
        )
        if count
    ]
    return f"This plan {'; '.join(words)}."


def _cost(stack: StackPlan) -> str:
    cost = stack.cost or {}
    before, after, change, fees = (
        code_span(format_amount(str(cost.get(name, "0")), stack.currency), 80)
        for name in ("monthly_before", "monthly_after", "monthly_change", "setup_fees")
    )
    unknown = [str(key) for key in cost.get("unknown", ())]
    text = f"Monthly cost: {before} → {after} (change: {change}), setup fees: {fees}"
    if unknown:
        named = ", ".join(code_span(key, 80) for key in unknown[:5])
        more = f" and {len(unknown) - 5:,} more" if len(unknown) > 5 else ""
        text += f"; unknown for {named}{more}"
    return f"{text}\n"


# What is folded.


def _add_folded(page: _Page, stack: StackPlan, *, is_full: bool) -> None:
    _, others = _split(stack)
    name = html_code(stack.stack)
    if others:
        counts = Counter(server.action for server in others)
        kinds = ", ".join(_count(a, counts[a]) for a in Action if counts[a])
        summary = f"{name}: {kinds}"
        _add_details(page, summary, _server_parts(others, stack, is_full), "changes", "diff")
    if stack.deferred:
        folds = fold_deferred(stack, is_full=is_full)
        parts: Sequence[Part] = [
            (to_diff_lines(render_deferred(fold, PLAIN)), len(fold.servers)) for fold in folds
        ]
        _add_details(page, f"{name}: {len(stack.deferred):,} deferred", parts, "deferred", "diff")
    if stack.retired:
        parts = [([line], 1) for line in retired_lines(stack)]
        _add_details(page, f"{name}: {len(stack.retired):,} retired", parts, "retired", "text")
    if stack.ignored:
        lines = ignored_lines(stack.ignored)
        parts = [([line], 1) for line in lines]
        _add_details(page, f"{name}: {len(lines):,} ignored", parts, "ignored changes", "text")
    if stack.warnings:
        count = count_of(len(stack.warnings), "warning")
        parts = _diagnostic_parts(stack.warnings)
        _add_details(page, f"{name}: {count}", parts, "warnings", "text")


def _count(action: Action, number: int) -> str:
    if action is Action.NOT_COMPARED:
        return f"{number:,} not compared"
    return f"{number:,} to {Action.UPDATE if action is Action.UNCHANGED else action}"


def _add_details(
    page: _Page, summary: str, parts: Sequence[Part], noun: str, language: str
) -> None:
    head = f"<details>\n<summary>{summary}</summary>\n\n"
    page.add_fence(parts, noun, language, head, "\n</details>\n")


def _diagnostic_parts(diagnostics: Iterable[Diagnostic]) -> list[Part]:
    return [(render_diagnostic(diagnostic).splitlines(), 1) for diagnostic in diagnostics]


def _server_parts(
    servers: Iterable[ServerPlan], stack: StackPlan, is_full: bool = False
) -> list[Part]:
    steps = {step.id: step for step in stack.steps}
    return [
        (to_diff_lines(render_block(fold, steps, PLAIN)), len(fold.servers))
        for fold in fold_servers(servers, stack, is_full=is_full, most_lines=_MAX_LINES)
    ]
