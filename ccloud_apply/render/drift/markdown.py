"""Drift as Markdown for an issue or a comment: the counts first, each server folded.

The report is never longer than GitHub takes; it counts what did not fit. `render/lib/markdown.py`
escapes the text.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from ccloud_apply.model.results.drift import DriftedServer, DriftReport, StackDrift
from ccloud_apply.model.text import count_of
from ccloud_apply.render.drift.words import (
    HEADING,
    conclude,
    count_words,
    describe_calm,
    describe_restored,
    describe_retired,
    describe_task,
    describe_warning,
    describe_why,
    fold_calm,
    name_declared,
    name_live,
    name_other,
    name_unmanaged,
    show_drift,
    since_sentences,
    source_words,
    unknown_fields,
)
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.lib.ignored_text import ignored_lines
from ccloud_apply.render.lib.markdown import code_span, count_bytes, html_code, render_fence
from ccloud_apply.render.lib.shown_change import ShownChange

Item = TypeVar("Item")

MARKER = "<!-- ccloud-apply:drift -->"
"""The first line, by which a job finds the comment to update."""

MAX_LENGTH = 65_536
"""Characters that GitHub takes. Bytes are counted, and a text never has fewer of them."""

_RESERVE = 1_000
_MAX_SERVER = 20_000
_MAX_LINE = 500
_NAMES = 3


def render_drift_markdown(report: DriftReport, *, has_unmanaged: bool = False) -> str:
    """The report; `has_unmanaged` adds the servers that no stack declares."""
    source = code_span(source_words(report), _MAX_LINE)
    text = f"{MARKER}\n### {conclude(report)}\n\n{HEADING}. {source}\n"
    text += "".join(f"\n{code_span(line, _MAX_LINE)}\n" for line in since_sentences(report))
    left = 0
    has_room = True
    for part in _parts(report, has_unmanaged):
        # The first part that does not fit ends the text, so no heading lacks its list.
        has_room = has_room and count_bytes(text) + count_bytes(part) <= MAX_LENGTH - _RESERVE
        if has_room:
            text += part
        else:
            left += 1
    if left:
        text += (
            f"\n**{count_of(left, 'more entry', 'more entries')} are not shown for lack of room.**"
            " `ccloud-apply drift --format html --out FILE` shows all of them.\n"
        )
    return text


def _parts(report: DriftReport, has_unmanaged: bool) -> Iterator[str]:
    shown, calm = fold_calm(report.stacks)
    for stack in shown:
        yield from _stack_parts(stack)
    if calm:
        yield f"\n#### {code_span(describe_calm(report, calm), _MAX_LINE)}\n\n{count_words(calm)}\n"
    if has_unmanaged:
        yield from _parts_of_others(report)


def _stack_parts(stack: StackDrift) -> Iterator[str]:
    path = code_span(stack.path, _MAX_LINE)
    yield f"\n#### Stack {code_span(stack.stack, _MAX_LINE)} ({path})\n\n{count_words([stack])}\n"
    yield from map(_server_part, stack.entries)
    yield from _list_part("Missing: declared but does not exist", stack.missing, code_span)
    yield from _list_part(
        "Extra: with the stack's tag and not declared",
        stack.extra,
        lambda extra: (
            f"{code_span(name_live(extra.hostname))} as {code_span(extra.key)}"
            + (f": {code_span(extra.why, _MAX_LINE)}" if extra.why else "")
        ),
    )
    yield from _list_part(
        "Retired: off, and waiting for their day",
        stack.retired,
        lambda server: (
            f"{code_span(name_declared(server.key, server.hostname))} {describe_retired(server)}"
        ),
    )
    yield from _list_part(
        "Not compared",
        stack.not_compared,
        lambda server: (
            f"{code_span(name_declared(server.key, server.hostname))}:"
            f" {code_span(describe_why(server), _MAX_LINE)}"
        ),
    )
    yield from _list_part(
        "Compared in part",
        tuple(unknown_fields(stack).items()),
        lambda found: f"{code_span(found[0])} without {code_span(found[1], _MAX_LINE)}",
    )
    yield from _list_part(
        "Ignored", ignored_lines(stack.ignored), lambda line: code_span(line, _MAX_LINE)
    )
    yield from _list_part(
        "Warnings",
        stack.warnings,
        lambda warning: code_span(describe_warning(warning), _MAX_LINE),
    )


def _parts_of_others(report: DriftReport) -> Iterator[str]:
    """The servers of stacks that were not given, and those without a stack."""
    if report.other_stacks:
        yield "\n#### Servers of other stacks\n"
        yield from _list_part(
            "These stacks were not given",
            report.other_stacks,
            lambda other: code_span(name_other(other), _MAX_LINE),
        )
    yield f"\n#### Servers without a stack: {len(report.unmanaged):,}\n"
    yield from _list_part(
        "No stack declares them",
        report.unmanaged,
        lambda server: code_span(name_unmanaged(server), _MAX_LINE),
    )


def _list_part(title: str, items: Sequence[Item], show: Callable[[Item], str]) -> Iterator[str]:
    """The title with the first item, then each other item, so that as many as possible fit."""
    for number, item in enumerate(items):
        head = f"\n{title}\n\n" if number == 0 else ""
        yield f"{head}- {show(item)}\n"


def _server_part(server: DriftedServer) -> str:
    changes = show_drift(server)
    live = html_code(name_live(server.hostname))
    names = ", ".join(html_code(change.field, 40) for change in changes[:_NAMES])
    more = f" and {len(changes) - _NAMES:,} more" if len(changes) > _NAMES else ""
    head = f"{html_code(server.key)} ({live}): {names}{more}"
    fence = render_fence([_HEADER, *map(_diff_lines, changes)], _MAX_SERVER)
    hidden = len(changes) + 1 - fence.shown
    rest = f"\n{hidden:,} more changes are not shown for lack of room.\n" if hidden else ""
    tasks = "".join(
        f"- {code_span(describe_task(task), _MAX_LINE)}\n" for task in server.last_tasks
    )
    history = f"\nLast tasks:\n\n{tasks}" if tasks else ""
    restored = describe_restored(server)
    first = f"It {restored}.\n\n" if restored else ""
    body = f"{first}{fence.text}{rest}{history}"
    return f"\n<details><summary>{head}</summary>\n\n{body}\n</details>\n"


_HEADER = ("--- live", "+++ declared")


def _diff_lines(change: ShownChange) -> Sequence[str]:
    """Live in red, declared in green, the note below them."""
    lines: Iterable[str]
    if change.lines:
        signed = ((line[:1], line[2:]) for line in change.lines)
        lines = (f" {change.field}:", *(f"{sign or ' '}   {text}" for sign, text in signed))
    elif change.items:
        sides = (("-", change.removed), ("+", change.added))
        lines = (f"{sign}{change.field}: {items}" for sign, items in sides if items)
    else:
        lines = (f"-{change.field}: {change.live}", f"+{change.field}: {change.declared}")
    note = (f"  # {change.note}",) if change.note else ()
    return [escape_line(line.rstrip()) for line in (*lines, *note)]
