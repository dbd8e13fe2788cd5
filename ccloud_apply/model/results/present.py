"""A declared server that is there when an apply ends, and how it can be reached."""

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.addresses import Addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentServer:
    """A declared server with a live one.

    `addresses` is None where nothing tells them: the account was not read since a step of the
    server was sent, or the API leaves them out. `is_made` says that the apply made it, replaced it,
    restored it or gave it an address.
    """

    stack: str
    key: str
    hostname: str | None
    addresses: Addresses | None
    is_made: bool = False
