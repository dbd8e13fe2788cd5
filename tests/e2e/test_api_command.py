"""`api`: every operation of the document by hand, over HTTP against the sandbox."""

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.cli.main import run
from ccloud_apply.load.request.document import read_operations
from ccloud_apply.load.request.target import find_target
from tests.conftest import OURS, RunCli, StartCli
from tests.sandbox.test_sandbox_operations import CALLS, CREDENTIALS, ISO, SERVER
from tests.support.stacks import APPLY, BOX, once, with_faults, write_stack

ALL = read_operations()
OWNED = ("-p", "hostname=vs10004")
PREPARED = (
    ("POST", "/subscriptions/1/import", "-f", "hostname=vs10002"),
    ("set_customer_addon", "-p", "addon=report"),
    ("POST", f"{SERVER}/dvds", "-f", f"name={ISO}", "--wait"),
    ("POST", f"{SERVER}/snapshots", "-f", "name=first", "--wait"),
)
"""What an account needs so that every operation has something to be about."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of such an account."""
    db = tmp_path_factory.mktemp("prepared") / "sandbox.db"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(OURS)]:
            patch.delenv(name)
        patch.setenv("CCLOUD_ENDPOINT", "sandbox")
        patch.setenv("CCLOUD_SANDBOX_DB", str(db))
        patch.setenv("CCLOUD_SANDBOX_SPEED", "2000")
        assert [run(["api", *words]) for words in PREPARED] == [0] * len(PREPARED)
    return db


@pytest.fixture
def account_env(sandbox_env: dict[str, str], prepared: Path) -> dict[str, str]:
    """The environment of a prepared account of its own."""
    db = Path(sandbox_env["CCLOUD_SANDBOX_DB"])
    db.parent.mkdir(parents=True)
    for file in prepared.parent.glob(f"{prepared.name}*"):
        shutil.copy(file, db.parent)
    return sandbox_env


def with_ids(path: str, read: Callable[[str], Any]) -> str:
    """The path of a call with the ids that the account has."""
    if "ADAPTER" in path:
        return path.replace("ADAPTER", read(f"{SERVER}/network")[0]["id"])
    if "SNAPSHOT" in path:
        return path.replace("SNAPSHOT", read(f"{SERVER}/snapshots")[0]["id"])
    return path.replace("2026-12", read("/ccloud/customers/reports")[0][0])


def as_fields(value: Any, name: str = "") -> Iterator[str]:
    """A body as `-f NAME=VALUE`."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from as_fields(item, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        for item in value:
            yield from as_fields(item, f"{name}[]")
    else:
        yield f"{name}={value if isinstance(value, str) else json.dumps(value)}"


def words_of(method: str, path: str, body: Any, folder: Path) -> list[str]:
    """The same call by its operation's name, with `-p` and `-f`, its secrets from files."""
    target = find_target((method, path))
    words = [target.operation.id]
    for name, value in target.path_values.items():
        words += ["-p", f"{name}={value}"]
    for field in as_fields({} if body is None else body):
        name, _, value = field.partition("=")
        if target.operation.fields[name.partition("[")[0]].get("format") == "password":
            (folder / name).write_text(f"{value}\n", encoding="utf-8")
            field = f"{name}=@{name}"
        words += ["-f", field]
    return words


@pytest.mark.parametrize("name", CALLS)
def test_every_operation_can_be_called_by_its_name(
    name: str, call_cli: RunCli, account_env: dict[str, str], tmp_path: Path
) -> None:
    def read(path: str) -> Any:
        return json.loads(call_cli("api", path, env=account_env).out)

    method, path, body = CALLS[name]
    if name == "create_server_snapshot":  # vs10001 has one that is younger than ten minutes
        path = path.replace("vs10001", "vs10002")
    words = words_of(method, with_ids(path, read), body, tmp_path)
    operation = ALL[name]
    is_guarded_place = operation.is_secret or operation.answer == "file"
    words += ["--out", "answer"] if is_guarded_place else []
    words += ["--wait"] if operation.answer == "task" else []
    ended = call_cli("api", *words, env=account_env)
    assert ended.code == 0, ended.err
    if is_guarded_place:
        assert ended.out == ""
        assert stat.S_IMODE((tmp_path / "answer").stat().st_mode) == 0o600
        content = (tmp_path / "answer").read_bytes()
        assert content.startswith(b"%PDF" if operation.answer == "file" else (b"{", b"["))
    elif operation.answer == "nothing" and method != "GET":
        assert (ended.out, ended.err) == ("", f"{name}: 204 No Content\n")
    elif operation.answer == "task":
        assert json.loads(ended.out)["status"] == "done"
    else:
        assert json.loads(ended.out) is not None


@pytest.mark.parametrize("name", [name for name, one in ALL.items() if one.is_list])
def test_every_list_can_be_had_whole_and_as_text(
    name: str, call_cli: RunCli, account_env: dict[str, str]
) -> None:
    method, path, _ = CALLS[name]
    if not ALL[name].is_secret:
        rows = json.loads(call_cli("api", path, "--paginate", env=account_env).out)
        assert isinstance(rows, list)
        shown = call_cli("api", method, path, "--format", "text", env=account_env)
        assert shown.code == 0
        assert len(shown.out.splitlines()) >= len(rows)


def test_all_that_reads_can_be_called_by_method_and_path_over_http(
    run_cli: RunCli, http_env: dict[str, str], tmp_path: Path
) -> None:
    for name in ("get_server", "list_tasks", "list_os", "get_config", "preview_invoice"):
        method, path, _ = CALLS[name]
        ended = run_cli("api", method, path, "-i", env=http_env)
        assert ended.code == 0, ended.err
        answer = json.loads(ended.out)
        assert answer["status"] == 200
        assert answer["headers"]["content-type"] == "application/json"
        assert http_env["CCLOUD_CLIENT_SECRET"] not in ended.out + ended.err
    changed = run_cli(
        "api", "PUT", f"{SERVER}/notes", "--input", "-", env=http_env, stdin='{"notes": "mine\\n"}'
    )
    assert (changed.code, changed.out) == (0, "")
    (tmp_path / "body.json").write_text(json.dumps(CREDENTIALS), encoding="utf-8")
    token = run_cli(
        *("-v", "api", "create_token", "--input", "body.json", "--out", "t.json"), env=http_env
    )
    assert token.code == 0, token.err
    assert "1 requests: create_token 1" in token.err  # no sign-in before signing in
    assert "access_token" in json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))


def test_a_secret_goes_to_a_terminal_and_to_no_pipe(
    call_cli: RunCli, start_cli: StartCli, sandbox_env: dict[str, str]
) -> None:
    for name in ("get_server_password", "get_server_console"):
        piped = call_cli("-v", "api", name, "-p", "hostname=vs10001")
        assert (piped.code, piped.out) == (1, "")
        assert "a secret, and standard output is not a terminal: nothing was sent" in piped.err
        assert "requests" not in piped.err
    main, side = os.openpty()
    process = start_cli("api", "get_server_password", "-p", "hostname=vs10001", stdout=side)
    os.close(side)
    assert process.wait() == 0
    shown = os.read(main, 10_000)
    os.close(main)
    assert json.loads(shown)[0]["username"]


def test_a_report_goes_to_a_pipe_as_it_is_and_to_no_terminal(
    start_cli: StartCli, account_env: dict[str, str], tmp_path: Path
) -> None:
    month = json.loads(run_and_read(start_cli, account_env, "list_reports"))[0][0]
    words = ("-v", "api", "get_report", "-p", f"date={month}")
    with (tmp_path / "report").open("wb") as file:
        assert start_cli(*words, env=account_env, stdout=file).wait() == 0
    assert (tmp_path / "report").read_bytes().startswith(b"%PDF")
    main, side = os.openpty()
    process = start_cli(*words, env=account_env, stdout=side)
    _, err = process.communicate()
    os.close(side)
    os.close(main)
    assert process.returncode == 1
    assert "a file, which a terminal cannot show: nothing was sent" in err
    assert "requests" not in err


def run_and_read(start_cli: StartCli, env: dict[str, str], name: str) -> str:
    out, _ = start_cli("api", name, env=env).communicate()
    return out


def test_a_file_that_is_there_is_never_written_over(call_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "here.json").write_text("mine", encoding="utf-8")
    for words in (("list_tasks",), ("get_server_password", "-p", "hostname=vs10001")):
        ended = call_cli("-v", "api", *words, "--out", "here.json")
        assert ended.code == 1
        assert "here.json exists already: nothing was sent" in ended.err
        assert "requests" not in ended.err
    assert (tmp_path / "here.json").read_text(encoding="utf-8") == "mine"


def test_a_refusal_leaves_no_file_and_shows_what_the_api_says(
    call_cli: RunCli, tmp_path: Path
) -> None:
    for out in ((), ("--out", "new.json"), ("--format", "json")):
        ended = call_cli("api", "list_server_disks", "-p", "hostname=vs99", *out)
        assert ended.code == 1
        assert json.loads(ended.out) == {"message": "The server vs99 could not be found."}
        assert "404: The server vs99 could not be found." in ended.err
    assert not (tmp_path / "new.json").exists()
    told = call_cli("api", "list_server_disks", "-p", "hostname=vs99", "-i")
    assert json.loads(told.out)["status"] == 404


# The guard of owned servers


@pytest.fixture
def owned(call_cli: RunCli, tmp_path: Path) -> str:
    """A server that a stack owns."""
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY).code == 0
    (server,) = json.loads(call_cli("api", "list_servers", "-p", "tag=stack:box").out)["data"]
    hostname: str = server["hostname"]
    return hostname


GUARDED = [
    name
    for name, operation in ALL.items()
    if operation.is_change and "hostname" in {**operation.parameters_in("path"), **operation.fields}
]
NO_SERVER_OF_ANYBODY = {
    "create_server",
    "set_subscription_display_name",
    "set_customer_addon",
    "delete_customer_addon",
}


def test_every_change_is_guarded_or_named_here() -> None:
    changes = {name for name, operation in ALL.items() if operation.is_change}
    of_many = {"export_all_servers_from_subscription"}
    assert changes == {*GUARDED, *NO_SERVER_OF_ANYBODY, *of_many}


@pytest.mark.parametrize("name", [name for name in GUARDED if name != "create_server"])
def test_no_change_of_an_owned_server_is_sent_without_force(
    name: str, call_cli: RunCli, owned: str
) -> None:
    method, path, body = CALLS[name]
    path = path.replace("vs10001", owned).replace("vs10002", owned)
    words = ["api", method, path]
    if body is not None:
        for field in as_fields(body):
            words += ["-f", field.replace("vs10001", owned)]
    ended = call_cli("-v", *words, "--format", "json")
    assert ended.code == 3, ended.err
    assert f"blocked: {owned}: this server belongs to stack box as box; nothing was sent" in (
        ended.err
    )
    assert "1 requests: get_server 1" in ended.err
    (error,) = json.loads(ended.out)["errors"]
    assert (error["code"], error["where"]) == ("owned-server", owned)


def test_force_sends_it_and_asks_nothing_before(call_cli: RunCli, owned: str) -> None:
    words = ("api", "set_server_notes", "-p", f"hostname={owned}", "-f", "notes=by hand")
    forced = call_cli("-v", *words, "--force")
    assert forced.code == 0
    assert "1 requests: set_server_notes 1" in forced.err


def test_what_changes_many_servers_is_held_as_soon_as_one_is_owned(
    call_cli: RunCli, owned: str
) -> None:
    words = (
        *("api", "export_all_servers_from_subscription", "-p", "id=1"),
        *("-f", "target_subscription=S328100-003"),
    )
    held = call_cli(*words)
    assert held.code == 3
    assert owned in held.err
    assert call_cli(*words, "--force").code == 0


@pytest.mark.parametrize("fault", [{"status": 422}, {"body": "html"}])
def test_a_server_of_which_it_is_not_known_whose_it_is_is_held(
    fault: Mapping[str, Any], call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rule = {"operation": "get_server", "fault": fault}
    env = with_faults(sandbox_env, tmp_path, rule)
    ended = call_cli("-v", "api", "delete_server", "-p", "hostname=vs10001", env=env)
    assert ended.code == 3, ended.err
    assert "it is not known whose this server is" in ended.err
    assert "delete_server" not in ended.err.partition("requests:")[2]


def test_a_tag_of_ours_is_not_set_by_hand(call_cli: RunCli) -> None:
    words = ("api", "set_server_tags", "-p", "hostname=vs10001", "-f", "tags[]=Stack:shop")
    held = call_cli(*words)
    assert held.code == 3
    assert "Stack:shop: this tag says whose a server is" in held.err
    assert call_cli(*words, "--force").code == 0
    other = call_cli("api", "set_server_tags", "-p", "hostname=vs10001", "-f", "tags[]=web")
    assert other.code == 3  # the server carries it now, in whatever spelling
    assert "carries Stack:shop" in other.err


# What goes wrong on the way


def test_a_change_whose_answer_is_lost_is_never_sent_again_and_said_to_be_in_doubt(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = with_faults(sandbox_env, tmp_path, once("resize_server_memory", {"drop": "after"}))
    words = ("api", "resize_server_memory", "-p", "hostname=vs10001", "-f", "memory=32")
    ended = call_cli("-v", *words, env=env)
    assert ended.code == 1
    assert "the platform may have acted all the same" in ended.err
    assert "look at the tasks before you send it again" in ended.err
    assert "resize_server_memory 1" in ended.err


@pytest.mark.parametrize("name", ["list_server_disks", "set_server_notes"])
def test_what_reads_or_sets_a_value_is_sent_again(
    name: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = with_faults(sandbox_env, tmp_path, once(name, {"drop": "after"}))
    fields = ("-f", "notes=x") if name == "set_server_notes" else ()
    ended = call_cli("-v", "api", name, "-p", "hostname=vs10001", *fields, env=env)
    assert ended.code == 0, ended.err
    assert f"{name} 2" in ended.err


def test_a_task_that_fails_is_shown_and_ends_with_1(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    secret = "a-password-of-a-server"
    (tmp_path / "p").write_text(f"{secret}\n", encoding="utf-8")
    rule = {"operation": "redeploy_server", "fault": {"failing_task": f"no room for {secret}"}}
    env = with_faults(sandbox_env, tmp_path, rule)
    ended = call_cli(
        *("api", "redeploy_server", "-p", "hostname=vs10001", "-f", "image=debian12_uefi"),
        *("-f", "password=@p", "--wait"),
        env=env,
    )
    assert ended.code == 1
    assert json.loads(ended.out)["error_message"] == "no room for ***"
    assert "failed: no room for ***" in ended.err
    assert secret not in ended.out + ended.err


def test_a_wait_that_takes_too_long_names_the_task(
    call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    slow = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": "1"}
    words = ("api", "resize_server_memory", "-p", "hostname=vs10001", "-f", "memory=32")
    ended = call_cli(*words, "--wait", "--timeout", "0.2", env=slow)
    assert ended.code == 1
    assert "task 1" in ended.err


def test_what_the_api_says_of_a_task_that_is_waited_for_begins_no_line(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rule = {"operation": "list_tasks", "fault": {"task_status": "\x1b[31mqueued\n::error::x"}}
    env = with_faults(sandbox_env, tmp_path, rule)
    words = ("api", "resize_server_memory", "-p", "hostname=vs10001", "-f", "memory=32")
    ended = call_cli(*words, "--wait", "--timeout", "0.5", env=env)
    assert ended.code == 1
    assert 'has the unknown status "\\u{1b}[31mqueued\\n::error::x"' in ended.err


# What is wrong before anything is sent


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["get_servr"], 'there is no operation "get_servr"'),
        (["list_tasks", "--wait"], "--wait: list_tasks starts no task"),
        (["get_server", "-p", "hostname=vs1", "--paginate"], "get_server does not return a list"),
        (["list_tasks", "--paginate", "-i"], "--include shows one answer"),
        (["list_tasks", "--paginate", "-p", "page=2"], "so page cannot be given"),
        (["get_report", "-p", "date=2026-10", "--format", "text"], "returns a file"),
        (["set_server_notes", "-f", "notes=x", "--input", "f"], "both give the body"),
        (["set_server_notes", "-p", "hostname"], "-p: expected NAME=VALUE"),
        (["set_server_notes", "-p", "hostname=a", "-f", "notes"], "-f: expected NAME=VALUE"),
        (["set_server_notes", "-p", "hostname=a", "-f", "notes=@gone"], "gone cannot be read"),
        (["set_server_notes", "-p", "hostname=a", "--input", "."], ". cannot be read"),
        (["set_server_notes", "-p", "hostname=a", "--input", "bad.json"], "bad.json:1:1: this is"),
        (["set_server_notes", "-f", "a=@-", "-f", "b=@-"], "standard input can be read only once"),
        (["--list", "get_server"], "--list takes no operation"),
        ([], "which operation?"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_one_sentence_and_sends_nothing(
    words: list[str], what: str, call_cli: RunCli, tmp_path: Path
) -> None:
    (tmp_path / "bad.json").write_text("nothing", encoding="utf-8")
    ended = call_cli("-v", "api", *words)
    assert (ended.code, ended.out) == (1, "")
    assert what in ended.err
    assert "requests" not in ended.err
    assert ended.err.count("error:") == 1


def test_everything_wrong_is_told_at_once_as_json_too(call_cli: RunCli) -> None:
    ended = call_cli(
        *("api", "resize_server_memory", "-p", "hostnam=vs1", "-f", "memory=x"),
        *("--format", "json"),
    )
    assert ended.code == 1
    errors = json.loads(ended.out)["errors"]
    assert [error["where"] for error in errors] == ["hostnam", "hostname", "memory"]
    assert {error["code"] for error in errors} == {"api-request"}


# Help, lists, completion


def test_the_list_has_a_line_for_every_operation(call_cli: RunCli) -> None:
    lines = call_cli("api", "--list").out.splitlines()
    assert [line.split() for line in lines] == [[o.id, o.method, o.path] for o in ALL.values()]
    rows = json.loads(call_cli("api", "--list", "--format", "json").out)
    assert [row["id"] for row in rows] == list(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_operation_has_a_help_of_its_own(name: str, call_cli: RunCli) -> None:
    operation = ALL[name]
    for words in ((name, "--help"), (operation.method, operation.path, "-h")):
        ended = call_cli("api", *words)
        assert ended.code == 0
        assert f"{operation.method} {operation.path}\n" in ended.out
        assert f"ccloud-apply api {name}" in ended.out
        for word in (*operation.fields, *(each.name for each in operation.parameters)):
            assert f"  {word}" in ended.out
