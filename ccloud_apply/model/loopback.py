"""Whether a host is this machine itself. Pure."""


def is_loopback(host: str) -> bool:
    """True for a host name or address of this machine itself."""
    from ipaddress import ip_address  # whoever names a host needs it, and nobody else

    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
