"""How stacks stand, and when they are due again; how the sweep of an account went."""

from ccloud_apply.fleet.model.status import PRIORITIES, Cause, State
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a stack stands after a run. `due` counts unless something has made it due meanwhile.

    `is_seen`: it was compared with the account. `is_news`: it stands in this way anew, although the
    word for it is the same, as with another proposal. `failures` in a row are those of one plan
    (`failed_digest`) and commit.
    """

    state: State
    due: float
    why: str | None = None
    is_seen: bool = True
    is_news: bool = False
    failures: int = 0
    failed_digest: str | None = None
    failed_tree: str | None = None


async def set_standing(tx: Transaction, account: str, name: str, standing: Standing) -> None:
    """Note how the stack stands after a run of its own; one whose file has broken or vanished
    meanwhile stands by that."""
    await tx.execute(
        """update stack set
        state_since = case when is_declared = 0 or problem is not null then state_since
          when state = :state and :is_news = 0 then state_since else {now} end,
        state = case when is_declared = 0 or problem is not null then state else :state end,
        why = case when is_declared = 0 or problem is not null then why
          else cast(:why as text) end,
        seen_at = case when :is_seen = 1 then {now} else seen_at end,
        due = case when cause = 'schedule' then :due else due end,
        failures = :failures, failed_digest = :failed_digest, failed_tree = :failed_tree
        where account = :account and name = :name""",
        account=account,
        name=name,
        state=standing.state,
        why=standing.why,
        is_seen=int(standing.is_seen),
        is_news=int(standing.is_news),
        due=standing.due,
        failures=standing.failures,
        failed_digest=standing.failed_digest,
        failed_tree=standing.failed_tree,
    )


async def set_swept(
    tx: Transaction,
    account: str,
    name: str,
    *,
    state: State,
    why: str | None,
    is_seen: bool,
    due: float | None,
    read_since: float,
) -> bool:
    """Note how a sweep that began to read at `read_since` saw a stack; `due` None leaves that.

    False, and nothing is noted, if somebody works on the stack, or has since then: what was read
    may be older than what that has done.
    """
    return bool(
        await tx.execute(
            """update stack set
            state_since = case when state = :state then state_since else {now} end,
            state = :state, why = :why,
            seen_at = case when :is_seen = 1 then {now} else seen_at end,
            failures = case when :state = 'clean' then 0 else failures end,
            due = case when cause = 'schedule' then coalesce(cast(:due as double precision), due)
              else due end
            where account = :account and name = :name and is_declared = 1 and problem is null
            and not exists (select 1 from lease l where l.kind = 'stack'
              and l.account = :account and l.name = :name and l.holder is not null
              and l.until > {now})
            and not exists (select 1 from run r where r.account = :account and r.stack = :name
              and r.started > :read_since - 86400
              and (r.ended is null or r.ended >= :read_since))""",
            account=account,
            name=name,
            state=state,
            why=why,
            is_seen=int(is_seen),
            due=due,
            read_since=read_since,
        )
    )


async def make_due(tx: Transaction, account: str, name: str, cause: Cause) -> None:
    """Have the stack run now; one that is due for something more urgent stays so."""
    await tx.execute(
        """update stack set due = {now}, cause = :cause, priority = :priority,
        queued_until = null where account = :account and name = :name
        and (due > {now} or priority < :priority)""",
        account=account,
        name=name,
        cause=cause,
        priority=PRIORITIES[cause],
    )


async def claim_sweep(tx: Transaction, account: str) -> bool:
    """Note that a worker sees to the sweep. False if it is not due: another worker was faster."""
    return bool(
        await tx.execute(
            """update account set sweep_due = {now} + sweep_every, queued_until = null
            where name = :account and sweep_due <= {now}""",
            account=account,
        )
    )


async def set_sweep(
    tx: Transaction, account: str, *, due: float, error: str | None, failures: int
) -> None:
    """Note how a sweep has gone."""
    await tx.execute(
        """update account set sweep_due = :due, error = :error, failures = :failures,
        swept_at = case when :failures = 0 then {now} else swept_at end where name = :account""",
        account=account,
        due=due,
        error=error,
        failures=failures,
    )


async def read_sweep(tx: Transaction, account: str) -> tuple[float, int]:
    """The interval of an account's sweep in seconds, and how often in a row it has failed."""
    row = await tx.fetch_one(
        "select sweep_every, failures from account where name = :account", account=account
    )
    return (1800.0, 0) if row is None else (row["sweep_every"], row["failures"])


async def read_since(tx: Transaction, account: str, name: str) -> float:
    """Since when the stack has stood as it does now."""
    row = await tx.fetch_one(
        "select state_since from stack where account = :account and name = :name",
        account=account,
        name=name,
    )
    return 0.0 if row is None else float(row["state_since"])
