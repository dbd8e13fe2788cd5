"""`/stacks/ACCOUNT/STACK`: one stack, the stream of its changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ccloud_apply.fleet.documents import read_stack_journal
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.history import (
    find_report,
    list_runs,
)
from ccloud_apply.fleet.store.statements.listing import find_stack
from ccloud_apply.fleet.web.auth.people import demand
from ccloud_apply.fleet.web.pages.frame import Part
from ccloud_apply.fleet.web.pages.stack import StackPage, render_stack, stack_parts
from ccloud_apply.fleet.web.query import RunsView
from ccloud_apply.fleet.web.site import Site, powers_of, show_page, site_of, to_moment

_RUNS = 20


async def stack_page(request: Request) -> Response:
    """The page of a stack; 404 for one that the asker may not see."""
    account, name = _read_place(request)
    site = site_of(request)
    page = await _read(site, account, name)
    if page is None:
        raise HTTPException(404, f"there is no stack {name} in the account {account}")
    powers = powers_of(request, account)
    declared = await asyncio.to_thread(site.read_file, page.stack)
    page = replace(page, declared=declared)
    return await show_page(
        request,
        title=f"{name} - {page.stack.state}",
        section="/",
        main=render_stack(page, powers, done=request.query_params.get("done")),
        now=page.now,
        live=stack_parts(page, powers),
    )


async def stack_events(request: Request) -> Response:
    """The parts of the page, whenever one changes."""
    account, name = _read_place(request)
    site, powers = site_of(request), powers_of(request, account)

    async def read() -> Sequence[Part] | None:
        page = await _read(site, account, name)
        return None if page is None else stack_parts(page, powers)

    return site.streams.answer(request, read)


def _read_place(request: Request) -> tuple[str, str]:
    """The account and the stack that the path names. Raises HTTPException for an account that the
    asker may not see."""
    account, name = request.path_params["account"], request.path_params["stack"]
    demand(request, "see", account)
    return account, name


async def _read(site: Site, account: str, name: str) -> StackPage | None:
    async with site.database.read() as tx:
        now = await read_now(tx)
        stack = await find_stack(tx, account, name, now)
        if stack is None:
            return None
        chosen = RunsView(account=account, stack=name).choose(None, limit=_RUNS)
        page = StackPage(
            stack=stack,
            runs=await list_runs(tx, chosen, now),
            now=to_moment(now),
            journal=await read_stack_journal(tx, account, name),
        )
        report = None if stack.state == "clean" else await find_report(tx, account, name)
    return replace(
        page,
        drift_html=None if report is None else await site.rendered.report(report),
        plan_html=None if stack.plan is None else await site.rendered.plan(stack.plan.id),
    )
