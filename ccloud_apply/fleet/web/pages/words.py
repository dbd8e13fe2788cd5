"""Small things of every page: how long ago, links, states. All of it is HTML."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from urllib.parse import quote, urlencode

from ccloud_apply.render.fleet.words import short_commit, short_digest, span_words
from ccloud_apply.render.lib.html_page import html_short, html_text
from ccloud_apply.render.lib.moments import moment_words

MAX_NAME = 60
_MAX_LABEL = 40


def show_age(at: datetime | None, now: datetime, *, never: str = "never") -> str:
    """`5 min ago`, or `in 3 h`, with the moment as its title; `never` where there is none."""
    if at is None:
        return f'<span class="quiet">{never}</span>'
    past = (now - at).total_seconds()
    told = f"in {span_words(-past)}" if past < -1 else f"{span_words(past)} ago"
    return _time_tag(at, "ago", told)


def show_due(at: datetime, now: datetime) -> str:
    """`in 3 h`, and `now` for what is due."""
    return _time_tag(
        at, "due", "now" if at <= now else f"in {span_words((at - now).total_seconds())}"
    )


def show_span(since: datetime, now: datetime) -> str:
    """`for 3 h`: how long something has been so."""
    return _time_tag(since, "for", f"for {span_words((now - since).total_seconds())}")


def _time_tag(at: datetime, way: str, words: str) -> str:
    """The words, which the page's script renews in this way as time goes by."""
    return (
        f'<time datetime="{at.isoformat(timespec="seconds")}" title="{escape(moment_words(at))}"'
        f' data-at="{int(at.timestamp())}" data-way="{way}">{words}</time>'
    )


def show_moment(at: datetime | None, *, never: str = "never") -> str:
    """`2027-01-01 03:00 UTC`; `never` where there is none."""
    if at is None:
        return f'<span class="quiet">{never}</span>'
    iso = at.isoformat(timespec="seconds")
    return f'<time datetime="{iso}">{escape(moment_words(at))}</time>'


def show_length(start: datetime, end: datetime | None) -> str:
    """`12 s`: how long something took; nothing while it goes on."""
    return "" if end is None else span_words((end - start).total_seconds())


def path_of(*parts: str | int) -> str:
    """`/stacks/customer-a/web`: each part is quoted, so a name is never two parts."""
    return "".join(f"/{quote(str(part), safe='', errors='replace')}" for part in parts)


def address(path: str, query: Mapping[str, str] | None = None) -> str:
    """A path with its query as the value of an attribute; empty values are left out."""
    kept = {name: value for name, value in (query or {}).items() if value}
    return escape(path + (f"?{urlencode(kept, errors='replace')}" if kept else ""))


def link_to(path: str, words: str, query: Mapping[str, str] | None = None) -> str:
    """A link whose words are HTML."""
    return f'<a href="{address(path, query)}">{words}</a>'


def show_name(name: str) -> str:
    """The name of a stack, an account or a person; shortened where it is too long."""
    return html_short(name, MAX_NAME)


def show_word(word: str) -> str:
    """A state or an outcome: a word that has a colour and a sign."""
    return f'<span class="word is-{html_text(word)}">{html_text(word)}</span>'


def show_commit(commit: str | None) -> str:
    """The first digits of a commit, the whole of it as title."""
    if not commit:
        return '<span class="quiet">none</span>'
    return _show_digits(commit, short_commit(commit))


def show_digest(digest: str) -> str:
    """What people call a plan by: the first digits of its digest."""
    return _show_digits(digest, short_digest(digest))


def _show_digits(whole: str, short: str) -> str:
    return f'<code title="{html_short(whole, 100)}">{html_text(short)}</code>'


def show_labels(labels: Mapping[str, str], *, most: int | None = None) -> str:
    """The labels, each a link to the stacks that have it; nothing where there are none."""
    every = sorted(labels.items())
    shown = every[:most]
    chips = [
        f'<a class="chip" href="{address("/", {"label": f"{name}={value}"})}">'
        f"{html_short(name, _MAX_LABEL)}={html_short(value, _MAX_LABEL)}</a>"
        for name, value in shown
    ]
    if len(shown) < len(every):
        chips.append(f'<span class="chip">{len(every) - len(shown):,} more</span>')
    return f'<div class="chips">{"".join(chips)}</div>' if chips else ""
