"""How a person gets into a server: its password, and its console. Read-only, and secret.

Where a secret may go belongs to the command line, which opens that place before anything is read.
"""

from collections.abc import Callable, Sequence

from ccloud_apply.api import access
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.access import PasswordAnswer
from ccloud_apply.plan.matching.named import NamedServer
from ccloud_apply.workflows.account.named_server import find_named, require_hostname
from ccloud_apply.workflows.account.run import Run

_WAY_OUT = (
    "the platform may show it once only; set another one inside the server, through the console"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """Which server is meant: a key of these stacks, or a hostname."""

    name: str
    stacks: Sequence[Stack] = ()


async def read_password(
    run: Run,
    request: AccessRequest,
    *,
    on_found: Callable[[NamedServer], None],
    keep: Callable[[PasswordAnswer], None],
) -> None:
    """Read the password and hand it to `keep` at once: nothing can come in between.

    `on_found` is told the server right before, when nothing was read that cannot be read again.
    Raises UsageError for a name that no server has, ApplyError where there is no password,
    ApiError.
    """
    hostname = await _find_hostname(run, request, on_found)
    answer = await access.read_password(run.client, hostname)
    if not answer.entries and answer.other is None:
        raise ApplyError(f"the platform gives no password of {hostname}", hint=_WAY_OUT)
    keep(answer)


async def read_console(
    run: Run, request: AccessRequest, *, on_found: Callable[[NamedServer], None]
) -> str:
    """The address of the server's console, which the platform makes for this call.

    Raises UsageError for a name that no server has, ApiError.
    """
    hostname = await _find_hostname(run, request, on_found)
    return await access.read_console(run.client, hostname)


async def _find_hostname(
    run: Run, request: AccessRequest, on_found: Callable[[NamedServer], None]
) -> str:
    named = await find_named(run, request.name, request.stacks)
    hostname = require_hostname(named)
    on_found(named)
    return hostname
