"""Whether an account is the one that a project expects, and what is held if that is unknown.

What is expected connects nowhere: it is compared with the account that is connected to anyway. How
an account is reached and read does not belong here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ccloud_apply.errors import WrongAccountError
from ccloud_apply.model.declared.project import ExpectedAccount, Project
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import DESTRUCTIVE, Action, Plan, StackPlan
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.matching.select import MatchedAccount
from ccloud_apply.plan.same_account import normalise_endpoint

SANDBOX = "sandbox"
"""The endpoint that means the embedded API, wherever its data are."""

UNKNOWN_OK = "--account-unknown-ok"

_MAKES_OR_BREAKS = frozenset({Action.CREATE, Action.RETIRE, *DESTRUCTIVE})


def accounts_at(expected: Iterable[ExpectedAccount], endpoint: str) -> tuple[ExpectedAccount, ...]:
    """Those of the expected accounts that may be at this endpoint (`PlanAccount.endpoint`)."""
    return tuple(one for one in expected if _is_at(one.endpoint, endpoint))


def find_neighbours(project: Project, env: str | None) -> tuple[str, ...]:
    """The other environments that may be of the same account as this one; without one, all.

    Two that both expect no account count as one.
    """
    own = project.account_of(env)
    return tuple(
        name
        for name in project.environments
        if name != env and (env is None or _may_be_same(own, project.account_of(name)))
    )


def find_apart(project: Project, env: str | None) -> Iterator[tuple[str, ExpectedAccount]]:
    """The other environments that expect a customer's account where this one expects none."""
    if env is None or project.account_of(env) is not None:
        return
    for name in project.environments:
        account = project.account_of(name)
        if account is not None and account.customer_id is not None:
            yield name, account


def _may_be_same(one: ExpectedAccount | None, other: ExpectedAccount | None) -> bool:
    """False where something tells them apart: a customer, an endpoint, or that one alone is
    expected."""
    if one is None or other is None:
        return one is None and other is None
    pairs = (
        (one.customer_id, other.customer_id),
        (
            one.endpoint and normalise_endpoint(one.endpoint),
            other.endpoint and normalise_endpoint(other.endpoint),
        ),
    )
    return all(a is None or b is None or a == b for a, b in pairs)


def expected_customers(expected: Iterable[ExpectedAccount]) -> frozenset[str] | None:
    """The customers of which one is expected; None where any customer will do."""
    customers = {one.customer_id for one in expected}
    return None if None in customers or not customers else frozenset(filter(None, customers))


def _is_at(expected: str | None, endpoint: str) -> bool:
    if expected is None:
        return True
    if expected == SANDBOX:
        return endpoint == SANDBOX or endpoint.startswith(f"{SANDBOX} ")
    return normalise_endpoint(expected) == normalise_endpoint(endpoint)


def require_unclaimed(matched: MatchedAccount) -> None:
    """Raises WrongAccountError for a stack whose live servers are those of another environment."""
    customer = matched.account.customer_id
    for one in matched.stacks:
        claims = [claim for claim in one.stack.claimed if claim.customer_id == customer]
        if claims:
            raise WrongAccountError(
                f"{one.stack.source}: the account is that of {describe_expected(claims)}, where"
                f' another environment has a stack "{one.stack.name}"',
                hint="choose that environment, or say which account this one expects",
            )


def describe_expected(expected: Sequence[ExpectedAccount]) -> str:
    """The expected accounts in words, each with its place in the project file."""
    return join_names(f"{_describe(one)} ({one.source.path}:{one.source.line})" for one in expected)


def _describe(one: ExpectedAccount) -> str:
    customer = None if one.customer_id is None else f"customer {one.customer_id}"
    return " at ".join(part for part in (customer, one.endpoint) if part) or "any account"


def describe_doubt(expected: Sequence[ExpectedAccount]) -> str:
    """Why it is not certain that this account is an expected one, as a sentence."""
    return (
        f"{describe_expected(expected)} is expected, and no answer of the API says which customer"
        " this account belongs to"
    )


def hold_unknown(plan: Plan, doubt: str | None, *, is_accepted: bool) -> Plan:
    """The plan, with a warning for each stack that changes anything in an account of which it is
    not certain that it is the expected one. What creates, replaces or destroys is held, unless
    somebody has accepted that."""
    if doubt is None:
        return plan
    return replace(plan, stacks=tuple(_doubt(one, doubt, is_accepted) for one in plan.stacks))


def _doubt(stack: StackPlan, doubt: str, is_accepted: bool) -> StackPlan:
    held = () if is_accepted else tuple(_find_held(stack, doubt))
    if held or not stack.has_changes:
        return replace(stack, held=(*stack.held, *held))
    warning = Diagnostic(
        code="account-not-told",
        where="account",
        what=doubt,
        hint="check the credentials before this plan is applied",
        severity=Severity.WARNING,
    )
    return replace(stack, warnings=(*stack.warnings, warning))


def _find_held(stack: StackPlan, doubt: str) -> Iterator[Diagnostic]:
    keys = [
        server.key
        for server in stack.servers
        if server.action in _MAKES_OR_BREAKS or server.loses_data
    ]
    if keys:
        yield unknown_account(f"{doubt}; {join_names(keys)} would be created or destroyed there")


def unknown_account(what: str) -> Diagnostic:
    """What holds a change in an account that may be another than the expected one."""
    return Diagnostic(
        code="account-unknown",
        where="account",
        what=what,
        hint=f"if the credentials are the right ones: {UNKNOWN_OK}",
        severity=Severity.HELD,
    )
