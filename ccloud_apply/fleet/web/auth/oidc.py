"""Sign-in by OpenID Connect, with Authlib: code flow with PKCE, state and nonce.

What a sign-in needs at its end stands in a cookie of the browser that has begun it, so the server
keeps nothing for people who never come back.
"""

import asyncio
import base64
import hmac
import json
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.access import is_name
from ccloud_apply.fleet.model.config import Oidc
from ccloud_apply.home import install_hint
from ccloud_apply.lazy_dataclass import dataclass

CALLBACK = "/sign-in/oidc/callback"
FLOW_S = 600
"""Seconds that a person has for the sign-in at the issuer."""
TIMEOUT_S = 10.0
METADATA_S = 3600.0
"""Seconds after which the issuer's keys and addresses are read again."""
LEEWAY_S = 60
"""Seconds by which the clocks of the issuer and of this machine may differ."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""What an ID token may be signed with: never `none`, never a secret that two know."""


class SignInError(Exception):
    """The sign-in has failed; its text is for the person, and holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the issuer names."""

    name: str
    groups: tuple[str, ...]


def open_issuer(config: Oidc, secret: str, *, now: Callable[[], float] = time.time) -> "Issuer":
    """The issuer. Raises UsageError where Authlib is missing."""
    try:
        import authlib  # type: ignore[import-untyped] # noqa: F401
    except ImportError as error:
        raise UsageError(
            "web.auth.oidc needs Authlib, which is not installed",
            hint=install_hint("fleet-oidc"),
        ) from error
    return Issuer(config, secret, now=now)


class Issuer:
    """Leads people to the issuer, and reads whom it names when they come back."""

    def __init__(self, config: Oidc, secret: str, *, now: Callable[[], float]) -> None:
        self._config = config
        self._secret = secret
        self._now = now
        self._app: Any = None
        self._tls: Any = None
        self._read_at = 0.0
        self._opening = asyncio.Lock()

    async def reach(self) -> None:
        """Read what it says of itself. Raises SignInError where that is not usable."""
        await self._open()

    async def begin(self, place: str, *, url: str) -> tuple[str, str]:
        """Where to send the browser, and what to put into its cookie; `place` is where the person
        wanted to go, `url` the page's own address. Raises SignInError."""
        app = await self._open()
        redirect = url.rstrip("/") + CALLBACK
        started = await app.create_authorization_url(redirect)
        flow = {
            "redirect": redirect,
            "state": started["state"],
            "nonce": started["nonce"],
            "verifier": started["code_verifier"],
            "place": place,
            "at": self._now(),
        }
        return started["url"], _encode(flow)

    async def finish(self, query: Mapping[str, str], cookie: str | None) -> tuple[Identity, str]:
        """Whom the issuer names in this answer, and where the person wanted to go.

        Raises SignInError.
        """
        flow = self._read_flow(cookie)
        state = flow["state"].encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(query.get("state", "").encode(), state):
            raise SignInError("the answer belongs to another sign-in: sign in again")
        if "error" in query:
            raise SignInError(f"the issuer says {query['error'][:100]}")
        app = await self._open()
        self._check_sender(query, app.server_metadata)
        claims = await self._redeem(app, query.get("code", ""), flow)
        return self._identify(claims), flow["place"]

    def _read_flow(self, cookie: str | None) -> dict[str, Any]:
        try:
            flow = _decode(cookie or "")
            age_s = self._now() - float(flow["at"])
            is_whole = all(
                isinstance(flow[key], str)
                for key in ("state", "nonce", "verifier", "place", "redirect")
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            is_whole, age_s, flow = False, 0.0, {}
        if not is_whole or not flow["state"] or not flow["nonce"] or not 0 <= age_s <= FLOW_S:
            raise SignInError("this sign-in did not begin here, or took too long: sign in again")
        found: dict[str, Any] = flow
        return found

    def _check_sender(self, query: Mapping[str, str], metadata: Mapping[str, Any]) -> None:
        """RFC 9207: an answer that names its issuer must name ours (mix-up of issuers)."""
        told = query.get("iss")
        must_tell = metadata.get("authorization_response_iss_parameter_supported") is True
        if (told is None and must_tell) or (told is not None and told != metadata["issuer"]):
            raise SignInError("the answer does not come from the issuer: sign in again")

    async def _redeem(self, app: Any, code: str, flow: Mapping[str, Any]) -> dict[str, Any]:
        """The claims of the ID token; the groups may have to be asked for."""
        config = self._config
        expected = {
            "iss": {"essential": True, "value": app.server_metadata["issuer"]},
            "aud": {"essential": True, "value": config.client_id},
            "nonce": {"essential": True, "value": flow["nonce"]},
            "exp": {"essential": True},
        }
        try:
            token = await app.fetch_access_token(
                redirect_uri=flow["redirect"], code=code, code_verifier=flow["verifier"]
            )
            if "id_token" not in token:
                raise SignInError("the issuer gave no ID token: does scopes name openid?")
            found = await app.parse_id_token(
                token, nonce=flow["nonce"], claims_options=expected, leeway=LEEWAY_S
            )
            claims = dict(found)
            if config.groups_claim not in claims and app.server_metadata.get("userinfo_endpoint"):
                told = dict(await app.userinfo(token=token))
                if told.get("sub") == claims["sub"]:
                    claims = {**told, **claims}
        except SignInError:
            raise
        except Exception as error:
            raise SignInError(f"the answer of the issuer is not valid ({_name(error)})") from None
        return claims

    def _identify(self, claims: Mapping[str, Any]) -> Identity:
        config = self._config
        name = claims.get(config.name_claim)
        if not isinstance(name, str) or not is_name(name):
            raise SignInError(
                f"the issuer names no {config.name_claim}: set name_claim of web.auth.oidc"
            )
        if config.name_claim == "email" and claims.get("email_verified") is not True:
            raise SignInError("the issuer has not verified the mail address")
        told = claims.get(config.groups_claim)
        groups = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        return Identity(
            name=name,
            groups=tuple(group for group in groups if isinstance(group, str) and is_name(group)),
        )

    async def _open(self) -> Any:
        """The client of Authlib with the issuer's metadata, which is read once for all who wait.
        Raises SignInError."""
        async with self._opening:
            if self._app is None or self._now() >= self._read_at + METADATA_S:
                self._app, self._read_at = await self._read_metadata(), self._now()
            return self._app

    async def _read_metadata(self) -> Any:
        app = self._create()
        try:
            metadata = await app.load_server_metadata()
        except Exception as error:
            raise SignInError(f"the issuer cannot be reached ({_name(error)})") from None
        self._check_metadata(metadata)
        told = _read_texts(metadata, "id_token_signing_alg_values_supported") or ["RS256"]
        usable = [one for one in told if one in ALGORITHMS]
        if not usable:
            names = ", ".join(ALGORITHMS)
            raise SignInError(f"the issuer signs ID tokens with none of {names}")
        metadata["id_token_signing_alg_values_supported"] = usable
        methods = _read_texts(metadata, "token_endpoint_auth_methods_supported")
        if "client_secret_basic" not in methods and "client_secret_post" in methods:
            app.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105
        return app

    def _create(self) -> Any:
        with warnings.catch_warnings():
            import authlib.deprecate  # type: ignore[import-untyped] # it shows its warnings always

            # It wants httpx by another name, which whoever reads the warning cannot change.
            warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
            from authlib.integrations import starlette_client  # type: ignore[import-untyped]

        if self._tls is None:
            import httpx

            self._tls = httpx.create_ssl_context()  # Authlib would read all certificates each time
        config = self._config
        return starlette_client.OAuth().register(
            "issuer",
            client_id=config.client_id,
            client_secret=self._secret,
            server_metadata_url=f"{config.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": " ".join(config.scopes),
                "code_challenge_method": "S256",
                "timeout": TIMEOUT_S,
                "verify": self._tls,
                "leeway": 0,  # a token that lives for a minute is asked with at once
            },
        )

    def _check_metadata(self, metadata: Mapping[str, Any]) -> None:
        """The issuer must be the one that is meant, and must not lead to plain HTTP."""
        if str(metadata.get("issuer", "")).rstrip("/") != self._config.issuer.rstrip("/"):
            raise SignInError("the issuer gives itself another address than web.auth.oidc.issuer")
        scheme = urlsplit(self._config.issuer).scheme
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        for key in (*needed, *(["userinfo_endpoint"] if metadata.get("userinfo_endpoint") else ())):
            try:
                found = urlsplit(str(metadata.get(key, ""))).scheme
            except ValueError:
                found = ""
            if found not in ("https", scheme):
                raise SignInError(f"the issuer's {key} is not a URL with https")


def _read_texts(metadata: Mapping[str, Any], key: str) -> list[str]:
    """A list of texts; empty where there is none. Raises SignInError for anything else."""
    told = metadata.get(key)
    if told is not None and not isinstance(told, list):
        raise SignInError(f"the issuer's configuration cannot be read ({key})")
    return [one for one in told or () if isinstance(one, str)]


def _encode(flow: Mapping[str, Any]) -> str:
    """The flow as a text that a cookie takes without quotes."""
    return base64.urlsafe_b64encode(json.dumps(flow).encode()).decode().rstrip("=")


def _decode(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def _name(error: Exception) -> str:
    """What kind of error it is: its text may hold a token."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return type(error).__name__ if status is None else f"it answered {status}"
