"""`/`: all stacks, and the stream of what changes in their table."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from ccloud_apply.fleet.model.listing import PAGE_SIZE, Page, StackFilter
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.listing import count_stacks, list_stacks
from ccloud_apply.fleet.store.statements.overview import list_accounts
from ccloud_apply.fleet.web.auth.people import person_of
from ccloud_apply.fleet.web.live import fingerprint
from ccloud_apply.fleet.web.pages.frame import Part
from ccloud_apply.fleet.web.pages.stacks import (
    StacksPage,
    counts_part,
    pages_part,
    render_stacks,
    row_parts,
)
from ccloud_apply.fleet.web.query import View, read_numbers, read_view
from ccloud_apply.fleet.web.site import read_tick, show_page, site_of, to_moment, visible_to
from ccloud_apply.model.results.fleet import FleetCounts, FleetStack


async def stacks_page(request: Request) -> Response:
    """The table of the view that the address names."""
    person = person_of(request)
    view, visible = read_view(request.query_params), visible_to(request)
    async with site_of(request).database.read() as tx:
        page = await _read_page(tx, view, visible)
        tick = await read_tick(tx, page.now)
        accounts = [one.name for one in await list_accounts(tx, page.now.timestamp())]
    page = replace(page, accounts=person.choose("see", accounts))
    main = render_stacks(page)
    return await show_page(
        request,
        title=_title(page),
        section="/",
        main=main,
        now=page.now,
        live=[tick, *_parts(page)],
        # No row has the id 0. An address leaves empty values out, and a stream that is not told
        # which rows the page has takes those of its own first look for them.
        shown={"ids": ",".join(map(str, _ids_of(page.stacks))) or "0"},
    )


async def stacks_events(request: Request) -> Response:
    """The rows that the page has shown, whenever one changes; and the numbers."""
    view, visible = read_view(request.query_params), visible_to(request)
    told = request.query_params.get("ids")
    ids = None if told is None else read_numbers(told, PAGE_SIZE)
    site = site_of(request)
    return site.streams.answer(request, _Watch(site.database, view, visible, ids).read)


class _Watch:
    """Looks at the stacks that a page has shown, wherever they belong by now: `ids`, or without
    them those of the view.

    Sorting all stacks costs ten times what these rows and the numbers cost, so it is done only
    where one of them has changed.
    """

    def __init__(
        self,
        database: Database,
        view: View,
        visible: tuple[str, ...] | None,
        ids: tuple[int, ...] | None,
    ) -> None:
        self._database = database
        self._view = view
        self._visible = visible
        self._ids = ids
        self._key = ""
        self._is_moved = False

    async def read(self) -> Sequence[Part]:
        async with self._database.read() as tx:
            page = await _read_numbers(tx, self._view, self._visible)
            now = page.now.timestamp()
            order = self._view.choose(self._visible)
            if self._ids is None:
                self._ids = _ids_of(await list_stacks(tx, order, self._view.cut(), now))
            if self._ids:
                chosen = StackFilter(ids=self._ids, visible=self._visible)
                page = replace(page, stacks=await list_stacks(tx, chosen, Page(), now))
            key = fingerprint(_parts(page))
            if key != self._key:
                self._key = key
                fresh = await list_stacks(tx, order, self._view.cut(), now)
                self._is_moved = _ids_of(fresh) != self._ids
            tick = await read_tick(tx, page.now)
        return [tick, *_parts(replace(page, is_moved=self._is_moved))]


def _ids_of(stacks: Sequence[FleetStack]) -> tuple[int, ...]:
    return tuple(stack.id for stack in stacks)


async def _read_page(tx: Transaction, view: View, visible: tuple[str, ...] | None) -> StacksPage:
    page = await _read_numbers(tx, view, visible)
    now = page.now.timestamp()
    return replace(page, stacks=await list_stacks(tx, view.choose(visible), view.cut(), now))


async def _read_numbers(tx: Transaction, view: View, visible: tuple[str, ...] | None) -> StacksPage:
    """The page without its rows."""
    now = await read_now(tx)
    counts = await count_stacks(tx, view.without_state().choose(visible), now)
    matching = _find_matching(view, counts)
    if matching is None:
        matching = (await count_stacks(tx, view.choose(visible), now)).total
    return StacksPage(view=view, counts=counts, matching=matching, stacks=(), now=to_moment(now))


def _find_matching(view: View, counts: FleetCounts) -> int | None:
    """How many stacks the view has, where the numbers above the table say it already."""
    numbers = [
        *([] if view.state is None else [counts.states[view.state]]),
        *([counts.stale] if view.is_stale else []),
        *([counts.paused] if view.is_paused else []),
    ]
    if not numbers:
        return counts.total
    return numbers[0] if len(numbers) == 1 else None


def _parts(page: StacksPage) -> list[Part]:
    return [counts_part(page), pages_part(page), *row_parts(page.stacks, page.now)]


def _title(page: StacksPage) -> str:
    needing = sum(page.counts.states[state] for state in ("failing", "held", "proposed"))
    return f"({needing:,}) Stacks" if needing else "Stacks"
