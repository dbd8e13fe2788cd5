"""What somebody who can write to the repository or to the account tries; `docs/threat-model.md`."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from ccloud_apply.sandbox.state.seed import add_servers, seed
from ccloud_apply.sandbox.state.store import Store
from tests.conftest import RunCli

KEY = "the-key-that-nobody-may-see"


def server(**fields: object) -> str:
    whole = {
        "pool": "pool_iw_ssd",
        "type": "unmanaged",
        "image": "debian12_uefi",
        "cores": 2,
        "memory": 4,
        "disks": [50],
    }
    return json.dumps({"stack": "shop", "servers": {"web": {**whole, **fields}}})


@pytest.mark.parametrize("field", ["user_data", "sshkey", "password"])
@pytest.mark.parametrize("kind", ["file", "template"])
@pytest.mark.parametrize("name", ["../key.txt", "link.txt", "folder/key.txt", "{absolute}"])
def test_a_file_outside_of_the_stacks_folder_is_never_read(
    call_cli: RunCli, tmp_path: Path, name: str, kind: str, field: str
) -> None:
    if (kind, field) == ("template", "password"):
        pytest.skip("a password is no template")
    (tmp_path / "key.txt").write_text(KEY)
    stacks = tmp_path / "stacks"
    stacks.mkdir()
    (stacks / "link.txt").symlink_to(tmp_path / "key.txt")
    (stacks / "folder").symlink_to(tmp_path)
    reference = {kind: name.format(absolute=tmp_path / "key.txt")}
    (stacks / "s.yaml").write_text(server(**{field: reference}))

    for command in (["validate"], ["plan"], ["apply", "--auto-approve"]):
        ended = call_cli(*command, "stacks")
        assert ended.code == 1
        assert "outside of the stack file's folder" in ended.err or "must be relative" in ended.err
        assert KEY not in ended.out + ended.err


@pytest.mark.parametrize(
    "reference",
    [
        {"password": {"env": "CCLOUD_CLIENT_SECRET"}},
        {"password": {"env": "AWS_SECRET_ACCESS_KEY"}},
        {"password": {"env": "CCLOUD_TOKEN"}},
        {"notes": "${env.HOME}"},
        {"notes": "${CCLOUD_TOKEN}"},
        {"user_data": {"template": "t", "secrets": {"A": {"env": "CCLOUD_CLIENT_SECRET"}}}},
    ],
)
def test_a_stack_names_no_variable_that_is_not_for_stacks(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path, reference: dict[str, object]
) -> None:
    names = ("CCLOUD_CLIENT_SECRET", "CCLOUD_TOKEN", "CCLOUD_PLAN_KEY")
    (tmp_path / "t").write_text("${secret.A}")
    (tmp_path / "s.yaml").write_text(server(**reference))
    ended = call_cli("plan", "s.yaml", env={**sandbox_env, **dict.fromkeys(names, KEY)})
    assert ended.code == 1
    assert "s.yaml:1:" in ended.err
    assert KEY not in ended.out + ended.err


@pytest.mark.parametrize(
    "entry",
    [
        {"endpoint": "https://elsewhere.example/api/v1"},
        {"account": {"endpoint": "https://elsewhere.example/api/v1"}},
        {"provider": {"url": "https://elsewhere.example"}},
    ],
)
def test_a_stack_file_cannot_say_where_requests_go(
    call_cli: RunCli, tmp_path: Path, entry: dict[str, object]
) -> None:
    (tmp_path / "s.yaml").write_text(json.dumps({**json.loads(server()), **entry}))
    ended = call_cli("plan", "s.yaml")
    assert ended.code == 1
    assert "unknown key" in ended.err


def test_a_project_file_says_which_endpoint_is_expected_and_never_leads_there(
    call_cli: RunCli, tmp_path: Path
) -> None:
    (tmp_path / "ccloud-apply.yaml").write_text(
        "project: p\naccount: {endpoint: https://elsewhere.example/api/v1}\n"
    )
    (tmp_path / "s.yaml").write_text(server())
    ended = call_cli("plan", "s.yaml")
    assert ended.code == 1
    assert "elsewhere.example" in ended.err
    assert "sandbox" in ended.err


def add(db: str, *servers: Mapping[str, object]) -> None:
    """Servers that a colleague has made in the vendor's panel, written as they like."""
    Path(db).parent.mkdir(parents=True)
    store = Store(db)
    try:
        now = datetime.now(UTC)
        seed(store, "demo", now)
        add_servers(
            store, [json.loads(server())["servers"]["web"] | one for one in servers], now=now
        )
    finally:
        store.close()


def test_a_server_that_somebody_has_tagged_as_ours_is_shown_and_counts_against_the_cap(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    tagged = [{"tags": ["stack:shop", f"server:old-{number}"]} for number in (1, 2)]
    add(sandbox_env["CCLOUD_SANDBOX_DB"], *tagged)
    (tmp_path / "s.yaml").write_text(server())

    ended = call_cli("apply", "s.yaml", "--auto-approve")

    assert ended.code == 3
    assert "old-1" in ended.out + ended.err
    assert "2 of 2 servers would be destroyed or replaced, and at most 1 may be" in ended.out
    rows = json.loads(call_cli("inventory", "--all", "--format", "json").out)["servers"]
    assert sum(row["stack"] == "shop" for row in rows) == 2


NOTE = "${var.x} $${y}\nstack: evil\n::add-mask::x\n- {file: /etc/passwd}\n!!python/object:x\n"


def test_a_note_that_is_exported_stays_a_text(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    add(sandbox_env["CCLOUD_SANDBOX_DB"], {"notes": NOTE, "custom_name": "${env}"})

    ended = call_cli("export", "--all", "--stack", "shop")

    assert ended.code == 0
    assert not any(line.lstrip().startswith("::") for line in ended.out.split("\n"))
    notes = [one.get("notes") for one in yaml.safe_load(ended.out)["servers"].values()]
    assert NOTE.replace("${", "$${") in notes
    (tmp_path / "shop.yaml").write_text(ended.out)
    (planned,) = json.loads(call_cli("plan", "shop.yaml", "--format", "json").out)["stacks"]
    assert {one["action"] for one in planned["servers"]} == {"adopt"}
    assert all(step["operation"] == "set tags" for step in planned["steps"])
