"""Holds a request by hand that would change a server which a stack owns.

Whose a server is, is read right before each attempt to send; not known counts as owned.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccloud_apply.errors import ApiError, AuthError, HeldError, NotFoundError
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.documented import ApiRequest
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import describe_claim, has_reserved_word, read_retirement
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.workflows.account.run import Run

CREATES = "create_server"
"""Its body may wish for a hostname, which is none of a server that is there."""

OF_MANY = frozenset({"export_all_servers_from_subscription"})
"""Operations that change servers which no part of the request names."""

NOTHING_SENT = "; nothing was sent"
"""The end of each reason why a request is held."""

_WAY_OUT = "change it in the stack file, or send it all the same with --force"


async def check_owners(run: Run, request: ApiRequest) -> None:
    """Raises HeldError for a change of an owned server, and where ownership cannot be told;
    NotFoundError and AuthError as they are: then nothing could be changed either."""
    tags = find_reserved_tags(request.body)
    if tags:
        raise _hold(
            join_names(tags), "this tag says whose a server is, and ccloud-apply alone sets it"
        )
    if request.operation.id in OF_MANY:
        await _check_all(run, request)
    for hostname in find_hostnames(request):
        await _check_one(run, hostname)


def find_hostnames(request: ApiRequest) -> tuple[str, ...]:
    """The servers that the request names, in its path or its body."""
    # Oddity: texts (notes, names): the platform trims them
    body = request.body if isinstance(request.body, Mapping) else {}
    found = [request.values.get("hostname")]
    if request.operation.id != CREATES:
        found.append(body.get("hostname"))
    return tuple(dict.fromkeys(name.strip() for name in found if name is not None))


def find_reserved_tags(body: Any) -> tuple[str, ...]:
    """Tags of a body that only ccloud-apply may set: they make a server a stack's own."""
    # Oddity: texts (notes, names): the platform trims them
    tags = body.get("tags") if isinstance(body, Mapping) else None
    given = tags if isinstance(tags, list) else ()
    return tuple(tag for tag in given if isinstance(tag, str) and has_reserved_word(tag))


async def _check_one(run: Run, hostname: str) -> None:
    try:
        server = await run.client.get_server(hostname)
    except (NotFoundError, AuthError):
        raise
    except ApiError as error:
        raise _hold(hostname, f"it is not known whose this server is: {error}") from error
    for why in _find_reasons(server):
        raise _hold(hostname, why)


async def _check_all(run: Run, request: ApiRequest) -> None:
    """The API does not tell which servers a subscription has, so that all of them count."""
    try:
        servers = await run.client.list_servers()
    except AuthError:
        raise
    except ApiError as error:
        raise _hold("servers", f"it is not known whose they are: {error}") from error
    owned = [server.name for server in servers if any(_find_reasons(server))]
    if owned:
        raise _hold(
            request.path,
            f"the API does not tell which servers this changes, and {_count(owned)} of the account "
            f"may belong to a stack: {join_names(owned)}",
        )


def _count(owned: Sequence[str]) -> str:
    return count_of(len(owned), "server")


def _find_reasons(server: LiveServer) -> Iterator[str]:
    """Why the server is not to be changed by hand; none if nothing speaks against it."""
    if not server.tells("tags"):
        yield "the API does not tell this server's tags, so it is not known whose it is"
    claim = describe_claim(server.tags)
    if claim is not None:
        day = read_retirement(server.tags)
        retired = "" if day is None else f", retired until {day.isoformat()} (UTC)"
        yield f"this server {claim}{retired}"


def _hold(where: str, why: str) -> HeldError:
    diagnostic = Diagnostic(
        code="owned-server",
        where=where,
        what=f"{why}{NOTHING_SENT}",
        hint=_WAY_OUT,
        severity=Severity.HELD,
    )
    return HeldError((diagnostic,))
