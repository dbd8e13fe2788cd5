"""References of fleet.yaml -> secrets, at the last moment, and what an account's stacks may see.

Whoever runs the fleet wrote fleet.yaml: it may name any variable, file and command. Stack files are
others' and see no more than `stack_environment` gives.
"""

import asyncio
from collections.abc import Mapping

from ccloud_apply.files import read_own_reference
from ccloud_apply.fleet.model.config import AccountConfig
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference
from ccloud_apply.secret_commands import Ending, find_program, run_command

_FOR_COMMANDS = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR")
"""What a command of a stack needs to run at all. Nothing of it is a secret."""


async def read_secret(reference: Reference, environment: Mapping[str, str]) -> str:
    """The secret; a command that takes long can be cancelled. Raises UnreadableReferenceError."""
    if reference.kind != "command":
        return read_own_reference(reference, environment)
    ending = Ending()
    try:
        return await asyncio.to_thread(run_command, reference, environment, ending=ending)
    except asyncio.CancelledError:
        ending.ask()
        raise


def look_secret(reference: Reference, environment: Mapping[str, str]) -> None:
    """Raise UnreadableReferenceError for a secret that cannot be read; no command is run for it,
    only its program is looked for."""
    if reference.kind == "command":
        find_program(reference, environment)
    else:
        read_own_reference(reference, environment)


def stack_environment(account: AccountConfig, environment: Mapping[str, str]) -> dict[str, str]:
    """What the stacks of an account see of the environment: their secrets, as CCLOUD_SECRET_*.

    With a prefix, those that begin with it and no others. Their commands get the variables that
    the account names, beside PATH and the like; no credential of the fleet and no secret of
    another account is among them.
    """
    prefix = account.secrets_prefix or SECRET_PREFIX
    kept = (*_FOR_COMMANDS, *(account.command_variables if account.secret_commands else ()))
    return {
        **{name: environment[name] for name in kept if name in environment},
        **{
            SECRET_PREFIX + name.removeprefix(prefix): value
            for name, value in environment.items()
            if name.startswith(prefix) and name != prefix
        },
    }
