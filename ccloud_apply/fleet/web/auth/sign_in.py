"""Nobody passes without a name and a role, but to the sign-in, the health and the hooks."""

from urllib.parse import quote

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.model.access import Person
from ccloud_apply.fleet.web.auth.entrance import Entrance
from ccloud_apply.fleet.web.auth.people import PERSON
from ccloud_apply.fleet.web.auth.tokens import find_token, person_of_token, read_bearer
from ccloud_apply.fleet.web.guard.answers import refuse, refuse_without_database, wants_page
from ccloud_apply.fleet.web.guard.forms import PROGRAM
from ccloud_apply.fleet.web.guard.hosts import is_open

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
STATIC = "/static/"


class SignIn:
    """Puts the person into the scope, or refuses: 401 without one, 403 without any role."""

    def __init__(self, app: ASGIApp, *, entrance: Entrance) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and _is_public(scope["path"])):
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = HTTPConnection(scope)
        found = await self._find(request)
        if isinstance(found, Person):
            scope[PERSON] = found
            if not found.grants and scope["path"] != SIGN_OUT:
                hint = "ask for a role (web.roles in fleet.yaml), or sign in again at /sign-in"
                found = refuse(request, 403, f"{found.name} has no role here", hint)
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _find(self, request: HTTPConnection) -> Person | Response:
        entrance = self._entrance
        bearer = read_bearer(request.headers.getlist("authorization"))
        if bearer is not None and entrance.web.tokens:
            return self._read_token(request, bearer)
        try:
            person = await entrance.recognise(request)
        except StoreError as error:
            return refuse_without_database(request, error)
        if person is not None:
            return person
        if wants_page(request) and request.scope["method"] in ("GET", "HEAD"):
            return _to_sign_in(request)
        return _refuse_unknown(request, "sign in first, or send a token")

    def _read_token(self, request: HTTPConnection, bearer: str) -> Person | Response:
        failures, address = self._entrance.failures, self._entrance.address_of(request)
        wait_s = failures.wait_s(address)
        if wait_s:
            return refuse_guesses(request, wait_s)
        token = find_token(self._entrance.web.tokens, bearer)
        if token is None:
            failures.add(address)
            return _refuse_unknown(request, "the token is not one of web.auth.tokens")
        request.scope[PROGRAM] = True
        return person_of_token(token)


def refuse_guesses(request: HTTPConnection, wait_s: float) -> Response:
    """What an address is told that has failed too often."""
    answer = refuse(request, 429, "too many failed sign-ins", f"try again in {wait_s:.0f} s")
    answer.headers["retry-after"] = f"{wait_s:.0f}"
    return answer


def _is_public(path: str) -> bool:
    is_sign_in = path == SIGN_IN or path.startswith(f"{SIGN_IN}/")
    return is_open(path) or is_sign_in or path.startswith(STATIC)


def _to_sign_in(request: HTTPConnection) -> Response:
    path = request.scope["path"]
    query = request.scope["query_string"].decode("latin-1")
    wanted = f"{path}?{query}" if query else path
    place = SIGN_IN if wanted == "/" else f"{SIGN_IN}?next={quote(wanted, safe='/')}"
    return RedirectResponse(place, status_code=303)


def _refuse_unknown(request: HTTPConnection, what: str) -> Response:
    answer = refuse(request, 401, what, "send `Authorization: Bearer TOKEN`")
    answer.headers["www-authenticate"] = "Bearer"
    return answer
