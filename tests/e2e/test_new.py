"""`new` over the command: from flags in a pipe, and by questions at a terminal."""

import json
import os
import pty
import signal
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.conftest import PATIENCE_S, Ended, RunCli, StartCli
from tests.support.stacks import with_faults, write_stack

SHAPE = ("--pool", "pool_iw_ssd", "--image", "debian12_uefi", "--cores", "2", "--memory", "4")
SERVER = (*SHAPE, "--disk", "50")

Talk = Callable[..., Ended]


@pytest.fixture
def talk(start_cli: StartCli) -> Talk:
    """Runs `new` at a terminal: each answer is written once its question is asked."""

    def run(
        answers: Sequence[str | bytes | signal.Signals],
        *arguments: str,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        ours, theirs = pty.openpty()
        try:
            process = start_cli("new", *arguments, stdin=theirs, env=env)
            assert process.stderr is not None
            said = ""
            for answer in answers:
                line = ""
                while not line.endswith(": "):
                    character = process.stderr.read(1)
                    assert character, said + line
                    line = "" if character == "\n" else line + character
                    said += character
                if isinstance(answer, signal.Signals):
                    process.send_signal(answer)
                else:
                    os.write(ours, answer if isinstance(answer, bytes) else f"{answer}\n".encode())
            out, err = process.communicate(timeout=PATIENCE_S)
        finally:
            os.close(ours)
            os.close(theirs)
        return Ended(code=process.returncode, out=out, err=said + err)

    return run


def plan(call_cli: RunCli, name: str = "stack.yaml") -> dict[str, int]:
    ended = call_cli("plan", name, "--format", "json")
    assert ended.code == 0, ended.err
    summary: dict[str, int] = json.loads(ended.out)["stacks"][0]["summary"]
    return {action: count for action, count in summary.items() if count}


def test_flags_alone_write_a_file_that_validates_and_plans_at_once(
    call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli("new", "--stack", "shop", "--count", "3", *SERVER, "--disk", "20")
    assert (ended.code, ended.err) == (0, "")
    assert "Plan: 3 to create" in ended.out
    assert "Monthly cost:" in ended.out
    assert "  ccloud-apply --sandbox apply stack.yaml" in ended.out
    text = (tmp_path / "stack.yaml").read_text()
    assert "disks: [50, 20]" in text
    assert call_cli("validate", "stack.yaml").code == 0
    assert plan(call_cli) == {"create": 3}
    assert call_cli("apply", "stack.yaml", "--auto-approve").code == 0
    assert call_cli("plan", "stack.yaml", "--detailed-exitcode").code == 0


def test_a_file_that_is_there_is_never_overwritten(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, "mine", "stack.yaml")
    (tmp_path / "link.yaml").symlink_to("nowhere")
    for name in ("stack.yaml", "link.yaml"):
        ended = call_cli("new", name, *SERVER)
        assert (ended.code, ended.out) == (1, "")
        assert "exists already" in ended.err
    assert (tmp_path / "stack.yaml").read_text() == "mine"


def test_the_file_has_the_mode_of_new_files(call_cli: RunCli, tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        assert call_cli("new", *SERVER).code == 0
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "stack.yaml").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--pool, --image, --cores, --memory, --disk are missing"),
        (SHAPE, "--disk is missing"),
        (("--adopt-all", "--count", "2"), "--pool, --image"),
        (("--adopt", "vs10001", "--adopt-all"), "exclude each other"),
        (("--adopt", "vs99999"), "no server vs99999 that belongs to no stack"),
        (("a.txt", *SERVER), "--disk 50 a.yaml"),
        (("", *SERVER), "--disk 50 stack.yaml"),
        (("/", *SERVER), "--disk 50 /stack.yaml"),
        (("no/such/a.yaml", *SERVER), "the folder no/such does not exist"),
        (("--stack", "My Shop", *SERVER), "--stack: a stack's name is"),
        (("--key", "-", *SERVER), "--key: a server's key is"),
        ((*SERVER, "--pool", "pool_iw_ss"), 'did you mean "pool_iw_ssd"?'),
        ((*SERVER, "--image", "nothing-like-it"), "--image: there is no nothing-like-it"),
        ((*SERVER, "--cores", "100"), "servers.web.cores: must be at most 64"),
        ((*SHAPE, "--disk", "2"), "needs a system disk of at least 5 GB"),
    ],
)
def test_what_cannot_be_is_an_error_with_a_way_out_and_no_file(
    arguments: tuple[str, ...], words: str, call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli("new", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert words in ended.err
    assert "stack.yaml:" not in ended.err  # no place in a file that does not exist
    assert list(tmp_path.glob("*.y*ml")) == []


def test_a_stack_that_has_live_servers_is_refused(call_cli: RunCli, tmp_path: Path) -> None:
    assert call_cli("new", "--stack", "shop", *SERVER).code == 0
    assert call_cli("apply", "stack.yaml", "--auto-approve").code == 0
    ended = call_cli("new", "again.yaml", "--stack", "shop", *SERVER)
    assert ended.code == 1
    assert "the stack shop has live servers already" in ended.err
    assert not (tmp_path / "again.yaml").exists()
    way_out = ended.err.partition("ccloud-apply ")[2].split()
    assert call_cli(*way_out).code == 0
    assert call_cli("plan", "again.yaml", "--detailed-exitcode").code == 0


def test_existing_servers_are_adopted_alone_or_beside_new_ones(call_cli: RunCli) -> None:
    assert call_cli("new", "all.yaml", "--adopt-all").code == 0
    assert plan(call_cli, "all.yaml") == {"adopt": 3}
    both = ("--adopt", "vs10002", "--adopt", "vs10001", "--key", "api", *SERVER)
    assert call_cli("new", "both.yaml", "--stack", "both", *both).code == 0
    assert plan(call_cli, "both.yaml") == {"adopt": 2, "create": 1}
    assert call_cli("apply", "both.yaml", "--auto-approve").code == 0
    ended = call_cli("new", "rest.yaml", "--stack", "rest", "--adopt", "vs10001")
    assert "no server vs10001 that belongs to no stack" in ended.err


def test_over_http_each_list_is_read_once(
    run_cli: RunCli, http_env: dict[str, str], tmp_path: Path
) -> None:
    ended = run_cli("new", "--stack", "shop", *SERVER, "-v", env=http_env)
    assert ended.code == 0, ended.err
    assert "  ccloud-apply apply stack.yaml" in ended.out
    for name in ("list_servers", "list_os", "list_pools", "get_resource_info", "create_quote"):
        assert f"{name} 1" in ended.err
    assert run_cli("plan", "stack.yaml", env=http_env).code == 0


def test_an_account_without_servers_has_nothing_to_adopt(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = {**sandbox_env, "CCLOUD_SANDBOX_DB": str(tmp_path / "empty.db")}
    assert call_cli("sandbox", "seed", "empty", "--db", env["CCLOUD_SANDBOX_DB"]).code == 0
    ended = call_cli("new", "--adopt-all", env=env)
    assert ended.code == 1
    assert "there is nothing to write" in ended.err
    assert call_cli("new", *SERVER, env=env).code == 0


def test_an_account_that_cannot_be_read_is_said_and_what_is_given_is_taken(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    refused = ("list_servers", "list_pools", "list_os", "get_resource_info")
    rules = [{"operation": name, "fault": {"status": 403}} for name in refused]
    env = with_faults(sandbox_env, tmp_path, *rules)
    (tmp_path / "faults.yaml").rename(tmp_path / "faults.json")
    env["CCLOUD_SANDBOX_FAULTS"] = str(tmp_path / "faults.json")
    ended = call_cli("new", *SERVER, "--pool", "unheard_of", env=env)
    assert ended.code == 0
    assert "the account's servers, pools and images cannot be read" in ended.err
    assert "It is valid, but was not planned" in ended.out
    assert "pool: unheard_of" in (tmp_path / "stack.yaml").read_text()
    adopting = call_cli("new", "b.yaml", "--adopt-all", env=env)
    assert "the account's servers cannot be read, so none is adopted" in adopting.err


def test_questions_offer_the_catalogue_and_repeat_what_was_not_understood(
    talk: Talk, call_cli: RunCli, tmp_path: Path
) -> None:
    answers = ["My Shop", "shop", "vs10001 vs99", "vs10001", "maybe", "y", "api", "0", "2"]
    sizes = ["1", "managed", "ubuntu22_uefi", "4", "8", "2", ""]
    ended = talk([*answers, *sizes])
    assert ended.code == 0, ended.err
    for told in (
        "a stack's name is 1 to 40",
        "there is no vs99 among them",
        "write y or n",
        "write a number from 1 to 1,000",
        "pool_iw_ssd",
        "PER CORE",
        "write a number from 5 to 5,120",
    ):
        assert told in ended.err
    text = (tmp_path / "stack.yaml").read_text()
    assert "type: managed" in text
    assert "disks: [50]" in text
    assert plan(call_cli) == {"adopt": 1, "create": 2}


def test_a_flag_is_not_asked_for(talk: Talk, call_cli: RunCli) -> None:
    named = ("--stack", "shop", "--key", "api", "--count", "2", "--type", "managed")
    ended = talk(["n", "25"], *named, *SHAPE)
    assert ended.code == 0, ended.err
    assert ended.err.count(": ") == 2  # adopt, and the disk
    assert plan(call_cli) == {"create": 2}


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        (signal.SIGINT, 130, "stopped by SIGINT"),
        (signal.SIGTERM, 143, "stopped by SIGTERM"),
        (b"\x04", 1, "nothing was written"),
    ],
)
def test_who_leaves_in_the_middle_leaves_nothing_behind(
    end: signal.Signals | bytes, code: int, words: str, talk: Talk, tmp_path: Path
) -> None:
    ended = talk(["shop", "n", end])
    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("sandbox")] == []
