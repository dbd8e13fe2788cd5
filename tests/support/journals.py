"""Journals for tests: what is written to them, and a clock that stands still."""

from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from ccloud_apply.apply.journal.journal import Journal
from ccloud_apply.apply.workdir.accounts import account_id
from ccloud_apply.model.journal import Intent
from tests.support.virtual_time import run_virtually

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
ACCOUNT = account_id("https://api.example/v1", "client")
INTENT = Intent(
    step="web-1/create",
    server="web-1",
    operation="create server",
    operation_id="create_server",
    method="POST",
    path="/ccloud/servers",
    hostname=None,
    digest="9c1185a5c5e9fc54",
    baseline={"fence": 16},
)


Value = TypeVar("Value")


def do(coroutine: Coroutine[Any, Any, Value]) -> Value:
    """What a coroutine of a journal on disk returns; the disk's work is done at once."""
    return run_virtually(coroutine)


class StillClock:
    """A Clock whose time never changes."""

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


def open_journal(folder: Path, *, account: str = ACCOUNT, stack: str = "web") -> Journal:
    """The stack's journal in this work dir."""
    return Journal.open(folder, account=account, stack=stack, clock=StillClock())


def begin_journal(folder: Path, *, account: str = ACCOUNT, stack: str = "web") -> Journal:
    """The same with a run begun."""
    journal = open_journal(folder, account=account, stack=stack)
    do(journal.begin_run())
    return journal


def intent(step: str = "web-1/create", **fields: Any) -> Intent:
    """An intent of this step; its server is what stands before the slash."""
    changed: Mapping[str, Any] = {"step": step, "server": step.partition("/")[0], **fields}
    return replace(INTENT, **changed)


def journal_file(folder: Path) -> Path:
    """The one journal in this work dir."""
    (path,) = (folder / "journal").glob("*.jsonl")
    return path
