"""Reads all pages of a list, or raises: never a part of it. Items belong to `api/decode/`.

The API document has `limit` and `page`, but does not say whether an answer carries `links` and
`meta`. So three cases work: the number of pages is given, only the next page is, or neither.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from ccloud_apply.api.decode.shape import Unreadable, read_int
from ccloud_apply.concurrency import task_group

Item = TypeVar("Item")
Value = TypeVar("Value")

PAGE_SIZE = 100
MAX_PAGES = 10_000
MAX_READINGS = 3
"""How many times a list is read in all, if it changes while it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page, and what it says about the others: None where it says nothing.

    `next_page` is 0 if the page says that it is the last.
    """

    items: tuple[Item, ...]
    last_page: int | None = None
    total: int | None = None
    next_page: int | None = None


def read_page(reply: Any, decode: Callable[[Any, str], Item]) -> Page[Item]:
    """The page in a reply. Raises Unreadable.

    Shapes: `{data, links, meta}`, a flat paginator's `{data, last_page, ...}`, or a plain list.
    """
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
    """The number of the next page.

    The URL itself is not followed: behind a proxy it can be http, and the token would be sent in
    clear text.
    """
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
    """Every item once, in the API's order. Raises Unreadable if the list keeps changing.

    An insert or a delete between two requests shifts the later pages by one. If the API gives a
    total, it must equal the number of distinct items. If it gives none and there are several
    pages, two readings in a row must agree.
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
    async with task_group() as group:
        tasks = [
            group.create_task(_await(fetch(number))) for number in range(2, first.last_page + 1)
        ]
    return [first, *(task.result() for task in tasks)]


async def _await(awaitable: Awaitable[Value]) -> Value:
    return await awaitable


async def _read_on(
    fetch: Fetch[Item], identify: Identify[Item], first: Page[Item]
) -> list[Page[Item]]:
    """Read page after page, up to the one that says that it is the last.

    If no page says so, the list ends with a page that is empty, has no new item, or is shorter
    than the first. Not shorter than `limit`: the API may send less in every page.
    """
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
