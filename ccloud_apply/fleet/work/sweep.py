"""The sweep of an account: one read for all of its stacks, and how each of them stands by it."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ccloud_apply.api.http.counted import count_requests
from ccloud_apply.errors import ApiError, AuthError, CcloudApplyError
from ccloud_apply.fleet.customer import require_noted_customer
from ccloud_apply.fleet.lease.lease import Lease
from ccloud_apply.fleet.model.status import Outcome
from ccloud_apply.fleet.schedule import plan_look, plan_next, plan_retry
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.declared_stacks import forget_gone
from ccloud_apply.fleet.store.statements.plans import close_plans
from ccloud_apply.fleet.store.statements.reports import add_report, read_newest_reports
from ccloud_apply.fleet.store.statements.runs import (
    StackRow,
    begin_run,
    end_run,
    list_stacks_of,
)
from ccloud_apply.fleet.store.statements.states import (
    claim_sweep,
    make_due,
    read_sweep,
    set_sweep,
    set_swept,
)
from ccloud_apply.fleet.store.statements.workers import take_turn
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.drifting import add_tasks, compare_each
from ccloud_apply.fleet.work.expected import expect_account
from ccloud_apply.fleet.work.judge import Seen, is_same_drift, judge_drift
from ccloud_apply.fleet.work.loading import Loaded, require_same_name
from ccloud_apply.fleet.work.neighbours import join_honest
from ccloud_apply.fleet.work.options import rule_of
from ccloud_apply.fleet.work.result import RunEnd, describe_error
from ccloud_apply.fleet.work.telling import tell_change
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.internal_error import describe_places, name_internal
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.render.drift.json_document import encode_drift
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.workflows.account.run import Run

_log = logging.getLogger(__name__)

_AT_ONCE = 50
"""Stacks in one transaction: others write between two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a sweep has found of one stack; `report` is one that says something new."""

    row: StackRow
    seen: Seen
    report: str | None = None


async def sweep_account(context: Context, account: str) -> None:
    """Compare all stacks of the account with it, if that is due and nobody else does it.

    Raises StoreError, and ApplyError where the lease is lost: then nothing more is noted.
    """
    async with context.hold_lease("account", account, "") as lease:
        if lease is None:
            return
        async with context.database.write() as tx:
            began = await read_now(tx)
            if not await claim_sweep(tx, account):
                return
            run = await begin_run(
                tx,
                account=account,
                stack=None,
                kind="sweep",
                cause="schedule",
                person=None,
                commit=None,
                fence=lease.fence,
                worker=context.worker,
            )
        with count_requests() as requests:
            found: list[_Found] = []
            error: str | None = None
            try:
                found = await _compare(context, account)
            except CcloudApplyError as problem:
                error = describe_error(problem)
                if isinstance(problem, AuthError):
                    context.renew_account(account)
            except Exception as problem:  # a bug must not leave a sweep that nobody ends
                _log.error("the sweep of %s has failed:\n%s", account, describe_places(problem))
                error = name_internal(problem)
            for at in range(0, len(found), _AT_ONCE):
                async with lease.write(context.database) as tx:
                    await take_turn(tx)
                    for one in found[at : at + _AT_ONCE]:
                        await _note(context, tx, run, one, began)
        await _end(context, account, lease, run, found, error, requests.total())


async def _compare(context: Context, account: str) -> list[_Found]:
    async with context.database.read() as tx:
        rows = await list_stacks_of(tx, account)
        before = await read_newest_reports(tx, account)
    if not rows:
        return []
    for row in rows:  # or another account might be compared
        rule_of(context.config, row)
    run = await context.open_account(account)
    found: list[_Found] = []
    stacks: dict[str, tuple[StackRow, Stack]] = {}
    known: set[tuple[ExpectedAccount, ...]] = set()
    async with context.load(rows) as loaded:
        for row in rows:
            try:
                stack = _take(row, loaded)
            except CcloudApplyError as error:
                if row.commit_id is not None:  # in a folder it has changed: the next poll tells
                    found.append(_fail(row, error))
                continue
            try:
                await _expect(run, stack, known)
            except ApiError:  # it says nothing of this stack: the sweep has failed
                raise
            except CcloudApplyError as error:
                found.append(_fail(row, error))
                continue
            stacks[row.name] = (row, stack)
        if not stacks:
            return found
        compared = await compare_each(run, join_honest([stack for _, stack in stacks.values()]))
        await require_noted_customer(
            context.database, run.connection, account, compared.customer_id
        )
        async with context.database.write() as tx:
            await forget_gone(tx, account, compared.holding)
    found += (_fail(stacks[name][0], error) for name, error in compared.errors.items())
    for name, report in compared.reports.items():
        found.append(await _judge(run, stacks[name][0], report, before.get(name)))
    return found


def _take(row: StackRow, loaded: Loaded) -> Stack:
    found = loaded[row.name]
    if isinstance(found, CcloudApplyError):
        raise found
    return require_same_name(found, row)


async def _expect(run: Run, stack: Stack, known: set[tuple[ExpectedAccount, ...]]) -> None:
    """Raises for a stack of another account; `known` is what was asked for of others already."""
    if stack.accounts not in known:
        await expect_account(run, stack)
        known.add(stack.accounts)


def _fail(row: StackRow, error: CcloudApplyError) -> _Found:
    return _Found(row=row, seen=Seen(state="failing", why=describe_error(error), is_seen=False))


async def _judge(run: Run, row: StackRow, report: DriftReport, before: str | None) -> _Found:
    is_change = not is_same_drift(before, encode_drift(report))
    seen = judge_drift(row, report.stacks[0], is_change=is_change)
    if not is_change or (before is None and report.matches):
        return _Found(row=row, seen=seen)
    return _Found(row=row, seen=seen, report=await render_report(run, report))


async def render_report(run: Run, report: DriftReport) -> str:
    """The report as it is kept, with who may have changed each drifted server."""
    with suppress(ApiError):  # the drift is known, and that is what counts
        report = await add_tasks(run, report)
    document: Mapping[str, Any] = encode_drift(report)
    return dump_json(document, indent=None)


def _find_due(context: Context, row: StackRow, seen: Seen, now: float) -> float | None:
    """When the stack is due again by itself; None leaves that: something waits for its run."""
    if seen.state == "clean" or (row.mode == "report" and seen.is_seen):
        return plan_look(now, row.every, row.sweep_every, context.chance())
    return None


async def _note(context: Context, tx: Transaction, run: int, found: _Found, began: float) -> None:
    row, seen = found.row, found.seen
    is_noted = await set_swept(
        tx,
        row.account,
        row.name,
        state=seen.state,
        why=seen.why,
        is_seen=seen.is_seen,
        due=_find_due(context, row, seen, began),
        read_since=began,
    )
    if not is_noted:
        return
    if found.report is not None:
        await add_report(tx, run=run, account=row.account, stack=row.name, document=found.report)
    if seen.state == "clean" and row.state != "clean":
        await close_plans(tx, row.account, row.name, "superseded")
    if seen.is_due:
        await make_due(tx, row.account, row.name, "schedule")
    if seen.state != row.state:
        await tell_change(tx, context.config.sinks, row, seen.state, why=seen.why)


async def _end(
    context: Context,
    account: str,
    lease: Lease,
    run: int,
    found: list[_Found],
    error: str | None,
    requests: int,
) -> None:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.seen.state] = counts.get(one.seen.state, 0) + 1
    is_clean = all(one.seen.state == "clean" for one in found)
    outcome: Outcome = "failed" if error is not None else "clean" if is_clean else "drift"
    async with context.database.write() as tx:
        if not await lease.give_back(tx):
            return
        await end_run(
            tx,
            run,
            outcome=outcome,
            counts=json.dumps(counts),
            requests=requests,
            error=error,
        )
        every, failures = await read_sweep(tx, account)
        now = await read_now(tx)
        failures = 0 if error is None else failures + 1
        due = plan_next(now, every, context.chance())
        if failures:
            due = plan_retry(now, every, failures, context.chance())
        await set_sweep(tx, account, due=due, error=error, failures=failures)
    context.on_end(
        RunEnd(
            account=account,
            stack=None,
            run=run,
            kind="sweep",
            outcome=outcome,
            state=None,
            why=error,
            counts=counts,
            requests=requests,
        )
    )
