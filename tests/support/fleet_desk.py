"""A whole fleet in one process for tests: folders with stacks, embedded APIs, one worker.

The clock of the database stands still until it is moved, so that nothing becomes due because a run
was slow; the accounts run by the real one, two thousand times faster than the platform.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ccloud_apply.fleet.configure import configure
from ccloud_apply.fleet.documents import read_status
from ccloud_apply.fleet.model.config import AccountConfig, FleetConfig, Rule, Sink, SourceConfig
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.open_fleet import FleetMeans, build_context
from ccloud_apply.fleet.service import run_once
from ccloud_apply.fleet.store.database import Row
from ccloud_apply.fleet.store.migrate import migrate
from ccloud_apply.fleet.store.sqlite import SqliteDatabase
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.result import RunEnd
from ccloud_apply.model.results.fleet import FleetStack, FleetStatus
from ccloud_apply.workflows.account.connection import Execution
from ccloud_apply.workflows.account.run import Run

Value = TypeVar("Value")

SERVER = """\
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: {memory}
    disks: [20]
"""


def stack_text(name: str, *keys: str, memory: int = 2, more: str = "") -> str:
    """A stack of servers that are alike; `more` is put at its top level."""
    servers = "".join(f"  {key}:\n{SERVER.format(memory=memory)}" for key in keys or ("web",))
    return f"stack: {name}\n{more}servers:\n{servers}"


class FleetDesk:
    """A fleet whose accounts are folders below `stacks`. Each `once` is a process of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        accounts: tuple[str, ...] = ("shop",),
        rules: tuple[Rule, ...] = (Rule(mode="apply"),),
        sinks: tuple[Sink, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.begun, self.offset_s = time.time(), 0.0
        self.plan_key: str | None = None
        self.ends: list[RunEnd] = []
        self.warnings: list[str] = []
        self.config = FleetConfig(
            path="fleet.yaml",
            accounts={
                name: AccountConfig(name=name, endpoint="sandbox", sandbox_speed=2000.0)
                for name in accounts
            },
            sources=(
                SourceConfig(
                    name="stacks",
                    folder=str(folder / "stacks"),
                    stacks=("*/*.yaml",),
                    account="{1}",
                ),
            ),
            rules=rules,
            sinks=sinks,
        )
        self.environment = environment or {}
        for name in accounts:
            (folder / "stacks" / name).mkdir(parents=True, exist_ok=True)

    def set_account(self, name: str = "shop", **changes: Any) -> None:
        """Have fleet.yaml say something else of an account."""
        accounts = {**self.config.accounts, name: replace(self.config.accounts[name], **changes)}
        self.config = replace(self.config, accounts=accounts)

    def set_rules(self, *rules: Rule) -> None:
        """Have fleet.yaml say other rules."""
        self.config = replace(self.config, rules=rules)

    def write(self, name: str, text: str | None = None, *, account: str = "shop") -> Path:
        """Write a stack file."""
        path = self.folder / "stacks" / account / f"{name}.yaml"
        path.write_text(stack_text(name) if text is None else text)
        return path

    def advance(self, seconds: float) -> None:
        """Have the database's clock show a later time."""
        self.offset_s += seconds

    def once(self) -> FleetStatus:
        """Poll every source, do all that is due, and give back how the fleet stands."""

        async def work(context: Context) -> FleetStatus:
            for source in self.config.sources:
                await context.poll(source.name)
            await run_once(context)
            return await read_status(context.database, StackFilter())

        return self.work(work)

    def work(self, work: Callable[[Context], Awaitable[Value]]) -> Value:
        """What a process with the parts of the fleet does."""

        async def go() -> Value:
            async with self.open() as context:
                return await work(context)

        return asyncio.run(go())

    @asynccontextmanager
    async def open(self, worker: str = "desk-1") -> AsyncIterator[Context]:
        """The means of a worker."""
        means = FleetMeans(
            config=self.config,
            environment=self.environment,
            execution=Execution(work_dir=str(self.folder / "work")),
            plan_key=self.plan_key,
            warn=self.warnings.append,
            on_end=self.ends.append,
        )
        async with self.open_database() as database:
            await configure(database, self.config, who="desk")
            async with build_context(means, database, worker) as context:
                yield context

    @asynccontextmanager
    async def open_database(self) -> AsyncIterator[SqliteDatabase]:
        """The database, at this version."""
        database = SqliteDatabase.open(
            self.folder / "work" / "fleet.db", now=lambda: self.begun + self.offset_s
        )
        try:
            await migrate(database)
            yield database
        finally:
            await database.close()

    def in_account(
        self, work: Callable[[Run], Awaitable[Value]], *, account: str = "shop"
    ) -> Value:
        """What is done in an account behind the fleet's back."""

        async def go(context: Context) -> Value:
            return await work(await context.open_account(account))

        return self.work(go)

    def rows(self, statement: str, **parameters: Any) -> list[Row]:
        """Rows of the tables."""

        async def go() -> list[Row]:
            async with self.open_database() as database, database.read() as tx:
                return list(await tx.fetch(statement, **parameters))

        return asyncio.run(go())


def one(status: FleetStatus, name: str = "web", account: str = "shop") -> FleetStack:
    """A stack of a status."""
    return next(s for s in status.stacks if (s.account, s.name) == (account, name))
