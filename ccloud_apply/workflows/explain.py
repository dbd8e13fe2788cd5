"""One server, explained: read, compared as a plan does, with who declared it and who did what.

Reads, and changes nothing. One server list says which server is meant; of all else only what
concerns this server, and those that it depends on, is read.
"""

from collections.abc import Sequence
from dataclasses import replace

from ccloud_apply.api.account_reader import read
from ccloud_apply.api.task_history import read_history
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import ApiError, PlanError, UsageError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.limits import Limits
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import ALWAYS
from ccloud_apply.model.results.explanation import Declaration, Explanation
from ccloud_apply.plan.diff.compare import build_catalogues
from ccloud_apply.plan.matching.index import index_account
from ccloud_apply.plan.matching.match import match_servers
from ccloud_apply.plan.matching.named import NamedServer, find_server, names_of_key
from ccloud_apply.plan.matching.select import MatchedAccount, PlanOptions, match_account
from ccloud_apply.plan.views.explain import LiveReading, explain_server, live_reads, with_tasks
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.inputs.last_commit import find_declaration
from ccloud_apply.workflows.inputs.secrets import hide_secrets
from ccloud_apply.workflows.planning.plan import read_live_alone, set_limits
from ccloud_apply.workflows.tasks import mask_task


async def explain(run: Run, name: str, stacks: Sequence[Stack], limits: Limits) -> Explanation:
    """All that is known of one server: KEY or STACK/KEY of these stacks, or a hostname.

    Raises UsageError for a name of no server and of several, PlanError where it is unclear which
    live server a declared one is, ApiError.
    """
    hide_secrets(run, stacks)  # the errors of tasks may quote them
    account = set_limits(await read(run.client, Account(), ALWAYS), limits)
    named = _find(name, stacks, account)
    hostname = None if named.live is None else named.live.hostname
    async with task_group() as group:
        explaining = group.create_task(_compare(run, named, account))
        declaring = group.create_task(_find_declaration(run, named))
        history = group.create_task(read_history(run.client, [hostname] if hostname else []))
    explanation = replace(explaining.result(), declaration=declaring.result())
    if hostname is None:
        return explanation
    why = history.result().failures.get(hostname)
    if why is not None:
        return with_tasks(explanation, None, why)
    tasks = history.result().tasks[hostname]
    return with_tasks(explanation, [mask_task(task, run.secrets) for task in tasks])


def _find(name: str, stacks: Sequence[Stack], account: Account) -> NamedServer:
    index = index_account(account)
    try:
        return find_server(name, stacks, index)
    except UsageError:
        for stack in stacks:
            is_declared = any(name in names_of_key(stack.name, spec.key) for spec in stack.servers)
            conflicts = match_servers(stack, index)[1] if is_declared else ()
            if conflicts:  # it is declared, and which live server it is cannot be said
                raise PlanError(conflicts) from None
        raise


async def _compare(run: Run, named: NamedServer, account: Account) -> Explanation:
    options = PlanOptions(account=describe_account(run.connection))
    if named.stack is None or named.key is None:
        matched = match_account((), account, options)
    else:
        options = replace(options, target=(named.key,))
        matched = await read_live_alone(run.client, (named.stack,), options, account)
    reading = await _read_live(run, named, matched)
    return explain_server(named, matched, options, reading)


async def _read_live(run: Run, named: NamedServer, matched: MatchedAccount) -> LiveReading | None:
    """All of the live server. What only an explanation wants may fail: its values are unknown."""
    if named.live is None:
        return None
    account, why, id = matched.account, "", named.live.id
    live = next(server for server in account.servers if server.id == id)
    try:
        account = await read(run.client, account, live_reads(live) - account.known, may_lack=True)
    except ApiError as error:
        why = error.message
    live = next(server for server in account.servers if server.id == id)
    return LiveReading(
        live=live,
        catalogues=build_catalogues(account),
        why=why or "; ".join(dict.fromkeys(live.unread.values())),
    )


async def _find_declaration(run: Run, named: NamedServer) -> Declaration | None:
    return None if named.spec is None else await find_declaration(named.spec, run.environment)
