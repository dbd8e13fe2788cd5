"""`password: {generate: FILE}` by whole commands: the file has what the server has, always."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.sandbox.state.store import Store
from tests.conftest import RunCli
from tests.support.box import read_box
from tests.support.servers import read_tagged
from tests.support.stacks import APPLY, BOX, IS_EMPTY, once, with_faults, write_stack

GENERATED = f"{BOX}    password: {{generate: secrets/box.password}}\n"
FILE = Path("secrets/box.password")


def assert_known(env: dict[str, str], folder: Path) -> str:
    """The one server has the password that the file has; nothing else has it."""
    box = read_box(env)
    password = (folder / FILE).read_text().strip()
    assert box["password"] == password
    assert [path.name for path in (folder / FILE).parent.iterdir()] == [FILE.name]
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in {FILE.name} and "sandbox" not in path.name:
            assert password.encode() not in path.read_bytes(), path
    return password


def test_the_file_has_what_the_server_has_and_nobody_else(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, GENERATED)
    assert call_cli("validate", "web.yaml").code == 0
    planned = call_cli("plan", "web.yaml", "--out", "plan.json")
    assert planned.code == 0
    assert not (tmp_path / FILE).exists()
    applied = call_cli("apply", "plan.json", "-v", "--format", "json")
    assert applied.code == 0, applied.err
    password = assert_known(sandbox_env, tmp_path)
    assert password not in applied.out + applied.err
    assert call_cli(*IS_EMPTY).code == 0


LOST: list[dict[str, Any]] = [
    {"drop": "after"},
    {"drop": "before"},
    {"status": 500, "acts": True},
    {"status": 422},
    {"body": "missing-task-id"},
    {"failing_task": "no room"},
]


@pytest.mark.parametrize("fault", LOST, ids=json.dumps)
def test_a_create_that_fails_or_is_lost_leaves_one_password(
    fault: dict[str, Any], call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, GENERATED)
    env = {**sandbox_env, "CCLOUD_GRACE": "2"}
    first = call_cli(*APPLY, env=with_faults(env, tmp_path, once("create_server", fault)))
    before = (tmp_path / FILE).read_text()
    if first.code:
        again = call_cli(*APPLY, env=env)
        assert again.code == 0, again.err
    assert assert_known(env, tmp_path) == before.strip()


def test_a_first_apply_to_an_empty_account_can_be_continued(
    call_cli: RunCli,
    clean_env: dict[str, str],
    serve: Callable[..., str],
    tmp_path: Path,
) -> None:
    """Its first server tells whose the account is: the next run knows it by another id."""
    several = f'{BOX}    count: 2\n    password: {{generate: "secrets/${{key}}"}}\n'
    write_stack(tmp_path, several)
    faulty = with_faults(clean_env, tmp_path, once("create_server", {"status": 422}, nth=2))
    endpoint = serve("--faults", faulty["CCLOUD_SANDBOX_FAULTS"])
    env = {**clean_env, "CCLOUD_ENDPOINT": endpoint, "CCLOUD_TOKEN": "sandbox-e2e"}
    assert call_cli("catalog", "pools", env=env).code == 0
    with closing(Store(str(tmp_path / "served.db"))) as store, store.transaction(write=True):
        for server in store.all_servers():
            store.remove_server(server["id"])
    env |= {"CCLOUD_SETTLE": "0", "CCLOUD_GRACE": "1"}
    assert call_cli(*APPLY, env=env).code == 1
    again = call_cli(*APPLY, env=env)
    assert again.code == 0, again.err


def test_what_the_platform_quotes_of_it_is_masked(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    """The password of the failed run is used again, so it is known which one is quoted."""
    write_stack(tmp_path, GENERATED)
    fault = once("create_server", {"status": 422})
    assert call_cli(*APPLY, env=with_faults(sandbox_env, tmp_path, fault)).code == 1
    password = (tmp_path / FILE).read_text().strip()
    quoting = {"operation": "create_server", "fault": {"failing_task": f"{password} is weak"}}
    ended = call_cli(*APPLY, env=with_faults(sandbox_env, tmp_path, quoting))
    assert ended.code == 1
    assert "is weak" in ended.err
    assert password not in ended.err + ended.out
    for path in (tmp_path / ".ccloud-apply" / "journal").rglob("*"):
        assert password not in path.read_text()


def test_a_file_that_is_there_stops_the_apply_before_anything_is_destroyed(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, GENERATED)
    assert call_cli(*APPLY).code == 0
    password = assert_known(sandbox_env, tmp_path)
    replaced = call_cli(*APPLY, "--replace", "box", "--allow-destroy", "1")
    assert replaced.code == 1
    assert "exists already" in replaced.err
    assert assert_known(sandbox_env, tmp_path) == password
    (tmp_path / FILE).unlink()
    assert call_cli(*APPLY, "--replace", "box", "--allow-destroy", "1").code == 0
    assert assert_known(sandbox_env, tmp_path) != password


def test_a_rehearsal_makes_none(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, GENERATED)
    assert call_cli("rehearse", "web.yaml").code == 0
    assert not (tmp_path / FILE).exists()


def test_a_redeploy_keeps_the_servers_password(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    text = f"{GENERATED}    lifecycle: {{on_create_only_change: redeploy}}\n"
    write_stack(tmp_path, text)
    assert call_cli(*APPLY).code == 0
    password = assert_known(sandbox_env, tmp_path)
    write_stack(tmp_path, text.replace("debian12_uefi", "rocky9_uefi"))
    applied = call_cli(*APPLY)
    assert applied.code == 0, applied.err
    assert assert_known(sandbox_env, tmp_path) == password


@pytest.mark.parametrize(
    ("entry", "name", "words"),
    [
        ("count: 2", "secrets/all", "is the file of"),
        ("count: 1", "secrets/all", "of every server of box"),
        ("for_each: [a, b]", "secrets/all", "is the file of"),
        ("count: 1", "../${key}", "outside of the stack file's folder"),
        ("count: 1", "/${key}", "relative to the file that names it"),
    ],
)
def test_a_file_that_cannot_be_meant_is_an_error_with_its_place(
    entry: str, name: str, words: str, call_cli: RunCli, tmp_path: Path
) -> None:
    text = f'{BOX}    {entry}\n    password: {{generate: "{name}"}}\n'
    write_stack(tmp_path, text)
    ended = call_cli("validate", "web.yaml")
    assert ended.code == 1
    assert "web.yaml:11:" in ended.err
    assert words in ended.err


def test_with_the_key_in_its_name_each_server_has_its_own(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, f'{BOX}    count: 3\n    password: {{generate: "secrets/${{key}}"}}\n')
    assert call_cli(*APPLY).code == 0
    found = {server["password"] for server in read_tagged(sandbox_env, "stack:box")}
    assert len(found) == 3
    assert {path.read_text().strip() for path in (tmp_path / "secrets").iterdir()} == found


def test_a_password_of_a_create_that_another_machine_may_have_made_is_told(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, GENERATED)
    refused = once("create_server", {"status": 422})
    assert call_cli(*APPLY, env=with_faults(sandbox_env, tmp_path, refused)).code == 1
    left = (tmp_path / FILE).read_text().strip()
    other = tmp_path / "other machine"
    other.mkdir()
    write_stack(other, GENERATED)
    env = {**sandbox_env, "CCLOUD_WORK_DIR": str(other / "work")}
    made = call_cli("apply", "other machine/web.yaml", "--auto-approve", env=env)
    assert made.code == 0, made.err
    assert read_box(sandbox_env)["password"] != left
    again = call_cli(*APPLY)
    assert again.code == 0
    assert f"an earlier run made {FILE} for box and was cut off" in again.err
    assert left not in again.out + again.err
    assert "was cut off" not in call_cli(*APPLY).err, "it is told once"
