"""Every statement of a fleet runs on both databases, with every parameter given and with none that
may be left out. What SQLite takes, PostgreSQL may refuse: types above all.

A new function of `fleet/store/statements/` is tried by itself. What it does is for its own tests.
"""

import asyncio
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.engine.port import Job
from ccloud_apply.fleet.model.lease import LeaseKey
from ccloud_apply.fleet.model.listing import Page, RunFilter, StackFilter
from ccloud_apply.fleet.store import statements
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements import decisions, history, runs
from ccloud_apply.fleet.store.statements.due import Dead
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.fleet.store.statements.session import Session
from ccloud_apply.fleet.store.statements.states import Standing
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.results.fleet import FleetPlan, FleetRun
from tests.support.fleet_rows import NOW, add_account, add_lease, add_plan, add_run, add_stack
from tests.support.stores import Store

FULL = StackFilter(
    ids=(1,),
    names=("w*b", "acme/web"),
    accounts=("acme",),
    states=frozenset({"clean"}),
    labels={"tier": "prod*"},
    text="100 %_!'\"",
    is_stale=False,
    is_paused=False,
    visible=("acme", "a?me"),
)
NAMES: Mapping[str, Any] = {
    "account": "acme",
    "stack": "web",
    "name": "web",
    "now": NOW,
    "run": 1,
    "run_id": 1,
    "number": 1,
    "plan_id": 1,
    "document": "{}",
    "summary": "{}",
    "counts": "{}",
    "body": "{}",
}
"""Values of parameters that stand for rows which are there."""

VALUES: Mapping[Any, tuple[Any, ...]] = {
    str: ("x' -- ünï",),
    int: (1,),
    float: (60.5,),
    bool: (True, False),
    StackFilter: (FULL, StackFilter()),
    RunFilter: (
        RunFilter(stacks=FULL, outcomes=frozenset({"failed"}), has_sweeps=True, before=9, limit=5),
        RunFilter(),
    ),
    Page: (Page(limit=10, offset=5), *(Page(sort=s) for s in ("name", "run")), Page(limit=None)),
    LeaseKey: (LeaseKey(kind="stack", account="acme", name="web"),),
    Dead: tuple(
        Dead(kind=kind, account="acme", name=name, fence=1, holder="w")
        for kind, name in (("stack", "web"), ("account", ""), ("source", "git"))
    ),
    SourceRange: (None,),
    Session: (Session(name="ann", groups=("ops",), way="oidc"),),
    Standing: (
        Standing(state="drift", due=NOW, why="w", failures=2, failed_digest="d", failed_tree="c"),
        Standing(state="clean", due=NOW, is_seen=False),
    ),
    Job: tuple(Job(kind=kind, account="acme", name="web") for kind in ("run", "sweep", "poll")),
}


MODULES = [found.name for found in pkgutil.iter_modules(statements.__path__)]


def functions(name: str) -> Iterator[Any]:
    """The public coroutines of one of the statements' modules."""
    module = importlib.import_module(f"{statements.__name__}.{name}")
    for known, function in vars(module).items():
        is_own = getattr(function, "__module__", "") == module.__name__
        if inspect.iscoroutinefunction(function) and is_own and not known.startswith("_"):
            yield function


async def fill(tx: Transaction) -> None:
    """A row of each kind that statements are about."""
    await add_account(tx)
    await add_stack(tx, "web", labels={"tier": "production"})
    number = await add_run(tx, "web")
    await add_run(tx, None)
    await add_plan(tx, "web", run_id=number)
    await add_lease(tx, "web")
    await tx.execute(
        "insert into source (name, poll_every, due, polled_at) values ('web', 300, :now, :now)",
        now=NOW,
    )
    await tx.execute("insert into tick (id, ticked_at) values (1, 5)")
    await tx.execute("insert into slot (account, number, holder, until) values ('acme', 1, 'w', 0)")


async def values_of(tx: Transaction, kind: Any) -> tuple[Any, ...]:
    """Values for a parameter that is annotated so; None is the last where it is one of them."""
    if kind is type(None):
        return (None,)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return tuple([value for one in inner for value in await values_of(tx, one)])
    if origin is typing.Literal:
        return inner
    if origin is not None and issubclass(origin, Mapping):
        return ({"a": 1}, {})
    if origin is not None:
        make = origin if origin in (set, frozenset, list) else tuple
        return (make(await values_of(tx, inner[0])), make())
    rows: dict[Any, Callable[[], Awaitable[Any]]] = {
        StackRow: lambda: runs.find_stack(tx, "acme", "web"),
        FleetRun: lambda: history.find_run(tx, 1),
    }
    if kind in rows:
        found = await rows[kind]()
        assert found is not None
        return (found,)
    if kind is FleetPlan:
        plan = await decisions.take_open_plan(tx, "acme", "web")
        assert plan is not None
        return (plan, replace(plan, cost=None))
    if kind not in VALUES and is_dataclass(kind):
        return await build(tx, kind)
    assert kind in VALUES, f"add a value of {kind} to VALUES"
    return VALUES[kind]


async def build(tx: Transaction, kind: Any) -> tuple[Any, ...]:
    """Two values of a class: one has everything, the other what it has to."""
    hints = typing.get_type_hints(kind)
    known = {one.name: await choices_of(tx, one.name, hints[one.name]) for one in fields(kind)}
    return tuple(
        kind(**{name: choices[place] for name, choices in known.items()}) for place in (0, -1)
    )


async def choices_of(tx: Transaction, name: str, kind: Any) -> tuple[Any, ...]:
    """The same, where the first is that of a row which is there."""
    known = await values_of(tx, kind)
    if name in NAMES and isinstance(NAMES[name], type(known[0])):
        return (NAMES[name], *known[1:])
    return known


async def choose(tx: Transaction, function: Any) -> list[dict[str, Any]]:
    """Calls that between them have each value of each parameter."""
    hints = typing.get_type_hints(function)
    choices: dict[str, tuple[Any, ...]] = {}
    for name in list(inspect.signature(function).parameters)[1:]:
        choices[name] = await choices_of(tx, name, hints[name])
    count = max((len(known) for known in choices.values()), default=1)
    return [
        {name: known[min(n, len(known) - 1)] for name, known in choices.items()}
        for n in range(count)
    ]


class _BackOut(Exception):
    """Undoes a call, so that the next one finds the same rows."""


async def run_it(database: Database, function: Any, call: Mapping[str, Any]) -> str | None:
    """What is wrong with the call, if anything."""
    try:
        async with database.write() as tx:
            await function(tx, **call)
            raise _BackOut
    except _BackOut:
        return None
    except StoreError as error:
        return f"{function.__name__}({call}): {error}"


@pytest.mark.parametrize("module", MODULES)
def test_its_statements_run_with_everything_and_with_as_little_as_they_take(
    module: str, store: Store
) -> None:
    async def go() -> list[str | None]:
        async with store.open(now=lambda: NOW) as database:
            async with database.write() as tx:
                await fill(tx)
                calls = {function: await choose(tx, function) for function in functions(module)}
            return [
                await run_it(database, function, call)
                for function, chosen in calls.items()
                for call in chosen
            ]

    assert not list(filter(None, asyncio.run(go())))
