"""`--target` and `--exclude` of servers that are gone once it is done: exit code 0."""

from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import write_stack

_FIELDS = (
    "pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 2, disks: [20]"
)
_WEB = f"  web: {{{_FIELDS}}}\n"
_OLD = f"  old-1: {{{_FIELDS}}}\n  old-2: {{{_FIELDS}}}\n"
_POLICY = "policy: {max_destroy: 9}\n"
_HEAD = f"stack: shop\n{_POLICY}servers:\n"
BEFORE = f"{_HEAD}{_WEB}{_OLD}"
_ANEW = "lifecycle: {on_create_only_change: replace}"

AFTER = {
    "gone": f"{_HEAD}{_WEB}",
    "released": f"{_HEAD}{_WEB}released: [old-1, old-2]\n",
    "moved": f"{BEFORE.replace('old-1', 'new-1')}moved: [{{from: old-1, to: new-1}}]\n",
    "replaced": BEFORE.replace(
        _OLD, _OLD.replace("image: debian12_uefi", f"{_ANEW}, image: rocky9_uefi")
    ),
    "repeated": f"{_HEAD}{_WEB}  old: {{count: 1, {_FIELDS}}}\n",
}

CASES = [
    ("gone", ["--target", "old-1"]),
    ("gone", ["--target", "old-*"]),
    ("gone", ["--target", "old-1", "--target", "old-2"]),
    ("gone", ["--exclude", "web"]),
    ("gone", ["--exclude", "old-2"]),
    ("gone", ["--target", "old-*", "--exclude", "old-2"]),
    ("released", ["--target", "old-1"]),
    ("released", ["--exclude", "old-2"]),
    ("moved", ["--target", "new-1"]),
    ("moved", ["--exclude", "old-2"]),
    ("replaced", ["--target", "old-1"]),
    ("repeated", ["--target", "old"]),
    ("repeated", ["--target", "old-2"]),
]


@pytest.fixture
def stack(call_cli: RunCli, tmp_path: Path) -> str:
    """The file of a stack that is applied."""
    path = write_stack(tmp_path, BEFORE)
    applied = call_cli("apply", path, "--auto-approve")
    assert applied.code == 0, applied.err
    return path


@pytest.mark.parametrize(("after", "flags"), CASES, ids=str)
def test_what_was_asked_for_is_done(
    after: str, flags: list[str], stack: str, call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, AFTER[after])
    applied = call_cli("apply", stack, *flags, "--auto-approve")
    assert applied.code == 0, applied.err
    assert "The account matches the files." in applied.err
    assert "0 failed, 0 skipped" in applied.err


@pytest.mark.parametrize(("after", "flags"), CASES, ids=str)
def test_so_it_is_with_a_saved_plan(
    after: str, flags: list[str], stack: str, call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, AFTER[after])
    planned = call_cli("plan", stack, *flags, "--out", "shop.plan", "--detailed-exitcode")
    assert planned.code == 2, planned.err
    applied = call_cli("apply", "shop.plan")
    assert applied.code == 0, applied.err
    assert "The account matches the files." in applied.err


@pytest.mark.parametrize("flags", [["--target", "old-1"], ["--exclude", "web"]], ids=str)
def test_so_it_is_with_destroy(
    flags: list[str], stack: str, call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli("destroy", stack, *flags, "--auto-approve")
    assert ended.code == 0, ended.err
    assert "0 failed, 0 skipped" in ended.err


@pytest.mark.parametrize("command", ["plan", "rehearse"])
def test_replace_is_never_taken_for_the_removal_of_everything(
    command: str, call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, BEFORE)
    ended = call_cli(command, stack, "--destroy", "--replace", "web")
    assert ended.code == 1
    assert "--destroy and --replace exclude each other" in ended.err
