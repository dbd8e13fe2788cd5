"""Waits after a change until every read shows it, and after a create until its server shows once.

The next run would repeat a create whose server the list does not show yet. A server whose tags were
dropped would belong to nobody. Which requests a look at the list takes is `shared_reads.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from types import MappingProxyType
from typing import NoReturn, TypeVar

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.create import filter_owned, require_single
from ccloud_apply.apply.once.outcome import Change, can_show, has_happened, is_behind
from ccloud_apply.apply.once.shared_reads import SharedReads
from ccloud_apply.clock import Clock, poll_until
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import ApiError, ApplyError, AuthError, CcloudApplyError, UnseenError
from ccloud_apply.model.live.account import LiveServer

_Value = TypeVar("_Value")

_SILENT_S = 10.0
"""Seconds after which a wait is told."""

_WHOLE_EVERY, _PROVEN_WHOLE_EVERY = 3, 8
"""Every so many looks for a server read the stack's whole list: the list of its key alone does not
prove that it is not there. Fewer do once such a list has shown what it should."""


class Confirmation:
    """Confirms the changes of one apply within `timeout_s`.

    `sizes` are how many servers each stack had when it was planned.
    """

    def __init__(
        self,
        api: Api,
        clock: Clock,
        *,
        timeout_s: float,
        pause_s: float,
        warn: Callable[[str], None] = lambda message: None,
        sizes: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._warn = warn
        self._api = api
        self._clock = clock
        self._timeout_s = timeout_s
        self._pause_s = pause_s
        self._reads = SharedReads(api, sizes)

    async def confirm(self, stack: str, key: str, hostname: str | None = None) -> str:
        """The hostname of the server with this identity, once the list shows it. As `find`."""
        return (await self.find(stack, key, hostname)).hostname or ""

    async def find(self, stack: str, key: str, hostname: str | None = None) -> LiveServer:
        """The server with this identity, once the list shows it with a hostname.

        `hostname` is what its task said. Another server with this identity is a second one, and no
        proof. Raises ApplyError if two have it, or if none shows up in time.
        """
        failure = "the list does not show it under its tags"
        found: tuple[LiveServer, ...] = ()
        is_lacking = False
        looks = count(1)
        self._reads.expect_one_more(stack)

        async def observe() -> LiveServer | None:
            nonlocal failure, found, is_lacking
            try:
                every = _PROVEN_WHOLE_EVERY if self._reads.is_proven else _WHOLE_EVERY
                is_whole = next(looks) % every == 0
                listed = await self._reads.read(stack, key, is_whole=is_whole)
            except AuthError:
                raise
            except ApiError as error:
                found, failure = (), str(error)
                return None
            found = filter_owned(listed.servers, stack, key)
            require_single(stack, key, found)
            if not (found and found[0].hostname and hostname in (None, found[0].hostname)):
                is_lacking = is_lacking or not listed.is_whole
                return None
            if not listed.is_whole:
                self._reads.is_proven = True
            elif is_lacking and not self._reads.is_proven:
                await self._reads.prove(key, found[0].hostname)
            return found[0]

        start = self._clock.monotonic()
        what = f"{stack}/{key} is created"
        shown = await self._poll(observe, lambda waited_s: None, self._timeout_s, what=what)
        if shown is not None:
            return shown
        waited_s = self._clock.monotonic() - start
        if not found:  # a filter by tags can go on hiding what is there
            found = await self._find_in_all(stack, key)
        if found and found[0].hostname:  # another one than its task said: that was wrong about it
            return found[0]
        raise ApplyError(
            f"the platform says that it is created, but {failure} after {waited_s:.0f} s",
            hint="run apply again; if it exists without its tags, set them by hand",
        )

    async def _find_in_all(self, stack: str, key: str) -> tuple[LiveServer, ...]:
        """Where the account's whole list shows it, which nothing filters; nothing if that fails."""
        try:
            servers = await self._api.list_servers()
        except AuthError:
            raise
        except ApiError:
            return ()
        found = filter_owned(servers, stack, key)
        require_single(stack, key, found)
        return found

    async def confirm_change(
        self, change: Change, *, what: str, timeout_s: float | None = None
    ) -> None:
        """Come back once every read that a plan is made from shows what the change has done.

        If its trace cannot be told, that is after the whole timeout. Raises ApplyError if it does
        not show in time (`timeout_s` shortens it), AuthError.
        """
        if not can_show(change):
            self._tell(what, self._timeout_s)
            await self._clock.sleep(self._timeout_s)
            return

        failure = "it does not show"
        looks = count(1)

        async def observe() -> bool | None:
            nonlocal failure
            try:
                return await self._is_shown(change, is_first=next(looks) == 1) or None
            except AuthError:
                raise
            except ApiError as error:
                failure = str(error)
                return None

        def give_up(waited_s: float) -> NoReturn:
            raise UnseenError(
                f"the platform says that {what}, but {failure} after {waited_s:.0f} s",
                hint="run apply again: it checks what exists and continues",
            )

        limit_s = min(self._timeout_s, timeout_s or self._timeout_s)
        await self._poll(observe, give_up, limit_s, what=what)

    async def _is_shown(self, change: Change, *, is_first: bool) -> bool:
        """Both are read at once as long as nothing says that one of them is behind."""
        if change.effect is None or change.effect.on_server is None:
            return await has_happened(self._api, change)
        if not is_first:
            return await has_happened(self._api, change) and await self._is_listed(change)
        async with task_group() as group:
            on_server = group.create_task(has_happened(self._api, change))
            in_list = group.create_task(self._is_listed(change))
        return on_server.result() and in_list.result()

    async def _is_listed(self, change: Change) -> bool:
        listed = await self._reads.read(change.stack, change.server)
        if not listed.is_whole and all(s.hostname != change.hostname for s in listed.servers):
            listed = await self._reads.read(change.stack, change.server, is_whole=True)
        return not is_behind(change, listed.servers)

    async def _poll(
        self,
        observe: Callable[[], Awaitable[_Value | None]],
        give_up: Callable[[float], _Value],
        timeout_s: float,
        *,
        what: str,
    ) -> _Value:
        """Observe until it shows; whoever watches is told once that has become noticeable."""
        start = self._clock.monotonic()
        has_told = False

        async def observe_and_tell() -> _Value | None:
            nonlocal has_told
            value = await observe()
            waited_s = self._clock.monotonic() - start
            if value is None and waited_s >= _SILENT_S and not has_told:
                has_told = True
                self._tell(what, timeout_s - waited_s)
            return value

        return await poll_until(
            observe_and_tell,
            clock=self._clock,
            timeout_s=timeout_s,
            pause=self._pause,
            give_up=give_up,
        )

    def _tell(self, what: str, left_s: float) -> None:
        if left_s >= 1:
            self._warn(
                f"the platform says that {what}; waiting until that can be read, "
                f"{left_s:.0f} s more at most"
            )

    async def wait_until_passed(
        self, check: Callable[[], Awaitable[None]], *, timeout_s: float
    ) -> None:
        """Come back once `check` raises nothing; raises its last ApplyError or ApiError if that
        takes longer, at once an AuthError."""
        failure: CcloudApplyError

        async def observe() -> bool | None:
            nonlocal failure
            try:
                await check()
            except AuthError:
                raise
            except (ApiError, ApplyError) as error:
                failure = error
                return None
            return True

        def give_up(_waited_s: float) -> NoReturn:
            raise failure

        limit_s = min(self._timeout_s, timeout_s)
        await self._poll(observe, give_up, limit_s, what="a change is done")

    def _pause(self, waited_s: float) -> float:
        return max(self._pause_s, min(5.0, 0.2 * waited_s))

    async def close(self) -> None:
        """Cancel the reads that are under way."""
        await self._reads.close()
