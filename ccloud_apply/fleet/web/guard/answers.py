"""Refusals: the same words as a page, as JSON for programs, and as a line for the rest."""

import html
import logging

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.web.guard.card import render_card
from ccloud_apply.load.text.format_values import escape

_log = logging.getLogger(__name__)
_PROGRAMS = ("/api/", "/hooks/")
_PLAIN = ("/metrics", "/healthz", "/readyz")
_MOST = 2000
"""Characters of what is said."""


def wants_page(request: HTTPConnection) -> bool:
    """True if a browser shows the answer to a person, so that it is a page or leads to one."""
    path: str = request.scope["path"]
    if path.startswith(_PROGRAMS) or path in _PLAIN:
        return False
    return "text/html" in request.headers.get("accept", "")


def refuse(request: HTTPConnection, status: int, what: str, hint: str | None = None) -> Response:
    """The answer that says what is refused, and the way out."""
    path: str = request.scope["path"]
    what = escape(what, limit=_MOST)  # it may name what somebody has put into an address
    if wants_page(request):
        return HTMLResponse(_page(what, hint), status_code=status)
    if path.startswith(_PROGRAMS):
        error = {"what": what, "hint": hint}
        body = {"format_version": "1.0", "errors": [error]}
        return JSONResponse(body, status_code=status)
    return PlainTextResponse(f"{what}\n{hint or ''}".strip() + "\n", status_code=status)


def refuse_without_database(request: HTTPConnection, error: StoreError) -> Response:
    """The answer while the database is away. What is wrong, and where it is, stands in the log: the
    answer may be for somebody who has not signed in."""
    _log.warning("%s", escape(str(error), limit=500))
    answer = refuse(request, 503, "the database cannot be used", "try again later")
    answer.headers["retry-after"] = "5"
    return answer


def _page(what: str, hint: str | None) -> str:
    told = f"<p>{html.escape(hint)}</p>" if hint else ""
    return render_card(what, f'{told}<p><a href="/">Back to the stacks</a></p>')
