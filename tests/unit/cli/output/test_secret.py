"""Where a secret may be shown."""

import errno
import io
import stat
from pathlib import Path

import pytest

from ccloud_apply.cli.output.secret import secret_place
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.errors import UsageError


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def _terminal(stdout: io.StringIO) -> Terminal:
    return Terminal(stdout=stdout, stderr=io.StringIO(), environment={})


def test_a_terminal_shows_it_escaped() -> None:
    out = Tty()
    with secret_place(_terminal(out), None) as write:
        write("pass\x1bword")
    assert out.getvalue() == "pass\\u{1b}word\n"


def test_a_pipe_gets_nothing_and_nothing_is_read() -> None:
    out = io.StringIO()
    with pytest.raises(UsageError, match="not read"), secret_place(_terminal(out), None):
        pytest.fail("the secret is read")
    assert not out.getvalue()


def test_a_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with secret_place(_terminal(io.StringIO()), str(file)) as write:
        write("pass word\n")
    assert file.read_text() == "pass word\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["file", "link", "folder", "nowhere"])
def test_a_file_that_cannot_be_new_is_refused_first(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "secret"
    if kind == "file":
        place.write_text("before")
    elif kind == "link":
        place.symlink_to(tmp_path / "elsewhere")
    elif kind == "folder":
        place.mkdir()
    else:
        place = tmp_path / "missing" / "secret"
    with pytest.raises(UsageError, match="not read"), secret_place(_terminal(Tty()), str(place)):
        pytest.fail("the secret is read")
    assert not (tmp_path / "elsewhere").exists()
    if kind == "file":
        assert place.read_text() == "before"


def test_a_line_feed_ends_the_file_and_nothing_else_stands_in_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with secret_place(_terminal(io.StringIO()), str(file)) as write:
        write("pass word")
    assert file.read_bytes() == b"pass word\n"


def test_a_full_disk_tells_before_the_secret_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ccloud_apply.cli.output.secret.os.fsync", refuse)
    file = tmp_path / "secret"
    with (
        pytest.raises(UsageError, match="No space left on device; the secret was not read"),
        secret_place(_terminal(io.StringIO()), str(file)),
    ):
        pytest.fail("the secret is read")
    assert not file.exists()


def test_nothing_is_left_where_nothing_was_read(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with pytest.raises(ValueError, match="gone"), secret_place(_terminal(Tty()), str(file)):
        raise ValueError("gone")
    assert not file.exists()
