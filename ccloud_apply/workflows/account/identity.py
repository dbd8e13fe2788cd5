"""Which account a run talks to, as a plan names it, and whether a saved plan is for it."""

from dataclasses import replace
from pathlib import Path

from ccloud_apply.apply.workdir.accounts import account_id
from ccloud_apply.errors import StalePlanError
from ccloud_apply.files import real_path
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.same_account import find_other_account
from ccloud_apply.workflows.account.connection import SANDBOX, Connection
from ccloud_apply.workflows.account.run import Run


def place_of(connection: Connection) -> str:
    """The endpoint, or `sandbox` and the path of its data: two files are two accounts."""
    if connection.is_sandbox:
        return f"{SANDBOX} {real_path(Path(connection.sandbox_db))}"
    return connection.endpoint


def describe_account(connection: Connection) -> PlanAccount:
    """The account before anything was read of it: its customer is unknown.

    A secret or token that is renewed makes no other account of a client id.
    """
    place = place_of(connection)
    access = account_id(place, connection.client_id, connection.token)
    return PlanAccount(endpoint=place, access_id=f"sha256:{access}")


def describe_to(run: Run, options: PlanOptions) -> PlanOptions:
    """The options, for a plan in the account of this run."""
    return replace(
        options,
        account=describe_account(run.connection),
        account_doubt=run.account_doubt,
        is_account_accepted=run.connection.is_unknown_accepted,
    )


def require_account(saved: PlanAccount | None, this: PlanAccount, *, is_read: bool) -> None:
    """Raises StalePlanError for a saved plan of another account, or of who knows which.

    `is_read`: this account's customer was asked for.
    """
    problem = find_other_account(saved, this, is_read=is_read)
    if problem is not None:
        raise StalePlanError(
            f"stale plan: {problem}",
            hint="use the endpoint and client id of the plan, or plan again here and apply that",
        )
