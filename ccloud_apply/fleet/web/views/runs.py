"""`/runs` and `/runs/ID`: what has been done, and the streams of it."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ccloud_apply.fleet.documents import read_stack_journal
from ccloud_apply.fleet.model.access import Person
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.history import (
    find_plan_of_run,
    find_report,
    find_run,
    is_newest_run,
    list_runs,
)
from ccloud_apply.fleet.web.auth.people import person_of
from ccloud_apply.fleet.web.pages.frame import Part
from ccloud_apply.fleet.web.pages.run import RunPage, render_run, run_parts
from ccloud_apply.fleet.web.pages.runs import RunsPage, render_runs, runs_part
from ccloud_apply.fleet.web.query import read_number, read_runs_view
from ccloud_apply.fleet.web.site import Site, show_page, site_of, to_moment, visible_to


async def runs_page(request: Request) -> Response:
    """Runs of what the address names, newest first."""
    page = await _read_runs(site_of(request).database, request)
    live = [runs_part(page)] if page.view.before is None else None
    return await show_page(
        request, title="Runs", section="/runs", main=render_runs(page), now=page.now, live=live
    )


async def runs_events(request: Request) -> Response:
    """The table of the newest runs, whenever it changes."""
    site = site_of(request)

    async def read() -> Sequence[Part]:
        return [runs_part(await _read_runs(site.database, request))]

    return site.streams.answer(request, read)


async def _read_runs(database: Database, request: Request) -> RunsPage:
    view = read_runs_view(request.query_params)
    async with database.read() as tx:
        now = await read_now(tx)
        runs = await list_runs(tx, view.choose(visible_to(request)), now)
    return RunsPage(view=view, runs=runs, now=to_moment(now))


async def run_page(request: Request) -> Response:
    """One run; 404 for one of an account that the asker may not see."""
    number = read_number(request.path_params["run"], 0)
    page = await _read_run(site_of(request), number, person_of(request))
    if page is None:
        raise HTTPException(404, f"there is no run {number}")
    run = page.run
    return await show_page(
        request,
        title=f"Run {run.id} - {run.outcome or 'running'}",
        section="/runs",
        main=render_run(page),
        now=page.now,
        live=run_parts(page) if run.ended is None else None,
    )


async def run_events(request: Request) -> Response:
    """The parts of the page of a run that goes on."""
    number, person = read_number(request.path_params["run"], 0), person_of(request)
    site = site_of(request)

    async def read() -> Sequence[Part] | None:
        page = await _read_run(site, number, person)
        return None if page is None else run_parts(page)

    return site.streams.answer(request, read)


async def _read_run(site: Site, number: int, person: Person) -> RunPage | None:
    async with site.database.read() as tx:
        run = await find_run(tx, number)
        if run is None or not person.may("see", run.account):
            return None
        now = to_moment(await read_now(tx))
        found = await find_plan_of_run(tx, number)
        report = None
        journal = None
        if run.stack is not None:
            report = await find_report(tx, run.account, run.stack, run_id=number)
            if run.kind == "apply" and await is_newest_run(tx, run):
                journal = await read_stack_journal(tx, run.account, run.stack)
    plan = None if found is None else found[0]
    plan_html = None if plan is None else await site.rendered.plan(plan.id)
    drift_html = None if report is None else await site.rendered.report(report)
    return RunPage(
        run=run,
        now=now,
        plan=plan,
        plan_html=plan_html,
        drift_html=drift_html,
        journal=journal,
    )
