"""A small, strict issuer of OpenID Connect on loopback, written from the specifications.

It takes a code once, within its time, from the client and address that it was made for, with the
verifier of its challenge. What it must not be trusted with can be set per test: `claims`, `key_id`,
`algorithm`, `metadata`.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT_ID = "fleet"
CLIENT_SECRET = "issuer-s3cret"


@dataclass
class StrictIssuer:
    """What it knows, and what it was asked."""

    url: str = ""
    redirect: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "42"})
    metadata: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "ES256"
    key_id: str = "1"
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "1"}))
    signing_key: Any = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    is_down: bool = False

    def document(self) -> dict[str, Any]:
        """What discovery answers."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def approve(self, url: str) -> dict[str, str]:
        """The person signs in: the query with which the browser is sent back.

        Asserts what an issuer has to see in the request.
        """
        parts = urlsplit(url)
        assert url.startswith(f"{self.url}/authorize?")
        asked = {name: one for name, (one,) in parse_qs(parts.query, strict_parsing=True).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] == self.redirect
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        assert len(asked["state"]) >= 16
        assert len(asked["nonce"]) >= 16
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def redeem(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        """The answer of the token endpoint. Raises ValueError for what is not right."""
        if self.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            told = [form.get("client_id", ""), form.get("client_secret", "")]
        else:
            basic = base64.b64decode(authorization.removeprefix("Basic ")).decode()
            told = [unquote(part) for part in basic.split(":")]
        if told != [CLIENT_ID, CLIENT_SECRET]:
            raise ValueError("invalid_client")
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            raise ValueError("invalid_grant")
        return {
            "access_token": "access-s3cret",
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self.sign(asked["nonce"]),
        }

    def sign(self, nonce: str) -> str:
        """An ID token; a claim of `claims` that is None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "42",
            "aud": CLIENT_ID,
            "exp": now + 60,
            "iat": now,
            "nonce": nonce,
            "preferred_username": "anna",
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "none":
            return f"{_encode({'alg': 'none'})}.{_encode(claims)}."
        header = {"alg": self.algorithm, "kid": self.key_id}
        return jwt.encode(header, claims, self.signing_key or self.key, algorithms=[self.algorithm])


def _encode(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@contextmanager
def serve_issuer() -> Iterator[StrictIssuer]:
    """The issuer on a free port of loopback."""
    issuer = StrictIssuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.requests.append(self.path)
            if issuer.is_down:
                self._answer(503, {})
            elif self.path == "/.well-known/openid-configuration":
                self._answer(200, issuer.document())
            elif self.path == "/keys":
                self._answer(200, {"keys": [issuer.key.as_dict(private=False)]})
            elif self.path == "/userinfo":
                is_right = self.headers["Authorization"] == "Bearer access-s3cret"
                self._answer(200 if is_right else 401, issuer.userinfo)
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            issuer.requests.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            try:
                answer = issuer.redeem(
                    dict(parse_qsl(body)), self.headers.get("Authorization") or ""
                )
            except ValueError as error:
                issuer.refused.append(str(error))
                self._answer(400, {"error": str(error)})
            else:
                self._answer(200, answer)

        def _answer(self, status: int, document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer_query(query: dict[str, str]) -> str:
    """The path to which the issuer sends the browser back."""
    return f"/sign-in/oidc/callback?{urlencode(query)}"
