"""Whether a saved plan was made for this account: another endpoint or customer is another account.

How an account is reached and read does not belong here.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from ccloud_apply.model.results.plan import PlanAccount

_PORTS = {"http": 80, "https": 443}


def find_other_account(
    saved: PlanAccount | None, this: PlanAccount, *, is_read: bool
) -> str | None:
    """Why the saved plan is not for this account, as a sentence that names both; None if it is.

    Endpoint and customer have to be the same. Where one customer is unknown, the client id (or the
    token, where there is none) has to be: unknown is never equal. Without `is_read` this account's
    customer is still to be asked for, and a difference that it may explain is let pass.
    """
    if saved is None:
        return f"it does not say which account it was made for; this one is {describe(this)}"
    if normalise_endpoint(saved.endpoint) != normalise_endpoint(this.endpoint):
        return _name_both(saved, this)
    if saved.customer_id is not None and this.customer_id is not None:
        return None if saved.customer_id == this.customer_id else _name_both(saved, this)
    if saved.access_id is not None and saved.access_id == this.access_id:
        return None
    if saved.customer_id is not None and not is_read:
        return None
    which = f"{_name_both(saved, this)}, with another client id or token"
    return f"{which}, and nothing tells whether both are of one customer"


def describe(account: PlanAccount) -> str:
    """The account in words."""
    customer = account.customer_id or "unknown"
    return f"the account at {account.endpoint} (customer {customer})"


def _name_both(saved: PlanAccount, this: PlanAccount) -> str:
    return f"it was made for {describe(saved)}, and this is {describe(this)}"


def normalise_endpoint(endpoint: str) -> str:
    """The endpoint in the one spelling of all that mean the same; a sandbox's stays as it is."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:  # no address at all
        return endpoint
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        return endpoint
    host = parts.hostname.lower()
    if host == "localhost" or _is_own(host):
        host = "localhost"
    elif ":" in host:
        host = f"[{host}]"
    return f"{scheme}://{host}:{port or _PORTS[scheme]}{parts.path.rstrip('/')}"


def _is_own(host: str) -> bool:
    try:
        return str(ip_address(host)) in ("127.0.0.1", "::1")
    except ValueError:
        return False
