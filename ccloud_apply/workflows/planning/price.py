"""A plan with what it costs: one quote for each shape of a server, asked for side by side.

No trouble with prices fails a plan: what has no quote is unknown. What it all comes to is
`plan/cost.py`.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress

from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import run_together
from ccloud_apply.errors import ApiError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.cost import Quote, Shape
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.cost import add_cost, distinct_shapes, find_shapes

_PATIENCE_S = 30.0
"""So long all quotes together may take: nobody waits for minutes to be told a price."""


async def price_plan(client: Client, stacks: Sequence[Stack], account: Account, plan: Plan) -> Plan:
    """The plan with its cost, held where a policy on money says so."""
    shapes = find_shapes(stacks, account, plan)
    quotes: dict[Shape, Quote | None] = {}
    wanted = distinct_shapes(shapes)
    queue = iter(wanted)
    with suppress(TimeoutError):  # what has not come by then is unknown
        async with asyncio.timeout(_PATIENCE_S), run_together() as group:
            for _ in range(min(client.concurrency, len(wanted))):
                group.create_task(_work(client, queue, quotes))
    return add_cost(plan, stacks, shapes, quotes)


async def _work(client: Client, queue: Iterator[Shape], quotes: dict[Shape, Quote | None]) -> None:
    for shape in queue:
        try:
            quotes[shape] = await client.create_quote(shape)
        except ApiError:
            quotes[shape] = None
