"""The files that every page loads: style, script, icon. Anybody may have them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ccloud_apply.fleet.web.pages.frame import version_of
from ccloud_apply.fleet.web.pages.script import SCRIPT
from ccloud_apply.fleet.web.pages.style import STYLE

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="#2456b5"/>'
    '<g fill="#fff"><rect x="7" y="8" width="18" height="4" rx="1.5"/>'
    '<rect x="7" y="14" width="18" height="4" rx="1.5" opacity=".8"/>'
    '<rect x="7" y="20" width="18" height="4" rx="1.5" opacity=".6"/></g></svg>'
)
_FILES = {
    "/static/fleet.css": (STYLE, "text/css"),
    "/static/fleet.js": (SCRIPT, "text/javascript"),
    "/static/fleet.svg": (ICON, "image/svg+xml"),
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, max-age=60"


def static_routes() -> list[Route]:
    """A route for each file. An address with the digest of its contents may be kept for ever."""
    return [_route(path, text, kind) for path, (text, kind) in _FILES.items()]


def _route(path: str, text: str, kind: str) -> Route:
    body = text.encode()
    version = version_of(text)

    async def answer(request: Request) -> Response:
        is_known = request.query_params.get("v") == version
        headers = {"Cache-Control": _FOR_EVER if is_known else _ASK_AGAIN}
        return Response(body, media_type=kind, headers=headers)

    return Route(path, answer)
