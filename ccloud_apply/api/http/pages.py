"""All pages of a list, or an error: never one page, never a part. What an item is: `decode/`.

The document has `limit` and `page`, but does not say whether an answer carries `links` and `meta`.
Three readings are understood: the number of pages is given; only whether there is a next one; or
neither.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from ccloud_apply.api.decode.shape import Unreadable, read_int
from ccloud_apply.concurrency import run_together

Item = TypeVar("Item")
Value = TypeVar("Value")

PAGE_SIZE = 100
MAX_PAGES = 10_000
MAX_READINGS = 3
"""How often a list is read anew because it changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page, and what it says of the others; None where it says nothing.

    `next_page` is 0 where the page says that it is the last.
    """

    items: tuple[Item, ...]
    last_page: int | None = None
    total: int | None = None
    next_page: int | None = None


def read_page(reply: Any, decode: Callable[[Any, str], Item]) -> Page[Item]:
    """The page in a reply: `{data, links, meta}`, a flat paginator's `{data, last_page, ...}`, or a
    bare list. Raises Unreadable."""
    if isinstance(reply, list):
        return Page(items=_decode_items(reply, decode))
    if not isinstance(reply, dict):
        raise Unreadable("expected a list in `data`")
    if "data" not in reply:
        raise Unreadable("`data` is missing")
    data = reply["data"]
    if data is None or (isinstance(data, dict) and "id" not in data):
        raise Unreadable("`data` is no list")
    meta = reply.get("meta")
    facts: Mapping[str, Any] = meta if isinstance(meta, dict) else reply
    links = reply.get("links")
    return Page(
        items=_decode_items(data if isinstance(data, list) else [data], decode),
        last_page=read_int(facts, "last_page", "meta"),
        total=read_int(facts, "total", "meta"),
        next_page=_read_next(links, "next")
        if isinstance(links, dict)
        else _read_next(reply, "next_page_url"),
    )


def _decode_items(values: Sequence[Any], decode: Callable[[Any, str], Item]) -> tuple[Item, ...]:
    return tuple([decode(value, f"data[{index}]") for index, value in enumerate(values)])


def _read_next(links: Mapping[str, Any], name: str) -> int | None:
    """The number of the next page. Only the number: behind a proxy the URL itself can be http, and
    following it would send the token in clear text."""
    if name not in links:
        return None
    url = links[name]
    if not isinstance(url, str) or not url:
        return 0
    try:
        numbers = parse_qs(urlsplit(url).query).get("page", [])
    except ValueError:
        return None
    return int(numbers[0]) if numbers and numbers[0].isdigit() and len(numbers[0]) < 9 else None


Fetch = Callable[[int], Awaitable[Page[Item]]]
Identify = Callable[[Item], Hashable]


async def read_pages(
    fetch: Fetch[Item], identify: Identify[Item], *, what: str
) -> tuple[Item, ...]:
    """Every item once, in the API's order. Raises Unreadable if the list does not stand still.

    An insert or a delete between two pages moves the rest by one. Where the API gives a total, it
    must be the number of different items; where it gives none and there are several pages, two
    readings must agree.
    """
    # Oddity: `GET /ccloud/servers`
    before: list[Hashable] | None = None
    for _ in range(MAX_READINGS):
        pages = await _read_once(fetch, identify)
        items = {identify(item): item for page in pages for item in page.items}
        totals = {page.total for page in pages}
        if len(totals) == 1 and None not in totals:
            if totals == {len(items)}:
                return tuple(items.values())
        elif None in totals:
            seen = [identify(item) for page in pages for item in page.items]
            if sum(bool(page.items) for page in pages) <= 1 or seen == before:
                return tuple(items.values())
            before = seen
    raise Unreadable(
        f"the {what} changed while it was read, {MAX_READINGS} times in a row; "
        "an incomplete list is not used"
    )


async def _read_once(fetch: Fetch[Item], identify: Identify[Item]) -> list[Page[Item]]:
    first = await fetch(1)
    if first.last_page is None:
        return await _read_on(fetch, identify, first)
    if first.last_page > MAX_PAGES:
        raise Unreadable(f"{first.last_page} pages are more than a list can have")
    async with run_together() as group:
        tasks = [
            group.create_task(_await(fetch(number))) for number in range(2, first.last_page + 1)
        ]
    return [first, *(task.result() for task in tasks)]


async def _await(awaitable: Awaitable[Value]) -> Value:
    return await awaitable


async def _read_on(
    fetch: Fetch[Item], identify: Identify[Item], first: Page[Item]
) -> list[Page[Item]]:
    """Page after page until one says that it is the last. Where none says anything, until one is
    empty, brings nothing new or is shorter than the first (the API may allow less than asked)."""
    pages = [first]
    seen = {identify(item) for item in first.items}
    number = 1
    while pages[-1].items and pages[-1].next_page != 0:
        if len(pages[-1].items) < len(first.items) and pages[-1].next_page is None:
            break
        following = pages[-1].next_page
        number = number + 1 if following is None else following
        if number > MAX_PAGES or (following is not None and len(pages) >= MAX_PAGES):
            raise Unreadable(f"more than {MAX_PAGES} pages")
        page = await fetch(number)
        if seen.issuperset(identify(item) for item in page.items):
            break
        seen.update(identify(item) for item in page.items)
        pages.append(page)
    return pages
