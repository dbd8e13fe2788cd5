"""Where the page listens, and how its server has to be set up."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.config import WebConfig
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.loopback import is_loopback

SERVER_OPTIONS: Mapping[str, Any] = {
    # Sign-in by a proxy rests on the peer's real address, which no header may replace.
    "proxy_headers": False,
    "server_header": False,
    "access_log": False,
    "timeout_keep_alive": 30,
    "http": "h11",
    "h11_max_incomplete_event_size": 32 * 1024,
    "limit_concurrency": 1000,
}
"""What uvicorn needs to be told beside the app."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A host, or its address, and a port; 0 is any free one."""

    host: str
    port: int


def read_listen(text: str, web: WebConfig) -> Listen:
    """`HOST:PORT` of `--listen`.

    Raises UsageError for what is none, and for an address that others can reach while nobody has
    to sign in.
    """
    host, sign, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    is_host = host and host.isascii() and host.isprintable()
    is_port = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535
    if not (sign and is_host and is_port):
        raise UsageError(
            f"--listen: {text} is not HOST:PORT", hint="write, for example, --listen 127.0.0.1:8090"
        )
    if not web.has_auth and not is_loopback(host):
        raise UsageError(
            f"--listen: others can reach {host}, and web.auth does not say who may sign in",
            hint="set web.auth in fleet.yaml, or listen on 127.0.0.1",
        )
    return Listen(host, int(port))


def find_open_door(listen: Listen, web: WebConfig) -> str | None:
    """What to warn of where others reach the page: without https whoever listens on the way can
    take a session or a token."""
    if is_loopback(listen.host) or (web.url or "").startswith("https://"):
        return None
    return (
        f"others can reach the page at {listen.host}, and web.url is not https: put a proxy with"
        " TLS in front of it, so that nobody reads sessions and tokens on the way"
    )
