"""The settings of a connection to the API, and their check. Reading them belongs to `cli/`."""

from dataclasses import field
from urllib.parse import SplitResult, urlsplit

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.loopback import is_loopback

DEFAULT_CONCURRENCY = 32
HIGHEST_CONCURRENCY = 256
"""The most requests at a time: usually, and at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An endpoint with credentials: those of an OAuth client, a fixed token, or both.

    With both, the token is used until the API refuses it. `timeout_s` bounds one attempt, from
    connecting to the last byte of the answer; each retry has it anew. `ca_file` replaces the
    system's certificates. `proxy` is a URL; proxies of the environment are not read here.
    `concurrency` is the most requests at a time, from 1 to 256; how many there are is found while
    they are answered.
    """

    endpoint: str
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    concurrency: int = DEFAULT_CONCURRENCY
    timeout_s: float = 30
    retries: int = 4
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)


def check_connection(connection: Connection, *, is_in_process: bool) -> None:
    """Raise UsageError if credentials are missing or would be sent in clear text.

    `is_in_process`: an in-process transport is used, so nothing is sent over a network.
    """
    has_client = bool(connection.client_id and connection.client_secret)
    if not has_client and not connection.token:
        raise UsageError(
            "no credentials for the API are set",
            hint="set CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET, or CCLOUD_TOKEN",
        )
    token = connection.token or ""
    if not token.isascii() or not token.isprintable() or " " in token:
        # The HTTP library would quote the token in its error, so the check is here.
        raise UsageError(
            "the token in CCLOUD_TOKEN contains characters that no token has",
            hint="look for a line break or a space that was copied with it",
        )
    check_concurrency(connection.concurrency, "concurrency")
    check_proxy(connection.proxy)
    if connection.retries < 0 or connection.timeout_s <= 0:
        raise UsageError("the timeout must be positive, retries not negative")
    parts = _split_endpoint(connection.endpoint)
    if not is_in_process and parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            f"the endpoint http://{parts.hostname} would send the credentials in clear text",
            hint="use https://; http:// is only for this machine itself, such as a sandbox",
        )


def check_concurrency(number: object, name: str) -> None:
    """Raise UsageError for what is not a whole number of requests from 1 to 256."""
    if type(number) is not int or not 1 <= number <= HIGHEST_CONCURRENCY:
        given = repr(str(number)[:20])  # of a text nobody knows how long it is
        raise UsageError(
            f"{name} must be a whole number from 1 to {HIGHEST_CONCURRENCY}, not {given}",
            hint=f"leave it out for up to {DEFAULT_CONCURRENCY} requests at a time",
        )


def check_proxy(proxy: str | None) -> None:
    """Raise UsageError for what is no address of a proxy, without quoting its password."""
    if not proxy:
        return
    try:
        parts = urlsplit(proxy)
        host = parts.hostname or ""
        is_url = parts.scheme in ("http", "https") and host.isascii() and parts.port != 0
    except ValueError:
        host, is_url = "", False
    if not host or not is_url:
        raise UsageError(
            "the proxy is not a URL with http or https and a host",
            hint="set HTTPS_PROXY to an address such as http://proxy.example:3128",
        )


def _split_endpoint(endpoint: str) -> SplitResult:
    hint = "an endpoint looks like https://ccenter.internet1.de/api/v1"
    try:
        parts = urlsplit(endpoint)
        is_url = bool(parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:
        is_url = False
    if not is_url:
        raise UsageError("the endpoint is not a URL with http or https and a host", hint=hint)
    if parts.username is not None or parts.password is not None:
        raise UsageError("the endpoint must not contain a user name or a password", hint=hint)
    if parts.query or parts.fragment:
        raise UsageError("the endpoint must not contain a query or a fragment", hint=hint)
    return parts
