"""Drift as one HTML page: nothing to load, readable without JavaScript, light and dark.

The page's policy allows its own style and its own script by their hashes and nothing else, so that
text of the account could not act even if it got through the escaping.
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from ccloud_apply.model.drift import DriftedServer, DriftReport, StackDrift, UnmanagedServer
from ccloud_apply.render.drift_style import DRIFT_SCRIPT, DRIFT_STYLE
from ccloud_apply.render.drift_words import (
    ShownChange,
    conclude,
    describe_task,
    describe_warning,
    name_live,
    read_at_words,
    show_change,
)
from ccloud_apply.render.escape import escape_line, escape_short
from ccloud_apply.render.value_text import format_value


def render_drift_html(report: DriftReport, *, has_unmanaged: bool = False) -> str:
    """The whole report; `has_unmanaged` adds the servers that no stack declares."""
    stacks = "".join(map(_stack, report.stacks))
    unmanaged = _unmanaged(report.unmanaged) if has_unmanaged else ""
    verdict, title = ("drift", "Drift") if report.has_drift else ("calm", "No drift")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_text(conclude(report))}</title>\n<style>{DRIFT_STYLE}</style>\n</head>\n"
        f'<body>\n<header class="{verdict}">\n<h1>{title}</h1>\n'
        f"<p>Live against declared, read {read_at_words(report)}</p>\n"
        f"{_totals(report)}</header>\n<main>\n"
        '<p class="filter" hidden><label>Show servers with <input type="search"></label></p>\n'
        f"{stacks}{unmanaged}</main>\n<script>{DRIFT_SCRIPT}</script>\n</body>\n</html>\n"
    )


def _policy() -> str:
    def hash_of(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; style-src {hash_of(DRIFT_STYLE)}; script-src {hash_of(DRIFT_SCRIPT)}"
    )


def _text(text: str) -> str:
    """One line of text, harmless in HTML."""
    return escape(escape_line(text))


def _short(text: str) -> str:
    return escape(escape_short(text))


def _totals(report: DriftReport) -> str:
    stacks = report.stacks
    counts = (
        ("drifted", sum(len(stack.drifted) for stack in stacks)),
        ("missing", sum(len(stack.missing) for stack in stacks)),
        ("extra", sum(len(stack.extra) for stack in stacks)),
        ("in sync", sum(len(stack.in_sync) for stack in stacks)),
        ("not compared", sum(len(stack.not_compared) for stack in stacks)),
    )
    shown = (pair for pair in counts if pair[1] or pair[0] != "not compared")
    items = "".join(
        f'<li class="{name.replace(" ", "-")}{"" if count else " none"}">'
        f"<strong>{count:,}</strong> {name}</li>"
        for name, count in shown
    )
    return f'<ul class="totals">{items}</ul>\n'


def _stack(stack: StackDrift) -> str:
    parts = [
        f'<section class="stack">\n<h2>{_short(stack.stack)}'
        f" <small>{_text(stack.path)}</small></h2>\n"
    ]
    if not stack.has_drift:
        count = len(stack.in_sync)
        parts.append(
            f'<p class="calm">{count:,} {"server is" if count == 1 else "servers are"}'
            " as declared.</p>\n"
        )
    parts += map(_drifted, stack.drifted)
    parts += _one_liners(stack)
    if stack.in_sync and stack.has_drift:
        parts.append(_in_sync(stack))
    return "".join(parts) + "</section>\n"


def _card(kind: str, title: str, badge: str, body: str = "") -> str:
    head = f"<h3>{title}</h3><span>{badge}</span>"
    if not body:
        return f'<article class="server {kind}"><div class="head">{head}</div></article>\n'
    return (
        f'<article class="server {kind}"><details open>'
        f"<summary>{head}</summary>\n{body}</details></article>\n"
    )


def _drifted(server: DriftedServer) -> str:
    rows = "".join(_row(show_change(change)) for change in server.changes)
    body = (
        '<table><thead><tr><th scope="col">field</th><th scope="col">live</th>'
        f'<th scope="col">declared</th></tr></thead><tbody>\n{rows}</tbody></table>\n'
    )
    if server.last_tasks:
        tasks = "".join(f"<li>{_text(describe_task(task))}</li>\n" for task in server.last_tasks)
        body += f'<h4>Last tasks</h4>\n<ol class="tasks">\n{tasks}</ol>\n'
    live = escape(name_live(server.hostname))
    return _card("drifted", f"{_short(server.key)} <small>{live}</small>", "drifted", body)


def _row(change: ShownChange) -> str:
    note = f'<br><small class="note">{escape(change.note)}</small>' if change.note else ""
    head = f'<tr><th scope="row">{escape(change.field)}{note}</th>'
    if change.lines:
        lines = "\n".join(map(_diff_line, change.lines))
        return f'{head}<td colspan="2"><pre>{lines}</pre></td></tr>\n'
    live, declared = escape(change.live), escape(change.declared)
    return f'{head}<td class="live">{live}</td><td class="declared">{declared}</td></tr>\n'


def _diff_line(line: str) -> str:
    """The sign stays: colour alone tells nothing to those who cannot see it."""
    tags = {"-": "del", "+": "ins"}
    tag = tags.get(line[:1], "span")
    return f"<{tag}>{_text(line)}</{tag}>"


def _one_liners(stack: StackDrift) -> Iterator[str]:
    """Servers of which there is nothing to compare, then what a person should know besides."""
    for key in stack.missing:
        yield _card("missing", f"{_short(key)} <small>declared, not there</small>", "missing")
    for extra in stack.extra:
        live = escape(name_live(extra.hostname))
        what = f"carries the stack's tag as {_short(extra.key)}, not declared"
        yield _card("extra", f"{live} <small>{what}</small>", "extra")
    for key in stack.not_compared:
        title = f"{_short(key)} <small>is being built</small>"
        yield _card("not-compared", title, "not compared")
    for warning in stack.warnings:
        yield f'<p class="warning">{_text(describe_warning(warning))}</p>\n'


def _in_sync(stack: StackDrift) -> str:
    count = len(stack.in_sync)
    names = ", ".join(map(_short, stack.in_sync))
    return f'<details class="quiet"><summary>{count:,} in sync</summary><p>{names}</p></details>\n'


def _unmanaged(unmanaged: tuple[UnmanagedServer, ...]) -> str:
    head = '<section class="stack">\n<h2>Servers without a stack</h2>\n'
    if not unmanaged:
        return f'{head}<p class="calm">There is none.</p>\n</section>\n'
    rows = "".join(
        f"<tr><th scope='row'>{escape(name_live(server.hostname))}</th>"
        f"<td>{escape(format_value('custom_name', server.custom_name))}</td>"
        f"<td>{escape(format_value('tags', list(server.tags)))}</td></tr>\n"
        for server in unmanaged
    )
    return (
        f'{head}<div class="wide"><table><thead><tr><th scope="col">server</th>'
        f'<th scope="col">custom name</th><th scope="col">tags</th></tr></thead>'
        f"<tbody>\n{rows}</tbody></table></div>\n</section>\n"
    )
