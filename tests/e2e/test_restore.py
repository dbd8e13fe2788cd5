"""Restoring by whole commands: asked, held, sent once whatever gets lost, and looked at again."""

import json
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.plan.restore import plan_restore
from ccloud_apply.sandbox.handlers.storage.snapshots import _start as start_task
from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store
from ccloud_apply.workflows.account.known_account import find_account
from tests.conftest import PATIENCE_S, Ended, RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.box import change_box, count_tasks, read_box
from tests.support.documents import validator_of
from tests.support.fleet import Platform, read_until
from tests.support.servers import STILL, read_server
from tests.support.stacks import APPLY, BOX, once, with_faults, write_stack

TAKEN = f"{BOX}    snapshots: [before-upgrade]\n"
RESTORE = ("restore", "box", "before-upgrade", "web.yaml", "--auto-approve")


@pytest.fixture
def env(call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A server of ours with one snapshot."""
    write_stack(tmp_path, TAKEN)
    assert call_cli(*APPLY).code == 0
    return sandbox_env


def restores(call_cli: RunCli, env: dict[str, str] | None = None) -> int:
    """How many restores the platform has started, by its own account of it."""
    return count_tasks(call_cli, env)["restore-snapshot"]


def add_snapshot(env: dict[str, str], name: str, snapshot_id: str) -> None:
    box = read_box(env)
    (first, *_) = box["snapshots"]
    new = {**first, "id": snapshot_id, "name": name, "active": False}
    change_box(env, snapshots=[*box["snapshots"], new])


def test_it_shows_what_goes_restores_and_says_where_the_server_is(
    call_cli: RunCli, env: dict[str, str]
) -> None:
    ended = call_cli(*RESTORE)
    assert ended.code == 0, ended.err
    assert "all that was written on vs10004 since" in ended.out
    assert "DESTROYS DATA: restore snapshot before-upgrade" in ended.out
    assert "Restore complete:" in ended.err
    assert "vs10004 is back at before-upgrade" in ended.err
    assert restores(call_cli) == 1
    assert call_cli("plan", "web.yaml", "--detailed-exitcode").code == 0


def test_without_a_terminal_nothing_is_restored_unasked(
    call_cli: RunCli, env: dict[str, str]
) -> None:
    ended = call_cli(*RESTORE[:-1])
    assert ended.code == 1
    assert "cannot be approved" in ended.err
    assert restores(call_cli) == 0


def test_its_events_are_those_of_an_apply(call_cli: RunCli, env: dict[str, str]) -> None:
    ended = call_cli(*RESTORE, "--format", "json")
    events = [json.loads(line) for line in ended.out.splitlines()]
    schema = validator_of("apply-event.schema.json")
    for event in events:
        schema.validate(event)
    assert events[0]["type"] == "plan"
    (change,) = events[0]["plan"]["stacks"][0]["servers"][0]["changes"]
    assert change["destructive"] is True
    assert events[-1]["type"] == "summary"
    assert (events[-1]["done"], events[-1]["converged"]) == (1, True)
    assert {"step_start", "step_complete"} <= {event["type"] for event in events}


PROTECTED = f"{TAKEN}    lifecycle: {{prevent_destroy: true}}\n"
CAPPED = TAKEN.replace("servers:", "policy: {max_destroy: 0}\nservers:")


@pytest.mark.parametrize(
    ("text", "flags", "words"),
    [
        (PROTECTED, (), "prevent_destroy protects it"),
        (CAPPED, (), "at most 0 servers may (policy.max_destroy)"),
        (TAKEN, ("--allow-destroy", "0"), "--allow-destroy 0"),
        (TAKEN, ("--allow", "update,downtime"), '"destroy", which --allow does not name'),
    ],
)
def test_what_holds_the_loss_of_data_holds_it_and_nothing_is_sent(
    text: str,
    flags: tuple[str, ...],
    words: str,
    call_cli: RunCli,
    env: dict[str, str],
    tmp_path: Path,
) -> None:
    write_stack(tmp_path, text)
    ended = call_cli(*RESTORE, *flags)
    assert ended.code == 3
    assert words in ended.out + ended.err
    assert restores(call_cli) == 0
    as_json = call_cli(*RESTORE, *flags, "--format", "json")
    assert as_json.code == 3
    assert [json.loads(line) for line in as_json.out.splitlines()][-1]["type"] == "error"


@pytest.mark.parametrize("flags", [("--allow-destroy", "1"), ("--allow", "destroy")])
def test_what_is_allowed_by_name_is_done(
    flags: tuple[str, ...], call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, CAPPED if "1" in flags else TAKEN)
    assert call_cli(*RESTORE, *flags).code == 0
    assert restores(call_cli) == 1


def test_a_protection_on_the_server_alone_holds_it_too_and_no_force_lifts_it(
    call_cli: RunCli, env: dict[str, str]
) -> None:
    change_box(env, tags=[*read_box(env)["tags"], "prevent-destroy"])
    assert call_cli(*RESTORE).code == 3
    by_hostname = ("restore", "vs10004", "before-upgrade", "--force", "--auto-approve")
    assert call_cli(*by_hostname).code == 3
    assert restores(call_cli) == 0


def test_a_server_of_a_stack_whose_file_is_not_given_needs_force(
    call_cli: RunCli, env: dict[str, str]
) -> None:
    by_hostname = ("restore", "vs10004", "before-upgrade", "--auto-approve")
    held = call_cli(*by_hostname)
    assert held.code == 3
    assert "belongs to stack box as box" in held.out
    assert restores(call_cli) == 0
    assert call_cli(*by_hostname, "--force").code == 0
    assert restores(call_cli) == 1


def test_a_server_of_no_stack_is_restored_by_its_hostname(
    call_cli: RunCli, env: dict[str, str]
) -> None:
    box = read_box(env)
    tags = [tag for tag in box["tags"] if not tag.startswith(("stack:", "server:"))]
    change_box(env, tags=tags)
    ended = call_cli("restore", "vs10004", "before-upgrade", "--auto-approve")
    assert ended.code == 0, ended.err
    assert restores(call_cli) == 1
    assert read_server(env, "vs10004")["tags"] == tags


def test_a_server_that_becomes_somebody_elses_before_the_plan_is_left_alone(
    call_cli: RunCli, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change_box(env, tags=[])
    (box,) = _unowned(env)

    async def find_and_tag(*args: Any) -> Any:
        with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store, store.transaction(write=True):
            store.write_server({**box, "tags": ["stack:other", "server:db"]})
        return await find_account(*args)

    monkeypatch.setattr("ccloud_apply.workflows.account.held_stacks.find_account", find_and_tag)
    ended = call_cli("restore", "vs10004", "before-upgrade", "--auto-approve")
    assert ended.code == 1
    assert "vs10004 belongs to stack other as db by now" in ended.err
    assert restores(call_cli) == 0


def _unowned(env: dict[str, str]) -> list[ServerRecord]:
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store:
        return [one for one in store.all_servers() if one["hostname"] == "vs10004"]


def test_a_server_that_is_only_bound_is_not_the_stacks_own_yet(
    call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, "stack: other\nservers:\n  db: {hostname: vs10001}\n")
    ended = call_cli("restore", "db", "x", "web.yaml", "--auto-approve")
    assert ended.code == 1
    assert "apply adopts or moves it" in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("box", "befor-upgrade", "web.yaml"), 'did you mean "before-upgrade"?'),
        (("bax", "before-upgrade", "web.yaml"), "no such server"),
        (("box", "before-upgrade"), "a key needs the file"),
        (("../x", "before-upgrade"), "no such server"),
        (("box", "", "web.yaml"), "no such snapshot"),
    ],
)
def test_wrong_input_is_an_error_that_says_what_there_is(
    arguments: tuple[str, ...], words: str, call_cli: RunCli, env: dict[str, str]
) -> None:
    ended = call_cli("restore", *arguments, "--auto-approve")
    assert ended.code == 1
    assert words in ended.err
    assert restores(call_cli) == 0


def test_of_two_snapshots_of_one_name_the_id_decides(call_cli: RunCli, env: dict[str, str]) -> None:
    add_snapshot(env, "before-upgrade", "second-id")
    ended = call_cli(*RESTORE)
    assert ended.code == 1
    assert "second-id (" in ended.err
    assert call_cli("restore", "box", "second-id", "web.yaml", "--auto-approve").code == 0
    assert [one["id"] for one in read_box(env)["snapshots"] if one["active"]] == ["second-id"]


LOST: list[dict[str, Any]] = [
    {"drop": "after"},
    {"drop": "before"},
    {"late": 1},
    {"status": 500, "acts": True},
    {"body": "missing-task-id"},
    {"body": "html"},
    {"visibility_lag": 2},
]


@pytest.mark.parametrize("is_active", [True, False], ids=["was-active", "was-not"])
@pytest.mark.parametrize("fault", LOST, ids=json.dumps)
def test_a_lost_answer_restores_once(
    fault: dict[str, Any],
    is_active: bool,
    call_cli: RunCli,
    env: dict[str, str],
    tmp_path: Path,
) -> None:
    if not is_active:
        (first,) = read_box(env)["snapshots"]
        change_box(env, snapshots=[{**first, "active": False}])
    env = {**env, "CCLOUD_GRACE": "3"}
    faulty = with_faults(env, tmp_path, once("restore_server_snapshot", fault))
    first_run = call_cli(*RESTORE, env=faulty)
    assert "Traceback" not in first_run.err
    assert restores(call_cli, env) <= 1
    if first_run.code:
        assert restores(call_cli, env) == 0 or "unknown" in first_run.err
        assert call_cli(*RESTORE, env=env).code == 0
    assert restores(call_cli, env) == 1


@pytest.fixture
def other_action(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that calls the task in a way of its own: the API document names none."""
    place = "ccloud_apply.sandbox.handlers.storage.snapshots._start"

    def start(call: Any, server: Any, action: str, *more: Any, **named: Any) -> Any:
        action = "set-snapshot" if action == "restore-snapshot" else action
        return start_task(call, server, action, *more, **named)

    monkeypatch.setattr(place, start)


@pytest.mark.usefixtures("other_action")
def test_its_own_task_is_believed_whatever_its_action_is_called(
    call_cli: RunCli, env: dict[str, str]
) -> None:
    ended = call_cli(*RESTORE)
    assert ended.code == 0, ended.err


@pytest.mark.usefixtures("other_action")
def test_after_a_lost_answer_a_task_that_may_be_it_is_told_before_it_is_sent_again(
    call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    env = {**env, "CCLOUD_GRACE": "1"}
    faulty = with_faults(env, tmp_path, once("restore_server_snapshot", {"drop": "after"}))
    assert call_cli(*RESTORE, env=faulty).code == 1
    again = call_cli(*RESTORE, env=env)
    assert again.code == 1
    assert "(set-snapshot) since, which may be it" in again.err
    assert count_tasks(call_cli, env)["set-snapshot"] == 1
    assert call_cli(*RESTORE, env=env).code == 0
    assert count_tasks(call_cli, env)["set-snapshot"] == 2


@pytest.fixture
def begun(
    start_platform: StartPlatform,
    machine_env: Callable[..., dict[str, str]],
    start_cli: StartCli,
    run_cli: RunCli,
    tmp_path: Path,
) -> tuple[subprocess.Popen[str], dict[str, str], Platform]:
    """A restore whose task does not end by itself, its environment, and its platform."""
    write_stack(tmp_path, TAKEN)
    platform = start_platform(speed=200)
    env = machine_env(platform)
    assert run_cli(*APPLY, env=env).code == 0
    platform.restart(speed=STILL)
    process = start_cli(*RESTORE, "--format", "json", env=env)
    read_until(process.stdout, "step_progress")
    return process, env, platform


def let_it_end(platform: Platform) -> None:
    """The platform ends what was begun, and is quick from then on."""
    assert platform.end_tasks() == 1
    platform.restart(speed=200)


def test_a_restore_that_was_killed_after_it_was_sent_is_not_sent_again(
    begun: tuple[subprocess.Popen[str], dict[str, str], Platform], run_cli: RunCli
) -> None:
    process, env, platform = begun
    process.kill()
    process.wait(timeout=PATIENCE_S)
    let_it_end(platform)
    again = run_cli(*RESTORE, env=env)
    assert again.code == 0, again.err
    assert "an earlier run did this already" in again.err
    assert restores(run_cli, env) == 1
    once_more = run_cli(*RESTORE, env=env)
    assert once_more.code == 0
    assert restores(run_cli, env) == 2


def test_an_apply_settles_a_restore_that_was_killed(
    begun: tuple[subprocess.Popen[str], dict[str, str], Platform], run_cli: RunCli
) -> None:
    process, env, platform = begun
    process.kill()
    process.wait(timeout=PATIENCE_S)
    let_it_end(platform)
    applied = run_cli(*APPLY, env=env)
    assert applied.code == 0, applied.err
    assert "box/restore of an earlier run" in applied.err
    assert restores(run_cli, env) == 1


@pytest.mark.parametrize(
    ("action", "words"),
    [("restore", "takes vs10004 back to a snapshot"), ("create", "has no such snapshot, and")],
)
def test_while_others_restore_it_or_make_the_snapshot_it_is_refused(
    action: str,
    words: str,
    start_platform: StartPlatform,
    machine_env: Callable[..., dict[str, str]],
    run_cli: RunCli,
    tmp_path: Path,
) -> None:
    """A run without the journal of the one that restores would do it once more right after it."""
    write_stack(tmp_path, TAKEN)
    platform = start_platform("--reading", "snapshot_pause_s=0", speed=200)
    assert run_cli(*APPLY, env=machine_env(platform)).code == 0
    path = "/ccloud/servers/vs10004/snapshots"
    platform.restart(speed=STILL)
    if action == "restore":
        (taken,) = platform.read(path)
        platform.change("POST", f"{path}/{taken['id']}")
        ended = run_cli(*RESTORE, env=machine_env(platform, "two"))
    else:
        platform.change("POST", path, {"name": "new"})
        wanted = ("restore", "box", "new", "web.yaml", "--auto-approve")
        ended = run_cli(*wanted, env=machine_env(platform, "two"))
    assert ended.code == 1
    assert words in ended.err
    assert "ccloud-apply tasks" in ended.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_it_cleanly_and_the_next_run_knows_of_it(
    number: signal.Signals,
    code: int,
    begun: tuple[subprocess.Popen[str], dict[str, str], Platform],
    run_cli: RunCli,
) -> None:
    process, env, platform = begun
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code
    let_it_end(platform)
    assert "an earlier run did this already" in run_cli(*RESTORE, env=env).err
    assert restores(run_cli, env) == 1


def serve_with(
    serve: Callable[..., str], clean_env: dict[str, str], *readings: str
) -> dict[str, str]:
    flags = [flag for reading in readings for flag in ("--reading", reading)]
    return {
        **clean_env,
        "CCLOUD_ENDPOINT": serve(*flags),
        "CCLOUD_TOKEN": "sandbox-e2e",
        "CCLOUD_SETTLE": "0",
        "CCLOUD_GRACE": "1",
    }


def restore_served(call_cli: RunCli, env: dict[str, str], folder: Path) -> Ended:
    write_stack(folder, TAKEN)
    assert call_cli(*APPLY, env=env).code == 0
    return call_cli(*RESTORE, env=env)


def test_a_server_that_is_off_afterwards_is_told(
    call_cli: RunCli, clean_env: dict[str, str], serve: Callable[..., str], tmp_path: Path
) -> None:
    env = serve_with(serve, clean_env, "restored_state=Off", "restored_newer=removed")
    ended = restore_served(call_cli, env, tmp_path)
    assert ended.code == 0, ended.err
    assert "vs10004 was Running and is Off now" in ended.err


def test_a_platform_that_shows_no_active_snapshot_is_believed_by_its_task(
    call_cli: RunCli, clean_env: dict[str, str], serve: Callable[..., str], tmp_path: Path
) -> None:
    env = serve_with(serve, clean_env, "restored_active=false")
    assert restore_served(call_cli, env, tmp_path).code == 0


def test_a_task_that_fails_is_an_error_with_its_reason(
    call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    fault = {"operation": "restore_server_snapshot", "fault": {"failing_task": "no room"}}
    ended = call_cli(*RESTORE, env=with_faults(env, tmp_path, fault))
    assert ended.code == 1
    assert "no room" in ended.err
    assert "Restore INCOMPLETE" in ended.err
    assert call_cli(*RESTORE).code == 0
    assert restores(call_cli) == 2


def test_a_snapshot_that_was_taken_since_the_plan_stops_it(
    call_cli: RunCli, env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def plan_and_take(*args: Any, **options: Any) -> Any:
        planned = plan_restore(*args, **options)
        add_snapshot(env, "taken-meanwhile", "new-id")
        return planned

    monkeypatch.setattr("ccloud_apply.workflows.restore.plan_restore", plan_and_take)
    ended = call_cli(*RESTORE)
    assert ended.code == 1
    assert "changed since the plan: vs10004 has another snapshot: taken-meanwhile" in ended.err
    assert restores(call_cli) == 0
