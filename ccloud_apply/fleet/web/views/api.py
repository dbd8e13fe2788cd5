"""`/api/v1/`: the same data as the command line's JSON documents, for who may see it.

`status` takes the query of the table of stacks, `limit` (1000 at most) and `offset`; its counts are
of all that match.
"""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.documents import read_history, read_run, read_status
from ccloud_apply.fleet.model.listing import Page
from ccloud_apply.fleet.web.auth.people import person_of
from ccloud_apply.fleet.web.query import read_number, read_runs_view, read_view
from ccloud_apply.fleet.web.site import site_of, visible_to
from ccloud_apply.render.fleet.json_document import (
    render_fleet_history_json,
    render_fleet_run_json,
    render_fleet_status_json,
)

_MOST = 1000


async def api_status(request: Request) -> Response:
    """The document of `fleet status --format json`."""
    query, visible = request.query_params, visible_to(request)
    view = read_view(query)
    page = Page(
        sort=view.sort,
        is_descending=view.is_descending,
        limit=min(read_number(query.get("limit"), _MOST), _MOST),
        offset=read_number(query.get("offset"), 0),
    )
    status = await read_status(site_of(request).database, view.choose(visible), page)
    # A thousand rows take a while, in which leases have to be renewed.
    return _json(await asyncio.to_thread(render_fleet_status_json, status))


async def api_history(request: Request) -> Response:
    """The document of `fleet history --format json`; `before` is the id of the oldest known."""
    query = request.query_params
    limit = min(read_number(query.get("limit"), 100), _MOST)
    chosen = read_runs_view(query).choose(visible_to(request), limit=limit)
    runs = await read_history(site_of(request).database, chosen)
    return _json(await asyncio.to_thread(render_fleet_history_json, runs))


async def api_run(request: Request) -> Response:
    """The document of `fleet show RUN --format json`; 404 for one that the asker may not see."""
    number = read_number(request.path_params["run"], 0)
    try:
        detail = await read_run(site_of(request).database, number)
    except UsageError as error:
        raise HTTPException(404, str(error)) from error
    if not person_of(request).may("see", detail.run.account):
        raise HTTPException(404, f"there is no run {number}")
    return _json(await asyncio.to_thread(render_fleet_run_json, detail))


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")
