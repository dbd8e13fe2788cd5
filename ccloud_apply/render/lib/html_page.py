"""The frame of an HTML page: nothing to load, readable without JavaScript, light and dark.

The page's policy allows its own styles and script by their hashes, and nothing else. So text of the
account could not act even if it got through the escaping. The content of a page belongs to the
modules named after the documents.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape

from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.html_style import FILTER_SCRIPT, PAGE_STYLE

FILTER = '<p class="filter" hidden><label>Filter servers: <input type="search"></label></p>\n'
"""The script shows it on pages with two servers or more."""


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


def html_short(text: str) -> str:
    """The same, shortened with a remark where it is too long."""
    return escape(escape_short(text))


def render_totals(counts: Iterable[tuple[str, int]]) -> str:
    """A row of numbers with their names. The names are our own words and not escaped."""
    items = "".join(
        f'<li class="{name.replace(" ", "-")}{"" if count else " none"}">'
        f"<strong>{count:,}</strong> {name}</li>"
        for name, count in counts
    )
    return f'<ul class="totals">{items}</ul>\n'


def render_card(kind: str, title: str, badge: str, body: str = "", *, is_open: bool = True) -> str:
    """A server. `kind` is its class, `title` HTML, `badge` a word, `body` the part that folds."""
    head = f"<h3>{title}</h3><span>{badge}</span>"
    if not body:
        return f'<article class="server {kind}"><div class="head">{head}</div></article>\n'
    return (
        f'<article class="server {kind}"><details{" open" if is_open else ""}>'
        f"<summary>{head}</summary>\n{body}</details></article>\n"
    )


def render_diff(lines: Iterable[str]) -> str:
    """A line diff. The signs stay: some readers cannot see the colours."""
    return f"<pre>{chr(10).join(map(_diff_line, lines))}</pre>"


def _diff_line(line: str) -> str:
    tags = {"-": "del", "+": "ins"}
    tag = tags.get(line[:1], "span")
    return f"<{tag}>{html_text(line)}</{tag}>"
