"""The frame of an HTML page: nothing to load, readable without JavaScript, light and dark, on paper
and on a telephone.

The page's policy allows its own styles and script by their hashes, and nothing else. So text of the
account could not act even if it got through the escaping. The content of a page belongs to the
modules named after the documents.

Headings: h1 is the page's, h2 a stack's, h3 a group's, h4 a card's, h5 a part's of a card.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from html import escape

from ccloud_apply import __version__
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.account_line import MAX_ENDPOINT
from ccloud_apply.render.lib.escape import MAX_LENGTH, escape_line, escape_short
from ccloud_apply.render.lib.html_style import FILTER_SCRIPT, PAGE_STYLE
from ccloud_apply.render.lib.moments import moment_words

FILTER = (
    '<p class="filter" hidden><label>Filter servers: <input type="search"></label>'
    " <output></output></p>\n"
)
"""The script shows it on pages with two servers or more."""

_MAX_WARNINGS = 5
_FIRST_WARNINGS = 3


def render_page(
    *,
    title: str,
    header: str,
    main: str,
    style: str,
    more_styles: Sequence[str] = (),
    script: str = FILTER_SCRIPT,
) -> str:
    """The whole page. `title` is text; `header` and `main` are HTML. `style` is added to that of
    all pages; `more_styles` are those of style elements within `main`. `script` is the page's one
    script: it shows the filter and does what it says."""
    style = PAGE_STYLE + style
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(map(_hash, (style, *more_styles)))}",
            f"script-src {_hash(script)}",
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html_text(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{header}<main>\n{FILTER}{main}</main>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def html_text(text: str) -> str:
    """One line of text, harmless in HTML."""
    return escape(escape_line(text))


def html_short(text: str, length: int = MAX_LENGTH) -> str:
    """The same, shortened with a remark where it is longer than that."""
    return escape(escape_short(text, length))


def render_facts(
    account: PlanAccount | None,
    read_at: datetime | None,
    commit: Commit | None,
    *,
    has_files: bool = True,
    env: str | None = None,
) -> str:
    """Which account a page is about, when that was read, of which commit the stack files are, and
    what made the page: names with values. What is not known is called unknown. A page that rests on
    no file (`has_files`) says nothing of a commit."""
    facts = (
        ("Account", "unknown" if account is None else html_short(account.endpoint, MAX_ENDPOINT)),
        ("Customer", html_short((account and account.customer_id) or "unknown")),
        *((("Environment", html_short(env)),) if env is not None else ()),
        ("Read", "unknown" if read_at is None else moment_words(read_at)),
        *((("Commit", _commit_words(commit)),) if has_files else ()),
        ("Made by", f"ccloud-apply {__version__}"),
    )
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>\n" for name, value in facts)
    return f'<dl class="facts">\n{items}</dl>\n'


def _commit_words(commit: Commit | None) -> str:
    if commit is None:
        return "unknown"
    remark = ", but a stack file has changed since" if commit.is_altered else ""
    return f"<code>{html_text(commit.id)}</code>{remark}"


def render_totals(counts: Iterable[tuple[str, int]], more: str = "") -> str:
    """A row of numbers with their names, which are our own words and not escaped. `more` is HTML:
    items for what is no count."""
    items = "".join(
        f'<li class="{name.replace(" ", "-")}{"" if count else " none"}">'
        f"<strong>{count:,}</strong> {name}</li>"
        for name, count in counts
    )
    return f'<ul class="totals">{items}{more}</ul>\n'


def render_group(title: str, count: int, cards: str) -> str:
    """Cards of one kind under a heading of our own words; nothing where there are none."""
    if not cards:
        return ""
    return (
        f'<section class="group">\n<h3>{title} <small>{count:,}</small></h3>\n{cards}</section>\n'
    )


def render_table(names: Sequence[str], rows: Iterable[str]) -> str:
    """A table, its columns called by our own words. Each row is HTML: `<tr>...</tr>`, whose cells
    `render_cell` makes, so that a telephone shows each value below its name."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{''.join(rows)}</tbody></table>\n"


def render_cell(name: str, value: str, kind: str = "", *, sort: str | None = None) -> str:
    """A value that is HTML, in the column of this name. `kind` is its class, `sort` the text that
    it is sorted by where that is not what it shows."""
    shown = f' class="{kind}"' if kind else ""
    return f'<td{shown} data-name="{name}"{sorted_by(sort)}>{value}</td>'


def sorted_by(text: str | None) -> str:
    """The attribute of a cell or of a row's heading that is sorted by this text."""
    return "" if text is None else f' data-sort="{html_text(text)}"'


def render_card(kind: str, title: str, badge: str, body: str = "", *, is_open: bool = True) -> str:
    """A server. `kind` is its class, `title` HTML, `badge` a word, `body` the part that folds."""
    head = f"<h4>{title}</h4><span>{badge}</span>"
    if not body:
        return f'<article class="server {kind}"><div class="head">{head}</div></article>\n'
    return (
        f'<article class="server {kind}"><details{" open" if is_open else ""}>'
        f"<summary>{head}</summary>\n{body}</details></article>\n"
    )


def render_warnings(warnings: Sequence[str]) -> str:
    """Each warning, which is HTML, in a frame; the later ones of many fold."""
    shown = [f'<p class="warning">{warning}</p>\n' for warning in warnings]
    if len(shown) <= _MAX_WARNINGS:
        return "".join(shown)
    first, rest = shown[:_FIRST_WARNINGS], shown[_FIRST_WARNINGS:]
    return (
        f'{"".join(first)}<details class="quiet"><summary>{len(rest):,} more warnings</summary>\n'
        f"{''.join(rest)}</details>\n"
    )


def render_diff(lines: Iterable[str]) -> str:
    """A line diff. The signs stay: some readers cannot see the colours."""
    return f"<pre>{chr(10).join(map(_diff_line, lines))}</pre>"


def _diff_line(line: str) -> str:
    tags = {"-": "del", "+": "ins"}
    tag = tags.get(line[:1], "span")
    return f"<{tag}>{html_text(line)}</{tag}>"
