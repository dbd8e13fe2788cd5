"""A log in memory of the requests that the emulator received, for tests and simulations.

It has no tokens and no bodies, only the digests of bodies.
"""

import hashlib
from datetime import datetime
from typing import Literal

from ccloud_apply.lazy_dataclass import dataclass

KEPT = 100_000
"""The number of requests that the log keeps."""


@dataclass(slots=True, kw_only=True)
class RequestEntry:
    """One request, completed while it is processed.

    `acted`: it changed something. `status`: that of the answer, None before one is given; whether
    the client received it is not known here. `origin`: `late` for a request that the platform
    processes after its connection has ended, `other` for one of another client.
    """

    at: datetime
    operation: str
    method: str
    path: str
    body_digest: str
    origin: Literal["client", "late", "other"] = "client"
    acted: bool = False
    status: int | None = None
    task_ids: tuple[int, ...] = ()


def digest_body(raw: bytes) -> str:
    """SHA-256 of a body, in hexadecimal; empty for none."""
    return hashlib.sha256(raw).hexdigest() if raw else ""
