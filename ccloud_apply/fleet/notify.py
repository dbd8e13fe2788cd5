"""Tells sinks what stands in the outbox: webhooks get CloudEvents, people get text by Apprise.

A row is marked once its sink has answered, never before, so nothing is lost; a sink whose answer
was lost gets the same event again, with the same id. What is told belongs to
`render/fleet/change.py`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from random import random

from ccloud_apply.clock import Clock, SystemClock
from ccloud_apply.errors import CcloudApplyError, StoreError
from ccloud_apply.fleet.model.config import Sink
from ccloud_apply.fleet.secrets import read_secret
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.outbox import (
    list_waiting_sinks,
    mark_delivered,
    mark_failed,
    take_notification,
)
from ccloud_apply.lazy_dataclass import dataclass

DELIVERY_S = 60.0
"""Seconds that a sink has for one notification, whatever it does meanwhile."""

FIRST_PAUSE_S = 30.0
"""Seconds until a failed notification is tried again; each further failure doubles them."""

LONGEST_PAUSE_S = 3600.0
PASS_S = 2.0
"""Seconds between two looks at the outbox."""

_MOST = 500  # of one sink in one pass: a pass of `--once` has an end, whatever comes in


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of one pass for one sink; `error` is the failure that has ended it."""

    sink: str
    delivered: int
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """Delivers what is due to these sinks. Any number of processes may do it side by side."""

    database: Database
    sinks: Sequence[Sink]
    environment: Mapping[str, str]
    clock: Clock = field(default_factory=SystemClock)
    random: Callable[[], float] = random

    async def deliver(self) -> Sequence[Delivery]:
        """Tell every sink what is due, all sinks side by side. Raises StoreError."""
        async with self.database.read() as tx:
            waiting = await list_waiting_sinks(tx)
        known = {sink.name: sink for sink in self.sinks}
        return await asyncio.gather(*(self._deliver_to(name, known.get(name)) for name in waiting))

    async def keep_delivering(self, tell: Callable[[Delivery], None]) -> None:
        """Do so until it is cancelled; `tell` gets each pass in which a sink was told or failed.

        A database that is away is asked again after a while.
        """
        while True:
            pause_s = PASS_S
            try:
                for delivery in await self.deliver():
                    tell(delivery)
            except StoreError:  # whoever else works with the database says so
                pause_s = FIRST_PAUSE_S
            await self.clock.sleep(pause_s)

    async def _deliver_to(self, name: str, sink: Sink | None) -> Delivery:
        for delivered in range(_MOST):
            async with self.database.write() as tx:
                row = await take_notification(tx, name)
            if row is None:
                return Delivery(sink=name, delivered=delivered)
            error = await self._try(name, sink, row["body"])
            async with self.database.write() as tx:
                if error is None:
                    await mark_delivered(tx, row["key"])
                    continue
                await mark_failed(
                    tx,
                    name,
                    row["key"],
                    attempts=row["attempts"],
                    error=error,
                    pause_s=self._pause_s(row["attempts"]),
                    rest_s=FIRST_PAUSE_S,
                )
            return Delivery(sink=name, delivered=delivered, error=error)
        return Delivery(sink=name, delivered=_MOST)

    async def _try(self, name: str, sink: Sink | None, body: str) -> str | None:
        """Why the sink was not told; None if it was."""
        if sink is None:
            return f"fleet.yaml has no sink {name}"
        try:
            async with asyncio.timeout(DELIVERY_S):
                if sink.webhook is not None:
                    await self._tell_webhook(sink, body)
                else:
                    await self._tell_people(sink, body)
        except TimeoutError:
            return f"it was not done after {DELIVERY_S:.0f} s"
        except CcloudApplyError as error:
            return error.message
        return None

    async def _tell_webhook(self, sink: Sink, body: str) -> None:
        from ccloud_apply.api.proxy import choose_proxy
        from ccloud_apply.api.webhook import Webhook, send_message
        from ccloud_apply.render.fleet.change import CONTENT_TYPE

        assert sink.webhook is not None
        url = await read_secret(sink.webhook, self.environment)
        webhook = Webhook(
            url=url,
            ca_file=self.environment.get("SSL_CERT_FILE") or None,
            proxy=choose_proxy(url, self.environment),
        )
        await send_message(
            webhook, body.encode(), CONTENT_TYPE, clock=self.clock, random=self.random, tries=1
        )

    async def _tell_people(self, sink: Sink, body: str) -> None:
        assert sink.apprise is not None
        from ccloud_apply.fleet.apprise import tell_by_apprise

        url = await read_secret(sink.apprise, self.environment)
        await tell_by_apprise(url, body)

    def _pause_s(self, attempts: int) -> float:
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 10))
        return pause_s * (0.9 + 0.2 * self.random())
