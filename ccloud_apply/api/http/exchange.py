"""A call as the client makes it, and the request that it becomes.

Retries belong to `transport.py`, parsing to `reply.py`, sending to the doors.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ccloud_apply import __version__
from ccloud_apply.api.http.door import Outgoing, RawResponse
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.operations import Operation

_ACCEPT_FILE = "application/json, application/pdf"
"""JSON first even where a file is due: by the first type the API chooses the form of errors."""

_PLAIN_TARGET = re.compile(r"/[!\"$-~]*")
_KEPT_IN_TARGETS = "!$%&'()*+,/:;=?@[]~"

_HEADERS = {
    # Oddity: 401, 403, 404, 429, 5xx: without it, a login page.
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"ccloud-apply/{__version__}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: its operation, the path below the endpoint, its query, body and token.

    `before_each` is awaited before every attempt to send it, when nothing else is waited for; what
    it sends itself needs no admission of its own. `on_response` is shown every response to it.
    """

    operation: Operation
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    before_each: Callable[[], Awaitable[None]] | None = field(default=None, repr=False)
    on_response: Callable[[RawResponse], None] | None = field(default=None, repr=False)

    def sign(self, token: str) -> "Call":
        """The same with a token."""
        return Call(
            operation=self.operation,
            path=self.path,
            query=self.query,
            body=self.body,
            token=token,
            before_each=self.before_each,
            on_response=self.on_response,
        )

    @property
    def is_write(self) -> bool:
        """True if it may change something on the platform."""
        return self.operation.repeat != "read"


def build_request(endpoint: str, call: Call, *, is_repeated: bool = False) -> Outgoing:
    """The request for a call; `endpoint` stands above the call's path."""
    headers = dict(_HEADERS)
    content: bytes | None = None
    if call.operation.answer == "file":
        headers["Accept"] = _ACCEPT_FILE
    if call.token is not None:
        headers["Authorization"] = f"Bearer {call.token}"
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        content = json.dumps(call.body, allow_nan=False).encode()
    query = f"?{urlencode(call.query, quote_via=quote)}" if call.query else ""
    return Outgoing(
        method=call.operation.method,
        target=_as_target(f"{urlsplit(endpoint).path.rstrip('/')}{call.path}{query}"),
        headers=headers,
        content=content,
        is_write=call.is_write,
        is_repeated=is_repeated,
    )


def _as_target(text: str) -> str:
    """The path and query as one word of ASCII, whatever a path that was written by hand holds."""
    return text if _PLAIN_TARGET.fullmatch(text) else quote(text, safe=_KEPT_IN_TARGETS)
