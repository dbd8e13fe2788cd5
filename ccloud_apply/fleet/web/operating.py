"""What monitoring asks: `/healthz`, `/readyz` and `/metrics`."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.health import check_ready
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.web.auth.people import demand_everywhere
from ccloud_apply.fleet.web.guard.answers import refuse


def operating_routes(database: Database) -> Sequence[Route]:
    """The routes; health is for anybody, metrics for who may see all accounts."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        readiness = await check_ready(database)
        if readiness.is_ready:
            return PlainTextResponse("ok\n")
        return PlainTextResponse(f"{readiness.why}\n", status_code=503)

    async def metrics(request: Request) -> Response:
        from ccloud_apply.fleet.metrics import CONTENT_TYPE, render_metrics
        from ccloud_apply.fleet.store.statements.figures import read_figures

        demand_everywhere(request, "see")  # they name every account
        async with database.read() as tx:
            figures = await read_figures(tx)
        try:
            text = render_metrics(figures)
        except UsageError as error:
            return refuse(request, 501, str(error), error.hint)
        return Response(text, media_type=CONTENT_TYPE)

    return (
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    )
