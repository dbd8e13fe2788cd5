"""The server that a command names: by the key of a stack, or by its hostname."""

from collections.abc import Sequence

from ccloud_apply.api.account_reader import read
from ccloud_apply.errors import ApplyError, NotFoundError, UsageError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.live.read import SERVERS, Read
from ccloud_apply.plan.matching.index import index_account
from ccloud_apply.plan.matching.named import NamedServer, find_server, is_hostname
from ccloud_apply.workflows.account.run import Run


async def find_named(run: Run, name: str, stacks: Sequence[Stack] = ()) -> NamedServer:
    """The server of this name: `get_server` for a hostname alone, else one server list.

    Raises UsageError for a name that no server has, or that several have; ApiError.
    """
    if not stacks and is_hostname(name):
        try:
            return NamedServer(live=await run.client.get_server(name))
        except NotFoundError:
            pass  # the list tells which names there are
    account = await read(run.client, Account(), {Read(SERVERS)})
    return find_server(name, stacks, index_account(account))


def require_live(named: NamedServer) -> LiveServer:
    """The live server. Raises UsageError for one that is declared and not there."""
    if named.live is None:
        raise UsageError(
            f"{named.name} is declared but does not exist yet", hint="run apply, which creates it"
        )
    return named.live


def require_hostname(named: NamedServer) -> str:
    """The hostname of the live server, which requests about it are sent to.

    Raises UsageError for one that is not there, ApplyError for one that has no hostname yet.
    """
    hostname = require_live(named).hostname
    if not hostname:
        raise ApplyError(
            f"{named.name} is being built and has no hostname yet",
            hint="run the command again once it is built",
        )
    return hostname
