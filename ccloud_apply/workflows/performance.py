"""How busy a server was, by resource."""

from collections.abc import Sequence

from ccloud_apply.api import billing
from ccloud_apply.concurrency import map_bounded
from ccloud_apply.errors import ApiError, NotFoundError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.performance import Measured, Performance
from ccloud_apply.plan.matching.named import NamedServer, is_hostname
from ccloud_apply.workflows.account.named_server import find_named, require_hostname
from ccloud_apply.workflows.account.run import Run


async def read_performance(
    run: Run, name: str, stacks: Sequence[Stack], resources: Sequence[str], period: str
) -> Performance:
    """The performance of the server of this name: a key of these stacks, or a hostname.

    A hostname alone is not looked up: one request for each resource is all. What could not be read
    of one resource is said there. Raises ApiError where nothing could be read, UsageError for a
    name that no server has, ApplyError for a server without a hostname.
    """
    if stacks or not is_hostname(name):
        named = await find_named(run, name, stacks)
        return await _read(run, require_hostname(named), resources, period, named)
    try:
        return await _read(run, name, resources, period)
    except NotFoundError:
        await find_named(run, name)  # says which names there are, if it is none
        raise


async def _read(
    run: Run,
    hostname: str,
    resources: Sequence[str],
    period: str,
    named: NamedServer | None = None,
) -> Performance:
    failures: list[ApiError] = []

    async def read(resource: str) -> Measured:
        try:
            return await billing.read_performance(run.client, hostname, resource, period)
        except ApiError as error:
            failures.append(error)
            return Measured(resource=resource, error=error.message)

    measured = await map_bounded(resources, read, run.client.concurrency)
    if len(failures) == len(resources):
        raise failures[0]
    stack = None if named is None or named.stack is None else named.stack.name
    key = None if named is None else named.key
    return Performance(
        hostname=hostname, period=period, measured=tuple(measured), stack=stack, key=key
    )
