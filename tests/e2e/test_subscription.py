"""Servers into and out of subscriptions, by whole commands: once, guarded, and looked at."""

import json
import os
import pty
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ccloud_apply.schemas import read_schema
from ccloud_apply.workflows.billing.subscription import carry_out
from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.fleet import read_until, run_to_end
from tests.support.held_answer import holding
from tests.support.servers import change_server, read_server
from tests.support.stacks import APPLY, BOX, once, with_faults, write_stack

SCHEMA = read_schema("subscriptions.schema.json")
IMPORT = ("subscription", "import", "S328100-001", "vs10003", "--auto-approve")
EXPORT = ("subscription", "export", "1", "vs10003", "--auto-approve")
ALL = ("subscription", "export-all", "1", "--to", "S328100-003", "--auto-approve")


def subscription_of(env: dict[str, str], hostname: str) -> str | None:
    """The subscription that the platform keeps of a server."""
    return read_server(env, hostname).get("subscription")


def sent(run: str, operation: str) -> int:
    """How many requests of an operation `-v` says were sent."""
    words = run.split(f" {operation} ")
    return int(words[1].split()[0].strip(",")) if len(words) > 1 else 0


@pytest.mark.parametrize("is_http", [False, True])
def test_a_server_goes_in_and_out_and_each_is_verified(
    is_http: bool, call_cli: RunCli, request: pytest.FixtureRequest
) -> None:
    env = request.getfixturevalue("http_env" if is_http else "sandbox_env")
    put = call_cli(*IMPORT, env=env)
    assert (put.code, put.err) == (0, "")
    assert "Request: POST /subscriptions/1/import" in put.out
    assert "Imported vs10003 into S328100-001.\nVerified: " in put.out
    taken = call_cli(*EXPORT, "--format", "json", env=env)
    assert taken.code == 0, taken.err
    document = json.loads(taken.out)
    jsonschema.validate(document, SCHEMA)
    assert (document["done"], document["verified"], document["held"]) == (True, True, [])
    assert document["servers"][0]["billed_by_itself"] is False


def test_all_servers_move_and_nothing_that_can_be_read_verifies_it(
    call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    assert call_cli(*IMPORT).code == 0
    moved = call_cli(*ALL)
    assert moved.code == 0, moved.err
    assert 'vs10003 "accounting"' in moved.out
    assert "vs10001" not in moved.out  # it is billed by itself
    assert "Not verified: no operation tells which servers are in a subscription." in moved.out
    assert subscription_of(sandbox_env, "vs10003") == "S328100-003"
    document = json.loads(call_cli(*ALL, "--format", "json").out)
    jsonschema.validate(document, SCHEMA)
    assert (document["done"], document["verified"]) == (True, None)


@pytest.mark.parametrize("kind", ["import", "export-all"])
def test_a_server_of_a_stack_is_held_until_it_is_forced(
    kind: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY).code == 0
    move: tuple[str, ...] = ("subscription", "import", "1", "vs10004", "--auto-approve")
    if kind == "export-all":  # what is billed by itself is not among them
        assert call_cli(*ALL).code == 0
        assert call_cli(*move, "--force").code == 0
        move = ALL
    held = call_cli("-v", *move)
    assert held.code == 3
    assert "blocked: " in held.err
    assert "vs10004" in held.err
    assert "stack box as box" in held.err
    assert "Blocked: nothing was changed." in held.err
    assert "server_to_subscription" not in held.err
    assert "servers_from_subscription" not in held.err
    told = call_cli(*move, "--format", "json")
    assert told.code == 3
    document = json.loads(told.out)
    jsonschema.validate(document, SCHEMA)
    assert [one["code"] for one in document["held"]] == ["owned-server"]
    assert document["done"] is False
    forced = call_cli(*move, "--force")
    assert forced.code == 0, forced.err
    if kind == "import":
        assert "plan that stack now" in forced.out
        assert subscription_of(sandbox_env, "vs10004") == "S328100-001"


@pytest.mark.parametrize("command", [IMPORT, ALL])
def test_a_server_that_becomes_a_stacks_before_the_request_stays_where_it_is(
    command: tuple[str, ...],
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if command is ALL:
        assert call_cli(*IMPORT).code == 0
    before = subscription_of(sandbox_env, "vs10003") if command is ALL else None

    async def tag_and_carry_out(*args: Any) -> Any:
        change_server(sandbox_env, "vs10003", tags=["stack:other", "server:db"])
        return await carry_out(*args)

    monkeypatch.setattr("ccloud_apply.cli.moving.carry_out", tag_and_carry_out)
    ended = call_cli(*command)
    assert ended.code == 1
    assert "nothing was sent: by now vs10003 belongs to stack other as db" in ended.err
    assert subscription_of(sandbox_env, "vs10003") == before


@pytest.mark.parametrize("command", [IMPORT, EXPORT])
def test_a_lost_answer_is_looked_for_and_never_sent_again(
    command: tuple[str, ...], call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    operation = {
        "import": "import_server_to_subscription",
        "export": "export_server_from_subscription",
    }[command[1]]
    if command is EXPORT:
        assert call_cli(*IMPORT).code == 0
    env = with_faults(sandbox_env, tmp_path, once(operation, {"drop": "after"}))
    done = call_cli("-v", *command, env=env)
    assert done.code == 0, done.err
    assert "The answer was lost; the preview of the invoice shows that it was done." in done.out
    assert sent(done.err, operation) == 1


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (IMPORT, {"drop": "before"}),
        (IMPORT, {"status": 502}),
        (ALL, {"drop": "after"}),
        (ALL, {"status": 500, "acts": True}),
    ],
    ids=str,
)
def test_what_no_read_tells_is_unknown_and_says_how_to_look(
    command: tuple[str, ...],
    fault: dict[str, Any],
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
) -> None:
    operation = "*_subscription"
    env = with_faults(
        sandbox_env, tmp_path, {"method": "POST", "operation": operation, "fault": fault}
    )
    lost = call_cli("-v", *command, env=env)
    assert lost.code == 1
    assert "may have been done" in lost.err
    assert "invoices --preview" in lost.err
    assert lost.err.count("_subscription 1") == 1
    told = call_cli(*command, "--format", "json", env=env)
    assert json.loads(told.out)["errors"][0]["code"] == "unknown-outcome"


def test_a_refusal_is_an_error_and_not_unknown(call_cli: RunCli) -> None:
    assert call_cli(*IMPORT).code == 0
    again = call_cli("subscription", "import", "3", "vs10003", "--auto-approve")
    assert again.code == 1
    assert "422: hostname: The server vs10003 is in the subscription S328100-001." in again.err
    assert "may have been done" not in again.err


def test_a_preview_that_cannot_be_read_makes_nothing_sure(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = with_faults(
        sandbox_env, tmp_path, {"operation": "preview_invoice", "fault": {"status": 403}}
    )
    done = call_cli(*IMPORT, "--format", "json", env=env)
    assert done.code == 0
    document = json.loads(done.out)
    assert (document["done"], document["verified"]) == (True, None)
    assert document["servers"][0]["billed_by_itself"] is None
    assert "could not be read" in document["why"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "S9", "vs10003"), "subscriptions: S328100-001, S328100-002, S328100-003"),
        (("import", "99", "vs10003"), "subscription list` shows the subscriptions"),
        (("import", "1", "vs9"), "inventory --all"),
        (("import", "1", "../x"), "is not a hostname"),
        (("export-all", "1", "--to", "1"), "is the subscription that the servers leave"),
        (("export-all", "1", "--to", "S9"), "no such subscription"),
        (("export-all", "1"), "--to"),
        (("show", "S9"), "no such subscription"),
        (("import", "1", "vs10003"), "--auto-approve does it without asking"),
    ],
)
def test_bad_input_is_an_error_with_the_way_out(
    arguments: tuple[str, ...], words: str, call_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    ended = call_cli("subscription", *arguments)
    assert ended.code == 1
    assert words in ended.err


def test_list_and_show_tell_all_of_them_in_few_requests(call_cli: RunCli) -> None:
    listed = call_cli("-v", "subscription", "list")
    assert listed.out.splitlines()[1].split()[:3] == ["1", "S328100-001", "-"]
    assert "1 requests: list_subscriptions 1" in listed.err
    shown = call_cli("-v", "subscription", "show", "2")
    assert "Subscription S328100-002 (id 2)" in shown.out
    assert "1 requests: get_subscription 1" in shown.err
    for arguments in (("list",), ("show", "S328100-002")):
        document = json.loads(call_cli("subscription", *arguments, "--format", "json").out)
        jsonschema.validate(document, SCHEMA)
    assert document["subscription"]["monthly_price"] == "270.0"
    assert document["subscription"]["contents"]["memory"] == 32


def test_an_account_without_subscriptions_says_so(
    call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    assert call_cli("sandbox", "seed", "empty").code == 0
    assert call_cli("subscription", "list").out == "No subscriptions.\n"
    assert call_cli("invoices").out == "No invoices.\n"
    assert call_cli("reports").out == "No reports.\n"


def test_a_person_is_asked_and_anything_but_yes_changes_nothing(
    start_cli: StartCli, sandbox_env: dict[str, str]
) -> None:
    for answer, code in (("no", 1), ("yes", 0)):
        ours, theirs = pty.openpty()
        process = start_cli(*IMPORT[:-1], stdin=theirs)
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        out, err = process.communicate(timeout=PATIENCE_S)
        os.close(ours)
        assert process.returncode == code, err
        assert "Do you want to import this server? Only 'yes' is accepted:" in err
        assert ("Imported" in out) == (answer == "yes")
        expected = "S328100-001" if answer == "yes" else None
        assert subscription_of(sandbox_env, "vs10003") == expected


def test_a_signal_while_the_answer_is_out_ends_after_it_was_looked_for(
    start_cli: StartCli,
    start_platform: StartPlatform,
    machine_env: Callable[..., dict[str, str]],
) -> None:
    platform = start_platform(speed=200)
    with holding(f"http://127.0.0.1:{platform.port}", "POST", "/import") as held:
        env = {**machine_env(platform), "CCLOUD_ENDPOINT": f"{held.address}/api/v1"}
        process = start_cli(*IMPORT, env=env)
        held.wait()
        process.send_signal(signal.SIGTERM)
        read_until(process.stderr, "The import may have been carried out: waiting for its answer")
        held.release()
        ended = run_to_end(process)
    assert ended.code == 143
    assert "Verified" in ended.out
