"""Refuses a selector whose words name nothing in a fleet, which would else choose no stack."""

from collections.abc import Iterable, Iterator

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.model.listing import Page, StackFilter
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.listing import list_stacks
from ccloud_apply.fleet.store.statements.overview import list_accounts
from ccloud_apply.load.text.format_values import escape, guess
from ccloud_apply.model.results.fleet import FleetStack
from ccloud_apply.model.text import join_names

_MANY = 1_000
"""The most stacks among which a similar name is looked for."""


async def require_known(database: Database, chosen: StackFilter) -> None:
    """Raises UsageError for a name, an account or a label that no stack has, in whatever state; an
    account without stacks is known. Raises StoreError."""
    async with database.read() as tx:
        for name in chosen.names:
            if not await _find(tx, StackFilter(names=(name,)), limit=1):
                names = _spell_names(await _find(tx), has_account="/" in name)
                raise _unknown(f"there is no stack {escape(name)} in this fleet", name, names)
        for account in chosen.accounts:
            if not await _find(tx, StackFilter(accounts=(account,)), limit=1):
                accounts = [one.name for one in await list_accounts(tx, await read_now(tx))]
                if account not in accounts:
                    what = f"there is no account {escape(account)} in this fleet"
                    raise _unknown(what, account, accounts)
        for label, value in chosen.labels.items():
            if not await _find(tx, StackFilter(labels={label: value}), limit=1):
                word, labels = f"{label}={value}", _spell_labels(await _find(tx))
                what = f"no stack of this fleet has the label {escape(word)}"
                raise _unknown(what, word, labels)


async def _find(
    tx: Transaction, chosen: StackFilter | None = None, *, limit: int = _MANY
) -> tuple[FleetStack, ...]:
    page = Page(sort="name", limit=limit)
    return await list_stacks(tx, chosen or StackFilter(), page, await read_now(tx))


def _spell_names(stacks: Iterable[FleetStack], *, has_account: bool) -> Iterator[str]:
    return (f"{one.account}/{one.name}" if has_account else one.name for one in stacks)


def _spell_labels(stacks: Iterable[FleetStack]) -> Iterator[str]:
    return (f"{name}={value}" for one in stacks for name, value in one.labels.items())


def _unknown(what: str, word: str, known: Iterable[str]) -> UsageError:
    names = tuple(dict.fromkeys(known))
    close = guess(word, names)
    if close is not None:
        return UsageError(what, hint=f'did you mean "{escape(close)}"?')
    return UsageError(what, hint=f"this fleet has {join_names(map(escape, names)) or 'none'}")
