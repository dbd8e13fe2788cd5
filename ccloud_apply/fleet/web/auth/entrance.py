"""What sign-in needs to know, and who a request comes from."""

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.access import EVERYTHING, Person, find_grants
from ccloud_apply.fleet.model.config import FleetConfig, HashedToken, WebConfig
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.audit import write_audit
from ccloud_apply.fleet.store.statements.session import Session, add_session, find_session
from ccloud_apply.fleet.web.auth.failures import Failures, is_address
from ccloud_apply.fleet.web.auth.proxy import is_from_proxy, read_proxy
from ccloud_apply.fleet.web.auth.tokens import person_of_token
from ccloud_apply.fleet.web.guard.cookies import SESSION, Cookies
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.loopback import is_loopback

if TYPE_CHECKING:
    from ccloud_apply.fleet.web.auth.oidc import Issuer

SESSION_S = 12 * 3600
"""Seconds after which everybody signs in again."""

LOCAL = Person(name="local", way="local", grants=EVERYTHING)
"""Whoever uses a page without sign-in: anybody on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The ways in: `web` as it stands in `fleet.yaml`, and what keeps sessions and failures."""

    web: WebConfig
    accounts: tuple[str, ...]
    database: Database
    cookies: Cookies
    failures: Failures
    issuer: "Issuer | None" = None

    async def recognise(self, request: HTTPConnection) -> Person | None:
        """Who sends it, by the session, the proxy's header, or because nobody signs in here."""
        if not self.web.has_auth:
            return LOCAL
        person = await self._read_session(request)
        return person or read_proxy(request, self.web, self.accounts)

    async def open_session(self, session: Session) -> str:
        """Keep it, and give back the Set-Cookie header with its secret, which is always new."""
        secret = secrets.token_urlsafe(32)
        async with self.database.write() as tx:
            await add_session(tx, digest_of(secret), session, life_s=SESSION_S)
            way = session.way.partition(":")[0]
            await write_audit(tx, session.name, "sign-in", detail={"way": way})
        return self.cookies.set(SESSION, secret, max_age_s=SESSION_S)

    def address_of(self, request: HTTPConnection) -> str:
        """Whose failures count together: the peer, or whom a proxy names as its own peer.

        A proxy on this machine counts too, else whoever guesses would keep out all who come through
        it. Somebody on this machine who says another address has more tries, and nothing else.
        """
        peer = request.client.host if request.client else "unknown"
        is_proxy = is_loopback(peer) or (
            self.web.proxy is not None and is_from_proxy(request, self.web.proxy)
        )
        told = request.headers.getlist("x-forwarded-for")
        last = told[-1].rpartition(",")[2].strip() if told else ""
        return last if is_proxy and is_address(last) else peer

    def url_of(self, request: HTTPConnection) -> str:
        """The page's own address: `web.url`, else the one by which it was asked. That is one of its
        names (`OwnNames`), and the issuer sends people to addresses alone that it knows."""
        host = request.headers.get("host", "")
        return self.web.url or f"{request.scope['scheme']}://{host}"

    async def _read_session(self, request: HTTPConnection) -> Person | None:
        secret = self.cookies.read(request.headers.get("cookie"), SESSION)
        if secret is None:
            return None
        async with self.database.read() as tx:
            session = await find_session(tx, digest_of(secret))
        return None if session is None else self._person_of(session)

    def _person_of(self, session: Session) -> Person | None:
        """Who it is today: roles and tokens are those of `fleet.yaml`, not of the sign-in."""
        if session.way == "oidc" and self.web.oidc is not None:
            grants = find_grants(self.web, self.accounts, session.name, session.groups)
            return Person(name=session.name, way="oidc", grants=grants)
        for token in self.web.tokens:
            if session.way == way_of_token(token):
                return person_of_token(token)
        return None


def digest_of(secret: str) -> str:
    """What the table knows a session's secret by."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def way_of_token(token: HashedToken) -> str:
    """How a session says that it began with this token: another token of that name ends it."""
    return f"token:{token.name}:{token.sha256.lower()[:16]}"


def open_entrance(
    config: FleetConfig,
    database: Database,
    *,
    oidc_secret: str | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Entrance:
    """The ways in that `web` of `fleet.yaml` says; `oidc_secret` is what its `client_secret` stands
    for.

    Raises UsageError where OIDC misses its library or its secret.
    """
    web = config.web
    issuer = None
    if web.oidc is not None:
        if oidc_secret is None:
            raise UsageError(f"{config.path}: web.auth.oidc needs its client secret")
        from ccloud_apply.fleet.web.auth.oidc import open_issuer

        issuer = open_issuer(web.oidc, oidc_secret)
    return Entrance(
        web=web,
        accounts=tuple(config.accounts),
        database=database,
        cookies=Cookies(is_https=(web.url or "").startswith("https://")),
        failures=Failures(monotonic),
        issuer=issuer,
    )
