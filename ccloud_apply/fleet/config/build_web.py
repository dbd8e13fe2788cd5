"""The section `web` of fleet.yaml -> values."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from ccloud_apply.fleet.config.build_parts import Path, Reading, read_reference
from ccloud_apply.fleet.config.schema_web import APPROVER
from ccloud_apply.fleet.model.access import find_unmatched
from ccloud_apply.fleet.model.config import SCOPES, HashedToken, Oidc, ProxyAuth, WebConfig
from ccloud_apply.load.text.format_values import quote
from ccloud_apply.model.loopback import is_loopback

_WEB: Path = ("web",)
_AUTH: Path = (*_WEB, "auth")
_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""What `printf %s "$token" | sha256sum` prints where there is no variable `token`."""


def read_web(entry: Mapping[str, Any], accounts: Iterable[str], reading: Reading) -> WebConfig:
    """Who may use the page. Reports roles that nobody can have, addresses that are none."""
    auth = entry.get("auth") or {}
    web = WebConfig(
        url=_read_url(entry.get("url"), reading),
        hosts=tuple(entry.get("hosts") or ()),
        oidc=_read_oidc(auth.get("oidc"), reading),
        proxy=_read_proxy(auth.get("proxy"), reading),
        tokens=_read_tokens(auth.get("tokens") or (), reading),
        roles=_read_roles(entry.get("roles") or {}),
    )
    if web.roles and not (web.oidc or web.proxy):
        what = "roles are for people who sign in, and neither oidc nor proxy says how"
        reading.add(
            "bad-value", ("web", "roles"), what, "add auth:; tokens have roles of their own"
        )
    if (web.oidc or web.proxy) and not web.roles:
        what = "people who sign in may do nothing, because roles: is missing"
        reading.warn("bad-value", _AUTH, what, 'add roles: {see: ["*"], administer: [group:ops]}')
    if web.oidc and not web.url:
        what = (
            "url: is missing, so the issuer sends people back to http and to the name that they"
            " used"
        )
        reading.warn("bad-value", (*_AUTH, "oidc"), what, "add web: {url: https://...}")
    for place, glob in find_unmatched(web, accounts):
        what = f"no account has a name like {quote(glob)}"
        hint = "end it with @* if what follows the last @ belongs to the name"
        reading.add("bad-value", place, what, hint)
    return web


def _read_roles(entry: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    named = {role: tuple(names) for role, names in entry.items() if role != APPROVER}
    if APPROVER in entry:
        named["approve"] = (*named.get("approve", ()), *entry[APPROVER])
    return named


def _read_url(url: str | None, reading: Reading) -> str | None:
    if url is None:
        return None
    if not _is_safe(url) or urlsplit(url).path not in ("", "/"):
        what = f"must be an https address with a name of its own and no path, not {quote(url)}"
        reading.add("bad-value", (*_WEB, "url"), what)
    return url.rstrip("/")


def _read_oidc(entry: Mapping[str, Any] | None, reading: Reading) -> Oidc | None:
    if entry is None:
        return None
    issuer: str = entry["issuer"]
    if not _is_safe(issuer):
        what = f"must be an https address without a query, not {quote(issuer)}"
        reading.add("bad-value", (*_AUTH, "oidc", "issuer"), what)
    secret = read_reference(entry["client_secret"], reading.collector.path)
    assert secret is not None
    return Oidc(
        issuer=issuer,
        client_id=entry["client_id"],
        client_secret=secret,
        name_claim=entry.get("name_claim", "preferred_username"),
        groups_claim=entry.get("groups_claim", "groups"),
        scopes=tuple(entry.get("scopes") or SCOPES),
    )


def _is_safe(issuer: str) -> bool:
    try:
        parts = urlsplit(issuer)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
    is_https = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return bool(host) and is_plain and is_https and issuer.isprintable() and " " not in issuer


def _read_proxy(entry: Mapping[str, Any] | None, reading: Reading) -> ProxyAuth | None:
    if entry is None:
        return None
    for index, address in enumerate(entry["from"]):
        try:
            network = ip_network(address)
        except ValueError:
            what = f"{quote(address)} is not an address or a network"
            hint = "write 10.0.0.5 or 10.0.0.0/24"
            reading.add("bad-value", (*_AUTH, "proxy", "from", index), what, hint)
            continue
        if network.prefixlen == 0:
            what = "it would allow everyone to set the header"
            reading.add("bad-value", (*_AUTH, "proxy", "from", index), what, "name the proxy alone")
    return ProxyAuth(
        addresses=tuple(entry["from"]),
        header=entry.get("header", "X-Forwarded-User"),
        groups_header=entry.get("groups_header"),
    )


def _read_tokens(
    entries: tuple[Mapping[str, Any], ...], reading: Reading
) -> tuple[HashedToken, ...]:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        for key in ("name", "sha256"):
            if entry[key] in seen:
                what = f"the {key} is listed twice"
                reading.add("bad-value", (*_AUTH, "tokens", index, key), what, "remove one")
            seen.add(entry[key])
        if entry["sha256"] == _OF_NOTHING:
            place = (*_AUTH, "tokens", index, "sha256")
            what = "is the digest of an empty text, which everybody knows"
            reading.add("bad-value", place, what, "take that of a random token")
    return tuple(
        HashedToken(
            name=entry["name"],
            sha256=entry["sha256"],
            roles=tuple(entry.get("roles") or ("see",)),
        )
        for entry in entries
    )
