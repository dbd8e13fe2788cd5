"""Drift as one HTML page. `render/lib/html_page.py` has the frame and what all pages share."""

from collections.abc import Iterator
from html import escape

from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    ExtraServer,
    OtherStack,
    RetiredServer,
    StackDrift,
    UncomparedServer,
    UnmanagedServer,
)
from ccloud_apply.model.text import count_of
from ccloud_apply.render.drift.html_style import DRIFT_STYLE
from ccloud_apply.render.drift.words import (
    HEADING,
    SET_SIGNS,
    conclude,
    describe_restored,
    describe_retired,
    describe_task,
    describe_unlooked,
    describe_warning,
    describe_why,
    headline,
    name_declared,
    name_live,
    name_other_stack,
    show_drift,
    since_sentences,
    unknown_fields,
)
from ccloud_apply.render.lib.html_page import (
    html_short,
    html_text,
    render_card,
    render_cell,
    render_diff,
    render_facts,
    render_group,
    render_page,
    render_table,
    render_totals,
    render_warnings,
)
from ccloud_apply.render.lib.ignored_text import ignored_lines
from ccloud_apply.render.lib.shown_change import ShownChange
from ccloud_apply.render.lib.value_text import format_value


def render_drift_html(report: DriftReport, *, has_unmanaged: bool = False) -> str:
    """The whole report. `has_unmanaged` adds other stacks, and servers that no stack declares."""
    stacks = "".join(map(_stack, report.stacks))
    others = _others(report.other_stacks) + _unmanaged(report.unmanaged) if has_unmanaged else ""
    facts = render_facts(report.account, report.read_at, report.commit, env=report.env)
    header = (
        f'<header class="{"calm" if report.matches else "drift"}">\n<h1>{headline(report)}</h1>\n'
        f"<p>{HEADING}.</p>\n"
        f"{facts}{_totals(report)}"
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
        ("retired", sum(len(stack.retired) for stack in stacks)),
        ("not compared", sum(len(stack.not_compared) for stack in stacks)),
    )
    return render_totals(pair for pair in counts if pair[1] or pair[0] not in _ONLY_WHERE_ANY)


_ONLY_WHERE_ANY = frozenset({"retired", "not compared"})


def _stack(stack: StackDrift) -> str:
    head = (
        f'<section class="stack">\n<h2>{html_short(stack.stack)}'
        f" <small>{html_text(stack.path)}</small></h2>\n"
    )
    rest = _in_sync(stack) if stack.in_sync and not stack.matches else ""
    return f"{head}{_found(stack, len(stack.in_sync))}{rest}</section>\n"


def render_drift_part(stack: StackDrift, in_sync: int) -> str:
    """The drift of one stack as a part of another page, whose style has `DRIFT_STYLE`. `in_sync` is
    how many servers are as declared."""
    told = "" if stack.matches else f'<p class="quiet">{in_sync:,} in sync</p>\n'
    return f"{_found(stack, in_sync)}{told}"


def _found(stack: StackDrift, in_sync: int) -> str:
    parts = []
    if stack.matches:
        parts.append(
            f'<p class="calm">{count_of(in_sync, "server is", "servers are")} as declared'
            f"{', as far as the lists tell' if stack.not_looked_at else ''}.</p>\n"
        )
    if unlooked := describe_unlooked(stack):
        parts.append(f"<p>{html_text(unlooked[:1].upper() + unlooked[1:])}.</p>\n")
    parts += _groups(stack)
    parts += (f'<p class="quiet">{html_text(line)}</p>\n' for line in ignored_lines(stack.ignored))
    parts.append(render_warnings([html_text(describe_warning(w)) for w in stack.warnings]))
    return "".join(parts)


def _drifted(server: DriftedServer) -> str:
    body = render_table(("field", "live", "declared"), map(_row, show_drift(server)))
    if server.last_tasks:
        tasks = "".join(
            f"<li>{html_text(describe_task(task))}</li>\n" for task in server.last_tasks
        )
        body += f'<h5>Last tasks</h5>\n<ol class="tasks">\n{tasks}</ol>\n'
    live = escape(name_live(server.hostname))
    restored = describe_restored(server)
    if restored:
        body = f'<p class="quiet">{html_text(f"It {restored}.")}</p>\n{body}'
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
    cells = render_cell("live", live, "before") + render_cell("declared", declared, "after")
    return f"{head}{cells}</tr>\n"


def _groups(stack: StackDrift) -> Iterator[str]:
    """The cards by what is found: drift first, what is known least last."""
    groups = (
        ("Drifted", [_drifted(server) for server in stack.entries]),
        ("Missing", [_missing(key) for key in stack.missing]),
        ("Extra", [_extra(server) for server in stack.extra]),
        ("Retired", [_retired(server) for server in stack.retired]),
        ("Not compared", [_not_compared(server) for server in stack.not_compared]),
        ("Partly unknown", [_unknown(*pair) for pair in unknown_fields(stack).items()]),
    )
    return (render_group(title, len(cards), "".join(cards)) for title, cards in groups)


def _missing(key: str) -> str:
    return render_card(
        "missing", f"{html_short(key)} <small>declared, does not exist</small>", "missing"
    )


def _extra(server: ExtraServer) -> str:
    live = escape(name_live(server.hostname))
    what = f"carries the stack's tag as {html_short(server.key)}, not declared"
    if server.why:
        what += f": {html_text(server.why)}"
    return render_card("extra", f"{live} <small>{what}</small>", "extra")


def _retired(server: RetiredServer) -> str:
    name = escape(name_declared(server.key, server.hostname))
    title = f"{name} <small>{escape(describe_retired(server))}</small>"
    return render_card("retired", title, "retired")


def _not_compared(server: UncomparedServer) -> str:
    name = escape(name_declared(server.key, server.hostname))
    title = f"{name} <small>{escape(describe_why(server))}</small>"
    return render_card("not-compared", title, "not compared")


def _unknown(key: str, fields: str) -> str:
    title = f"{html_short(key)} <small>is compared without {escape(fields)}</small>"
    return render_card("unknown", title, "unknown")


def _in_sync(stack: StackDrift) -> str:
    count = len(stack.in_sync)
    names = ", ".join(map(html_short, stack.in_sync))
    return f'<details class="quiet"><summary>{count:,} in sync</summary><p>{names}</p></details>\n'


def _others(others: tuple[OtherStack, ...]) -> str:
    if not others:
        return ""
    rows = (
        f'<tr><th scope="row">{escape(name_other_stack(other))}</th>'
        f"{render_cell('servers', f'{other.servers:,}')}</tr>\n"
        for other in others
    )
    return (
        '<section class="stack">\n<h2>Servers of other stacks</h2>\n'
        f'<div class="wide">{render_table(("stack", "servers"), rows)}</div>\n</section>\n'
    )


def _unmanaged(unmanaged: tuple[UnmanagedServer, ...]) -> str:
    head = '<section class="stack">\n<h2>Servers without a stack</h2>\n'
    if not unmanaged:
        return f'{head}<p class="calm">None.</p>\n</section>\n'
    rows = (
        f'<tr><th scope="row">{escape(name_live(server.hostname))}</th>'
        f"{render_cell('custom name', escape(format_value(server.custom_name)))}"
        f"{render_cell('tags', escape(format_value(list(server.tags))))}</tr>\n"
        for server in unmanaged
    )
    table = render_table(("server", "custom name", "tags"), rows)
    return f'{head}<div class="wide">{table}</div>\n</section>\n'
