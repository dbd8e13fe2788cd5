"""Where the project lives: one constant, and the addresses that are made of it.

Set REPOSITORY_URL when the project has its home; nothing else is edited for it. Until then it names
a host that can never exist (RFC 2606), so that no address of ours leads to somebody else.
"""

REPOSITORY_URL = "https://github.example/your-org/ccloud-apply"
"""The repository: `https://HOST/OWNER/NAME`, without a slash at the end."""

_PAGES_HOSTS = {"github.com": "github.io", "gitlab.com": "gitlab.io"}


def has_home() -> bool:
    """True once REPOSITORY_URL names a host that can exist."""
    return not _split()[0].endswith(".example")


def repository_name() -> str:
    """`OWNER/NAME`, as an action or a component is named."""
    _, owner, name = _split()
    return f"{owner}/{name}"


def docs_url(page: str = "") -> str:
    """The address of a page of the docs' site, such as `guides/drift`; that of its first page."""
    host, owner, name = _split()
    site = f"https://{owner}.{_PAGES_HOSTS.get(host, host)}/{name}/"
    return f"{site}{page}/" if page else site


def install_hint(extra: str = "", *, option: str = "") -> str:
    """How to install the package with an extra: from a checkout until an index can have it."""
    extras = f"[{extra}]" if extra else ""
    command = f"pip install {option} ".replace("  ", " ")
    if has_home():
        return f'{command}"ccloud-apply{extras}"'
    return f'in a checkout of ccloud-apply: {command}".{extras}"'


def _split() -> tuple[str, str, str]:
    host, owner, name = REPOSITORY_URL.removeprefix("https://").split("/")
    return host, owner, name
