"""Brings the tables to what fleet.yaml says, when a process of the fleet starts.

No due time moves for it but those of what says something else than before.
"""

from ccloud_apply.fleet.model.config import FleetConfig
from ccloud_apply.fleet.rules import choose_rule, digest_rule
from ccloud_apply.fleet.sources.settle import fingerprint, settle_stack
from ccloud_apply.fleet.store.database import Database, Transaction
from ccloud_apply.fleet.store.statements.audit import write_audit
from ccloud_apply.fleet.store.statements.configured import drop_others, set_account, set_source
from ccloud_apply.fleet.store.statements.declarations import (
    drop_declaration,
    list_declarations,
    write_problems,
)
from ccloud_apply.fleet.store.statements.declared_stacks import (
    DeclaredStack,
    list_declared,
    list_names_of,
)
from ccloud_apply.fleet.store.statements.workers import take_turn

_AT_ONCE = 100


async def configure(database: Database, config: FleetConfig, *, who: str) -> None:
    """Have accounts, sources and the rules of stacks as fleet.yaml says. `who` has started the
    process, for the audit. Raises StoreError."""
    async with database.write() as tx:
        await take_turn(tx)
        changed = {
            "accounts": [
                name for name, one in config.accounts.items() if await set_account(tx, one)
            ],
            "sources": [
                one.name
                for one in config.sources
                if await set_source(tx, one, fingerprint(config, one.name))
            ],
        }
        sources = {one.name for one in config.sources}
        dropped = await drop_others(tx, set(config.accounts), sources)
        if any(changed.values()) or any(dropped.values()):
            named = {**changed, **{f"dropped {kind}s": names for kind, names in dropped.items()}}
            detail = {what: names for what, names in named.items() if names}
            await write_audit(tx, who, "configure", subject=config.path, detail=detail)
    for name in dropped["source"]:
        async with database.write() as tx:
            await take_turn(tx)
            await _drop_source(tx, config, name)
    await _set_rules(database, config, set(dropped["account"]))


async def _drop_source(tx: Transaction, config: FleetConfig, name: str) -> None:
    """Its stacks stay, without a file."""
    for path in await list_declarations(tx, name):
        await drop_declaration(tx, name, path)
    for account, stack in await list_names_of(tx, name):
        await settle_stack(tx, config, account, stack)
    await write_problems(tx, name)


async def _set_rules(database: Database, config: FleetConfig, dropped: set[str]) -> None:
    """Stacks whose rule is another one now, or says something else."""
    async with database.read() as tx:
        stacks = await list_declared(tx)
    others = [
        one
        for one in stacks
        if one.is_declared and (one.account in dropped or _has_other_rule(config, one))
    ]
    for at in range(0, len(others), _AT_ONCE):
        async with database.write() as tx:
            await take_turn(tx)
            for one in others[at : at + _AT_ONCE]:
                await settle_stack(tx, config, one.account, one.name)


def _has_other_rule(config: FleetConfig, stack: DeclaredStack) -> bool:
    number, _ = choose_rule(config.rules, stack.account, stack.name, stack.labels)
    return (number, digest_rule(config, number, stack.account)) != (stack.rule, stack.config)
