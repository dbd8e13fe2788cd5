"""`fmt`, as somebody uses it at a terminal, in a hook and in an editor."""

from pathlib import Path

import pytest

from tests.conftest import ROOT, RunCli
from tests.unit.cli.test_startup import modules_of

MESSY = "servers:   {}\nstack: web   # the name\n"
TIDY = "stack: web   # the name\nservers: {}\n"


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "stacks" / "web.yaml"
    path.parent.mkdir()
    path.write_text(MESSY)
    return path


def test_a_folder_is_formatted_once(call_cli: RunCli, messy: Path) -> None:
    ended = call_cli("fmt")
    assert (ended.code, ended.out, ended.err) == (0, "stacks/web.yaml\n", "Formatted 1 file.\n")
    assert messy.read_text() == TIDY
    again = call_cli("fmt", "stacks")
    assert (again.code, again.out, again.err) == (0, "", "1 file is already formatted.\n")


def test_check_writes_nothing_and_fails(call_cli: RunCli, messy: Path) -> None:
    ended = call_cli("fmt", "--check", "stacks")
    assert (ended.code, ended.out) == (1, "stacks/web.yaml\n")
    assert ended.err == "1 file is not formatted.\n"
    assert messy.read_text() == MESSY
    messy.write_text(TIDY)
    assert call_cli("fmt", "--check", "stacks").code == 0


def test_diff_shows_what_would_change_and_writes_nothing(call_cli: RunCli, messy: Path) -> None:
    ended = call_cli("fmt", "--diff", "stacks")
    assert ended.code == 0
    assert "-servers:   {}\n" in ended.out
    assert "+servers: {}\n" in ended.out
    assert call_cli("fmt", "--diff", "--check", "stacks").code == 1
    assert messy.read_text() == MESSY


def test_an_editor_gets_the_text_back(run_cli: RunCli) -> None:
    ended = run_cli("fmt", "-", stdin=MESSY)
    assert (ended.code, ended.out, ended.err) == (0, TIDY, "")
    assert run_cli("fmt", "-", "--check", stdin=MESSY).code == 1
    assert run_cli("fmt", "-", stdin=TIDY).out == TIDY


def test_an_editor_gets_nothing_back_for_a_text_that_cannot_be_read(run_cli: RunCli) -> None:
    ended = run_cli("fmt", "-", stdin="stack: [\n")
    assert (ended.code, ended.out) == (1, "")
    assert "error: <stdin>:2:1:" in ended.err


def test_standard_input_stands_alone(run_cli: RunCli, messy: Path) -> None:
    ended = run_cli("fmt", "-", "stacks", stdin=MESSY)
    assert ended.code == 1
    assert "stands alone" in ended.err
    assert messy.read_text() == MESSY


def test_a_file_that_cannot_be_read_ends_with_1_after_all_others(
    call_cli: RunCli, messy: Path
) -> None:
    (messy.parent / "broken.yaml").write_text("stack: a\nstack: a\n")
    ended = call_cli("fmt", "stacks")
    assert (ended.code, ended.out) == (1, "stacks/web.yaml\n")
    assert 'broken.yaml:2:1: the key "stack" is defined twice' in ended.err
    assert messy.read_text() == TIDY
    alone = call_cli("fmt", "stacks/broken.yaml")
    assert (alone.code, alone.out) == (1, "")
    assert "already formatted" not in alone.err


def test_the_examples_are_formatted(call_cli: RunCli) -> None:
    ended = call_cli("fmt", "--check", str(ROOT / "examples"))
    assert (ended.code, ended.out) == (0, ""), ended.err


def test_what_other_commands_write_is_formatted(call_cli: RunCli, tmp_path: Path) -> None:
    size = ("--cores", "2", "--memory", "4", "--disk", "50", "--count", "2")
    written = [
        call_cli("new", "--pool", "pool_iw_ssd", "--image", "debian12_uefi", *size),
        call_cli("new", "--project"),
        call_cli("export", "--all", "--stack", "ex", "--out", "exported.yaml"),
        call_cli("show", "--resolved", "stack.yaml"),
    ]
    assert [one.code for one in written] == [0] * 4
    (tmp_path / "resolved.yaml").write_text(written[-1].out)
    ended = call_cli("fmt", "--check", ".")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "4 files are already formatted.\n"


def test_formatting_imports_no_network(messy: Path) -> None:
    network = {"httpx", "asyncio", "starlette", "uvicorn", "sqlite3", "ssl", "jsonschema"}
    modules = {name.partition(".")[0] for name in modules_of("fmt", str(messy))}
    assert modules & network == set()
