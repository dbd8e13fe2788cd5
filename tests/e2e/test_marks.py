"""What a failed build and a change that does not take leave behind: a mark, and a plan that is held
until a person decides. No apply repeats what did not take."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PATIENCE_S, RunCli
from tests.e2e.conftest import StartPlatform
from tests.support.accounts import Account
from tests.support.stacks import APPLY, WEB, write_stack

HALF = {"failing_task": "no host with enough free memory", "leaves": "critical"}
BUILD = {"operation": "create_server", "when": {"nth": 2}, "fault": HALF}
REFUSED = {"operation": "set_server_tags", "fault": {"status": 422}}
ONE = """\
stack: web
servers:
  web:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 2
    memory: 4
    disks: [50]
"""
"""One server, to which tests add fields."""


@pytest.fixture(autouse=True)
def impatient(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a minute for what will not show."""
    be_patient(account, monkeypatch, 0.5)


def be_patient(account: Account, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Wait so long for what does not show."""
    account.env["CCLOUD_GRACE"] = f"{seconds}"
    for module in ("once.safe_send", "once.recovery", "engine.addition", "verification"):
        monkeypatch.setattr(f"ccloud_apply.apply.{module}.CONSISTENCY_TIMEOUT_S", seconds)
    monkeypatch.setattr("ccloud_apply.apply.result._MIN_CONFIRM_S", seconds)
    for name in ("REPLACED_WITHIN_S", "SET_WITHIN_S"):
        monkeypatch.setattr(f"ccloud_apply.apply.engine.replacement.{name}", seconds)


def plan_of(account: Account, *options: str) -> dict[str, Any]:
    """The stack of the plan, as JSON."""
    document: dict[str, Any] = json.loads(
        account.run("plan", "web.yaml", *options, "--format", "json").out
    )
    stack: dict[str, Any] = document["stacks"][0]
    return stack


def test_it_is_marked_at_once_and_holds_every_later_run(account: Account) -> None:
    first = account.run_with(BUILD, *APPLY)
    assert first.code == 1
    assert "no host with enough free memory" in first.err
    assert "exists all the same, and is marked as incomplete" in first.err
    again = account.run(*APPLY)
    assert again.code == 3
    for way_out in ("--replace web-", "--accept web-", "--exclude web-"):
        assert way_out in again.out
    assert account.run("plan", "web.yaml").code == 3
    stack = plan_of(account)
    assert stack["summary"]["not_compared"] == 1
    (server,) = [s for s in stack["servers"] if s["action"] == "not_compared"]
    assert "failed" in server["why"]
    assert [d["code"] for d in stack["held"]] == ["build-failed"]
    assert account.count_creates() == Counter({"done": 2, "failed": 1})


def test_replace_builds_it_anew(account: Account) -> None:
    account.run_with(BUILD, *APPLY)
    key = marked_key(account)
    ended = account.run(*APPLY, "--replace", key)
    assert ended.code == 0, ended.err
    assert account.count_creates() == Counter({"done": 3, "failed": 1})
    assert "incomplete" not in account.tags(key)
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0


def test_accept_takes_it_as_it_is_and_makes_it_what_the_file_says(
    account: Account, tmp_path: Path
) -> None:
    write_stack(tmp_path, WEB.replace("disks: [50]", "disks: [50, 20]"))
    account.run_with({**BUILD, "fault": {**HALF, "leaves": "server"}}, *APPLY)
    key = marked_key(account)
    ended = account.run(*APPLY, "--accept", key)
    assert ended.code == 0, ended.err
    assert "add disk" in ended.err
    assert "destroy" not in ended.err
    assert "incomplete:accepted" in account.tags(key)
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0
    account.env["CCLOUD_WORK_DIR"] = str(tmp_path / "another machine")
    assert account.run(*APPLY).code == 0, "the task list does not mark it again"


def test_exclude_goes_on_without_it(account: Account) -> None:
    account.run_with(BUILD, *APPLY)
    assert account.run(*APPLY, "--exclude", marked_key(account)).code == 0


@pytest.mark.parametrize("is_kept", [True, False], ids=["journal kept", "journal lost"])
def test_a_mark_that_was_not_set_is_set_by_the_next_run(
    account: Account, tmp_path: Path, is_kept: bool
) -> None:
    first = account.run_with_all([BUILD, REFUSED], *APPLY)
    assert first.code == 1
    assert "cannot be marked as incomplete" in first.err
    assert plan_of(account)["summary"]["not_compared"] == 1, "the task list tells it as well"
    assert account.run("plan", "web.yaml").code == 3
    assert account.run("drift", "web.yaml").code == 2
    assert account.run("rehearse", "web.yaml").code == 3
    if not is_kept:
        account.env["CCLOUD_WORK_DIR"] = str(tmp_path / "another machine")
    again = account.run(*APPLY)
    assert again.code == 3
    assert "failed (task 2); it is marked as incomplete" in again.err
    assert account.run("plan", "web.yaml").code == 3


@pytest.mark.parametrize("is_kept", [True, False], ids=["journal kept", "journal lost"])
def test_a_failed_build_that_cannot_be_marked_holds_all_the_same(
    account: Account, tmp_path: Path, is_kept: bool
) -> None:
    account.run_with_all([BUILD, REFUSED], *APPLY)
    made = account.count_creates()
    if not is_kept:
        account.env["CCLOUD_WORK_DIR"] = str(tmp_path / "another machine")
    for _ in range(2):
        again = account.run_with(REFUSED, *APPLY)
        assert again.code == 3, again.err
        assert "cannot be marked as incomplete" in again.err
        assert "--replace web-" in again.out
    assert account.count_creates() == made
    (key,) = set(re.findall(r"--replace (\S+)", again.out))
    assert account.run_with(REFUSED, *APPLY, "--replace", key).code == 0


def test_a_change_that_cannot_be_marked_is_not_repeated_while_the_journal_knows_it(
    account: Account, tmp_path: Path
) -> None:
    write_stack(tmp_path, ONE)
    assert account.run(*APPLY).code == 0
    write_stack(tmp_path, ONE.replace("cores: 2", "cores: 4"))
    rules = [{"operation": "resize_server_cores", "fault": {"ignore": True}}, REFUSED]
    assert account.run_with_all(rules, *APPLY).code == 1
    tasks = len(account.tasks())
    for _ in range(2):
        again = account.run_with_all(rules, *APPLY)
        assert again.code == 3, again.err
        assert "so this apply does not change it" in again.err
    assert len(account.tasks()) == tasks
    assert account.run(*APPLY).code == 3, "it is marked once it can be"
    assert account.run(*APPLY, "--retry", "web").code == 0
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0


def test_what_depends_on_it_is_not_made_on_top_of_it(account: Account, tmp_path: Path) -> None:
    both = ONE + ONE.split("servers:\n")[1].replace("  web:", "  db:")
    write_stack(tmp_path, both.replace("  web:\n", "  web:\n    depends_on: [db]\n"))
    ended = account.run_with({**BUILD, "when": {"nth": 1}}, *APPLY)
    assert ended.code == 1
    assert account.run(*APPLY).code == 3
    assert account.run(*APPLY, "--target", "web").code == 3
    assert account.count_creates() == Counter({"failed": 1})


def test_destroy_removes_it_as_any(account: Account) -> None:
    account.run_with(BUILD, *APPLY)
    assert account.run("destroy", "web.yaml", "--auto-approve").code == 0
    assert account.servers() == []


def marked_key(account: Account) -> str:
    """The key of the one server that is marked as incomplete."""
    (server,) = account.servers("incomplete")
    (key,) = [t.removeprefix("server:") for t in server["tags"] if t.startswith("server:")]
    return str(key)


DROPPED = [
    pytest.param("notes: old", "notes: new", "set_server_notes", id="notes"),
    pytest.param("custom_name: old", "custom_name: new", "set_server_custom_name", id="name"),
    pytest.param("tags: [old]", "tags: [new]", "set_server_tags", id="tags"),
    pytest.param("cores: 2", "cores: 4", "resize_server_cores", id="cores"),
    pytest.param("memory: 4", "memory: 8", "resize_server_memory", id="memory"),
    pytest.param("disks: [50]", "disks: [50, 20]", "add_server_disk", id="a disk"),
    pytest.param("disks: [50]", "disks: [60]", "resize_server_disk", id="a disk's size"),
    pytest.param("addons: {}", "addons: {backup: 1}", "set_server_addon", id="addons"),
    pytest.param(
        "addons: {backup: 1}", "addons: {}", "delete_server_addon", id="an addon that goes"
    ),
    pytest.param(
        "scheduled_snapshots: {frequency: 6}",
        "scheduled_snapshots: {frequency: 12}",
        "*_server_snapshot_schedule",
        id="schedule",
    ),
    pytest.param("power: running", "power: off", "change_server_state", id="power"),
    pytest.param("notes: old", "notes: null", "delete_server_notes", id="notes that go"),
    pytest.param("disks: [50, 20]", "disks: [50]", "delete_server_disk", id="a disk that goes"),
    pytest.param(
        "dvds: []", "dvds: [debian-12.8.0-amd64-netinst.iso]", "*_server_dvd", id="a drive"
    ),
]


def with_field(text: str) -> str:
    """The stack of one server with this field."""
    name = text.partition(":")[0]
    lines = [line for line in ONE.splitlines() if not line.startswith(f"    {name}:")]
    return "\n".join([*lines, f"    {text}", ""])


@pytest.mark.parametrize(("before", "after", "operation"), DROPPED)
def test_what_is_accepted_and_dropped_is_told_marked_and_not_tried_again(
    before: str, after: str, operation: str, account: Account, tmp_path: Path
) -> None:
    field = before.partition(":")[0]
    write_stack(tmp_path, with_field(before))
    made = account.run(*APPLY)
    assert made.code == 0, made.err
    write_stack(tmp_path, with_field(after))
    # The mark is set by set_server_tags too: of those only the first is dropped.
    when = {"nth": 1} if operation == "set_server_tags" else "always"
    ended = account.run_with(
        {"operation": operation, "when": when, "fault": {"ignore": True}}, *APPLY
    )
    assert ended.code == 1, ended.err
    assert f"{field} of vs" in ended.err or f"{field}." in ended.err
    assert f"untaken:{field}-" in ended.err
    assert "and the file says" in ended.err
    tasks = len(account.tasks())
    again = account.run(*APPLY)
    assert again.code == 3, again.err
    assert "--retry web" in again.out
    assert len(account.tasks()) == tasks, "nothing is done again"
    assert account.run("plan", "web.yaml").code == 3
    retried = account.run(*APPLY, "--retry", "web")
    assert retried.code == 0, retried.err
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0
    assert not [t for t in account.tags("web") if t.startswith("untaken:")]


def test_a_retry_that_does_not_take_either_is_marked_again(
    account: Account, tmp_path: Path
) -> None:
    write_stack(tmp_path, with_field("notes: old"))
    assert account.run(*APPLY).code == 0
    write_stack(tmp_path, with_field("notes: new"))
    drop = {"operation": "set_server_notes", "fault": {"ignore": True}}
    assert account.run_with(drop, *APPLY).code == 1
    assert account.run_with(drop, *APPLY, "--retry", "web").code == 1
    assert account.run_with(drop, *APPLY).code == 3


def test_another_value_in_the_file_takes_the_mark_away(account: Account, tmp_path: Path) -> None:
    write_stack(tmp_path, with_field("notes: old"))
    assert account.run(*APPLY).code == 0
    write_stack(tmp_path, with_field("notes: new"))
    drop = {"operation": "set_server_notes", "fault": {"ignore": True}}
    assert account.run_with(drop, *APPLY).code == 1
    write_stack(tmp_path, with_field("notes: old"))
    stack = plan_of(account)
    assert [c["field"] for c in stack["servers"][0]["changes"]] == ["tags"]
    assert account.run("drift", "web.yaml").code == 0, "a mark is no drift"
    assert account.run(*APPLY).code == 0
    assert not [t for t in account.tags("web") if t.startswith("untaken:")]


CHANGES = [
    pytest.param("cores", 4, 8, "resize_server_cores", id="cores"),
    pytest.param("image", "bullseye_uefi", "ubuntu22_uefi", "redeploy_server", id="a redeploy"),
]


@pytest.mark.parametrize(("field", "dropped", "other", "operation"), CHANGES)
def test_a_value_that_was_never_tried_is_not_held_for_one_that_did_not_take(
    field: str, dropped: object, other: object, operation: str, account: Account, tmp_path: Path
) -> None:
    redeployed = f"{ONE}    lifecycle: {{on_create_only_change: redeploy}}\n"
    write_stack(tmp_path, redeployed)
    assert account.run(*APPLY).code == 0

    def declare(value: object) -> None:
        lines = redeployed.splitlines()
        lines = [f"    {field}: {value}" if f" {field}:" in line else line for line in lines]
        write_stack(tmp_path, "\n".join([*lines, ""]))

    declare(dropped)
    drop = {"operation": operation, "fault": {"ignore": True}}
    assert account.run_with(drop, *APPLY).code == 1
    assert len([t for t in account.tags("web") if t.startswith(f"untaken:{field}-")]) == 1
    declare(other)
    ended = account.run(*APPLY)
    assert ended.code == 0, ended.err + ended.out
    assert not [t for t in account.tags("web") if t.startswith("untaken:")]


def test_a_replacement_whose_deletion_is_dropped_is_not_repeated(
    account: Account, tmp_path: Path
) -> None:
    replaced = f"{ONE}    lifecycle: {{on_create_only_change: replace}}\n"
    write_stack(tmp_path, replaced)
    assert account.run(*APPLY).code == 0
    write_stack(tmp_path, replaced.replace("debian12_uefi", "bullseye_uefi"))
    drop = {"operation": "delete_server", "fault": {"ignore": True}}
    ended = account.run_with(drop, *APPLY)
    assert ended.code == 1
    assert "untaken:image-" in ended.err
    tasks = len(account.tasks())
    assert account.run_with(drop, *APPLY).code == 3
    assert len(account.tasks()) == tasks, "no server is deleted again"
    assert account.run(*APPLY, "--retry", "web").code == 0


def test_drift_tells_the_field_that_is_held(account: Account, tmp_path: Path) -> None:
    write_stack(tmp_path, with_field("notes: old"))
    assert account.run(*APPLY).code == 0
    write_stack(tmp_path, with_field("notes: new"))
    drop = {"operation": "set_server_notes", "fault": {"ignore": True}}
    assert account.run_with(drop, *APPLY).code == 1
    drifted = account.run("drift", "web.yaml", "--format", "json")
    assert drifted.code == 2
    (server,) = json.loads(drifted.out)["stacks"][0]["drifted"]
    assert [change["field"] for change in server["changes"]] == ["notes"]


def test_a_mark_that_is_dropped_too_is_told(account: Account, tmp_path: Path) -> None:
    write_stack(tmp_path, with_field("notes: old"))
    assert account.run(*APPLY).code == 0
    write_stack(tmp_path, with_field("notes: new"))
    rules = [
        {"operation": name, "fault": {"ignore": True}}
        for name in ("set_server_notes", "set_server_tags")
    ]
    ended = account.run_with_all(rules, *APPLY)
    assert ended.code == 1
    assert "cannot be marked untaken:notes-" in ended.err


def test_a_redeploy_that_does_not_take_is_never_repeated(account: Account, tmp_path: Path) -> None:
    write_stack(tmp_path, ONE)
    assert account.run(*APPLY).code == 0
    other = ONE.replace("debian12_uefi", "bullseye_uefi")
    assert other != ONE
    write_stack(tmp_path, f"{other}    lifecycle: {{on_create_only_change: redeploy}}\n")
    drop = {"operation": "redeploy_server", "fault": {"ignore": True}}
    ended = account.run_with(drop, *APPLY)
    assert ended.code == 1, ended.err
    assert "untaken:image-" in ended.err
    assert [account.run(*APPLY).code for _ in range(2)] == [3, 3]
    actions = Counter(task["action"] for task in account.tasks())
    assert actions["redeploy-server"] == 1
    assert account.run(*APPLY, "--retry", "web").code == 0


@pytest.mark.parametrize("wish", ["replace", "error"])
def test_a_text_that_comes_back_as_another_replaces_nothing(
    wish: str, account: Account, tmp_path: Path
) -> None:
    text = with_field("description: a long description")
    write_stack(tmp_path, f"{text}    lifecycle: {{on_create_only_change: {wish}}}\n")
    cut = {
        "operation": "*_server*",
        "method": "GET",
        "fault": {"tells": {"data.description": "rewritten"}},
    }
    first = account.run_with(cut, *APPLY)
    assert first.code == 1
    assert 'description of vs10004 is "rewritten"' in first.err
    for _ in range(2):
        assert account.run_with(cut, *APPLY).code == 3
    assert account.count_creates() == Counter({"done": 1})


def test_what_did_not_take_is_marked_although_another_step_has_failed(
    account: Account, tmp_path: Path
) -> None:
    """Else each apply would destroy a server once more, for as long as the other step fails."""

    def declare(description: str, cores: int) -> None:
        head, server = ONE.split("  web:\n")
        web = f"{server}    description: {description}\n"
        web += "    lifecycle: {on_create_only_change: replace}\n"
        other = server.replace("cores: 2", f"cores: {cores}")
        write_stack(tmp_path, f"{head}  web:\n{web}  other:\n{other}")

    declare("a text", 2)
    assert account.run(*APPLY).code == 0
    declare("another text", 4)
    rewritten = {"data.description": "rewritten"}
    rules = [
        {"operation": "*_server*", "method": "GET", "fault": {"tells": rewritten}},
        {"operation": "resize_server_cores", "fault": {"status": 422}},
    ]
    first = account.run_with_all(rules, *APPLY)
    assert first.code == 1
    assert "untaken:description-" in first.err
    assert [account.run_with_all(rules, *APPLY).code for _ in range(2)] == [3, 3]
    assert account.count_creates() == Counter({"done": 3}), "replaced once"


def test_a_server_of_a_failed_step_is_not_waited_for_once_more(
    account: Account, tmp_path: Path
) -> None:
    """The end of an apply looks at what was done, not at a task that has outlived its time."""
    head, server = ONE.split("  web:\n")
    write_stack(tmp_path, f"{head}  web:\n{server}  other:\n{server}")
    assert account.run(*APPLY).code == 0
    other = server.replace("cores: 2", "cores: 4")
    write_stack(tmp_path, f"{head}  web:\n{server}    notes: new\n  other:\n{other}")
    stuck = {"operation": "resize_server_cores", "fault": {"stuck_task": True}}
    ended = account.run_with(stuck, *APPLY, "--timeout", "1")
    assert ended.code == 1
    assert "is still running after 1 s" in ended.err
    assert "to end" not in ended.err, "it is not waited for"


def test_what_a_create_made_otherwise_is_marked_where_another_step_fails(
    account: Account, tmp_path: Path
) -> None:
    text = with_field("description: a long description")
    text += "    lifecycle: {on_create_only_change: replace}\n"
    second = text[text.index("  web:") :].replace("web:", "app:").replace("a long", "another")
    write_stack(tmp_path, text + second)
    fails = {
        "operation": "create_server",
        "when": {"nth": 2},
        "fault": {"failing_task": "no host with enough free memory"},
    }
    other = {
        "operation": "*_server*",
        "method": "GET",
        "fault": {"tells": {"data.description": "rewritten"}},
    }
    ended = account.run_with_all([fails, other], *APPLY)
    assert ended.code == 1
    assert ended.err.count('is "rewritten"') == 1
    assert account.run_with(other, *APPLY).code == 3
    assert account.count_creates() == Counter({"done": 1, "failed": 1}), "nothing is replaced"


def test_a_pool_by_another_name_replaces_nothing(account: Account, tmp_path: Path) -> None:
    write_stack(tmp_path, f"{ONE}    lifecycle: {{on_create_only_change: replace}}\n")
    other = {
        "operation": "*_server*",
        "method": "GET",
        "fault": {"tells": {"data.pool": "pool_iw_hdd"}},
    }
    codes = [account.run_with(other, *APPLY).code for _ in range(3)]
    assert account.count_creates() == Counter({"done": 1})
    assert codes == [0, 0, 0], "what is in no catalogue is unknown"


def test_lists_that_are_behind_are_no_reason_to_mark(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.env["CCLOUD_GRACE"] = "3"
    monkeypatch.setattr("ccloud_apply.apply.verification.CONSISTENCY_TIMEOUT_S", PATIENCE_S)
    write_stack(tmp_path, with_field("notes: old"))
    lag = {"operation": "*", "method": "PUT", "fault": {"visibility_lag": 1}}
    first = account.run_with(lag, *APPLY)
    assert first.code == 0, first.err
    write_stack(tmp_path, with_field("notes: new"))
    second = account.run_with(lag, *APPLY)
    assert second.code == 0, second.err


def test_an_option_in_a_plan_file_lifts_nothing(account: Account, tmp_path: Path) -> None:
    write_stack(tmp_path, with_field("notes: old"))
    assert account.run(*APPLY).code == 0
    write_stack(tmp_path, with_field("notes: new"))
    drop = {"operation": "set_server_notes", "fault": {"ignore": True}}
    assert account.run_with(drop, *APPLY).code == 1
    saved = account.run("plan", "web.yaml", "--retry", "web", "--out", "plan.json")
    assert saved.code == 0
    held = account.run("apply", "plan.json")
    assert held.code == 3
    assert "repeat with --retry web beside the plan file" in held.err
    assert account.run("apply", "plan.json", "--retry", "web").code == 0


def test_what_is_to_be_replaced_is_approved_with_the_plan(account: Account, tmp_path: Path) -> None:
    write_stack(tmp_path, ONE)
    assert account.run(*APPLY).code == 0
    saved = account.run("plan", "web.yaml", "--replace", "web", "--out", "plan.json")
    assert saved.code == 0
    assert "built again because of --replace" in saved.out
    assert account.run("apply", "plan.json").code == 0
    assert account.count_creates() == Counter({"done": 2})
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0


def test_a_rehearsal_accepts_as_the_apply_would(account: Account) -> None:
    account.run_with(BUILD, *APPLY)
    assert account.run("rehearse", "web.yaml").code == 3
    ended = account.run("rehearse", "web.yaml", "--accept", "*")
    assert ended.code == 0, ended.out


def test_allow_takes_a_mark_that_goes_for_an_update(account: Account) -> None:
    account.run_with(BUILD, *APPLY)
    rest = (*APPLY, "--accept", "*", "--allow")
    assert account.run(*rest, "create").code == 3
    assert account.run(*rest, "update").code == 0


def test_over_http_a_failed_build_is_held_on_every_machine(
    start_platform: StartPlatform,
    machine_env: Callable[..., dict[str, str]],
    call_cli: RunCli,
    tmp_path: Path,
) -> None:
    (tmp_path / "faults.yaml").write_text(json.dumps({"rules": [BUILD]}), encoding="utf-8")
    platform = start_platform("--faults", str(tmp_path / "faults.yaml"), speed=2000)
    write_stack(tmp_path)
    assert call_cli(*APPLY, env=machine_env(platform)).code == 1
    other = call_cli(*APPLY, env=machine_env(platform, "two"))
    assert other.code == 3
    assert "--replace web-" in other.out
    (half,) = [s for s in platform.servers() if "incomplete" in s["tags"]]
    (key,) = [t for t in half["tags"] if t.startswith("server:")]
    ended = call_cli(
        *APPLY, "--replace", key.removeprefix("server:"), env=machine_env(platform, "two")
    )
    assert ended.code == 0, ended.err
    assert len([s for s in platform.servers() if "stack:web" in s["tags"]]) == 3


@pytest.mark.parametrize("field", ["notes: new", "scheduled_snapshots: {frequency: 6}"])
def test_a_new_server_that_its_own_read_does_not_show_yet_is_waited_for(
    field: str, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_patient(account, monkeypatch, PATIENCE_S)
    write_stack(tmp_path, with_field(field))
    behind = {"operation": "get_server", "when": {"nth": 1}, "fault": {"status": 404}}
    ended = account.run_with(behind, *APPLY)
    assert ended.code == 0, ended.err
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0
