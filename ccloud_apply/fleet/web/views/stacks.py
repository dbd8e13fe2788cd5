"""`/`: all stacks, and the stream of what changes in their table."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from ccloud_apply.fleet.model.listing import Page, StackFilter
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.listing import count_stacks, list_stacks, read_now
from ccloud_apply.fleet.store.statements.overview import list_accounts, list_problems
from ccloud_apply.fleet.web.auth.people import person_of
from ccloud_apply.fleet.web.pages.frame import Part
from ccloud_apply.fleet.web.pages.stacks import (
    StacksPage,
    counts_part,
    pages_part,
    render_stacks,
    row_parts,
)
from ccloud_apply.fleet.web.query import View, read_view
from ccloud_apply.fleet.web.site import show_page, site_of, to_moment, visible_to
from ccloud_apply.model.results.fleet import FleetCounts


async def stacks_page(request: Request) -> Response:
    """The table of the view that the address names."""
    person = person_of(request)
    view, visible = read_view(request.query_params), visible_to(person)
    async with site_of(request).database.read() as tx:
        page = await _read_page(tx, view, visible)
        accounts = [one.name for one in await list_accounts(tx, page.now.timestamp())]
        problems = len(await list_problems(tx)) if visible is None else 0
    page = replace(page, accounts=person.choose("see", accounts))
    main = render_stacks(page)
    return show_page(
        request,
        title=_title(page),
        section="/",
        main=main,
        now=page.now,
        problems=problems,
        live=_parts(page),
    )


async def stacks_events(request: Request) -> Response:
    """The rows that the page has shown, whenever one changes; and the numbers."""
    database = site_of(request).database
    view, visible = read_view(request.query_params), visible_to(person_of(request))
    shown: tuple[int, ...] | None = None

    async def read() -> Sequence[Part]:
        nonlocal shown
        async with database.read() as tx:
            page = await _read_page(tx, view, visible)
            ids = tuple(stack.id for stack in page.stacks)
            if shown is None:
                shown = ids
            page = replace(page, is_moved=ids != shown)
            gone = tuple(set(shown) - set(ids))
            if gone:  # of another state by now: they stay in the table until it is shown again
                rest = StackFilter(ids=gone, visible=visible)
                others = await list_stacks(tx, rest, Page(), page.now.timestamp())
                page = replace(page, stacks=(*page.stacks, *others))
        return _parts(page)

    return site_of(request).streams.answer(request, read)


async def _read_page(tx: Transaction, view: View, visible: tuple[str, ...] | None) -> StacksPage:
    now = await read_now(tx)
    counts = await count_stacks(tx, view.without_state().choose(visible), now)
    matching = _find_matching(view, counts)
    if matching is None:
        matching = (await count_stacks(tx, view.choose(visible), now)).total
    stacks = await list_stacks(tx, view.choose(visible), view.cut(), now)
    return StacksPage(
        view=view, counts=counts, matching=matching, stacks=stacks, now=to_moment(now)
    )


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
