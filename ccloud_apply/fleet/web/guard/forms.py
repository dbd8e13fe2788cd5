"""Forms: bounded, and only those of our own pages (cross-site request forgery).

A form counts if the browser says that it comes from our own page (Origin, Sec-Fetch-Site), and if
it carries the token that only our own pages know: a digest of a cookie that no script and no other
site can read. The server keeps nothing for it, so forms live through a restart.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ccloud_apply.fleet.web.guard.answers import refuse
from ccloud_apply.fleet.web.guard.cookies import FORM, SESSION, Cookies
from ccloud_apply.fleet.web.guard.hosts import is_open

MAX_FORM_BYTES = 64 * 1024
BODY_S = 15
"""Seconds that the body of a request may take to arrive."""
PROGRAM = "fleet.is_program"
"""The key of the scope that `SignIn` sets for a request with a token of its own."""
TOKEN_FIELD = "form"  # noqa: S105 - the name of a field
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_COOKIE_S = 30 * 86400
_MAX_FIELDS = 100
_MOST_DIGITS = 18
"""Digits of a Content-Length: Python refuses to read a number of thousands of digits."""
_READ = "fleet.form"
_SECRET = "fleet.form_secret"  # noqa: S105 - a key of the scope


def form_token(request: HTTPConnection) -> str:
    """What a page puts into the hidden field `form` of each of its forms."""
    return _digest(request.scope[_SECRET])


def read_form(request: HTTPConnection) -> Mapping[str, str]:
    """The fields of the form that was sent; of a field that stands twice, the last. It was checked
    by `OwnForms` before."""
    found: Mapping[str, str] = request.scope[_READ]
    return found


class OwnForms:
    """Refuses with 403 what changes something and comes from elsewhere, with 413 what is too long.

    Stands inside of `SignIn`: a request with a token of its own (`Authorization: Bearer`) was sent
    by a program that knows it, so nobody can have forged it.
    """

    def __init__(self, app: ASGIApp, *, cookies: Cookies, url: str | None = None) -> None:
        self._app = app
        self._cookies = cookies
        self._origin = origin_of(url) if url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        header = request.headers.get("cookie")
        known = self._cookies.read(header, SESSION) or self._cookies.read(header, FORM)
        scope[_SECRET] = known or secrets.token_urlsafe(32)
        if scope["method"] not in SAFE:
            refused = await self._read(request, is_known=known is not None)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send if known else self._give_cookie(scope, send))

    async def _read(self, request: Request, *, is_known: bool) -> Response | None:
        """Read the form into the scope; what to answer where it is refused."""
        is_program = request.scope.get(PROGRAM) is True
        if not is_program and not comes_from_us(request.headers, self._origin):
            return _refuse_foreign(request)
        try:
            body = await read_body(request, MAX_FORM_BYTES)
        except TimeoutError:
            return refuse(request, 408, f"the form was not sent within {BODY_S} s")
        if body is None:
            what = f"a form must be at most {MAX_FORM_BYTES // 1024} KiB"
            return refuse(request, 413, what)
        fields = parse_form(request.headers.get("content-type"), body)
        if fields is None:
            what = "the form cannot be read"
            return refuse(request, 400, what, "send application/x-www-form-urlencoded in UTF-8")
        if not is_program:
            told = fields.get(TOKEN_FIELD, "")
            is_ours = hmac.compare_digest(told.encode(), form_token(request).encode())
            if not (is_known and is_ours):
                return _refuse_foreign(request)
        request.scope[_READ] = fields
        return None

    def _give_cookie(self, scope: Scope, send: Send) -> Send:
        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # Files of ours may be kept by caches, so they carry no cookie.
                if headers.get("content-type", "").startswith("text/html"):
                    text = self._cookies.set(FORM, scope[_SECRET], max_age_s=FORM_COOKIE_S)
                    headers.append("set-cookie", text)
            await send(message)

        return send_with_cookie


def origin_of(url: str) -> str:
    """The origin of a URL, as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def comes_from_us(headers: Mapping[str, str], own: str | None = None) -> bool:
    """True unless the browser says that another site, or another place of this one, has sent it.

    Browsers say so themselves, and no script of another site can say otherwise. What says nothing
    at all is no browser of the last years; the token still counts then. `own` is the page's origin
    where it is known: a proxy may have put another name into Host.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    if own is not None and origin.lower() == own:
        return True
    return origin.lower().partition("://")[2] == (headers.get("host", "").lower() or None)


def parse_form(content_type: str | None, body: bytes) -> Mapping[str, str] | None:
    """The fields of a form as browsers send it by default; None for anything else."""
    if not body:
        return {}
    if (content_type or "").partition(";")[0].strip().lower() != (
        "application/x-www-form-urlencoded"
    ):
        return None
    try:
        return dict(
            parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                max_num_fields=_MAX_FIELDS,
                errors="strict",
            )
        )
    except ValueError:
        return None


async def read_body(request: Request, most: int) -> bytes | None:
    """The whole body; None for one of more than `most` bytes, of which no more is read.

    Raises TimeoutError for one that is not complete after `BODY_S` seconds.
    """
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or len(told) > _MOST_DIGITS or int(told) > most:
        return None
    parts = bytearray()
    async with asyncio.timeout(BODY_S):
        async for part in request.stream():
            parts += part
            if len(parts) > most:
                return None
    return bytes(parts)


def _digest(secret: str) -> str:
    return hashlib.sha256(f"form:{secret}".encode()).hexdigest()


def _refuse_foreign(request: HTTPConnection) -> Response:
    hint = "open the page again, and send its form"
    return refuse(request, 403, "the form does not come from a page of this fleet", hint)
