"""A row of a stack -> the stack as it is planned, and its account as the stack may use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.fleet.model.config import Rule
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.expected import expect_account
from ccloud_apply.fleet.work.loading import require_same_name
from ccloud_apply.fleet.work.neighbours import with_neighbours
from ccloud_apply.fleet.work.options import rule_of, with_rule
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.workflows.account.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyStack:
    """A stack with its rule, and with what other stacks say of its servers; `run` is the open
    account."""

    stack: Stack
    rule: Rule
    run: Run


@asynccontextmanager
async def open_stack(context: Context, row: StackRow) -> AsyncIterator[ReadyStack]:
    """The stack of the row, whose files stay until the body ends.

    Raises StackError or UsageError for one that cannot be loaded or is another one by now,
    UnreadableReferenceError, WrongAccountError, ApiError.
    """
    async with context.load([row]) as loaded:
        found = loaded[row.name]
        if isinstance(found, CcloudApplyError):
            raise found
        stack = await with_neighbours(context, row, require_same_name(found, row))
        rule = rule_of(context.config, row)
        run = await expect_account(found.on(await context.open_account(row.account)), stack)
        yield ReadyStack(stack=with_rule(stack, rule), rule=rule, run=run)
