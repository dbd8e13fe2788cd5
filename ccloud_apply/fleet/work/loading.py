"""Rows of stacks -> their stacks, from the checkouts of the commits that the rows name.

How a checkout is made belongs to `sources/`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ccloud_apply.errors import CcloudApplyError, UsageError
from ccloud_apply.fleet.model.config import AccountConfig, FleetConfig, SourceConfig
from ccloud_apply.fleet.sources.checkout import open_checkout
from ccloud_apply.fleet.sources.stacks import FoundStack, SourceFiles, load_found
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack

Loaded = Mapping[str, FoundStack | CcloudApplyError]
"""By name each stack, or why it cannot be loaded."""


def require_same_name(found: FoundStack, row: StackRow) -> Stack:
    """The stack of a row. Raises UsageError if its file, in a folder, says another name by now: the
    next poll tells."""
    assert found.stack is not None
    if found.stack.name != row.name:
        raise UsageError(
            f"{row.path} is the stack {found.stack.name} by now, and was {row.name}",
            hint="the next poll of its source finds that",
        )
    return found.stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """Loads stacks on this machine. `work_dir` has the checkouts of repositories."""

    config: FleetConfig
    environment: Mapping[str, str]
    work_dir: str

    @asynccontextmanager
    async def load(self, rows: Iterable[StackRow]) -> AsyncIterator[Loaded]:
        """The stacks of these rows, whose files stay until the body ends. What several of them
        share is read once, and one that cannot be loaded keeps no other from it."""
        places: dict[tuple[str, str | None], list[StackRow]] = {}
        for row in rows:
            places.setdefault((row.source, row.commit_id), []).append(row)
        loaded: dict[str, FoundStack | CcloudApplyError] = {}
        async with AsyncExitStack() as until_end:
            for (source, commit), there in places.items():
                try:
                    config = self._find_source(source)
                    root = await until_end.enter_async_context(
                        open_checkout(config, commit, self.environment, self.work_dir)
                    )
                except CcloudApplyError as error:
                    loaded |= dict.fromkeys((row.name for row in there), error)
                    continue
                files = SourceFiles(root)
                for row in there:
                    loaded[row.name] = self._load_one(root, row, config, files)
                    await asyncio.sleep(0)  # leases are renewed meanwhile
            yield loaded

    def _load_one(
        self, root: Path, row: StackRow, source: SourceConfig, files: SourceFiles
    ) -> FoundStack | CcloudApplyError:
        try:
            account = self._find_account(row.account)
            return load_found(root, row.path, source=source, account=account, files=files)
        except CcloudApplyError as error:
            return error

    def _find_source(self, name: str) -> SourceConfig:
        for source in self.config.sources:
            if source.name == name:
                return source
        raise UsageError(
            f"there is no source {name} in {self.config.path}", hint="add it under sources:"
        )

    def _find_account(self, name: str) -> AccountConfig:
        account = self.config.accounts.get(name)
        if account is None:
            raise UsageError(
                f"there is no account {name} in {self.config.path}", hint="add it under accounts:"
            )
        return account
