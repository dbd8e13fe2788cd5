"""Only the page's own names count: a foreign name that leads here is an attack (DNS rebinding).

Another site can let its own name resolve to this machine; a visitor's browser then takes our pages
for that site's own, and its script could read them. It cannot do that with an address in place of a
name, so addresses are always ours.
"""

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from ccloud_apply.fleet.model.config import WebConfig
from ccloud_apply.fleet.web.guard.answers import refuse

HEALTH = frozenset({"/healthz", "/readyz"})
HOOKS = "/hooks/"


def is_open(path: str) -> bool:
    """True for what tells nothing (health), or is signed (hooks): no sign-in, and any name."""
    return path in HEALTH or path.startswith(HOOKS)


def own_names(web: WebConfig, listen: str) -> frozenset[str]:
    """The names under which the page may be asked for: where it listens, `web.url`, `web.hosts`,
    and where others can reach it, this machine's name."""
    names = {"localhost", listen, *web.hosts}
    if web.url:
        names.add(urlsplit(web.url).hostname or "")
    if web.has_auth:
        names.add(socket.gethostname())  # its full name would take a request to a name server
    return frozenset(name.lower().rstrip(".") for name in names if name)


def find_host(header: str) -> str | None:
    """The name or address in a Host header, without its port; None for what is neither."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port  # a port that is no number raises
        host = parts.hostname
    except ValueError:
        return None
    if host is None or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return host.lower().rstrip(".") or None


def is_own(host: str | None, names: frozenset[str]) -> bool:
    """True for one of the names, and for every address."""
    if host is None:
        return False
    if host in names or host.endswith(".localhost"):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class OwnNames:
    """Refuses with 421 what was sent to another name."""

    def __init__(self, app: ASGIApp, *, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        hosts = request.headers.getlist("host")
        host = find_host(hosts[0]) if len(hosts) == 1 else None
        if is_own(host, self._names):
            await self._app(scope, receive, send)
            return
        what = (
            f"{host} is not a host name of this page" if host else "the request has no Host header"
        )
        answer = refuse(request, 421, what, "add the name to web.hosts in fleet.yaml")
        await answer(scope, receive, send)
