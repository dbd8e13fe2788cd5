"""`journal`: what a person sees of what earlier applies have sent."""

import json
from pathlib import Path

from tests.conftest import RunCli
from tests.support.journals import ACCOUNT, begin_journal, do, intent, journal_file
from tests.support.stacks import write_stack

WORK_DIR = ".ccloud-apply"


def write_journal(folder: Path, stack: str = "web") -> None:
    """Two creates: one is done, one was sent and never heard of again."""
    journal = begin_journal(folder / WORK_DIR, stack=stack)
    first = do(journal.write_intent(intent(f"{stack}-1/create")))
    do(journal.write_accepted(first, 17))
    do(journal.write_ended(first, "done", hostname="vs10001"))
    do(journal.write_intent(intent(f"{stack}-2/create")))
    journal.close()


def test_without_a_work_dir_there_are_no_journals(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    ended = call_cli("journal", env=clean_env)
    assert (ended.code, ended.out, ended.err) == (0, "No journals.\n", "")
    assert list(tmp_path.iterdir()) == []


def test_it_needs_no_account_and_changes_nothing(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    write_journal(tmp_path)
    path = journal_file(tmp_path / WORK_DIR)
    before = path.read_bytes()
    ended = call_cli("journal", env=clean_env)
    assert (ended.code, ended.err) == (0, "")
    unfinished, settled = ended.out.split("\n\n")
    assert "web-2/create" in unfinished
    assert "asks the account whether it happened" in unfinished
    assert "vs10001" in settled
    assert path.read_bytes() == before


def test_paths_choose_the_stacks_even_if_their_files_need_variables(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    for stack in ("web", "db", "db-2"):
        write_journal(tmp_path, stack)
    stack_file = write_stack(tmp_path, "stack: db\nvariables: {size: null}\nnope: 1\n", "db.yaml")
    ended = call_cli("journal", stack_file, "--format", "json", env=clean_env)
    assert ended.code == 0, ended.err
    assert [journal["stack"] for journal in json.loads(ended.out)["journals"]] == ["db"]
    everything = json.loads(call_cli("journal", "--format", "json", env=clean_env).out)
    assert [journal["stack"] for journal in everything["journals"]] == ["db", "db-2", "web"]


def test_a_file_that_names_no_stack_is_told(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    stack_file = write_stack(tmp_path, "servers: {}\n", "db.yaml")
    ended = call_cli("journal", stack_file, env=clean_env)
    assert ended.code == 1
    assert "db.yaml does not name a stack" in ended.err


def test_another_work_dir_is_looked_into(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    write_journal(tmp_path)
    (tmp_path / WORK_DIR).rename(tmp_path / "elsewhere")
    ended = call_cli("journal", env={**clean_env, "CCLOUD_WORK_DIR": "elsewhere"})
    assert "web-2/create" in ended.out


def test_a_damaged_journal_is_shown_up_to_the_damage(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    write_journal(tmp_path)
    write_journal(tmp_path, "db")
    path = tmp_path / WORK_DIR / "journal" / f"web-{ACCOUNT[:12]}.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], lines[4].replace(b"web-2", b"web-9")]))
    ended = call_cli("journal", env=clean_env)
    assert ended.code == 1
    assert "line 5 is damaged, its checksum is wrong; the 4 records before it are safe" in ended.err
    assert "move" in ended.err
    assert "web-1/create" in ended.out
    assert "web-2/create" not in ended.out
    assert "db-2/create" in ended.out

    ended = call_cli("journal", "--format", "json", env=clean_env)
    assert ended.code == 1
    healthy, damaged = json.loads(ended.out)["journals"]
    assert healthy["damage"] is None
    assert damaged["damage"].startswith("line 5 is damaged")
    assert [entry["step"] for entry in damaged["entries"]] == ["web-1/create"]


def test_a_torn_record_is_a_warning(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    write_journal(tmp_path)
    path = journal_file(tmp_path / WORK_DIR)
    path.write_bytes(path.read_bytes()[:-9])
    ended = call_cli("journal", env=clean_env)
    assert ended.code == 0
    assert ended.err.startswith("warning: ")
    assert "the last record is not whole" in ended.err
    assert path.read_bytes()[-1:] != b"\n"


def test_what_cannot_be_read_is_told_and_stops_nothing_else(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    write_journal(tmp_path)
    path = journal_file(tmp_path / WORK_DIR)
    path.with_name(f"db-{ACCOUNT[:12]}.jsonl").symlink_to(path)
    path.with_name(f"api-{ACCOUNT[:12]}.jsonl").mkdir()
    path.with_name("notes.txt").write_text("not a journal")
    ended = call_cli("journal", env=clean_env)
    assert ended.code == 1
    assert "it is a symbolic link" in ended.err
    assert "it is not a regular file" in ended.err
    assert "notes.txt" not in ended.err
    assert "web-2/create" in ended.out


def test_the_journal_of_another_stack_is_told(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    write_journal(tmp_path)
    path = journal_file(tmp_path / WORK_DIR)
    path.rename(path.with_name(f"db-{ACCOUNT[:12]}.jsonl"))
    ended = call_cli("journal", env=clean_env)
    assert ended.code == 1
    assert "it is the journal of another stack or account" in ended.err


def test_hostile_text_in_a_journal_commands_nobody(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    journal = begin_journal(tmp_path / WORK_DIR)
    number = do(journal.write_intent(intent()))
    do(journal.write_ended(number, "failed", error="\n::add-mask::x\x1b[2J ##[error]y"))
    journal.close()
    for format_name in ("text", "json"):
        out = call_cli("journal", "--format", format_name, env=clean_env).out
        assert "\x1b" not in out
        assert "##[" not in out
        assert not any(line.lstrip().startswith("::") for line in out.splitlines())
