"""How TLS is set up. Over which connections anything is sent does not belong here."""

import ssl

from ccloud_apply.errors import UsageError


def find_tls(url: str, proxy: str | None, ca_file: str | None) -> ssl.SSLContext | None:
    """The context for an address and a proxy. None if neither uses TLS: building one is slow.

    Raises UsageError for a bad `ca_file`.
    """
    is_secure = any(one.lower().startswith("https:") for one in (url, proxy or ""))
    return _build_tls(ca_file) if is_secure else None


def _build_tls(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies certificates and hosts. Raises UsageError for a bad `ca_file`."""
    try:
        context = ssl.create_default_context(cafile=ca_file or _bundled_ca_file())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the certificates in {ca_file} cannot be read: {error}",
            hint="SSL_CERT_FILE must name a file of certificates in PEM form",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _bundled_ca_file() -> str | None:
    """The certificates that come with httpx, for systems that have none of their own."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath:
        return None
    import certifi

    return certifi.where()
