"""A plan on one screen of 24 lines and 80 columns, whatever its size: counts, and what is lost.

Stacks fold into a last row of the table, names into `and N more`. Whatever is left out is counted.
The blocks of changes belong to `text.py`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.results.plan import DESTRUCTIVE, Action, Plan, StackPlan
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.account_line import account_line
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.money import format_amount
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import cut, pad, text_width, wrap
from ccloud_apply.render.lib.timing_text import length_line
from ccloud_apply.render.lib.undo_text import undo_line
from ccloud_apply.render.other.diagnostics_text import locate
from ccloud_apply.render.plan.fold_names import name_server
from ccloud_apply.render.plan.later import moment_lines, override_lines
from ccloud_apply.render.plan.words import (
    Danger,
    conclude,
    cost_words,
    find_dangers,
)

WIDTH = 80
HEIGHT = 23
"""Lines of the whole summary: the prompt takes the last one of a screen."""

_MAX_NAME = 40
_LEAST_NAME = 12
_LEAST_ROWS = 2
_MAX_SOURCE = 2
_MAX_ENDING = 3
_MAX_CURRENCIES = 2
_AMOUNTS = ("monthly_before", "monthly_after", "monthly_change", "setup_fees")
_INDENT = "  "
_CLAUSE = lazy_pattern(r"(?<=[,;]) ")

_ORDER = (
    Action.DESTROY,
    Action.REPLACE,
    Action.REINSTALL,
    Action.RETIRE,
    Action.NOT_COMPARED,
    Action.RESTORE,
    Action.CREATE,
    Action.UPDATE,
    Action.ADOPT,
    Action.UNCHANGED,
)
"""Which columns stay where there is no room for all of them; the last line counts every action."""


def render_plan_summary(plan: Plan, style: Style = PLAIN) -> str:
    """The plan in at most HEIGHT lines of WIDTH columns."""
    head = _source(plan, style)
    dangers = _merge(plan.stacks)
    undo = filter(None, [undo_line(server for stack in plan.stacks for server in stack.entries)])
    end = [
        *_notes(plan, style),
        *undo,
        *_costs(plan.stacks),
        *_length(plan),
        *_conclusion(plan, style),
    ]
    room = HEIGHT - len(head) - len(end) - len(dangers)
    room -= 2 if plan.stacks else 0  # a blank line, and the heading of the table
    wanted = len(plan.stacks) + (len(plan.stacks) > 1)
    rows = min(wanted, max(_LEAST_ROWS, room // 2))
    lines = [*head, *_table(plan.stacks, rows, style)]
    spare = max(0, room - rows)
    for danger, names in dangers:
        fitting = _fit(f"! {danger.head}", names, 1 + spare)
        spare -= len(fitting) - 1
        lines += map(style.alarm if danger.kind == "danger" else style.caution, fitting)
    shown = [*lines, *end]
    if len(shown) > HEIGHT:  # all that can be lost at once: nothing is left out for its looks
        shown = [line for line in shown if line]
    return "".join(f"{line}\n" for line in shown)


def _source(plan: Plan, style: Style) -> list[str]:
    moment = [cut(line, WIDTH) for line in moment_lines(plan)]
    most = _MAX_SOURCE - len(moment)
    if plan.account is not None:
        words = _clauses(account_line(plan.account, plan.read_at, plan.env))
        moment = [*(cut(line, WIDTH) for line in wrap(words, WIDTH)[:most]), *moment]
    return [*map(style.dim, moment), ""] if moment else []


def _clauses(text: str) -> list[str]:
    """What is kept together on a line."""
    return _CLAUSE.split(text)


# The table.


def _table(stacks: Sequence[StackPlan], rows: int, style: Style) -> Iterator[str]:
    """A row for each stack, those with losses first; the last ones share one, and all have one."""
    if not stacks:
        return
    counted = sorted(((stack.stack, Counter(stack.summary)) for stack in stacks), key=_importance)
    total = _add(counts for _, counts in counted)
    lines = [(cut(escape_short(name), _MAX_NAME), counts) for name, counts in counted]
    if len(stacks) > 1:
        shown = len(stacks) if rows > len(stacks) else max(0, rows - 2)
        rest = _add(counts for _, counts in counted[shown:])
        label = f"{len(stacks) - shown:,} {'more' if shown else 'stacks'}"
        folded = [(label, rest)] if shown < len(stacks) else []
        lines = [*lines[:shown], *folded, ("all", total)]
    columns = _columns(total)
    widths = {action: max(len(_title(action)), len(f"{total[action]:,}")) for action in columns}
    wide = min(max(text_width(name) for name, _ in [("stack", total), *lines]), _name_room(widths))
    cells = [pad("stack", wide), *(_title(action).rjust(widths[action]) for action in columns)]
    yield style.bold("  ".join(cells).rstrip())
    for name, counts in lines:
        figures = (_figure(counts[action], action, widths[action], style) for action in columns)
        yield "  ".join([pad(cut(name, wide), wide), *figures])
    yield ""


def _importance(row: tuple[str, Mapping[str, int]]) -> tuple[int, ...]:
    """Sorts the stacks that lose most first, those without changes last; else their order stays."""
    return tuple(-row[1][action] for action in _ORDER[:-1])


def _add(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def _columns(total: Mapping[str, int]) -> list[Action]:
    """The actions that happen, as many as there is room for, in their usual order."""
    chosen: list[Action] = []
    room = WIDTH - _LEAST_NAME
    for action in _ORDER:
        size = 2 + max(len(_title(action)), len(f"{total[action]:,}"))
        if total[action] and size <= room:
            chosen.append(action)
            room -= size
    return sorted(chosen, key=list(Action).index)


def _name_room(widths: Mapping[Action, int]) -> int:
    return WIDTH - sum(width + 2 for width in widths.values())


def _title(action: Action) -> str:
    return action.value.replace("_", " ")


def _figure(count: int, action: Action, width: int, style: Style) -> str:
    text = f"{count:,}".rjust(width)
    return style.alarm(text) if count and action in DESTRUCTIVE else text


# What is lost, stops or is unknown.


def _merge(stacks: Sequence[StackPlan]) -> list[tuple[Danger, list[str]]]:
    """The dangers of all stacks with the names of their servers; the worst first."""
    found: dict[int, list[tuple[StackPlan, Danger]]] = {}
    for stack in stacks:
        for danger in find_dangers(stack):
            found.setdefault(danger.rank, []).append((stack, danger))
    merged = []
    for _, parts in sorted(found.items()):
        servers = tuple(server for _, danger in parts for server in danger.servers)
        names = [
            f"{escape_short(stack.stack)}/{name_server(server)}"
            if len(stacks) > 1
            else name_server(server)
            for stack, danger in parts
            for server in danger.servers
        ]
        merged.append((replace(parts[0][1], servers=servers), names))
    return merged


def _fit(head: str, names: Sequence[str], most: int) -> list[str]:
    """The names behind the words, in at most so many lines; the rest is counted."""
    fits, never = 0, len(names) + 1
    while never - fits > 1:
        shown = (fits + never) // 2
        if _is_fitting(_list(head, names, shown), most):
            fits = shown
        else:
            never = shown
    lines = _list(head, names, fits)
    return lines if _is_fitting(lines, most) else [cut(lines[0], WIDTH)]


def _list(head: str, names: Sequence[str], shown: int) -> list[str]:
    rest = len(names) - shown
    words = (head if shown else head.removesuffix(":")).split(" ")
    listed = [f"{name}," for name in names[: max(0, shown - 1)]] + [*names[:shown]][-1:]
    more = [f"and {rest:,} more"] if shown and rest else []
    first, *others = wrap([*words, *listed, *more], WIDTH - len(_INDENT))
    return [first, *(f"{_INDENT}{line}" for line in others)]


def _is_fitting(lines: Sequence[str], most: int) -> bool:
    return len(lines) <= most and all(text_width(line) <= WIDTH for line in lines)


# What stands at the end.


def _notes(plan: Plan, style: Style) -> Iterator[str]:
    yield from (style.caution(cut(f"! {line}", WIDTH)) for line in override_lines(plan))
    if plan.held:
        words = f"BLOCKED by a guard ({len(plan.held):,}): {locate(plan.held[0])}"
        first, *others = wrap(words.split(" "), WIDTH)
        yield style.alarm(cut(first, WIDTH))
        if others:
            yield style.alarm(cut(f"{_INDENT}{' '.join(others)}", WIDTH))
    told = (server for stack in plan.stacks for server in stack.told_servers())
    count = sum(len(server.warnings) for server in told)
    count += sum(len(stack.warnings) for stack in plan.stacks)
    if count:
        yield style.yellow(f"{count_of(count, 'warning')}, shown without --summary")


def _costs(stacks: Sequence[StackPlan]) -> list[str]:
    """A line for each currency: amounts of different ones are never added."""
    sums: dict[str | None, list[Decimal]] = {}
    unknown = 0
    for cost, currency in ((stack.cost, stack.currency) for stack in stacks):
        if cost is None:
            continue
        unknown += len(cost.get("unknown", ()))
        amounts = _amounts(cost)
        if amounts is not None and (cost.get("servers") or not cost.get("unknown")):
            so_far = sums.setdefault(currency, [Decimal(0)] * len(_AMOUNTS))
            sums[currency] = [one + other for one, other in zip(so_far, amounts, strict=True)]
    order = sorted(sums, key=lambda currency: (currency is None, currency or ""))
    lines = [f"Monthly cost: {_sum_words(sums[currency], currency)}" for currency in order]
    if len(lines) > _MAX_CURRENCIES:
        rest = len(lines) - _MAX_CURRENCIES + 1
        lines = [*lines[: _MAX_CURRENCIES - 1], f"Monthly cost: {rest:,} more currencies"]
    if unknown:
        lines.append(f"Monthly cost: unknown for {count_of(unknown, 'server')}")
    return [cut(line, WIDTH) for line in lines]


def _amounts(cost: Mapping[str, Any]) -> list[Decimal] | None:
    """The amounts of a stack, or None if one of them is no amount."""
    try:
        found = [Decimal(str(cost[name])) for name in _AMOUNTS]
    except (InvalidOperation, KeyError):
        return None
    return found if all(amount.is_finite() for amount in found) else None


def _sum_words(amounts: Sequence[Decimal], currency: str | None) -> str:
    before, after, change, fees = (f"{amount:f}" for amount in amounts)
    text = cost_words(before, after, change, currency)
    return f"{text}, setup fees: {format_amount(fees, currency)}" if amounts[-1] else text


def _length(plan: Plan) -> list[str]:
    """Without the steps that nobody can time: `at least` stays."""
    line = length_line(plan.length).partition(";")[0]
    return [cut(line, WIDTH)] if line else []


def _conclusion(plan: Plan, style: Style) -> list[str]:
    lines = wrap(_clauses(conclude(plan)), WIDTH)[:_MAX_ENDING]
    return [style.bold(cut(line, WIDTH)) for line in lines]
