"""The stacks that sources declare: which there are, where their files are, which rule they have.

How a stack stands is in `states.py`.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import field

from ccloud_apply.fleet.model.status import PRIORITIES, Cause, Mode
from ccloud_apply.fleet.store.database import Row, Transaction
from ccloud_apply.lazy_dataclass import dataclass

GONE_S = 600.0
"""Seconds for which a stack stays whose file is gone, although no server of it shows: a create that
was under way may show late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredStack:
    """A stack as a source and the rules have it. `config` is a digest of its rule and of where its
    account is. `problem` says why it cannot be loaded."""

    account: str
    name: str
    source: str
    path: str
    tree: str
    labels: Mapping[str, str] = field(default_factory=dict)
    rule: int = -1
    config: str = ""
    mode: Mode = "report"
    every: float = 1800.0
    problem: str | None = None
    is_declared: bool = True


_COLUMNS = """account, name, source, path, tree, labels, rule, config, mode, every, problem,
is_declared"""


def _read(row: Row) -> DeclaredStack:
    labels, is_declared = json.loads(row["labels"]), bool(row["is_declared"])
    return DeclaredStack(**{**row, "labels": labels, "is_declared": is_declared})


async def find_declared(tx: Transaction, account: str, name: str) -> DeclaredStack | None:
    """The stack as it is in the table."""
    row = await tx.fetch_one(
        f"select {_COLUMNS} from stack where account = :account and name = :name",
        account=account,
        name=name,
    )
    return None if row is None else _read(row)


async def list_declared(tx: Transaction) -> tuple[DeclaredStack, ...]:
    """All of them."""
    rows = await tx.fetch(f"select {_COLUMNS} from stack order by account, name")
    return tuple(map(_read, rows))


async def list_names_of(tx: Transaction, source: str) -> tuple[tuple[str, str], ...]:
    """Account and name of all stacks that a source has, or had."""
    rows = await tx.fetch("select account, name from stack where source = :source", source=source)
    return tuple((row["account"], row["name"]) for row in rows)


async def put_stack(tx: Transaction, stack: DeclaredStack) -> None:
    """Have the stack declared like this. A new one is due now; of one that is there nothing
    changes that it stands by."""
    labels = json.dumps(stack.labels, sort_keys=True)
    row = await tx.fetch_one(
        """insert into stack (account, name, source, path, tree, labels, rule, config, mode,
          every, state_since, due, cause, priority, problem, is_declared)
        values (:account, :name, :source, :path, :tree, :labels, :rule, :config, :mode,
          :every, {now}, {now}, 'commit', :priority, cast(:problem as text), :is_declared)
        on conflict (account, name) do update set source = excluded.source, path = excluded.path,
        tree = excluded.tree, labels = excluded.labels, rule = excluded.rule,
        config = excluded.config, mode = excluded.mode, every = excluded.every,
        problem = excluded.problem, is_declared = excluded.is_declared returning id""",
        account=stack.account,
        name=stack.name,
        source=stack.source,
        path=stack.path,
        tree=stack.tree,
        labels=labels,
        rule=stack.rule,
        config=stack.config,
        mode=stack.mode,
        every=stack.every,
        priority=PRIORITIES["commit"],
        problem=stack.problem,
        is_declared=int(stack.is_declared),
    )
    assert row is not None
    await tx.execute("delete from stack_label where stack_id = :id", id=row["id"])
    for name, value in stack.labels.items():
        await tx.execute(
            "insert into stack_label (stack_id, name, value) values (:id, :name, :value)",
            id=row["id"],
            name=name,
            value=value,
        )


async def set_commit(
    tx: Transaction,
    source: str,
    commit: str | None,
    *,
    account: str | None = None,
    name: str | None = None,
) -> None:
    """Have the stacks of a source, or one of them, loaded from this commit."""
    await tx.execute(
        """update stack set commit_id = cast(:commit_id as text)
        where source = :source and is_declared = 1 and problem is null
        and (cast(:account as text) is null or (account = :account and name = :name))
        and coalesce(commit_id, '') <> coalesce(cast(:commit_id as text), '')""",
        source=source,
        commit_id=commit,
        account=account,
        name=name,
    )


async def make_due_in(
    tx: Transaction, account: str, name: str, cause: Cause, seconds: float
) -> None:
    """Have the stack due in so many seconds, unless it is earlier; what it failed at is forgotten,
    for it is another one now."""
    await tx.execute(
        """update stack set
        due = case when due > {now} + :seconds then {now} + :seconds else due end,
        cause = case when priority > :priority then cause else :cause end,
        priority = case when priority > :priority then priority else :priority end,
        failures = 0, failed_digest = null, failed_tree = null, queued_until = null
        where account = :account and name = :name""",
        account=account,
        name=name,
        cause=cause,
        priority=PRIORITIES[cause],
        seconds=seconds,
    )


async def forget_stack(tx: Transaction, account: str, name: str) -> bool:
    """Forget a stack whose file is gone. False if it is there, or somebody works on the stack, or
    did until lately and has died: nobody takes such a stack over any more."""
    return bool(
        await tx.execute(
            """delete from stack where account = :account and name = :name and is_declared = 0
            and not exists (select 1 from lease l where l.kind = 'stack'
              and l.account = :account and l.name = :name and l.holder is not null
              and l.until > {now} - :pause)""",
            account=account,
            name=name,
            pause=GONE_S,
        )
    )


async def forget_gone(tx: Transaction, account: str, holding: Collection[str]) -> tuple[str, ...]:
    """Forget the stacks of an account whose files are gone for a while, and that have no server
    there any more. `holding` are the names of those that do. Gives back which were forgotten."""
    rows = await tx.fetch(
        """select name, source, path from stack
        where account = :account and is_declared = 0 and state_since < {now} - :pause""",
        account=account,
        pause=GONE_S,
    )
    forgotten = []
    for row in rows:
        if row["name"] in holding or not await forget_stack(tx, account, row["name"]):
            continue
        forgotten.append(row["name"])
        await tx.execute(
            "delete from problem where kind = 'gone' and source = :source and path = :path",
            source=row["source"],
            path=row["path"],
        )
    return tuple(forgotten)


async def set_problem(tx: Transaction, account: str, name: str, problem: str | None) -> float:
    """Have the stack fail for what is wrong with its file, or be unknown again, as it is until
    somebody has looked at it. Gives back since when it stands like this."""
    row = await tx.fetch_one(
        """update stack set state_since = case when state = :state and
          coalesce(why, '') = coalesce(cast(:why as text), '') then state_since else {now} end,
        state = :state, why = cast(:why as text)
        where account = :account and name = :name returning state_since""",
        account=account,
        name=name,
        state="unknown" if problem is None else "failing",
        why=problem,
    )
    assert row is not None
    return float(row["state_since"])


async def set_gone(tx: Transaction, account: str, name: str, why: str) -> None:
    """Have a stack stay that nothing declares any more: its servers may be there."""
    await tx.execute(
        """update stack set is_declared = 0, problem = null, state = 'unknown', why = :why,
        state_since = {now} where account = :account and name = :name and is_declared = 1""",
        account=account,
        name=name,
        why=why,
    )
