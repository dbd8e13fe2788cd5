"""Whether a hook was sent by whoever knows the secret. Pure, and always equally long.

Each function takes the headers, the raw body (before anybody has parsed it) and one secret.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping

MAX_AGE_S = 300.0
"""How old a signature with a time may be, and how far ahead of this machine's clock."""

_STANDARD = "whsec_"
"""How a secret of Standard Webhooks begins, such as a signing token of GitLab."""

Verify = Callable[[Mapping[str, str], bytes, str, float], bool]
"""Headers, raw body, secret and the time in seconds since 1970: is it signed with the secret?"""


def verify_github(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """X-Hub-Signature-256 over the body. The older one by SHA-1 does not count."""
    told = headers.get("x-hub-signature-256", "")
    return _is_same(told, f"sha256={_sign(secret, body)}")


def verify_gitea(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """X-Forgejo-Signature, else X-Gitea-Signature over the body."""
    told = headers.get("x-forgejo-signature", headers.get("x-gitea-signature", ""))
    return _is_same(told, _sign(secret, body))


def verify_gitlab(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """A signing token (`whsec_...`) signs the body with id and time; another secret is sent as it
    is, in X-Gitlab-Token."""
    if not secret.startswith(_STANDARD):
        return _is_same(headers.get("x-gitlab-token", ""), secret)
    try:
        key = base64.b64decode(secret.removeprefix(_STANDARD), validate=True)
        sent_at = float(headers.get("webhook-timestamp", "nan"))
    except (binascii.Error, ValueError):
        return False
    if not key or not abs(now - sent_at) <= MAX_AGE_S:  # anybody can sign with an empty key
        return False
    start = f"{headers.get('webhook-id', '')}.{headers['webhook-timestamp']}.".encode("latin-1")
    digest = hmac.new(key, start + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    told = headers.get("webhook-signature", "").split(" ")[:5]
    return any([_is_same(text, expected) for text in told])


def _sign(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _is_same(told: str, expected: str) -> bool:
    # Headers arrive as Latin-1, whatever their bytes mean.
    return hmac.compare_digest(told.encode("latin-1", "backslashreplace"), expected.encode())
