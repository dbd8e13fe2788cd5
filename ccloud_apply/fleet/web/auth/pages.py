"""The sign-in page, the ways in that it offers, and the sign-out."""

import html
from collections.abc import Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ccloud_apply.fleet.store.statements.session import Session, end_session
from ccloud_apply.fleet.web.auth.entrance import Entrance, digest_of, way_of_token
from ccloud_apply.fleet.web.auth.oidc import CALLBACK, FLOW_S, SignInError
from ccloud_apply.fleet.web.auth.sign_in import SIGN_IN, SIGN_OUT, refuse_guesses
from ccloud_apply.fleet.web.auth.tokens import find_token
from ccloud_apply.fleet.web.guard.card import render_card
from ccloud_apply.fleet.web.guard.cookies import SESSION
from ccloud_apply.fleet.web.guard.cookies import SIGN_IN as FLOW
from ccloud_apply.fleet.web.guard.forms import TOKEN_FIELD, form_token, read_form


def sign_in_routes(entrance: Entrance) -> Sequence[Route]:
    """The routes of the sign-in and the sign-out."""

    async def page(request: Request) -> Response:
        person = await entrance.recognise(request)
        if person is not None and person.grants:  # who has no role may sign in as someone else
            return _go(safe_place(request.query_params.get("next")))
        return _show(request, entrance, status=200)

    async def with_token(request: Request) -> Response:
        return await _sign_in_with_token(request, entrance)

    async def to_issuer(request: Request) -> Response:
        return await _send_to_issuer(request, entrance)

    async def from_issuer(request: Request) -> Response:
        return await _come_from_issuer(request, entrance)

    async def sign_out(request: Request) -> Response:
        return await _sign_out(request, entrance)

    return (
        Route(SIGN_IN, page),
        Route(f"{SIGN_IN}/token", with_token, methods=["POST"]),
        Route(f"{SIGN_IN}/oidc", to_issuer),
        Route(CALLBACK, from_issuer),
        Route(SIGN_OUT, sign_out, methods=["POST"]),
    )


def safe_place(text: str | None) -> str:
    """A path of our own to go to after the sign-in; `/` for anything that may lead elsewhere."""
    place = text or "/"
    is_path = place.startswith("/") and not place.startswith("//") and "\\" not in place
    is_plain = place.isascii() and place.isprintable() and " " not in place and len(place) <= 500
    is_ours = not place.startswith((SIGN_IN, SIGN_OUT))
    return place if is_path and is_plain and is_ours else "/"


async def _sign_in_with_token(request: Request, entrance: Entrance) -> Response:
    failures, address = entrance.failures, entrance.address_of(request)
    wait_s = failures.wait_s(address)
    if wait_s:
        return refuse_guesses(request, wait_s)
    form = read_form(request)
    token = find_token(entrance.web.tokens, form.get("token", "").strip())
    if token is None:
        failures.add(address)
        problem, place = "This token is not known.", form.get("next")
        return _show(request, entrance, status=401, problem=problem, place=place)
    session = Session(name=f"token:{token.name}", groups=(), way=way_of_token(token))
    answer = _go(safe_place(form.get("next")))
    answer.headers.append("set-cookie", await entrance.open_session(session))
    return answer


async def _send_to_issuer(request: Request, entrance: Entrance) -> Response:
    if entrance.issuer is None:
        return _show(request, entrance, status=404, problem="There is no issuer to sign in with.")
    try:
        place = safe_place(request.query_params.get("next"))
        url, flow = await entrance.issuer.begin(place, url=entrance.url_of(request))
    except SignInError as error:
        return _show(request, entrance, status=502, problem=_sentence(error))
    answer = RedirectResponse(url, status_code=303)
    answer.headers.append("set-cookie", entrance.cookies.set(FLOW, flow, max_age_s=FLOW_S))
    return answer


async def _come_from_issuer(request: Request, entrance: Entrance) -> Response:
    if entrance.issuer is None:
        return _show(request, entrance, status=404, problem="There is no issuer to sign in with.")
    failures, address = entrance.failures, entrance.address_of(request)
    wait_s = failures.wait_s(address)
    if wait_s:  # each answer is a request to the issuer, and anybody can make one up
        return refuse_guesses(request, wait_s)
    cookie = entrance.cookies.read(request.headers.get("cookie"), FLOW)
    answer: Response
    try:
        identity, place = await entrance.issuer.finish(dict(request.query_params), cookie)
    except SignInError as error:
        failures.add(address)
        answer = _show(request, entrance, status=401, problem=_sentence(error))
    else:
        session = Session(name=identity.name, groups=identity.groups, way="oidc")
        answer = _go(safe_place(place))
        answer.headers.append("set-cookie", await entrance.open_session(session))
    answer.headers.append("set-cookie", entrance.cookies.set(FLOW, "", max_age_s=0))
    return answer


async def _sign_out(request: Request, entrance: Entrance) -> Response:
    secret = entrance.cookies.read(request.headers.get("cookie"), SESSION)
    if secret is not None:
        async with entrance.database.write() as tx:
            await end_session(tx, digest_of(secret))
    answer = _go(SIGN_IN)
    answer.headers.append("set-cookie", entrance.cookies.set(SESSION, "", max_age_s=0))
    return answer


def _sentence(error: SignInError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _go(place: str) -> Response:
    return RedirectResponse(place, status_code=303)


def _show(
    request: Request,
    entrance: Entrance,
    *,
    status: int,
    problem: str | None = None,
    place: str | None = None,
) -> Response:
    place = safe_place(place or request.query_params.get("next"))
    ways = []
    if entrance.issuer is not None:
        link = f"{SIGN_IN}/oidc?next={quote(place, safe='/')}"
        ways.append(f'<p><a class="button main" href="{html.escape(link)}">Sign in</a></p>')
    if entrance.web.tokens:
        ways.append(_token_form(form_token(request), place))
    if not ways:
        ways.append("<p>Open this page through the proxy that signs people in.</p>")
    told = f'<p class="is-wrong" role="alert">{html.escape(problem)}</p>' if problem else ""
    return HTMLResponse(render_card("Sign in", told + "".join(ways)), status_code=status)


def _token_form(token: str, place: str) -> str:
    return (
        f'<form method="post" action="{SIGN_IN}/token">'
        f'<input type="hidden" name="{TOKEN_FIELD}" value="{token}">'
        f'<input type="hidden" name="next" value="{html.escape(place)}">'
        '<label for="token">Token</label>'
        '<input id="token" name="token" type="password" autocomplete="current-password"'
        ' required autofocus><button class="main">Sign in with a token</button></form>'
    )
