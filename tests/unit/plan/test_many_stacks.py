"""Many stacks in one plan cost what their servers cost: nothing is looked up anew for each."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from ccloud_apply.load.stack.join import join_stacks
from ccloud_apply.model.declared.stack import Move, Rename, Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import ALWAYS
from ccloud_apply.plan.matching import select
from ccloud_apply.plan.matching.index import AccountIndex, index_account
from ccloud_apply.plan.matching.select import PlanOptions, match_account
from ccloud_apply.plan.reads import wanted
from ccloud_apply.plan.views.drift import as_compared, find_drift
from ccloud_apply.workflows.planning.plan import plan_read
from tests.support.builders import COMPLETE, HERE, account, live, spec, stack

FEW, MANY, PER_STACK = 5, 40, 4


@contextmanager
def counting() -> Iterator[list[int]]:
    """Counts the calls of functions of the product and of the interpreter meanwhile."""
    count, before = [0], sys.getprofile()

    def note(_frame: Any, event: str, _argument: Any) -> None:
        if event in ("call", "c_call"):
            count[0] += 1

    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(before)


def declare(count: int, **fields: Any) -> tuple[Stack, ...]:
    """So many stacks, each of which was renamed and takes a server over from the next one."""
    stacks = []
    for n in range(count):
        specs = [spec(f"s{i}", **{**COMPLETE, **fields}) for i in range(PER_STACK)]
        giver = f"stack-{(n + 1) % count}"
        one = replace(
            stack(*specs),
            name=f"stack-{n}",
            renamed=(Rename(before=f"old-{n}", source=HERE),),
            moved=(Move(before=f"{giver}/moving", after="s0", source=HERE),),
        )
        stacks.append(one)
    return join_stacks(stacks)


def fill(count: int, key: Callable[[int], str]) -> Account:
    """Their servers, those of a half of the stacks under the earlier name; `key` names each."""
    servers = []
    for n in range(count):
        name = f"stack-{n}" if n % 2 else f"old-{n}"
        servers += [
            live(n * PER_STACK + i, key=key(i), stack=name, snapshots=()) for i in range(PER_STACK)
        ]
    return account(*servers)


def plan_many(stacks: Sequence[Stack], lives: Account) -> None:
    matched = match_account(stacks, replace(lives, known=ALWAYS), PlanOptions())
    wanted(matched, PlanOptions())
    plan_read(matched, PlanOptions())


def compare_many(stacks: Sequence[Stack], lives: Account) -> None:
    matched = match_account(tuple(map(as_compared, stacks)), lives, PlanOptions())
    report, errors = find_drift(matched, PlanOptions())
    assert report is not None, errors


CASES: dict[str, tuple[dict[str, Any], Callable[[int], str]]] = {
    "equal": ({}, lambda i: f"s{i}"),
    "changed": ({"memory": 8, "notes": "other"}, lambda i: f"s{i}"),
    "moved": ({}, lambda i: f"s{i}" if i else "moving"),
    "created": ({"cores": 8}, lambda i: f"s{i}" if i == 1 else f"t{i}"),
}


@pytest.mark.parametrize("work", [plan_many, compare_many])
@pytest.mark.parametrize("case", CASES)
def test_the_work_grows_with_the_number_of_stacks_and_not_with_its_square(
    case: str, work: Callable[[Sequence[Stack], Account], None]
) -> None:
    fields, key = CASES[case]
    work(declare(2, **fields), fill(2, key))  # what is compiled once a process
    counts = {}
    for number in (FEW, MANY):
        stacks, lives = declare(number, **fields), fill(number, key)
        with counting() as count:
            work(stacks, lives)
        counts[number] = count[0]
    assert counts[MANY] / counts[FEW] < 1.2 * MANY / FEW


def test_the_account_is_indexed_once_for_all_stacks() -> None:
    made: list[Account] = []

    def count(lives: Account) -> AccountIndex:
        made.append(lives)
        return index_account(lives)

    stacks, lives = declare(MANY), fill(MANY, lambda i: f"s{i}")
    with patch.object(select, "index_account", count):
        plan_many(stacks, lives)
    assert len(made) == 1
