"""One answer of a list: its rows, and what it says about the rest. Reading the rest: `pages.py`.

The API document has `limit` and `page`, and does not say whether an answer carries anything about
its pages. So every common way to say that there is more is understood, in the body and in headers.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from ccloud_apply.api.decode.shape import Unreadable, read_int
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern

Item = TypeVar("Item")

_PARTS = ("meta", "pagination", "paging", "cursor", "page_info", "pageInfo", "links", "_links")
"""Objects of a wrapper that may hold facts about pages, also within each other."""

_LINKS = ("next", "next_page_url", "nextLink", "@odata.nextLink")
_CURSORS = ("next_cursor", "nextCursor", "next_page_token", "nextPageToken")
_FLAGS = ("has_more", "hasMore", "has_more_pages", "has_next", "has_next_page", "hasNextPage")
_LAST = ("last_page", "total_pages", "lastPage", "totalPages")
_TOTALS = ("total", "total_count", "totalCount")
_UNREADABLE_LINK = "#"
"""For what says that there is a next page, and not where: a link with neither path nor query."""

_LINK_HEADER = lazy_pattern(r'<([^<>]*)>[^,<]*;\s*rel="?next"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page, and what it says about the others: None where it says nothing.

    `next_page` is the number of the next page, `next_query` all else in the query of the link to
    it, such as a cursor, `next_path` the path of that link. `has_more` is True if anything says
    that there is more, False if the page says that it is the last.
    """

    items: tuple[Item, ...]
    last_page: int | None = None
    total: int | None = None
    next_page: int | None = None
    next_query: Mapping[str, str] | None = None
    next_path: str = ""
    has_more: bool | None = None

    @property
    def pages(self) -> int | None:
        """How many pages the list has, as page 1 tells it; None where it does not."""
        if self.last_page is not None:
            return self.last_page
        if self.total is None or (self.total and not self.items):
            return None
        return max(1, -(-self.total // max(1, len(self.items))))


def read_page(
    reply: Any,
    decode: Callable[[Any, str], Item],
    headers: Mapping[str, str] | None = None,
) -> Page[Item]:
    """The page in a reply. Raises Unreadable.

    Shapes: `{data, links, meta}`, a flat paginator's `{data, last_page, ...}`, or a plain list.
    """
    rows = _read_rows(reply)
    facts = tuple(_find_facts(reply)) if isinstance(reply, dict) else ()
    return _describe(
        tuple([decode(row, f"data[{index}]") for index, row in enumerate(rows)]),
        facts,
        headers or {},
    )


def says_anything(headers: Mapping[str, str]) -> bool:
    """True if these can say anything about pages; a plain list itself says nothing."""
    return "link" in headers or "x-total-count" in headers


def _read_rows(reply: Any) -> Sequence[Any]:
    if isinstance(reply, list):
        return reply
    if not isinstance(reply, dict):
        raise Unreadable("expected a list in `data`")
    if "data" not in reply:
        raise Unreadable("`data` is missing")
    data = reply["data"]
    if data is None or (isinstance(data, dict) and "id" not in data):
        raise Unreadable("`data` is not a list")
    return data if isinstance(data, list) else [data]


def _find_facts(wrapper: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The wrapper and the objects in it that can say something about pages."""
    yield wrapper
    if depth < 3:
        for name in _PARTS:
            if isinstance(part := wrapper.get(name), dict):
                yield from _find_facts(part, depth + 1)


def _describe(
    items: tuple[Item, ...], facts: Sequence[Mapping[str, Any]], headers: Mapping[str, str]
) -> Page[Item]:
    last_page = _first_number(facts, _LAST, least=1)
    total = _first_number(facts, _TOTALS, least=0)
    text = headers.get("x-total-count", "").strip()
    if total is None and text.isascii() and text.isdigit():
        total = int(text[:12])
    link, is_told = _find_link(facts, headers)
    signs = [sign for one in facts for sign in _read_signs(one)]
    if is_told:
        signs.append(bool(link))
    query, path = _split_link(link)
    number = query.pop("page", "")
    current = _first_number(facts, ("current_page", "currentPage"), least=1)
    if last_page is not None and current is not None:
        signs.append(current < last_page)
    next_page = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None
    return Page(
        items=items,
        last_page=last_page,
        total=total,
        next_page=next_page,
        next_query=query or None,
        next_path=path,
        has_more=any(signs) if signs else None,
    )


def _first_number(
    facts: Sequence[Mapping[str, Any]], names: Sequence[str], *, least: int
) -> int | None:
    for one in facts:
        for name in names:
            if isinstance(one.get(name), dict | list | bool):
                continue
            number = read_int(one, name, "meta")
            if number is not None and number >= least:
                return number
    return None


def _find_link(facts: Sequence[Mapping[str, Any]], headers: Mapping[str, str]) -> tuple[str, bool]:
    """The link to the next page, empty where none is given; and whether links are given at all."""
    found = _LINK_HEADER.search(headers.get("link", ""))
    if found:
        return found[1], True
    is_told = False
    for one in facts:
        for name in _LINKS:
            if name not in one:
                continue
            is_told = True
            value = one[name]
            if isinstance(value, dict) and "href" in value:
                value = value["href"]
            if type(value) is int and value > 0:
                return f"?page={value}", True
            if isinstance(value, str) and value:
                return value, True
            if value:
                return _UNREADABLE_LINK, True
    return "", is_told


def _read_signs(one: Mapping[str, Any]) -> Iterator[bool]:
    for name in _CURSORS:
        if name in one:
            yield one[name] not in (None, "", False)
    for name in _FLAGS:
        if name in one:
            yield str(one[name]).strip().lower() not in ("none", "", "false", "0")


def _split_link(link: str) -> tuple[dict[str, str], str]:
    """The query and the path of a link. Its host is never used.

    Behind a proxy it can be http, or somebody else's, and the token would be sent there.
    """
    try:
        parts = urlsplit(link)
        return dict(parse_qsl(parts.query)), parts.path
    except ValueError:
        return {}, ""
