"""A move of servers into a subscription, out of it, or to another one: what will happen, and what
came of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.billing import SubscriptionContract


class MoveKind(StrEnum):
    """Which way the servers go."""

    IMPORT = "import"
    EXPORT = "export"
    EXPORT_ALL = "export-all"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedServer:
    """A server that moves, or may.

    `owner` says which stack owns it, None where none does. `claim` says why it is held: that stack,
    or another tag of ours, in words that follow its name. `is_billed_alone` is what the preview of
    the invoice says: it has a line of its own there; None where that could not be read.
    """

    live: LiveServer
    owner: str | None = None
    claim: str | None = None
    is_billed_alone: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """The request that does it."""

    operation_id: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a move will do, as far as it can be known.

    `servers` is the one that moves; of EXPORT_ALL those that may, because no operation tells which
    servers are in a subscription. `held` has a guard for each that a stack owns.
    """

    kind: MoveKind
    subscription: SubscriptionContract
    request: HttpRequest
    target: SubscriptionContract | None = None
    servers: tuple[MovedServer, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    held: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What came of a move.

    `is_verified` is True where the account shows it, None where nothing that can be read tells it:
    `why` says the reason. `pool` is the server's pool afterwards, None where it was not read.
    """

    move: Move
    is_done: bool
    is_verified: bool | None = None
    why: str = ""
    pool: str | None = None
    was_lost: bool = False
