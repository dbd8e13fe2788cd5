"""Whether a fleet can do its work: what a load balancer or a supervisor asks."""

import asyncio

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.workers import read_tick_age
from ccloud_apply.lazy_dataclass import dataclass

TICK_S = 30.0
"""Without a tick for so many seconds nothing that is due is seen to."""

ANSWER_S = 5.0
"""The longest that the database may take to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """`why` says what is wrong, in words without addresses, and is empty if all is well."""

    why: str = ""

    @property
    def is_ready(self) -> bool:
        """True if the database answers and somebody ticks."""
        return not self.why


async def check_ready(database: Database, *, answer_s: float = ANSWER_S) -> Readiness:
    """Ask the database when the last tick was. Raises nothing, and never takes long."""
    try:
        async with asyncio.timeout(answer_s), database.read() as tx:
            age_s = await read_tick_age(tx)
    except TimeoutError:
        return Readiness(why=f"the database has not answered for {answer_s:g} s")
    except StoreError:
        return Readiness(why="the database cannot be used")
    if age_s is None:
        return Readiness(why="there was no tick yet")
    if age_s > TICK_S:
        return Readiness(why=f"the last tick was {age_s:.0f} s ago")
    return Readiness()
