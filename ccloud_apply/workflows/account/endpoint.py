"""Addresses of the API: which may be used."""

from urllib.parse import SplitResult, urlsplit

from ccloud_apply.errors import UsageError
from ccloud_apply.model.loopback import is_loopback
from ccloud_apply.workflows.account.connection import DEFAULT_ENDPOINT, SANDBOX


def check_endpoint(
    endpoint: str,
    *,
    origin: str,
    credentials: str = "CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET",
) -> str:
    """The endpoint without a slash at its end. `credentials` is where a name and a password belong.

    Raises UsageError for what is no http(s) address, holds a password, or would send credentials
    in the clear: http is for the loopback range alone.
    """
    parts = _split(endpoint, origin)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"{origin}: an address with a user or a password in it is refused",
            hint=f"put credentials into {credentials}",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{origin}: not an address of an API",
            hint=f"expected https://HOST/api/v1, such as {DEFAULT_ENDPOINT}, or {SANDBOX}",
        )
    if parts.query or parts.fragment:
        raise UsageError(f"{origin}: an address with a query or a fragment is refused")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UsageError(
            f"{origin}: http to {parts.hostname} would send the credentials in the clear",
            hint="use https; http is allowed for 127.0.0.0/8, ::1 and localhost",
        )
    return endpoint.rstrip("/")


def _split(endpoint: str, origin: str) -> SplitResult:
    problem = UsageError(f"{origin}: not an address of an API", hint=f"try {DEFAULT_ENDPOINT}")
    if not endpoint.isprintable() or " " in endpoint:
        raise problem
    try:
        parts = urlsplit(endpoint)
        _ = parts.port  # read for its check: raises for a port that is no number
    except ValueError:
        raise problem from None
    return parts
