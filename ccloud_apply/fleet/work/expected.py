"""Whether an open account is the one that a stack's project expects.

A fleet shares one client among stacks that may expect different accounts, so each is judged by
itself; what is compared with what belongs to plan/expected_account.py.
"""

from dataclasses import replace

from ccloud_apply.errors import WrongAccountError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.plan.expected_account import (
    describe_doubt,
    describe_expected,
    expected_customers,
)
from ccloud_apply.workflows.account.expected import expect_endpoint
from ccloud_apply.workflows.account.run import Run


async def expect_account(run: Run, stack: Stack) -> Run:
    """The run as this stack may use it. The customer is asked for where one is expected.

    Raises WrongAccountError for another account than the project of the stack expects, ApiError.
    """
    connection = replace(run.connection, expected=stack.accounts)
    expected = expect_endpoint(connection)
    customers = expected_customers(expected)
    if customers is None:
        return replace(run, connection=connection)
    told = await run.client.find_customer() or await run.client.find_customer_of_subscriptions()
    if told is None:
        return replace(run, connection=connection, account_doubt=describe_doubt(expected))
    if told not in customers:
        raise WrongAccountError(
            f"the account is that of customer {told}, and {describe_expected(expected)} is"
            " expected",
            hint="give the source the account that its project file expects",
        )
    return replace(run, connection=connection)
