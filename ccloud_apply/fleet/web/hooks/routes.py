"""The routes of hooks: whoever pushes lets the source be polled now, and nothing else happens.

A hook that gets lost costs one interval of the source; one that is sent again costs one poll.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.fleet.model.config import SourceConfig
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.hook import wake_source
from ccloud_apply.fleet.store.statements.workers import take_turn
from ccloud_apply.fleet.web.guard.answers import refuse
from ccloud_apply.fleet.web.guard.forms import BODY_S, read_body
from ccloud_apply.fleet.web.hooks.push import read_push
from ccloud_apply.fleet.web.hooks.signature import (
    Verify,
    verify_gitea,
    verify_github,
    verify_gitlab,
)
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference

MAX_BODY_BYTES = 4 * 1024 * 1024
AT_ONCE = 32
"""How many hooks are read at a time: nobody has verified them yet, and each may be long."""
SECRETS_S = 60.0
"""Seconds for which the secrets are known: reading one may run a command."""

HOSTS: Mapping[str, Verify] = {
    "github": verify_github,
    "gitlab": verify_gitlab,
    "gitea": verify_gitea,
    "forgejo": verify_gitea,
}


ReadSecret = Callable[[Reference], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What hooks need: the sources that have a secret, and how it is read. `wake` is called when a
    source has become due."""

    sources: tuple[SourceConfig, ...]
    database: Database
    read_secret: ReadSecret
    wake: Callable[[], None] = lambda: None
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


def hook_routes(hooks: Hooks) -> Sequence[Route]:
    """`/hooks/HOST` for each of `HOSTS`."""
    secrets = _Secrets(hooks)
    turns = asyncio.Semaphore(AT_ONCE)

    def route(host: str, verify: Verify) -> Route:
        async def receive(request: Request) -> Response:
            async with turns:
                return await _receive(request, hooks, secrets, verify)

        return Route(f"/hooks/{host}", receive, methods=["POST"])

    return tuple(route(host, verify) for host, verify in HOSTS.items())


async def _receive(request: Request, hooks: Hooks, secrets: "_Secrets", verify: Verify) -> Response:
    try:
        body = await read_body(request, MAX_BODY_BYTES)
    except TimeoutError:
        return refuse(request, 408, f"the hook was not sent within {BODY_S} s")
    if body is None:
        return refuse(request, 413, f"a hook must be at most {MAX_BODY_BYTES // 1024 // 1024} MiB")
    signed = await secrets.find(lambda text: verify(request.headers, body, text, hooks.now()))
    if not signed:
        return refuse(request, 401, "the hook is not signed with the secret of a source")
    push = read_push(body)
    if push is None:
        hint = "set the content type application/json at the repository's host"
        return refuse(request, 400, "the hook is not JSON", hint)
    meant = [source for source in signed if push.concerns(source.git or "", source.ref)]
    return JSONResponse(
        {"format_version": "1.0", "sources": sorted(await _wake(hooks, meant))},
        status_code=202,
    )


async def _wake(hooks: Hooks, sources: Iterable[SourceConfig]) -> list[str]:
    names = [source.name for source in sources]
    if names:
        async with hooks.database.write() as tx:
            await take_turn(tx)
            for name in names:
                await wake_source(tx, name)
        hooks.wake()
    return names


class _Secrets:
    """The secrets of the sources, each with the sources that have it."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks
        self._known: Mapping[str, Sequence[SourceConfig]] = {}
        self._until = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, is_valid: Callable[[str], bool]) -> Sequence[SourceConfig]:
        """The sources whose secret is valid for a hook. One hook is tried at a time, outside of
        the loop: many secrets and a long body take long."""
        async with self._lock:
            if self._hooks.monotonic() >= self._until:
                self._known = await self._read()
                self._until = self._hooks.monotonic() + SECRETS_S
            return await asyncio.to_thread(_choose, self._known, is_valid)

    async def _read(self) -> Mapping[str, Sequence[SourceConfig]]:
        found: dict[str, list[SourceConfig]] = {}
        for source in self._hooks.sources:
            if source.webhook_secret is None or source.git is None:
                continue
            try:
                text = await self._hooks.read_secret(source.webhook_secret)
            except CcloudApplyError:
                continue  # `fleet check` names it; the other sources' hooks still count
            if text:
                found.setdefault(text, []).append(source)
        return found


def _choose(
    known: Mapping[str, Sequence[SourceConfig]], is_valid: Callable[[str], bool]
) -> Sequence[SourceConfig]:
    valid = [text for text in known if is_valid(text)]
    return [source for text in valid for source in known[text]]
