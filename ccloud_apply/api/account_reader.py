"""Reads the account in few requests: all of what is asked for, or an error.

The caller says what a plan needs. How a request is sent belongs to `client.py`.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from ccloud_apply.api.catalogue_reader import read_catalogues
from ccloud_apply.api.client import Client
from ccloud_apply.api.server_lists import ServerList
from ccloud_apply.concurrency import map_bounded, task_group
from ccloud_apply.errors import ApiError, DecodeError, NotFoundError, StatusError
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.live.read import SERVERS, Read

_OF_SERVERS: Mapping[str, Any] = {"list_snapshot_schedules": None, "list_ips": ()}
"""What is read once for the account and becomes a part of every server: what it is for a server
that the answer does not name."""

Parts = dict[str, dict[str, Any]]
"""By hostname, what the operations answered for the server."""

Failures = dict[str, dict[str, str]]
"""By hostname, why operations answered nothing for the server."""

_OF_ALL = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})


async def read(
    client: Client, account: Account, missing: Collection[Read], *, may_lack: bool = False
) -> Account:
    """The account with what is missing, all of it read concurrently.

    Raises ApiError as soon as a read fails that is not optional, because an unknown part must not
    look like an absent one. With `may_lack`, what is refused or unreadable for one server alone is
    noted there (`LiveServer.unread`), and what is so of the account's own addons and subscriptions
    in `Account.unread`. Raises KeyError for an operation that has no place in an account, and for a
    hostname of no server.
    """
    read_at = client.clock.now()
    whole = {
        read.operation_id
        for read in missing
        if not read.hostname and not read.is_optional and not read.tag
    }
    of_servers = [read for read in missing if read.hostname and not read.is_optional]
    optional = [read for read in missing if read.is_optional]
    async with task_group() as group:
        facts = group.create_task(_read_whole(client, whole, may_lack))
        parts = group.create_task(_read_parts(client, account, of_servers, may_lack))
        catalogues = group.create_task(read_catalogues(client, optional))
        by_tag = sorted(read for read in missing if read.tag)
        of_tags = {read.tag: read.expected for read in by_tag if read.expected}
        listed = group.create_task(client.list_servers_of(of_tags)) if of_tags else None
        tagged = [
            group.create_task(client.list_servers(tag=read.tag))
            for read in by_tag
            if not read.expected
        ]
    servers = None if listed is None else listed.result()
    if SERVERS in whole:
        servers = ServerList(servers=facts.result()[SERVERS])
    if servers is not None:
        account = _add_listed(replace(account, read_at=read_at), servers)
    account = replace(account, known=account.known.union(missing))
    account = _add_facts(account, facts.result())
    account = catalogues.result().add_to(_add_parts(account, *parts.result()))
    if servers is not None and servers.of_tags is None:
        told = None if account.servers else await client.find_customer_of_tasks()
        account = replace(account, told_customer=told, is_paged=SERVERS in client.paged_lists)
    return _add_slipped(account, [server for task in tagged for server in task.result()])


def _add_listed(account: Account, listed: ServerList) -> Account:
    """The account with this list in place of the one that it had, if any.

    What is known of a server by further reads stays. What the account tells of servers at once is
    to be read again: it became parts of the servers that were known.
    """
    known = account.known | (frozenset() if listed.of_tags is not None else {Read(SERVERS)})
    before = {server.id: server for server in account.servers}
    if not before:
        return replace(account, servers=listed.servers, of_tags=listed.of_tags, known=known)
    servers = (_with_known(server, before.get(server.id)) for server in listed.servers)
    return replace(
        account,
        servers=tuple(servers),
        of_tags=listed.of_tags,
        known=known - {Read(name) for name in _OF_SERVERS},
    )


def _with_known(server: LiveServer, before: LiveServer | None) -> LiveServer:
    if before is None or before.hostname != server.hostname:
        return server
    return replace(server, parts=before.parts, unread=before.unread)


def _add_slipped(account: Account, found: Sequence[LiveServer]) -> Account:
    """The account with the servers that a list by a tag shows and the whole list did not.

    The filter alone proves no absence: what the whole list shows stays. Schedules and addresses of
    the account are to be read again: they became parts of the servers that were known.
    """
    there = {server.id for server in account.servers}
    slipped = {server.id: server for server in found if server.id not in there}
    if not slipped:
        return account
    return replace(
        account,
        servers=(*account.servers, *slipped.values()),
        known=account.known - {Read(name) for name in _OF_SERVERS},
    )


_WHOLE: Mapping[str, tuple[str, Callable[[Client], Awaitable[Any]]]] = {
    SERVERS: ("", Client.list_servers),
    "list_tasks": ("tasks", Client.list_running_tasks),
    "list_os": ("images", Client.list_os),
    "list_snapshot_schedules": ("", Client.list_snapshot_schedules),
    "list_ips": ("", Client.list_ips),
    "list_customer_addons": ("customer_addons", Client.list_customer_addons),
    "list_subscriptions": ("subscriptions", Client.list_subscriptions),
}
"""What is read once for the account: where it is kept, and how it is read. What has no place there
is in `_OF_SERVERS`; the servers themselves come before all else."""

_OWN = frozenset({"list_customer_addons", "list_subscriptions"})
"""What is about the account itself: no server is compared with it."""


async def _read_whole(
    client: Client, operations: Collection[str], may_lack: bool
) -> Mapping[str, Any]:
    """The answers by operation; an exception in the place of one that may lack."""
    if unknown := set(operations) - _WHOLE.keys():
        raise KeyError(f"not a read of the whole account: {', '.join(sorted(unknown))}")
    async with task_group() as group:
        tasks = {
            name: group.create_task(_call(call, client, may_lack=may_lack and name in _OWN))
            for name, (_, call) in _WHOLE.items()
            if name in operations
        }
    return {name: task.result() for name, task in tasks.items()}


async def _call(call: Callable[[Client], Awaitable[Any]], client: Client, *, may_lack: bool) -> Any:
    try:
        return await call(client)
    except ApiError as error:
        if may_lack and _is_of_one(error):
            return error
        raise


def _is_of_one(error: ApiError) -> bool:
    """True for what may concern the one thing that was asked for. No reply, no valid credentials, a
    login page and too many requests make all of the account unknown."""
    if isinstance(error, DecodeError):
        return True
    return isinstance(error, StatusError) and error.status >= 400 and error.status not in _OF_ALL


def _add_facts(account: Account, answers: Mapping[str, Any]) -> Account:
    failed = {name: e.message for name, e in answers.items() if isinstance(e, ApiError)}
    facts: Mapping[str, Any] = {
        _WHOLE[name][0]: answer
        for name, answer in answers.items()
        if _WHOLE[name][0] and name not in failed
    }
    account = replace(account, unread={**account.unread, **failed}, **facts)
    of_servers = {name: answers[name] for name in _OF_SERVERS if name in answers}
    if not of_servers:
        return account
    servers = (
        _with_parts(
            server,
            {
                name: answer.get(server.hostname or "", _OF_SERVERS[name])
                for name, answer in of_servers.items()
            },
        )
        for server in account.servers
    )
    return replace(account, servers=tuple(servers))


async def _read_parts(
    client: Client, account: Account, reads: Collection[Read], may_lack: bool
) -> tuple[Parts, Failures]:
    names = {read.hostname for read in reads}
    if unknown := names - {server.hostname for server in account.servers}:
        raise KeyError(f"not in the account: {', '.join(sorted(unknown))}")
    ordered = sorted(reads, key=lambda read: (read.hostname, read.operation_id))
    fetch = partial(_read_part, client, may_lack=may_lack)
    values = await map_bounded(ordered, fetch, client.concurrency)
    parts: Parts = {}
    failures: Failures = {}
    for one, value in zip(ordered, values, strict=True):
        if isinstance(value, ApiError):
            failures.setdefault(one.hostname, {})[one.operation_id] = value.message
        else:
            parts.setdefault(one.hostname, {})[one.operation_id] = value
    return parts, failures


async def _read_part(client: Client, wanted: Read, *, may_lack: bool) -> Any:
    """What the operation answers; the error instead where it may lack."""
    try:
        return await client.read_part(wanted.operation_id, wanted.hostname)
    except NotFoundError as error:
        vanished = _build_vanished_error(error, wanted.hostname)
        if may_lack:
            return vanished
        raise vanished from None
    except ApiError as error:
        if may_lack and _is_of_one(error):
            return error
        raise


def _build_vanished_error(error: NotFoundError, hostname: str) -> NotFoundError:
    return NotFoundError(
        f"{hostname} vanished while the account was read: it was in the server list, then {error}",
        operation=error.operation,
        method=error.method,
        path=error.path,
        status=error.status,
        fields=error.fields,
        hint="someone may be deleting it: wait a moment and plan again",
    )


def _add_parts(account: Account, parts: Parts, failures: Failures) -> Account:
    if not parts and not failures:
        return account
    return replace(
        account,
        servers=tuple(
            _add_failures(_with_parts(server, parts.get(server.hostname or "", {})), failures)
            for server in account.servers
        ),
    )


def _add_failures(server: LiveServer, failures: Failures) -> LiveServer:
    found = failures.get(server.hostname or "")
    return replace(server, unread={**server.unread, **found}) if found else server


def _with_parts(server: LiveServer, parts: Mapping[str, Any]) -> LiveServer:
    if not parts:
        return server
    return replace(server, parts={**server.parts, **parts})
