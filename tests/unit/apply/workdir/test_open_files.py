"""The limit of open files: raised where an apply holds many, and named where it is reached."""

import errno
import resource
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from ccloud_apply.apply.workdir.lock import StackLock
from ccloud_apply.apply.workdir.open_files import make_room
from ccloud_apply.errors import JournalError, LockedError
from tests.support.journals import ACCOUNT, StillClock, begin_journal, do, open_journal

SOFT = 300
FULL = OSError(errno.EMFILE, "Too many open files")


@pytest.fixture
def _low_limit() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _soft() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@pytest.mark.usefixtures("_low_limit")
def test_the_limit_is_raised_for_many_files_alone_and_never_above_the_systems() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    make_room(40)
    assert _soft() == SOFT
    make_room(400)
    assert _soft() >= 400
    make_room(1 << 40)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == hard


@pytest.mark.usefixtures("_low_limit")
def test_a_limit_that_may_not_be_raised_is_left() -> None:
    with patch.object(resource, "setrlimit", side_effect=ValueError("not allowed")):
        make_room(400)
    assert _soft() == SOFT


def test_a_lock_says_that_the_limit_is_reached(tmp_path: Path) -> None:
    lock = StackLock.acquire(
        tmp_path,
        account=ACCOUNT,
        stack="web",
        timeout_s=0,
        clock=StillClock(),
        tell=lambda text: None,
    )
    with patch("os.open", side_effect=FULL), pytest.raises(LockedError) as caught:
        do(lock)
    assert "ulimit -n" in (caught.value.hint or "")


def test_nobody_is_told_to_move_a_journal_away_for_want_of_open_files(tmp_path: Path) -> None:
    begin_journal(tmp_path).close()
    with patch("os.open", side_effect=FULL), pytest.raises(JournalError) as caught:
        open_journal(tmp_path)
    assert "ulimit -n" in (caught.value.hint or "")
