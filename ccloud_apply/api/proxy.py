"""Which proxy of the environment a request goes through."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from ccloud_apply.model.loopback import is_loopback


def choose_proxy(endpoint: str, environment: Mapping[str, str]) -> str | None:
    """HTTPS_PROXY, unless NO_PROXY names the host or a domain above it, or it is this machine.

    Without a scheme it is one of http, as other programs take it.
    """
    host = urlsplit(endpoint).hostname or ""
    proxy = environment.get("HTTPS_PROXY") or environment.get("https_proxy")
    exempt = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    domains = [entry.strip().lstrip(".").lower() for entry in exempt.split(",")]
    is_exempt = any(
        domain == "*" or (domain and f".{host}".endswith(f".{domain}")) for domain in domains
    )
    if not proxy or is_exempt or is_loopback(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
