"""One apply per stack: who waits, who is named, and what a killed one leaves."""

import asyncio
import errno
import json
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from ccloud_apply.apply.workdir.lock import StackLock, lock_stacks
from ccloud_apply.clock import Clock
from ccloud_apply.errors import LockedError
from tests.conftest import PATIENCE_S, ROOT
from tests.support.journals import ACCOUNT, StillClock
from tests.support.virtual_time import VirtualClock, run_virtually


def keep_quiet(message: str) -> None:
    raise AssertionError(message)


async def acquire(
    folder: Path,
    *,
    stack: str = "web",
    account: str = ACCOUNT,
    timeout_s: float = 0,
    clock: Clock | None = None,
    tell: Callable[[str], None] = keep_quiet,
) -> StackLock:
    return await StackLock.acquire(
        folder,
        account=account,
        stack=stack,
        timeout_s=timeout_s,
        clock=clock or StillClock(),
        tell=tell,
    )


def acquire_now(folder: Path, stack: str = "web", account: str = ACCOUNT) -> StackLock:
    return asyncio.run(acquire(folder, stack=stack, account=account))


def lock_file(folder: Path) -> Path:
    (path,) = (folder / "lock").iterdir()
    return path


HOLDER = """
import asyncio, sys
from pathlib import Path
from tests.unit.apply.workdir.test_lock import acquire_now

with acquire_now(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.kill()
            process.wait(timeout=PATIENCE_S)


def test_another_process_has_it_and_is_named(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(LockedError) as caught:
            acquire_now(tmp_path)
        assert caught.value.message.startswith(
            f"another apply of the stack web is running: process {process.pid} on "
        )
        assert caught.value.message.endswith("(apply) since 2027-01-01 12:00 UTC")
        assert "--lock-timeout" in caught.value.hint


def test_a_killed_process_has_no_lock(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE_S)
        assert lock_file(tmp_path).read_bytes()
        acquire_now(tmp_path).release()


def test_a_process_that_ends_gives_it_back(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.communicate("", timeout=PATIENCE_S)
        assert process.returncode == 0
        acquire_now(tmp_path).release()


def test_a_lock_that_is_given_back_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(3):
        with acquire_now(tmp_path) as lock, pytest.raises(LockedError):
            acquire_now(tmp_path)
        lock.release()  # a second time: nothing


def test_the_file_alone_is_no_lock(tmp_path: Path) -> None:
    acquire_now(tmp_path).release()
    lock_file(tmp_path).write_text(json.dumps({"pid": 1, "host": "here"}))
    acquire_now(tmp_path).release()


def test_stacks_and_accounts_have_locks_of_their_own(tmp_path: Path) -> None:
    with acquire_now(tmp_path), acquire_now(tmp_path, stack="db"):
        acquire_now(tmp_path, account="f" * 64).release()


def test_waiting_ends_when_the_lock_comes_free(tmp_path: Path) -> None:
    told: list[str] = []

    async def main() -> float:
        clock = VirtualClock()
        first = await acquire(tmp_path, clock=clock)
        waiting = asyncio.create_task(
            acquire(tmp_path, timeout_s=60, clock=clock, tell=told.append)
        )
        await clock.sleep(7)
        first.release()
        with await waiting:
            return clock.monotonic()

    assert 7 <= run_virtually(main()) < 8
    assert len(told) == 1
    assert told[0].startswith("waiting for another apply of the stack web: process ")


def test_waiting_ends_after_the_time_allowed_for_it(tmp_path: Path) -> None:
    async def main() -> float:
        clock = VirtualClock()
        with await acquire(tmp_path, clock=clock):
            with pytest.raises(LockedError, match="another apply of the stack web is running"):
                await acquire(tmp_path, timeout_s=5, clock=clock, tell=lambda message: None)
            return clock.monotonic()

    assert run_virtually(main()) == pytest.approx(5)


def test_several_stacks_are_locked_in_one_order_and_freed_together(tmp_path: Path) -> None:
    order: list[str] = []
    real = StackLock.acquire

    async def note(folder: Path, **options: object) -> StackLock:
        order.append(str(options["stack"]))
        return await real(folder, **options)  # type: ignore[arg-type]

    async def main(stacks: list[str]) -> None:
        async with lock_stacks(
            tmp_path,
            account=ACCOUNT,
            stacks=stacks,
            timeout_s=0,
            clock=StillClock(),
            tell=keep_quiet,
        ):
            assert order == ["api", "db", "web"]
            for stack in order[:]:
                with pytest.raises(LockedError):
                    await acquire(tmp_path, stack=stack)

    with patch.object(StackLock, "acquire", note):
        asyncio.run(main(["web", "db", "web", "api"]))
    for stack in ("api", "db", "web"):
        acquire_now(tmp_path, stack=stack).release()


def test_a_stack_that_is_locked_frees_those_that_were_taken_before(tmp_path: Path) -> None:
    async def main() -> None:
        async with lock_stacks(
            tmp_path,
            account=ACCOUNT,
            stacks=["web", "db"],
            timeout_s=0,
            clock=StillClock(),
            tell=keep_quiet,
        ):
            raise AssertionError("it is locked")

    with acquire_now(tmp_path):
        with pytest.raises(LockedError):
            asyncio.run(main())
        acquire_now(tmp_path, stack="db").release()


def test_a_folder_that_was_cleaned_up_meanwhile_is_no_way_in(tmp_path: Path) -> None:
    """The file that was opened is gone: a lock on it would keep nobody out."""
    from ccloud_apply.apply.workdir import os_lock as module

    real = module._lock_file
    removed: list[Path] = []

    def clean_up_first(handle: int) -> bool:
        if not removed:
            removed.append(lock_file(tmp_path))
            removed[0].unlink()
        return real(handle)

    with patch.object(module, "_lock_file", clean_up_first):
        lock = acquire_now(tmp_path)
    with lock, pytest.raises(LockedError):
        acquire_now(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": null}', "\xff", "[" * 5000])
def test_a_holder_that_says_nothing_readable_is_still_one(tmp_path: Path, text: str) -> None:
    with acquire_now(tmp_path):
        lock_file(tmp_path).write_text(text, encoding="latin-1")
        with pytest.raises(LockedError, match="another apply of the stack web is running"):
            acquire_now(tmp_path)


def test_a_full_disk_does_not_do_away_with_the_lock(tmp_path: Path) -> None:
    with (
        patch("os.write", side_effect=OSError(errno.ENOSPC, "No space left on device")),
        acquire_now(tmp_path),
        pytest.raises(LockedError, match="it does not say who it is"),
    ):
        acquire_now(tmp_path)


def test_a_file_system_without_locks_is_told(tmp_path: Path) -> None:
    with (
        patch("fcntl.flock", side_effect=OSError(errno.ENOLCK, "No locks available")),
        pytest.raises(LockedError, match="cannot be used: No locks available"),
    ):
        acquire_now(tmp_path)


def test_folder_and_file_are_for_nobody_else(tmp_path: Path) -> None:
    with acquire_now(tmp_path / "work"):
        path = lock_file(tmp_path / "work")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_link_in_the_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    acquire_now(tmp_path).release()
    path = lock_file(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LockedError, match="it is a symbolic link"):
        acquire_now(tmp_path)


def test_an_unknown_user_is_no_hindrance(tmp_path: Path) -> None:
    with (
        patch("ccloud_apply.apply.workdir.lock.getuser", side_effect=KeyError("uid not found")),
        acquire_now(tmp_path),
    ):
        assert json.loads(lock_file(tmp_path).read_text())["user"] == ""
