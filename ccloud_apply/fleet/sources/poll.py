"""One poll of a source: what is new becomes due, and what is wrong is in the tables.

Only the newest commit counts, however many have come since the last poll. Whoever calls has the
source's lease.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from random import random

from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.fleet.model.config import FleetConfig, SourceConfig
from ccloud_apply.fleet.schedule import plan_next, plan_retry
from ccloud_apply.fleet.sources.checkout import (
    checkout_folder,
    open_commit,
    open_source_folder,
    prune_checkouts,
)
from ccloud_apply.fleet.sources.mirror import open_mirror
from ccloud_apply.fleet.sources.scan import Scan, list_named, scan_tree, split_scan
from ccloud_apply.fleet.sources.settle import fingerprint, settle_stack
from ccloud_apply.fleet.sources.tree import Tree
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.configured import (
    SourceRow,
    find_source,
    list_commits,
    set_poll_failed,
    set_polled,
)
from ccloud_apply.fleet.store.statements.declarations import (
    Declaration,
    drop_declaration,
    list_declarations,
    put_declaration,
    write_problems,
)
from ccloud_apply.fleet.store.statements.declared_stacks import forget_stack, set_commit
from ccloud_apply.fleet.store.statements.workers import take_turn
from ccloud_apply.lazy_dataclass import dataclass

Write = Callable[[], AbstractAsyncContextManager[Transaction]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What came of a poll. `loaded` is how many files were read, because something of them had
    changed, `due` how many stacks have become due, `problems` how many files cannot be loaded.
    `error` says why the source could not be read; then nothing has changed.
    """

    commit: str | None = None
    is_new: bool = False
    loaded: int = 0
    due: int = 0
    problems: int = 0
    error: str | None = None
    hint: str = ""


async def poll_source(
    database: Database,
    config: FleetConfig,
    name: str,
    *,
    environment: Mapping[str, str],
    work_dir: str | Path,
    write: Write | None = None,
    chance: Callable[[], float] = random,
) -> Polled:
    """Poll the source of this name. Raises StoreError; what is wrong with the source is told.

    `write` gives the transactions: those of the lease, which end nothing once it is lost.
    """
    source = next((one for one in config.sources if one.name == name), None)
    if source is None:
        return Polled(error=f"fleet.yaml has no source {name}")
    poll = _Poll(
        database=database,
        config=config,
        source=source,
        environment=environment,
        work_dir=Path(work_dir),
        write=write or database.write,
        chance=chance,
    )
    return await poll.run()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    database: Database
    config: FleetConfig
    source: SourceConfig
    environment: Mapping[str, str]
    work_dir: Path
    write: Write
    chance: Callable[[], float]

    async def run(self) -> Polled:
        digest = fingerprint(self.config, self.source.name)
        async with self.database.read() as tx:
            row = await find_source(tx, self.source.name)
            known = await list_declarations(tx, self.source.name)
        try:
            tree = await self._open(row, digest)
            scan = None if tree is None else await self._scan(tree, known)
        except CcloudApplyError as error:
            return await self._fail(row, error)
        if tree is None or scan is None:
            return await self._end_unchanged(row, digest)
        return await self._end(tree, scan, known, digest, row)

    async def _open(self, row: SourceRow | None, digest: str) -> Tree | None:
        """The newest tree; None if it is the one that is known."""
        if self.source.git is None:
            return await asyncio.to_thread(open_source_folder, self.source)
        async with open_mirror(self.source, self.environment, self.work_dir) as mirror:
            commit = await mirror.fetch()
            folder = checkout_folder(self.source, commit, self.work_dir)
            if row is not None and (row.commit_id, row.config) == (commit, digest):
                if folder.is_dir():
                    return None
            elif self.source.is_signed:
                await mirror.verify(commit)
            return await open_commit(mirror, commit, folder)

    async def _scan(self, tree: Tree, known: Mapping[str, Declaration]) -> Scan:
        return await asyncio.to_thread(scan_tree, tree, self.source, self.config.accounts, known)

    async def _fail(self, row: SourceRow | None, error: CcloudApplyError) -> Polled:
        failures = 1 if row is None else row.failures + 1
        pause = plan_retry(0.0, self.source.poll_s, failures, self.chance())
        what = f"{error.message} ({error.hint})" if error.hint else error.message
        async with self.write() as tx:
            await set_poll_failed(tx, self.source.name, error=what, failures=failures, due_in=pause)
        return Polled(error=error.message, hint=error.hint)

    async def _end_unchanged(self, row: SourceRow | None, digest: str) -> Polled:
        commit = None if row is None else row.commit_id
        async with self.write() as tx:
            await self._note(tx, commit, digest, row)
        return Polled(commit=commit)

    async def _end(
        self,
        tree: Tree,
        scan: Scan,
        known: Mapping[str, Declaration],
        digest: str,
        row: SourceRow | None,
    ) -> Polled:
        due = 0
        for part in split_scan(scan):
            async with self.write() as tx:
                await take_turn(tx)
                due += await self._take(tx, part, known, tree.commit)
        async with self.write() as tx:
            await take_turn(tx)
            await set_commit(tx, self.source.name, tree.commit)
            problems = await write_problems(tx, self.source.name)
            await self._note(tx, tree.commit, digest, row)
            kept = await list_commits(tx, self.source.name)
        if self.source.git is not None:
            await asyncio.to_thread(prune_checkouts, self.source, kept, self.work_dir)
        is_new = bool(scan.changed or scan.gone)
        return Polled(
            commit=tree.commit, is_new=is_new, loaded=scan.loaded, due=due, problems=problems
        )

    async def _take(
        self, tx: Transaction, scan: Scan, known: Mapping[str, Declaration], commit: str | None
    ) -> int:
        """Note what files declare, and bring their stacks to it, all at once: a poll that dies
        leaves nothing that the next one takes for known. Gives back how many have become due."""
        for path in scan.gone:
            await drop_declaration(tx, self.source.name, path)
        for one in scan.changed:
            await put_declaration(tx, one)
        due = 0
        for account, name in sorted(set(list_named(scan, known))):
            due += await settle_stack(tx, self.config, account, name)
            await set_commit(tx, self.source.name, commit, account=account, name=name)
        for one in scan.changed:  # its servers are those of the stack that has another name now
            for name in one.earlier:
                await forget_stack(tx, one.account, name)
        return due

    async def _note(
        self, tx: Transaction, commit: str | None, digest: str, row: SourceRow | None
    ) -> None:
        pause = plan_next(0.0, self.source.poll_s, self.chance())
        await set_polled(
            tx,
            self.source.name,
            commit=commit,
            config=digest,
            due_in=pause,
            since=None if row is None else row.read_at,
        )
