"""Reads all pages of a list, or raises: never a part of it. What one answer says: `page.py`.

Three cases work: the number of pages is given, only the next page is, or neither. A list that says
that there is more, and where that cannot be had, is an error.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import field
from typing import Generic, TypeVar

from ccloud_apply.api.decode.shape import Unreadable
from ccloud_apply.api.http.page import Page
from ccloud_apply.concurrency import task_group
from ccloud_apply.lazy_dataclass import dataclass

Item = TypeVar("Item")
Value = TypeVar("Value")

PAGE_SIZE = 100
MAX_PAGES = 10_000
MAX_READINGS = 3
"""How many times a list is read in all, if it changes while it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a list to read: a page by its number, or by the query of a link (`page` None).

    `limit` replaces the usual size of pages; `is_reversed` asks for the opposite order.
    """

    page: int | None = None
    link: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    is_reversed: bool = False


Fetch = Callable[[Place], Awaitable[Page[Item]]]
Identify = Callable[[Item], Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[Item]):
    """A complete list, and whether it came in several pages."""

    items: tuple[Item, ...]
    is_paged: bool


async def read_pages(
    fetch: Fetch[Item],
    identify: Identify[Item],
    *,
    what: str,
    path: str = "",
    is_moving: bool = False,
) -> Listed[Item]:
    """Every item once, in the API's order. Raises Unreadable if the list cannot be trusted.

    An insert or a delete between two requests shifts the later pages by one. If the API gives a
    total, it must equal the number of distinct items. If it gives none and there are several
    pages, no item may come twice, and two readings in a row must agree. A list that `is_moving`
    (running tasks) never stands still: one reading is enough that has as many items as a total
    says. `path` is the list's own: a link to another path is not followed.
    """
    # Oddity: `GET /ccloud/servers`
    reader = _Reader(fetch=fetch, identify=identify, what=what, path=path)
    before: Sequence[Hashable] | None = None
    why = ""
    for _ in range(MAX_READINGS):
        pages = await reader.read_once()
        items = {identify(item): item for page in pages for item in page.items}
        listed = Listed(items=tuple(items.values()), is_paged=len(pages) > 1)
        seen = [identify(item) for page in pages for item in page.items]
        if is_moving:
            least = min(page.total or 0 for page in pages)
            if len(items) >= least:
                return listed
            why = f"{len(items)} of {least} came"
            continue
        why = _find_fault(pages, len(items), len(seen))
        if why:
            continue
        has_total = all(page.total is not None for page in pages)
        if has_total or sum(bool(page.items) for page in pages) <= 1 or seen == before:
            return listed
        before = seen
        why = "it was another one each time"
    raise Unreadable(
        f"the {what} changed while it was read, {MAX_READINGS} times in a row ({why}); "
        "an incomplete list is not used"
    )


def _find_fault(pages: Sequence[Page[Item]], distinct: int, rows: int) -> str:
    """Why this reading cannot be complete; empty if nothing speaks against it."""
    if len({page.last_page for page in pages}) > 1:
        return "the number of its pages changes"
    totals = {page.total for page in pages}
    if None not in totals:
        if len(totals) > 1:
            return "its total changes"
        return "" if totals == {distinct} else f"{distinct} of {totals.pop()} came"
    if rows > distinct and sum(bool(page.items) for page in pages) > 1:
        return "rows came twice"
    return ""


async def _await(awaitable: Awaitable[Value]) -> Value:
    return await awaitable


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader(Generic[Item]):
    """Reads one list, as often as it is asked to."""

    fetch: Fetch[Item]
    identify: Identify[Item]
    what: str
    path: str

    async def read_once(self) -> list[Page[Item]]:
        first = await self.fetch(Place(page=1))
        if first.last_page is None:
            return await self._read_on(first)
        if first.last_page > MAX_PAGES:
            raise Unreadable(f"{first.last_page} pages are more than a list can have")
        async with task_group() as group:
            tasks = [
                group.create_task(_await(self.fetch(Place(page=number))))
                for number in range(2, first.last_page + 1)
            ]
        pages = [first, *(task.result() for task in tasks)]
        if pages[-1].has_more and pages[-1].last_page == first.last_page:
            raise self._unfollowable("after the page that it calls the last")
        if len(pages) > 1 and all(self._ids(page) == self._ids(first) != set() for page in pages):
            raise self._unfollowable("and sends the same rows for every page")
        return pages

    async def _read_on(self, first: Page[Item]) -> list[Page[Item]]:
        """Read page after page, up to the one that says that it is the last.

        If no page says so, the list ends with a page that is empty, or that repeats the last one.
        A short page ends nothing: the API may send less in any page.
        """
        pages = [first]
        seen = self._ids(first)
        visited: list[Place] = [Place(page=1)]
        while pages[-1].has_more or (pages[-1].has_more is None and pages[-1].items):
            place, is_told = self._find_next(pages[-1], visited)
            if place in visited:
                raise self._unfollowable("and leads back to a page that was read")
            if len(visited) >= MAX_PAGES or (place.page or 0) > MAX_PAGES:
                raise Unreadable(f"more than {MAX_PAGES} pages")
            visited.append(place)
            page = await self.fetch(place)
            ids = self._ids(page)
            if not page.items and (is_told or not pages[-1].has_more):
                if page.has_more:
                    raise self._unfollowable("and a page without a row follows")
                break
            if ids <= seen:
                await self._check_end(pages, ids)
                break
            seen |= ids
            pages.append(page)
        return pages

    def _find_next(self, page: Page[Item], visited: Sequence[Place]) -> tuple[Place, bool]:
        """Where the next page is, and whether the page itself says so.

        Of a link only the number or the query is used, below the endpoint. A link with a cursor may
        repeat the number that was asked for.
        """
        told = Place(page=page.next_page)
        is_ours = not page.next_path or page.next_path.endswith(self.path)
        if page.next_page is not None and (told not in visited or not page.next_query):
            return told, True
        if page.next_query and is_ours:
            return Place(link=page.next_query), True
        return Place(page=len(visited) + 1), False

    async def _check_end(self, pages: Sequence[Page[Item]], ids: set[Hashable]) -> None:
        """Raise Unreadable unless a page that brought nothing new proves that the list ends."""
        if pages[-1].has_more:
            raise self._unfollowable("and what follows brings nothing new")
        if len(pages) == 1:
            await self._prove_whole(pages[0])
        elif ids != self._ids(pages[-1]):
            raise Unreadable(f"the {self.what} repeats itself: page {len(pages) + 1} is not new")

    async def _prove_whole(self, first: Page[Item]) -> None:
        """Raise Unreadable unless page 1 is the whole list, though it came again as page 2.

        An API that knows no pages sends all of it whatever is asked; one that sends its last page
        for those after it takes the number of a page; one that takes `limit` and no `page` would
        leave out the rest.
        """
        ids = [self.identify(item) for item in first.items]
        second = [self.identify(item) for item in (await self.fetch(Place(page=2, limit=1))).items]
        if len(second) == 1 and second[0] in ids[1:]:
            return
        if {*second} == {*ids}:
            last = await self.fetch(Place(page=1, is_reversed=True))
            if self._ids(last) <= {*ids}:
                return
        raise Unreadable(
            f"the {self.what} cannot be read completely: the API sends the same rows for page 1 "
            "and page 2, so there may be more of them; an incomplete list is not used"
        )

    def _ids(self, page: Page[Item]) -> set[Hashable]:
        return {self.identify(item) for item in page.items}

    def _unfollowable(self, how: str) -> Unreadable:
        return Unreadable(
            f"the {self.what} says that there is more, {how}: it cannot be followed, "
            "and an incomplete list is not used"
        )
