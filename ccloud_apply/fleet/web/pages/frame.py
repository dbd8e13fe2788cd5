"""What all pages have in common: the head, the bar above, and parts that replace themselves."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from html import escape

from ccloud_apply import __version__
from ccloud_apply.fleet.health import TICK_S
from ccloud_apply.fleet.web.pages.script import SCRIPT
from ccloud_apply.fleet.web.pages.style import STYLE
from ccloud_apply.fleet.web.pages.words import address, show_moment, show_name
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.render.lib.html_page import html_text


def version_of(text: str) -> str:
    """What the address of a file has after `v=`: something else with other contents."""
    return sha256(text.encode()).hexdigest()[:12]


STYLE_PATH = f"/static/fleet.css?v={version_of(STYLE)}"
SCRIPT_PATH = f"/static/fleet.js?v={version_of(SCRIPT)}"
"""The addresses change with the contents, so a browser may keep these for ever."""

SECTIONS = (("Stacks", "/"), ("Runs", "/runs"), ("Accounts", "/accounts"), ("Audit", "/audit"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a page that is replaced when it changes: one HTML element whose id this is.

    `key` is what it shows; it holds no age, so that time alone changes nothing. `render` makes the
    element.
    """

    id: str
    key: Hashable
    render: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """For whom a page is made. `name` is None where nobody has to sign in; `csrf` is the hidden
    field of every form, as HTML."""

    name: str | None = None
    csrf: str = ""
    may_audit: bool = True
    can_sign_out: bool = False


def render_frame(
    *,
    title: str,
    section: str,
    main: str,
    now: datetime,
    viewer: Viewer,
    problems: int = 0,
    notice: str = "",
    events: str | None = None,
) -> str:
    """The whole page. `title` is text, `main` and `notice` are HTML; `section` is the path of its
    entry in the bar. `events` is the address that tells of changes, already escaped.
    """
    live = "" if events is None else f' data-events="{events}"'
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html_text(title)}</title>\n"
        f'<link rel="icon" href="/static/fleet.svg">\n<link rel="stylesheet" href="{STYLE_PATH}">\n'
        f'<script src="{SCRIPT_PATH}" defer></script>\n</head>\n'
        f'<body data-now="{now.timestamp():.0f}"{live}>\n'
        f'<a class="skip" href="#main">To the content</a>\n'
        f"{_bar(section, viewer, problems)}{notice}"
        '<p id="changed" class="notice" hidden>This page has changed since you began to write.'
        ' <a href="">Reload</a></p>\n'
        f'<main id="main">\n{main}</main>\n'
        f'<footer class="quiet">ccloud-apply {__version__}</footer>\n'
        "</body>\n</html>\n"
    )


def tick_part(ticked_at: datetime | None, now: datetime) -> Part:
    """Says that nothing is being done, where that is so: a page of calm states would not show it
    until the first of them is stale."""
    is_idle = ticked_at is None or (now - ticked_at).total_seconds() > TICK_S
    return Part(id="tick", key=is_idle, render=partial(_idle, ticked_at) if is_idle else _busy)


def _idle(ticked_at: datetime | None) -> str:
    since = "yet" if ticked_at is None else f"since {show_moment(ticked_at)}"
    return (
        '<p id="tick" class="notice" role="alert">Nothing is running: no worker has looked for due'
        f" work {since}. Start <code>ccloud-apply fleet serve</code> or"
        " <code>ccloud-apply fleet worker</code>.</p>\n"
    )


def _busy() -> str:
    return '<p id="tick" hidden></p>\n'


def _bar(section: str, viewer: Viewer, problems: int) -> str:
    links = [_entry(name, path, section) for name, path in SECTIONS if _may(path, viewer)]
    if problems:
        count = f' <span class="count">{problems:,}</span>'
        links.insert(1, _entry("Problems", "/problems", section, count))
    return (
        '<div class="bar"><a class="mark" href="/"><span>ccloud</span> fleet</a>\n'
        f'<nav aria-label="Sections">{"".join(links)}</nav>\n'
        '<span class="link" title="This page updates by itself"></span>\n'
        f"{_person(viewer)}</div>\n"
    )


def _may(path: str, viewer: Viewer) -> bool:
    return path != "/audit" or viewer.may_audit


def _entry(name: str, path: str, section: str, more: str = "") -> str:
    current = ' aria-current="page"' if path == section else ""
    return f'<a href="{address(path)}"{current}>{escape(name)}{more}</a>'


def _person(viewer: Viewer) -> str:
    if viewer.name is None:
        return ""
    name = f"<span>{show_name(viewer.name)}</span>"
    if not viewer.can_sign_out:  # whoever has signed in at a proxy signs out there
        return f'<div class="person">{name}</div>\n'
    return (
        f'<form class="person" method="post" action="/sign-out">{viewer.csrf}'
        f"{name} <button>Sign out</button></form>\n"
    )


def render_parts(parts: Sequence[Part]) -> str:
    """The elements of the parts, one after the other."""
    return "".join(part.render() for part in parts)
