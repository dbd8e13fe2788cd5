"""What a stack says of the account itself: its addons, the display names of its subscriptions.

The account belongs to no stack, so only what a file names is compared and changed; all else is left
as it is. A plan has the account beside its servers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Declared, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import ACCOUNT, AccountChange, FieldChange, Step
from ccloud_apply.operations import OPERATIONS, operation_path
from ccloud_apply.plan.kinds import kind_of
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.undo import tell_undo_of_account

_ADDONS, _SUBSCRIPTIONS = "list_customer_addons", "list_subscriptions"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDiff:
    """What differs, what would change it, and what is wrong with what the file says.

    `why` says why it cannot be compared; then there is nothing else.
    """

    changes: tuple[FieldChange, ...] = ()
    steps: tuple[Step, ...] = ()
    unchanged: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    source: SourceRange | None = None


def own_reads(stack: Stack, options: PlanOptions) -> frozenset[str]:
    """Operations to call once for what the stack says of the account; none for most stacks."""
    if not _is_planned(stack, options):
        return frozenset()
    reads = {_ADDONS} if stack.account.addons else set()
    return frozenset(reads | ({_SUBSCRIPTIONS} if stack.account.subscriptions else set()))


def diff_account(stack: Stack, account: Account, options: PlanOptions) -> AccountDiff | None:
    """What the stack changes of the account; None where it says nothing, or is not asked about it.

    `--target` asks about servers alone, and so does a destroy.
    """
    if not _is_planned(stack, options):
        return None
    declared = (*stack.account.addons.values(), *stack.account.subscriptions.values())
    if why := _tell_unknown(stack, account):
        return AccountDiff(why=why, source=declared[0].source)
    found = [*_compare_addons(stack, account), *_compare_subscriptions(stack, account)]
    return AccountDiff(
        changes=tuple(c for c, _ in found if c is not None and not _is_same(c)),
        steps=tuple(made for _, made in found if isinstance(made, Step)),
        unchanged={c.field: c.after for c, _ in found if c is not None and _is_same(c)},
        diagnostics=tuple(made for _, made in found if isinstance(made, Diagnostic)),
        source=declared[0].source,
    )


def _tell_unknown(stack: Stack, account: Account) -> str:
    """Why what the stack says cannot be compared with the account; an empty text if it can."""
    whys = [
        account.unread[read].rstrip(".")
        for names, read in (
            (stack.account.addons, _ADDONS),
            (stack.account.subscriptions, _SUBSCRIPTIONS),
        )
        if names and read in account.unread
    ]
    untold = {s.name for s in account.subscriptions or () if not s.is_told}
    whys += [
        f"the API does not say the display name of subscription {name}"
        for name in sorted(stack.account.subscriptions)
        if name in untold
    ]
    return "; ".join(whys)


def build_account_change(diff: AccountDiff, options: PlanOptions) -> AccountChange:
    """The account's part of a plan."""
    return AccountChange(
        changes=tell_undo_of_account(diff.changes),
        steps=tuple(step.id for step in diff.steps),
        unchanged=diff.unchanged if options.has_unchanged else {},
        why=diff.why,
        source=diff.source,
    )


def check_shared_account(stacks: Sequence[Stack]) -> tuple[Diagnostic, ...]:
    """Two stacks of one run that say different things of the same part of the account."""
    first: dict[tuple[str, str], tuple[str, Any]] = {}
    diagnostics = []
    for stack in stacks:
        for kind, name, declared in _name_parts(stack):
            other, value = first.setdefault((kind, name), (stack.name, declared.value))
            if value != declared.value:
                diagnostics.append(
                    Diagnostic(
                        code="account-shared",
                        where=f"account.{kind}.{name}",
                        what=f"stack {other} has another value for it",
                        hint="an account has one value: say it in only one stack",
                        source=declared.source,
                    )
                )
    return tuple(diagnostics)


def _is_planned(stack: Stack, options: PlanOptions) -> bool:
    is_declared = bool(stack.account.addons or stack.account.subscriptions)
    return is_declared and not options.is_destroy and not options.target


def _is_same(change: FieldChange) -> bool:
    return bool(change.before == change.after)


def _name_parts(stack: Stack) -> Iterator[tuple[str, str, Declared]]:
    for name, declared in stack.account.addons.items():
        yield "addons", name, declared
    for name, declared in stack.account.subscriptions.items():
        yield "subscriptions", name, declared


_Found = Iterator[tuple[FieldChange | None, Step | Diagnostic | None]]


def _compare_addons(stack: Stack, account: Account) -> _Found:
    if not stack.account.addons:
        return
    assert account.customer_addons is not None
    for name, declared in sorted(stack.account.addons.items()):
        before, after = account.customer_addons.get(name), declared.value or None
        field = f"addons.{name}"
        change = FieldChange(field=field, before=before, after=after, kind=kind_of(field))
        if before == after:
            yield change, None
        elif after is None:
            yield change, _step(field, "delete_customer_addon", addon=name)
        else:
            yield change, _step(field, "set_customer_addon", body={"count": after}, addon=name)


def _compare_subscriptions(stack: Stack, account: Account) -> _Found:
    if not stack.account.subscriptions:
        return
    assert account.subscriptions is not None
    there = {subscription.name: subscription for subscription in account.subscriptions}
    for name, declared in sorted(stack.account.subscriptions.items()):
        live = there.get(name)
        if live is None:
            yield None, _unknown_subscription(name, declared, sorted(there))
            continue
        field = f"subscriptions.{name}"
        change = FieldChange(
            field=field, before=clean_text(live.display_name), after=declared.value
        )
        body = {"display_name": declared.value}
        operation_id = "set_subscription_display_name"
        made = None if _is_same(change) else _step(field, operation_id, body=body, id=str(live.id))
        yield change, made


def _unknown_subscription(name: str, declared: Declared, there: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        code="subscription-unknown",
        where=f"account.subscriptions.{name}",
        what=f"the account has no subscription {name}; it has {', '.join(there) or 'none'}",
        hint="name an existing one: only the vendor makes subscriptions",
        source=declared.source,
    )


def _step(field: str, operation_id: str, *, body: Any = None, **parameters: str) -> Step:
    operation = OPERATIONS[operation_id]
    return Step(
        id=f"{ACCOUNT}/{field}",
        server=ACCOUNT,
        operation=f"{operation.label} {field.partition('.')[2]}",
        operation_id=operation_id,
        method=operation.method,
        path=operation_path(operation_id, **parameters),
        body=body,
    )
