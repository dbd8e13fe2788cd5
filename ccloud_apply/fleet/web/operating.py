"""What monitoring asks: `/healthz`, `/readyz` and `/metrics`."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ccloud_apply.fleet.health import check_ready
from ccloud_apply.fleet.store.database import Database


def operating_routes(database: Database) -> Sequence[Route]:
    """The routes; metrics are there where the extra `fleet` is installed."""

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        readiness = await check_ready(database)
        if readiness.is_ready:
            return PlainTextResponse("ok\n")
        return PlainTextResponse(f"{readiness.why}\n", status_code=503)

    async def metrics(request: Request) -> Response:
        try:
            from ccloud_apply.fleet.metrics import CONTENT_TYPE, render_metrics
        except ImportError:
            text = 'metrics need prometheus-client: pip install "ccloud-apply[fleet]"\n'
            return PlainTextResponse(text, status_code=501)
        from ccloud_apply.fleet.store.statements.figures import read_figures

        async with database.read() as tx:
            figures = await read_figures(tx)
        return Response(render_metrics(figures), media_type=CONTENT_TYPE)

    return (
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    )
