"""What all sources declare of one stack -> its row. A name belongs to an account, so two files that
give it stop both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ccloud_apply.fleet.changes import note_change
from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.rules import choose_rule, digest_rule
from ccloud_apply.fleet.schedule import spread
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.declarations import Declaration, find_declarations
from ccloud_apply.fleet.store.statements.declared_stacks import (
    DeclaredStack,
    find_declared,
    make_due_in,
    put_stack,
    set_gone,
    set_problem,
)
from ccloud_apply.model.results.fleet_change import FleetChange

_GONE = "no source declares it any more; its servers stay as they are"


async def settle_stack(tx: Transaction, config: FleetConfig, account: str, name: str) -> bool:
    """Bring the row of one stack to what is declared of it. True if it is due for it.

    A file that cannot be loaded leaves the stack as it was, and failing.
    """
    before = await find_declared(tx, account, name)
    declared = await find_declarations(tx, account, name)
    if not declared or account not in config.accounts:
        if before is not None and before.is_declared:
            await set_gone(tx, account, name, _GONE)
        return False
    stack = _join(config, declared, before)
    if stack == before:
        return False
    await put_stack(tx, stack)
    is_other = before is None or (stack.tree, stack.path, stack.source, stack.is_declared) != (
        before.tree,
        before.path,
        before.source,
        before.is_declared,
    )
    if stack.problem is not None or (before is not None and before.problem is not None):
        since = await set_problem(tx, account, name, stack.problem)
        if stack.problem is not None:
            await _tell(tx, config, stack, since)
            return False
        is_other = True
    if is_other:
        await make_due_in(tx, account, name, "commit", 0.0)
    elif before is not None and (before.mode, before.config) != (
        stack.mode,
        stack.config,
    ):
        await make_due_in(tx, account, name, "schedule", spread(name, 0.0, stack.every))
    return is_other


def _join(
    config: FleetConfig, declared: Sequence[Declaration], before: DeclaredStack | None
) -> DeclaredStack:
    good = [one for one in declared if one.error is None]
    problem: str | None = None
    if len(good) > 1:
        problem = _tell_twice(good)
    elif not good:
        problem = _tell_broken(declared[0])
    one = _keep_first(good or list(declared), before)
    rule, chosen = choose_rule(config.rules, one.account, one.name or "", one.labels)
    stack = DeclaredStack(
        account=one.account,
        name=one.name or "",
        source=one.source,
        path=one.path,
        tree=one.tree,
        labels=one.labels,
        rule=rule,
        config=digest_rule(config, rule, one.account),
        mode=chosen.mode,
        every=chosen.every_s,
        problem=problem,
    )
    # What a broken file is made of is known from before: its commit is still the one to load.
    return replace(stack, tree=before.tree) if before is not None and not good else stack


def _keep_first(declared: Sequence[Declaration], before: DeclaredStack | None) -> Declaration:
    """The one that the stack has had until now, else the first by source and path."""
    places = {(one.source, one.path): one for one in declared}
    if before is not None and (before.source, before.path) in places:
        return places[before.source, before.path]
    return declared[0]


def _tell_twice(declared: Sequence[Declaration]) -> str:
    places = [f"{one.path} of {one.source}" for one in declared[:4]]
    more = f" and {len(declared) - 4} more" if len(declared) > 4 else ""
    return (
        f"{len(declared)} files of the account have this name: {', '.join(places)}{more}; none"
        " of them"
        " is used until each has its own name"
    )


def _tell_broken(one: Declaration) -> str:
    line = "" if one.line is None else f":{one.line}"
    return f"{one.path}{line}: {one.error}"


async def _tell(tx: Transaction, config: FleetConfig, stack: DeclaredStack, since: float) -> None:
    change = FleetChange(
        account=stack.account,
        stack=stack.name,
        event="failed",
        since=datetime.fromtimestamp(since, UTC),
        path=stack.path,
        commit=None,
        why=stack.problem,
    )
    await note_change(tx, config.sinks, change)


def fingerprint(config: FleetConfig, name: str) -> str:
    """A digest of all that fleet.yaml says of a source's files: with another one they are looked
    at again, although no commit is new."""
    import hashlib

    source = next(one for one in config.sources if one.name == name)
    told: Mapping[str, object] = {
        "place": (source.git, source.folder, source.ref, source.is_signed),
        "stacks": source.stacks,
        "account": (source.account, sorted(config.accounts)),
        "env": source.env,
        "labels": sorted(source.labels.items()),
        "commands": sorted((one.name, one.secret_commands) for one in config.accounts.values()),
    }
    return hashlib.sha256(repr(told).encode("utf-8", "surrogateescape")).hexdigest()
