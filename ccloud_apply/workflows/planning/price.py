"""A plan with what it costs: one quote for each shape of a server, asked for side by side.

No failure to read prices fails a plan: what has no quote is unknown. What it all comes to is
`plan/cost/cost.py`.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import ApiError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.cost import Quote, Shape
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.cost.cost import add_cost
from ccloud_apply.plan.cost.shapes import distinct_shapes, find_shapes
from ccloud_apply.workflows.planning.own_prices import OwnPrices

_PATIENCE_S = 30.0
"""Seconds for all quotes together. A plan without prices is better than one that comes late."""


async def price_plan(client: Client, stacks: Sequence[Stack], account: Account, plan: Plan) -> Plan:
    """The plan with its cost, held where a policy on money says so."""
    shapes = find_shapes(stacks, account, plan)
    quotes: dict[Shape, Quote | None] = {}

    async def read(shape: Shape) -> None:
        try:
            quotes[shape] = await client.create_quote(shape)
        except ApiError:
            quotes[shape] = None

    own = OwnPrices(client)
    with suppress(TimeoutError):  # what has not come by then is unknown
        async with asyncio.timeout(_PATIENCE_S):
            async with task_group() as group:
                group.create_task(own.read(account, shapes))
                group.create_task(map_bounded(distinct_shapes(shapes), read, client.concurrency))
    told = {
        name: replace(one, is_known=False, why=own.why[one.hostname])
        if one.hostname in own.why
        else one
        for name, one in shapes.items()
    }
    total = own.preview_total
    priced = add_cost(plan, stacks, told, quotes)
    return priced if total is None else replace(priced, invoice_preview=f"{total:f}")
