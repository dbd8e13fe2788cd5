"""What was asked of the emulator, kept while it runs: for those who want to know what really came.

No token and no body is kept, a body's digest alone.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

KEPT = 100_000
"""So many requests are remembered."""


@dataclass(slots=True, kw_only=True)
class RequestEntry:
    """One request, filled in as it goes on.

    `acted`: it changed something. `status`: of the answer, None if none was given (yet); what the
    client saw of it is not known here. `origin`: `late` for what the platform does of a request
    after its connection has ended, `other` for somebody else's.
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
