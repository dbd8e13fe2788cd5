"""`/accounts`, `/problems` and `/audit`."""

from starlette.requests import Request
from starlette.responses import Response

from ccloud_apply.fleet.model.listing import PAGE_SIZE
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.overview import (
    list_accounts,
    list_decisions,
    list_problems,
    list_sources,
)
from ccloud_apply.fleet.web.auth.people import demand_everywhere, person_of
from ccloud_apply.fleet.web.pages.overview import (
    older_than,
    render_accounts,
    render_audit,
    render_problems,
)
from ccloud_apply.fleet.web.query import read_number
from ccloud_apply.fleet.web.site import show_page, site_of, to_moment


async def accounts_page(request: Request) -> Response:
    """The accounts that the asker may see; sources belong to no account, so to who sees all."""
    person = person_of(request)
    async with site_of(request).database.read() as tx:
        now = await read_now(tx)
        accounts = [one for one in await list_accounts(tx, now) if person.may("see", one.name)]
        sources = await list_sources(tx) if person.may_everywhere("see") else ()
    moment = to_moment(now)
    main = render_accounts(accounts, sources, moment)
    return await show_page(request, title="Accounts", section="/accounts", main=main, now=moment)


async def problems_page(request: Request) -> Response:
    """What cannot be loaded; for who may see all accounts, as a broken file is of none."""
    demand_everywhere(request, "see")
    async with site_of(request).database.read() as tx:
        now, problems = to_moment(await read_now(tx)), await list_problems(tx)
    return await show_page(
        request,
        title="Problems",
        section="/problems",
        main=render_problems(problems),
        now=now,
    )


async def audit_page(request: Request) -> Response:
    """Who has decided what."""
    demand_everywhere(request, "administer")
    before = read_number(request.query_params.get("before"), 0) or None
    async with site_of(request).database.read() as tx:
        now = to_moment(await read_now(tx))
        decisions = await list_decisions(tx, before=before, limit=PAGE_SIZE)
    more = older_than("/audit", decisions[-1].id) if len(decisions) == PAGE_SIZE else None
    main = render_audit(decisions, more=more)
    return await show_page(request, title="Audit", section="/audit", main=main, now=now)
