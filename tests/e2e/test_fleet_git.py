"""A fleet on a repository of Git, from the push to the server, with whole commands."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.fleet_sources import Repository

SERVER = (
    "{pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 1, disks: [20]"
)
FLEET = """\
accounts: {shop: {endpoint: sandbox, sandbox_db: shop.db, sandbox_speed: 2000}}
sources: [{git: repo, ref: main, poll: 1s}]
rules: [{mode: apply, every: 1h}]
"""


def spell(name: str, *, cores: int = 1, more: str = "") -> str:
    """A stack with one server."""
    server = SERVER.replace("cores: 1", f"cores: {cores}") + more + "}"
    return f"stack: {name}\nservers:\n  web: {server}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "fleet.yaml").write_text(FLEET)
    return Repository(tmp_path / "repo")


def tables(folder: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a statement on the database answers, past the product."""
    database = folder / ".ccloud-apply" / "fleet.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def test_a_push_changes_the_account_and_files_of_the_repository_are_sent(
    call_cli: RunCli, clean_env: dict[str, str], repository: Repository, tmp_path: Path
) -> None:
    def fleet(*arguments: str) -> Any:
        return call_cli("fleet", *arguments, env=clean_env)

    def states() -> dict[str, str]:
        found = json.loads(fleet("status", "--format", "json").out)["stacks"]
        return {one["stack"]: one["state"] for one in found}

    repository.write("web.yaml", spell("web", more=", user_data: {file: init/cloud.yaml}"))
    repository.write("init/cloud.yaml", "#cloud-config\n")
    repository.write("db.yaml", spell("db"))
    first = repository.commit()
    ended = fleet("serve", "--once")
    assert (ended.code, states()) == (0, {"web": "clean", "db": "clean"}), ended.err

    repository.write("db.yaml", spell("db", cores=2))
    second = repository.commit()
    tables(tmp_path, "update source set due = 0")
    assert fleet("serve", "--once").code == 0
    runs = json.loads(fleet("history", "--format", "json").out)["runs"]
    newest = runs[0]
    assert (newest["stack"], newest["cause"], newest["commit"]) == ("db", "commit", second)
    assert [one["commit"] for one in runs if one["stack"] == "web"] == [first]
    history = fleet("history").out
    assert str(tmp_path) not in history


def test_a_stack_that_was_emptied_and_whose_file_is_gone_is_forgotten(
    call_cli: RunCli, clean_env: dict[str, str], repository: Repository, tmp_path: Path
) -> None:
    def once(due: str) -> dict[str, Any]:
        tables(tmp_path, due)
        call_cli("fleet", "serve", "--once", env=clean_env)
        ended = call_cli("fleet", "status", "--format", "json", env=clean_env)
        return json.loads(ended.out)  # type: ignore[no-any-return]

    repository.write("keep.yaml", spell("keep"))
    repository.write("gone.yaml", spell("gone"))
    repository.write("old.yaml", spell("old"))
    repository.commit()
    call_cli("fleet", "serve", "--once", env=clean_env)
    call_cli(
        *("destroy", "repo/gone.yaml", "--auto-approve", "--sandbox"),
        env={**clean_env, "CCLOUD_SANDBOX_DB": "shop.db", "CCLOUD_SANDBOX_SPEED": "2000"},
    )
    repository.remove("gone.yaml")
    repository.remove("old.yaml")
    repository.commit()
    document = once("update source set due = 0")
    assert {one["stack"]: one["state"] for one in document["stacks"]} == {
        "keep": "clean",
        "gone": "unknown",
        "old": "unknown",
    }
    assert [one["path"] for one in document["problems"]] == ["gone.yaml", "old.yaml"]
    tables(tmp_path, "update stack set state_since = state_since - 700 where is_declared = 0")
    document = once("update account set sweep_due = 0")
    assert sorted(one["stack"] for one in document["stacks"]) == ["keep", "old"]
    assert [one["path"] for one in document["problems"]] == ["old.yaml"]


def test_a_source_that_cannot_be_used_is_an_error_of_once(
    call_cli: RunCli, clean_env: dict[str, str], repository: Repository
) -> None:
    ended = call_cli("fleet", "serve", "--once", env=clean_env)  # nothing is committed yet
    assert ended.code == 1
    assert "source repo: git fetch failed: couldn't find remote ref main" in ended.out


def test_a_secret_of_a_command_is_read_in_the_checkout_where_fleet_yaml_allows_it(
    call_cli: RunCli, clean_env: dict[str, str], repository: Repository, tmp_path: Path
) -> None:
    secret = "from-the-checkout-1!"
    repository.write("deep/web.yaml", spell("web", more=", password: {command: [cat, web.txt]}"))
    repository.write("deep/web.txt", f"{secret}\n")
    repository.write("ccloud-apply.yaml", "project: shop\nsecret_commands: [[cat]]\n")
    repository.commit()

    def once() -> tuple[str, str]:
        ended = call_cli("fleet", "serve", "--once", env=clean_env)
        document = json.loads(call_cli("fleet", "status", "--format", "json", env=clean_env).out)
        assert secret not in ended.out + ended.err + json.dumps(document)
        states = [one["state"] for one in document["stacks"]]
        return ", ".join(states), "; ".join(one["what"] for one in document["problems"])

    assert "fleet.yaml does not allow the command cat" in once()[1]
    text = FLEET.replace("sandbox_speed: 2000", "sandbox_speed: 2000, secrets: {commands: [[cat]]}")
    (tmp_path / "fleet.yaml").write_text(text)
    assert once() == ("clean", "")
    kept = b"".join(file.read_bytes() for file in (tmp_path / ".ccloud-apply").glob("fleet.db*"))
    assert secret.encode() not in kept
