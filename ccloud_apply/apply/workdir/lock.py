"""One apply per stack and account on a machine: a lock that the operating system gives back.

The file stays when the lock is gone, so its existence says nothing; a process that is killed holds
no lock. Machines that share no disk are told apart by what the account shows, not here.
"""

import os
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC
from getpass import getuser
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from ccloud_apply.apply.workdir.lock_note import read_note, write_note
from ccloud_apply.apply.workdir.open_files import hint_for
from ccloud_apply.apply.workdir.os_lock import try_lock
from ccloud_apply.apply.workdir.paths import lock_path
from ccloud_apply.clock import Clock, poll_until
from ccloud_apply.errors import LockedError
from ccloud_apply.render.lib.moments import moment_words

_PAUSE_S = 0.2
_HOLDER_KEYS = ("pid", "host", "user", "command", "since")


class StackLock:
    """A lock that is held, until `release` or the end of a `with`."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    async def acquire(
        cls,
        folder: Path,
        *,
        account: str,
        stack: str,
        timeout_s: float,
        clock: Clock,
        tell: Callable[[str], None],
        command: str = "apply",
    ) -> Self:
        """Lock the stack in this work dir, waiting up to `timeout_s` seconds for who has it.

        `tell` is called once, before the first wait. `command` is what others are told about us.
        Raises LockedError, which names the holder.
        """
        path = lock_path(folder, account=account, stack=stack)

        async def try_once() -> int | None:
            try:
                handle = try_lock(path)
                if handle is not None:
                    _write_holder(handle, command, clock)
            except OSError as error:
                raise LockedError(
                    f"the lock {path} cannot be used: {error.strerror or type(error).__name__}",
                    hint=hint_for(error, "name another folder with CCLOUD_WORK_DIR"),
                ) from error
            return handle

        def give_up(waited_s: float) -> NoReturn:
            raise LockedError(
                f"another apply of the stack {stack} is running: {_describe_holder(path)}",
                hint="--lock-timeout SECONDS waits for it",
            )

        def tell_holder() -> None:
            tell(f"waiting for another apply of the stack {stack}: {_describe_holder(path)}")

        handle = await poll_until(
            try_once,
            clock=clock,
            timeout_s=timeout_s,
            pause=lambda waited_s: min(_PAUSE_S, timeout_s - waited_s),
            give_up=give_up,
            before_wait=tell_holder,
        )
        return cls(path, handle)

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with suppress(OSError):  # what it says is only for people who wait
                write_note(handle, None)
            os.close(handle)  # which gives the lock back

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


@asynccontextmanager
async def lock_stacks(
    folder: Path,
    *,
    account: str,
    stacks: Iterable[str],
    timeout_s: float,
    clock: Clock,
    tell: Callable[[str], None],
    command: str = "apply",
) -> AsyncIterator[None]:
    """Hold the locks of several stacks: always in the same order, so that no two runs wait for
    each other. All of them together may take `timeout_s` seconds. Raises LockedError.
    """
    end = clock.monotonic() + timeout_s
    async with AsyncExitStack() as held:
        for stack in sorted(set(stacks)):
            lock = await StackLock.acquire(
                folder,
                account=account,
                stack=stack,
                timeout_s=max(0.0, end - clock.monotonic()),
                clock=clock,
                tell=tell,
                command=command,
            )
            held.enter_context(lock)
        yield


def _write_holder(handle: int, command: str, clock: Clock) -> None:
    """Say who we are. A full disk is no reason to do without the lock."""
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "user": _user(),
        "command": command,
        "since": clock.now().astimezone(UTC).isoformat(timespec="seconds"),
    }
    with suppress(OSError):
        write_note(handle, holder)


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return ""


def _describe_holder(path: Path) -> str:
    """Who has the lock, as far as that can be told."""
    holder = read_note(path)
    pid, host, user, command, since = (str(holder.get(key, ""))[:100] for key in _HOLDER_KEYS)
    if not pid:
        return "it does not say who it is"
    parts = [f"process {pid}", f"on {host}" if host else "", f"of {user}" if user else ""]
    parts += [f"({command})" if command else "", f"since {moment_words(since)}" if since else ""]
    return " ".join(filter(None, parts))
