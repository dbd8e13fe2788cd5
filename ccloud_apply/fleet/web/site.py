"""What every answer of the page needs, and who asks."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.requests import Request

from ccloud_apply.fleet.model.access import Person
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.web.live import Streams
from ccloud_apply.lazy_dataclass import dataclass


class Rendered:
    """HTML of what never changes, such as a saved plan; the newest are kept."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, int], str] = OrderedDict()

    async def get(self, kind: str, number: int, render: Callable[[], str]) -> str:
        """What was made of it before, or what `render` makes in a thread: a plan of thousands of
        servers takes long, and other answers do not wait for it."""
        key = (kind, number)
        if key not in self._kept:
            self._kept[key] = await asyncio.to_thread(render)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


async def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The page of one process. `wake` has the tick look into the tables at once."""

    database: Database
    config: FleetConfig
    streams: Streams
    rendered: Rendered
    wake: Callable[[], Awaitable[None]] = _nothing


def site_of(request: Request) -> Site:
    """The site that answers."""
    site: Site = request.app.state.site
    return site


def person_of(request: Request) -> Person:
    """Who asks."""
    person: Person = request.scope["fleet.person"]
    return person


def visible_to(person: Person) -> tuple[str, ...] | None:
    """The globs of the accounts that a person may see; None for all of them."""
    if person.may_everywhere("see"):
        return None
    return tuple(sorted({grant.accounts for grant in person.grants}))


def to_moment(seconds: float) -> datetime:
    """The database's moment as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
