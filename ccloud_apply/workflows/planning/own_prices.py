"""Servers that cost something else than a quote says: a custom price, or a subscription that pays.

Each is read for itself, because only the details of one server have the flag: those whose price
changes, and some of those that stay beside them. Which servers are in a subscription no operation
tells: it is who is missing in the preview of an invoice that bills subscriptions too.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import datetime
from decimal import Decimal

from ccloud_apply.api.client import Client
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import ApiError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.results.cost import InvoicePreview
from ccloud_apply.plan.cost.shapes import Shapes

CUSTOM = "the account has a custom price for it, which no quote tells"
SUBSCRIPTION = "a subscription pays for it"
NOT_TOLD = "whether it has a custom price could not be read"

_MAX_SAME = 100
"""The most servers that are read although their price stays: a big stack would pay a request for
each. The rest is in the sums with what a quote says."""


@dataclass(slots=True)
class OwnPrices:
    """Reads why the quotes of live servers are not what they cost."""

    client: Client
    why: dict[str, str] = field(default_factory=dict)
    preview_total: Decimal | None = None

    async def read(self, account: Account, shapes: Mapping[tuple[str, str], Shapes]) -> None:
        """Fill `why` by hostname, and what this month's invoice comes to. What does not come in
        time stays out; raises nothing for it."""
        changing, same = _split(shapes)
        if not changing and not same:
            return
        by_name = {server.hostname: server for server in account.servers if server.hostname}
        servers = [by_name[name] for name in (*changing, *same) if name in by_name]
        read = [by_name[name] for name in (*changing, *same[:_MAX_SAME]) if name in by_name]
        await self.look_at(servers, read, account.read_at)

    async def look_at(
        self, servers: Sequence[LiveServer], detailed: Iterable[LiveServer], read_at: datetime
    ) -> None:
        """Fill `why` for these servers, of which `detailed` are read one by one for a price of
        their own. `read_at` is when the account was read."""
        async with task_group() as group:
            preview = group.create_task(self._preview())
            group.create_task(map_bounded(detailed, self._read, self.client.concurrency))
        found = preview.result()
        self.preview_total = None if found is None else found.total
        if found is None or not found.has_subscriptions:
            return
        today = f"{read_at:%Y-%m-%d}"
        for server in servers:
            is_new = (server.created_at or "")[:10] == today  # it may not be billed yet
            if server.hostname not in found.servers and not is_new:
                self.why.setdefault(server.hostname or "", SUBSCRIPTION)

    async def _preview(self) -> InvoicePreview | None:
        with suppress(ApiError):
            return await self.client.preview_invoice()
        return None

    async def _read(self, server: LiveServer) -> None:
        hostname, is_custom = server.hostname or "", server.has_custom_price
        if is_custom is None:
            with suppress(ApiError):
                is_custom = (await self.client.get_server(hostname)).has_custom_price
        if is_custom is None:
            self.why[hostname] = NOT_TOLD
        elif is_custom:
            self.why[hostname] = CUSTOM


def _split(shapes: Mapping[tuple[str, str], Shapes]) -> tuple[list[str], list[str]]:
    """The live servers whose own price is told: those for which it changes, those that are retired,
    and the others of stacks in which a price changes."""
    stacks = {stack for (stack, _), one in shapes.items() if not one.is_same}
    told = {one.hostname: not one.is_same or one.is_retired for one in shapes.values()}
    beside = {one.hostname for (stack, _), one in shapes.items() if stack in stacks}
    return (
        [name for name, is_told in told.items() if name and is_told],
        [name for name, is_told in told.items() if name and not is_told and name in beside],
    )
