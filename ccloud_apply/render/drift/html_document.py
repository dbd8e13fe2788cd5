"""Drift as one HTML page. `render/lib/html_page.py` has the frame and what all pages share."""

from collections.abc import Iterator
from html import escape

from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    OtherStack,
    StackDrift,
    UnmanagedServer,
)
from ccloud_apply.model.text import count_of
from ccloud_apply.render.drift.html_style import DRIFT_STYLE
from ccloud_apply.render.drift.words import (
    HEADING,
    SET_SIGNS,
    conclude,
    describe_task,
    describe_warning,
    describe_why,
    headline,
    name_declared,
    name_live,
    name_other_stack,
    show_drift,
    since_sentences,
    source_words,
    unknown_fields,
)
from ccloud_apply.render.lib.html_page import (
    html_short,
    html_text,
    render_card,
    render_diff,
    render_page,
    render_totals,
)
from ccloud_apply.render.lib.shown_change import ShownChange
from ccloud_apply.render.lib.value_text import format_value


def render_drift_html(report: DriftReport, *, has_unmanaged: bool = False) -> str:
    """The whole report. `has_unmanaged` adds other stacks, and servers that no stack declares."""
    stacks = "".join(map(_stack, report.stacks))
    others = _others(report.other_stacks) + _unmanaged(report.unmanaged) if has_unmanaged else ""
    header = (
        f'<header class="{"calm" if report.matches else "drift"}">\n<h1>{headline(report)}</h1>\n'
        f"<p>{HEADING}. {html_text(source_words(report))}</p>\n{_totals(report)}"
        f"{''.join(f'<p>{html_text(line)}</p>{chr(10)}' for line in since_sentences(report))}"
        "</header>\n"
    )
    return render_page(
        title=conclude(report), header=header, main=f"{stacks}{others}", style=DRIFT_STYLE
    )


def _totals(report: DriftReport) -> str:
    stacks = report.stacks
    counts = (
        ("drifted", sum(len(stack.entries) for stack in stacks)),
        ("missing", sum(len(stack.missing) for stack in stacks)),
        ("extra", sum(len(stack.extra) for stack in stacks)),
        ("in sync", sum(len(stack.in_sync) for stack in stacks)),
        ("not compared", sum(len(stack.not_compared) for stack in stacks)),
    )
    return render_totals(pair for pair in counts if pair[1] or pair[0] != "not compared")


def _stack(stack: StackDrift) -> str:
    parts = [
        f'<section class="stack">\n<h2>{html_short(stack.stack)}'
        f" <small>{html_text(stack.path)}</small></h2>\n"
    ]
    if stack.matches:
        count = len(stack.in_sync)
        parts.append(
            f'<p class="calm">{count_of(count, "server is", "servers are")} as declared.</p>\n'
        )
    parts += map(_drifted, stack.entries)
    parts += _one_liners(stack)
    if stack.in_sync and not stack.matches:
        parts.append(_in_sync(stack))
    return "".join(parts) + "</section>\n"


def _drifted(server: DriftedServer) -> str:
    rows = "".join(map(_row, show_drift(server)))
    body = (
        '<table><thead><tr><th scope="col">field</th><th scope="col">live</th>'
        f'<th scope="col">declared</th></tr></thead><tbody>\n{rows}</tbody></table>\n'
    )
    if server.last_tasks:
        tasks = "".join(
            f"<li>{html_text(describe_task(task))}</li>\n" for task in server.last_tasks
        )
        body += f'<h4>Last tasks</h4>\n<ol class="tasks">\n{tasks}</ol>\n'
    live = escape(name_live(server.hostname))
    return render_card(
        "drifted", f"{html_short(server.key)} <small>{live}</small>", "drifted", body
    )


def _row(change: ShownChange) -> str:
    note = f'<br><small class="note">{escape(change.note)}</small>' if change.note else ""
    head = f'<tr><th scope="row">{escape(change.field)}{note}</th>'
    if change.lines:
        return f'{head}<td colspan="2">{render_diff(change.lines)}</td></tr>\n'
    if change.items:
        signs = f'<small class="note">({SET_SIGNS})</small>'
        return f'{head}<td colspan="2">{escape(change.items)} {signs}</td></tr>\n'
    live, declared = escape(change.live), escape(change.declared)
    return f'{head}<td class="before">{live}</td><td class="after">{declared}</td></tr>\n'


def _one_liners(stack: StackDrift) -> Iterator[str]:
    """Servers without a comparison, then the warnings."""
    for key in stack.missing:
        yield render_card(
            "missing", f"{html_short(key)} <small>declared, does not exist</small>", "missing"
        )
    for extra in stack.extra:
        live = escape(name_live(extra.hostname))
        what = f"carries the stack's tag as {html_short(extra.key)}, not declared"
        yield render_card("extra", f"{live} <small>{what}</small>", "extra")
    for server in stack.not_compared:
        name = escape(name_declared(server.key, server.hostname))
        title = f"{name} <small>{escape(describe_why(server))}</small>"
        yield render_card("not-compared", title, "not compared")
    for key, fields in unknown_fields(stack).items():
        title = f"{html_short(key)} <small>is compared without {escape(fields)}</small>"
        yield render_card("unknown", title, "unknown")
    for warning in stack.warnings:
        yield f'<p class="warning">{html_text(describe_warning(warning))}</p>\n'


def _in_sync(stack: StackDrift) -> str:
    count = len(stack.in_sync)
    names = ", ".join(map(html_short, stack.in_sync))
    return f'<details class="quiet"><summary>{count:,} in sync</summary><p>{names}</p></details>\n'


def _others(others: tuple[OtherStack, ...]) -> str:
    if not others:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{escape(name_other_stack(other))}</th>"
        f"<td>{other.servers:,}</td></tr>\n"
        for other in others
    )
    return (
        '<section class="stack">\n<h2>Servers of other stacks</h2>\n'
        '<div class="wide"><table><thead><tr><th scope="col">stack</th>'
        f'<th scope="col">servers</th></tr></thead><tbody>\n{rows}</tbody></table></div>\n'
        "</section>\n"
    )


def _unmanaged(unmanaged: tuple[UnmanagedServer, ...]) -> str:
    head = '<section class="stack">\n<h2>Servers without a stack</h2>\n'
    if not unmanaged:
        return f'{head}<p class="calm">None.</p>\n</section>\n'
    rows = "".join(
        f"<tr><th scope='row'>{escape(name_live(server.hostname))}</th>"
        f"<td>{escape(format_value(server.custom_name))}</td>"
        f"<td>{escape(format_value(list(server.tags)))}</td></tr>\n"
        for server in unmanaged
    )
    return (
        f'{head}<div class="wide"><table><thead><tr><th scope="col">server</th>'
        f'<th scope="col">custom name</th><th scope="col">tags</th></tr></thead>'
        f"<tbody>\n{rows}</tbody></table></div>\n</section>\n"
    )
