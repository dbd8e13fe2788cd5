"""The page of all stacks: how many stand how, filters as links, a table of a hundred."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from html import escape

from ccloud_apply.fleet.model.listing import PAGE_SIZE, Sort
from ccloud_apply.fleet.model.status import STATES
from ccloud_apply.fleet.web.pages.frame import Part, render_parts
from ccloud_apply.fleet.web.pages.stack_row import WIDE, render_row
from ccloud_apply.fleet.web.pages.table import render_table
from ccloud_apply.fleet.web.pages.words import (
    address,
    link_to,
    show_name,
    show_word,
)
from ccloud_apply.fleet.web.query import View
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.fleet import FleetCounts, FleetStack
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.html_page import html_short

_COLUMNS: tuple[tuple[str, Sort | None], ...] = (
    ("stack", "name"),
    ("state", "state"),
    ("account", None),
    ("mode", None),
    ("seen", "seen"),
    ("last run", "run"),
    ("next run", "due"),
    ("commit", None),
    ("labels", None),
)
_SORT_NAMES: tuple[tuple[Sort, str], ...] = (
    ("urgency", "what needs attention first"),
    ("since", "changed last"),
    ("name", "by name"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StacksPage:
    """What the page shows. `counts` are of all states of the view; `matching` counts the stacks of
    the view, of which `stacks` are one page. `accounts` are those to choose from. `is_moved`: other
    stacks belong on this page by now, or in another order."""

    view: View
    counts: FleetCounts
    matching: int
    stacks: Sequence[FleetStack]
    now: datetime
    accounts: Sequence[str] = ()
    is_moved: bool = False


def render_stacks(page: StacksPage) -> str:
    """The content of the page."""
    view = page.view
    rows = render_parts(row_parts(page.stacks, page.now))
    return (
        f"<h1>Stacks</h1>\n{render_parts([counts_part(page)])}"
        f"{_tools(page)}{_chosen(view)}"
        + (_table(view, rows) if page.stacks else _empty(page))
        + render_parts([pages_part(page)])
    )


def counts_part(page: StacksPage) -> Part:
    """The numbers above, each a filter."""
    key = tuple(_numbers(page))
    return Part(id="counts", key=key, render=partial(_counts, page))


def pages_part(page: StacksPage) -> Part:
    """Which part of how many stacks this is, and the pages before and after."""
    return Part(id="pages", key=(page.matching, page.is_moved), render=partial(_pages, page))


def row_parts(stacks: Sequence[FleetStack], now: datetime) -> list[Part]:
    """A row for each stack."""
    return [
        Part(id=f"s{stack.id}", key=repr(stack), render=partial(render_row, stack, now))
        for stack in stacks
    ]


def _numbers(page: StacksPage) -> Iterator[tuple[str, int, View]]:
    every = page.view.without_state()
    yield "all", page.counts.total, every
    for state in STATES:
        yield state, page.counts.states.get(state, 0), replace(every, state=state)
    yield "stale", page.counts.stale, replace(every, is_stale=True)
    yield "paused", page.counts.paused, replace(every, is_paused=True)


def _counts(page: StacksPage) -> str:
    chosen = replace(page.view, page=1)
    items = []
    for name, count, view in _numbers(page):
        word = "all stacks" if name == "all" else show_word(name)
        current = ' aria-current="true"' if view == chosen else ""
        empty = "" if count or name == "all" else ' class="none"'
        items.append(
            f'<li{empty}><a href="{address("/", view.query())}"{current}>'
            f"<strong>{count:,}</strong>{word}</a></li>"
        )
    return f'<ul id="counts" class="filters">{"".join(items)}</ul>\n'


def _tools(page: StacksPage) -> str:
    view = page.view
    accounts = "".join(
        f'<option value="{escape(name)}"{" selected" if name == view.account else ""}>'
        f"{show_name(name)}</option>"
        for name in page.accounts
    )
    sorts = "".join(
        f'<option value="{sort}"{" selected" if sort == view.sort else ""}>{words}</option>'
        for sort, words in _SORT_NAMES
    )
    if view.sort not in dict(_SORT_NAMES):
        sorts += f'<option value="{view.sort}" selected>by {view.sort}</option>'
    kept = {
        name: value
        for name, value in view.query().items()
        if name in ("state", "label", "stale", "paused")
    }
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in kept.items()
    )
    chooser = (
        '<select name="account" aria-label="Account" data-submits>'
        f'<option value="">all accounts</option>{accounts}</select>'
        if len(page.accounts) > 1
        else ""
    )
    return (
        '<form class="tools" method="get" action="/" role="search">'
        f'<input type="search" name="q" value="{escape(view.text)}"'
        ' placeholder="Search names, files, labels, reasons" aria-label="Search">'
        f"{chooser}"
        f'<select name="sort" aria-label="Order" data-submits>{sorts}</select>'
        f"{hidden}<button>Show</button></form>\n"
    )


def _chosen(view: View) -> str:
    """What the table is narrowed down to, each with a link that lifts it."""
    first = replace(view, page=1)
    chips = [
        (view.text, f"contains {html_short(view.text)}", replace(first, text="")),
        (view.account, f"account {show_name(view.account)}", replace(first, account="")),
        (view.label, f"label {html_short(view.label)}", replace(first, label="")),
        (view.state, f"state {view.state}", replace(first, state=None)),
        (view.is_stale, "stale", replace(first, is_stale=False)),
        (view.is_paused, "paused", replace(first, is_paused=False)),
    ]
    links = [
        f'<a class="chip" href="{address("/", without.query())}" title="Lift this filter">'
        f"{words}</a>"
        for is_set, words, without in chips
        if is_set
    ]
    return f'<p class="chosen">{"".join(links)}</p>\n' if links else ""


def _table(view: View, rows: str) -> str:
    heads = "".join(_head(view, name, sort) for name, sort in _COLUMNS)
    return render_table(heads, rows)


def _head(view: View, name: str, sort: Sort | None) -> str:
    kind = ' class="wide-only"' if name in WIDE else ""
    if sort is None:
        return f'<th scope="col"{kind}>{name}</th>'
    is_current = view.sort == sort
    flipped = replace(view, sort=sort, page=1, is_descending=is_current and not view.is_descending)
    order = "descending" if view.is_descending else "ascending"
    told = f' aria-sort="{order}"' if is_current else ""
    return f'<th scope="col"{kind}{told}>{link_to("/", name, flipped.query())}</th>'


def _empty(page: StacksPage) -> str:
    if page.view.is_filtered or page.view.page > 1:
        words = f"No stack matches. {link_to('/', 'Show all stacks')}"
    else:
        words = (
            "No stack is known yet. The sources of fleet.yaml are read at their next poll;"
            " <code>ccloud-apply fleet check</code> shows what is in them."
        )
    return f'<div class="rows empty">{words}</div>\n'


def _pages(page: StacksPage) -> str:
    view, last = page.view, max(1, -(-page.matching // PAGE_SIZE))
    again = ""
    if page.is_moved:
        again = f" This list has changed: {link_to('/', 'reload it', view.query())}"
    if not page.stacks or last == 1:
        told = count_of(page.matching, "stack") if page.stacks else ""
        return f'<p id="pages" class="pages"><span>{told}{again}</span></p>\n'
    first = (view.page - 1) * PAGE_SIZE + 1
    until = first + len(page.stacks) - 1
    links = []
    if view.page > 1:
        back = replace(view, page=view.page - 1).query()
        links.append(f'<a class="button" rel="prev" href="{address("/", back)}">Back</a>')
    if view.page < last:
        more = replace(view, page=view.page + 1).query()
        links.append(f'<a class="button" rel="next" href="{address("/", more)}">Next</a>')
    return (
        f'<p id="pages" class="pages"><span>{first:,} to {until:,} of'
        f" {count_of(page.matching, 'stack')}{again}</span>{''.join(links)}</p>\n"
    )
