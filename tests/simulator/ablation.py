"""Precautions that can be taken away, so that the simulator is known to notice it.

Nothing of the product knows that it can be done.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Literal
from unittest.mock import patch

from ccloud_apply.apply import marks, verification
from ccloud_apply.apply.engine import addition
from ccloud_apply.apply.journal import group_commit
from ccloud_apply.apply.once import confirm as confirmation
from ccloud_apply.apply.once import create, precondition, safe_send
from ccloud_apply.apply.once import resolver as resolve
from ccloud_apply.apply.once.creates import audit
from ccloud_apply.apply.once.outcome import Observation, Outcome

Ablation = Literal[
    "journal",
    "sync",
    "read-back",
    "confirm",
    "resolve",
    "fence",
    "settle",
    "look",
    "marks",
    "undo",
]


@contextmanager
def ablated(without: Sequence[Ablation]) -> Iterator[None]:
    """Take these precautions away; the journal is the simulation's own."""
    with ExitStack() as patches:
        if "sync" in without:
            patches.enter_context(patch.object(group_commit.GroupCommit, "add", _add_and_go_on))
        if "read-back" in without:
            patches.enter_context(patch.object(safe_send.SafeSend, "confirm_create", _believe))
            patches.enter_context(
                patch.object(confirmation.Confirmation, "confirm", _believe_recovered)
            )
            patches.enter_context(patch.object(verification.Verification, "_is_behind", _never))
        if "confirm" in without:
            patches.enter_context(
                patch.object(confirmation.Confirmation, "confirm_change", _believe_task)
            )
        if "resolve" in without:
            patches.enter_context(patch.object(resolve.Resolver, "resolve", _take_for_absent))
        if "fence" in without:
            patches.enter_context(patch.object(create, "read_tasks_after", _see_nothing))
        if "settle" in without:
            patches.enter_context(patch.object(audit.CreateAudit, "settle", _hurry_on))
            patches.enter_context(
                patch.object(audit.CreateAudit, "find_unaccounted", _miss_nothing)
            )
            patches.enter_context(patch.object(safe_send.SafeSend, "find_pause", _never_pause))
        if "look" in without:
            patches.enter_context(patch.object(precondition.Precondition, "reads", _read_nothing))
        if "marks" in without:
            patches.enter_context(patch.object(marks.Marker, "_mark_each", _mark_nothing))
        if "undo" in without:
            undoer = addition.AdditionUndoer
            patches.enter_context(patch.object(undoer, "undo", _undo_nothing))
            patches.enter_context(patch.object(undoer, "must_delete_first", _never))
        yield


_add = group_commit.GroupCommit.add


async def _add_and_go_on(self: group_commit.GroupCommit, record: group_commit.Record) -> None:
    """Hand it to the disk, and do not wait until it is there."""
    adding = asyncio.ensure_future(_add(self, record))
    await asyncio.sleep(0)
    adding.cancel()  # which takes nothing back


async def _believe(_self: Any, _queued: Any, hostname: str | None) -> str | None:
    return hostname


async def _believe_recovered(_self: Any, _stack: str, _key: str, hostname: str | None) -> str:
    return hostname or "unknown"


async def _believe_task(_self: Any, _change: Any, **_how: Any) -> None:
    return


async def _take_for_absent(_self: Any, _change: Any) -> Observation:
    return Observation(outcome=Outcome.ABSENT, reason="not looked for")


async def _see_nothing(_api: Any, _action: str, _after: int | None) -> tuple[()]:
    return ()


async def _hurry_on(_self: Any, _why: str, *, pause_s: float) -> None:
    return


def _never_pause(_self: Any, _queued: Any, _now_s: float) -> float:
    return 0.0


def _read_nothing(_self: Any, _stack: str, _step: Any) -> frozenset[str]:
    return frozenset()


async def _mark_nothing(
    _self: Any, _account: Any, _journals: Any, fields: Sequence[Any]
) -> list[Any]:
    return [(field, None) for field in fields]


async def _undo_nothing(_self: Any, *_of: Any) -> bool:
    return True


def _never(_self: Any, *_of: Any) -> bool:
    return False


async def _miss_nothing(_self: Any, _account: Any, **_how: Any) -> audit.UnaccountedCreates:
    return audit.UnaccountedCreates(newest=0)
