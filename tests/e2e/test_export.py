"""`export`: a stack file from what is there, which plans nothing but adoption."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from ccloud_apply.sandbox.state.record import Snapshot
from ccloud_apply.sandbox.state.seed import add_servers, seed
from ccloud_apply.sandbox.state.store import Store
from tests.conftest import RunCli
from tests.support.stacks import write_stack

NAMES = ("web", "Web", "shop database", "${key}", "off", "12", "ünï ☃", "a" * 60, "::error::x")
NOTES = (
    "one",
    "two\nlines",
    "  in\n  dented",
    "::add-mask::x\n##[error]y",
    "$${a} ${b}",
    "\x1b[2J",
)
TAGS = ("web", "off", "12", "a:b", "prevent-destroy", "stack:other", "server:x")


def random_server(random: Random) -> Mapping[str, Any]:
    """A server as a create request of somebody else could have described it."""
    server: dict[str, Any] = {
        "pool": random.choice(["pool_iw_ssd", "pool_ip_ssd"]),
        "type": random.choice(["managed", "unmanaged"]),
        "image": random.choice(["debian12_uefi", "windows2022_uefi"]),
        "cores": random.randint(1, 4),
        "memory": random.randint(1, 16),
        "disks": [random.choice([50, 50, 100]) for _ in range(random.randint(1, 5))],
        "tags": random.sample(TAGS, random.randint(0, 3)),
    }
    optional = {
        "custom_name": random.choice(NAMES),
        "notes": random.choice(NOTES),
        "description": random.choice(NOTES),
        "addons": [{"name": random.choice(["backup", "antivirus"]), "count": random.randint(1, 3)}],
        "schedule": {"frequency": 6, "next_run": "2026-01-01T03:17:00.000000Z"},
    }
    return server | {name: value for name, value in optional.items() if random.random() < 0.6}


def fill(db: str, number: int) -> None:
    """An account of random servers; the same number makes the same account."""
    random = Random(number)
    Path(db).parent.mkdir(parents=True)
    store = Store(db)
    try:
        now = datetime.now(UTC)
        seed(store, "demo", now)
        add_servers(store, [random_server(random) for _ in range(12)], now=now)
    finally:
        store.close()


def plan_summary(call_cli: RunCli, path: str) -> dict[str, int]:
    planned = call_cli("plan", path, "--format", "json")
    assert planned.code == 0, planned.err
    (stack,) = json.loads(planned.out)["stacks"]
    assert {c["field"] for s in stack["servers"] for c in s["changes"]} <= {"tags"}
    summary: dict[str, int] = stack["summary"]
    return {action: count for action, count in summary.items() if count}


@pytest.mark.parametrize("number", range(4))
def test_an_export_of_any_account_plans_adoption_and_then_nothing(
    number: int, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    fill(sandbox_env["CCLOUD_SANDBOX_DB"], number)
    exported = call_cli("export", "--all", "--stack", "mine", "--out", "mine.yaml")
    assert exported.code == 0, exported.err
    assert set(plan_summary(call_cli, "mine.yaml")) == {"adopt"}

    applied = call_cli("apply", "mine.yaml", "--auto-approve")
    assert applied.code == 0, applied.err
    assert set(plan_summary(call_cli, "mine.yaml")) == {"unchanged"}

    assert call_cli("export", "--tag", "stack:mine", "--out", "again.yaml").code == 0
    assert call_cli("plan", "again.yaml", "--detailed-exitcode").code == 0


def test_a_stacks_own_servers_are_exported_as_they_are(call_cli: RunCli, tmp_path: Path) -> None:
    assert call_cli("apply", write_stack(tmp_path), "--auto-approve").code == 0
    exported = call_cli("export", "--tag", "stack:web", "--out", "own.yaml")
    assert exported.code == 0, exported.err
    servers = yaml.safe_load((tmp_path / "own.yaml").read_text(encoding="utf-8"))["servers"]
    assert list(servers) == ["web-1", "web-2", "web-3"]
    assert call_cli("plan", "own.yaml", "--detailed-exitcode").code == 0


RICH = """\
stack: rich
servers:
  box:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    custom_name: Box
    description: d
    cores: 2
    memory: 4
    disks: [20, 50, 50]
    dvds: [debian-12.8.0-amd64-netinst.iso]
    boot_order: [DVD]
    ips: {ipv4: 3, ipv6: 2}
    tags: [web]
    addons: {monitoring: 1}
    scheduled_snapshots: {frequency: 6, next_run: "2027-01-01 03:00"}
    snapshots: [before-upgrade]
    notes: Ours.
    power: "off"
"""


def forget_owner(db: str) -> None:
    """The server is nobody's, and has a snapshot that ccloud-apply took before a change."""
    store = Store(db)
    try:
        (server,) = (s for s in store.all_servers() if "stack:rich" in s["tags"])
        server["tags"] = [tag for tag in server["tags"] if ":" not in tag]
        (taken,) = server["snapshots"]
        safety: Snapshot = {**taken, "id": "77", "name": "ccloud-apply-1-before-resize"}
        server["snapshots"].append(safety)
        with store.transaction(write=True):
            store.write_server(server)
    finally:
        store.close()


def test_a_server_with_every_field_is_adopted_whole_and_then_nothing_is_left(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rich = write_stack(tmp_path, RICH, "rich.yaml")
    applied = call_cli("apply", rich, "--auto-approve")
    assert applied.code == 0, applied.err
    assert call_cli("export", "--tag", "stack:rich", "--out", "own.yaml").code == 0
    assert call_cli("plan", "own.yaml", "--detailed-exitcode").code == 0

    forget_owner(sandbox_env["CCLOUD_SANDBOX_DB"])
    exported = call_cli("export", "--tag", "web", "--stack", "mine", "--out", "mine.yaml")
    assert (exported.code, exported.err) == (0, "Exported 1 server to mine.yaml.\n")
    (server,) = yaml.safe_load((tmp_path / "mine.yaml").read_text())["servers"].values()
    written = yaml.safe_load(RICH)["servers"]["box"]
    assert {**server, "scheduled_snapshots": {}} == {
        **written,
        "hostname": server["hostname"],
        "boot_order": [server["boot_order"][0]],
        "scheduled_snapshots": {},
    }
    assert server["scheduled_snapshots"]["frequency"] == 6
    assert plan_summary(call_cli, "mine.yaml") == {"adopt": 1}
    assert call_cli("apply", "mine.yaml", "--auto-approve").code == 0
    assert call_cli("plan", "mine.yaml", "--detailed-exitcode").code == 0


def test_whatever_a_stack_file_may_call_itself_an_export_may(call_cli: RunCli) -> None:
    call_cli("sandbox", "seed", "demo")
    exported = call_cli("export", "--all", "--stack", "mine-")
    assert exported.code == 0
    assert "stack: mine-\n" in exported.out


def test_one_server_goes_to_standard_output(call_cli: RunCli) -> None:
    exported = call_cli("export", "--hostname", "vs10002", "--stack", "office")
    assert (exported.code, exported.err) == (0, "")
    document = yaml.safe_load(exported.out)
    assert document["stack"] == "office"
    assert document["servers"]["intranet"]["hostname"] == "vs10002"
    assert document["servers"]["intranet"]["addons"] == {"backup": 2}


def test_servers_of_another_stack_are_skipped_with_a_warning(
    call_cli: RunCli, tmp_path: Path
) -> None:
    assert call_cli("apply", write_stack(tmp_path), "--auto-approve").code == 0
    exported = call_cli("export", "--all", "--stack", "mine")
    assert exported.code == 0
    assert len(yaml.safe_load(exported.out)["servers"]) == 3
    assert exported.err.count("it belongs to the stack web") == 3


def test_an_existing_file_is_not_written_over(call_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine", encoding="utf-8")
    ended = call_cli("export", "--all", "--out", "mine.yaml")
    assert ended.code == 1
    assert "mine.yaml exists already" in ended.err
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "which servers?"),
        (("--all", "--tag", "a"), "which servers?"),
        (("--all", "--stack", "No Name"), "--stack"),
        (("--hostname", "vs1000"), "the nearest are vs1000"),
        (("--tag", "prod"), "no server in this account has the tag prod"),
        (("--all", "--out", "no/such/folder/a.yaml"), "no/such/folder/a.yaml cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_an_error(
    arguments: tuple[str, ...], words: str, call_cli: RunCli
) -> None:
    ended = call_cli("export", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert words in ended.err


INTO = """\
# Ours since 2020; ask the platform team.
stack: web
variables: {cores: 2}

servers:
  web:      # the front
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: "${var.cores}"
    memory: 4
    disks: [50]

# one at a time
policy: {max_destroy: 1}
"""


def test_servers_are_added_to_a_file_whose_comments_stay_and_the_plan_adopts(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, INTO)
    assert call_cli("apply", stack, "--auto-approve").code == 0
    (tmp_path / stack).chmod(0o640)
    ended = call_cli("export", "--hostname", "vs10001", "--hostname", "vs10002", "--into", stack)
    assert (ended.code, ended.out) == (0, "")
    assert "Added 2 servers to web.yaml." in ended.err
    text = (tmp_path / stack).read_text()
    assert [line for line in INTO.splitlines() if line not in text.splitlines()] == []
    assert (tmp_path / stack).stat().st_mode & 0o777 == 0o640
    plan = json.loads(call_cli("plan", stack, "--format", "json").out)["stacks"][0]
    assert plan["summary"] == {
        "create": 0,
        "update": 0,
        "replace": 0,
        "reinstall": 0,
        "retire": 0,
        "restore": 0,
        "destroy": 0,
        "adopt": 2,
        "unchanged": 1,
        "not_compared": 0,
        "destroys_data": 0,
    }
    assert call_cli("apply", stack, "--auto-approve").code == 0
    assert call_cli("plan", stack, "--detailed-exitcode").code == 0


def test_what_the_file_has_already_is_left_alone(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path, INTO)
    assert call_cli("export", "--hostname", "vs10001", "--into", stack).code == 0
    before = (tmp_path / stack).read_text()
    again = call_cli("export", "--hostname", "vs10001", "--into", stack)
    assert again.code == 1
    assert "the file has it already, as shop-database" in again.err
    assert (tmp_path / stack).read_text() == before
    assert call_cli("export", "--all", "--into", stack).code == 0
    assert (tmp_path / stack).read_text().count("hostname: vs10001") == 1


def test_defaults_that_would_change_a_server_are_an_error_and_nothing_is_written(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, INTO.replace("servers:", "defaults: {notes: ours}\nservers:"))
    before = (tmp_path / stack).read_text()
    ended = call_cli("export", "--hostname", "vs10002", "--into", stack)
    assert ended.code == 1
    assert "vs10002: notes" in ended.err
    assert (tmp_path / stack).read_text() == before


def test_a_key_that_is_taken_gets_another_name(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path, INTO.replace("  web:      #", "  intranet:      #"))
    assert call_cli("export", "--hostname", "vs10002", "--into", stack).code == 0
    assert "  intranet-vs10002:\n" in (tmp_path / stack).read_text()


def test_into_has_its_own_name_and_its_own_variables(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path, INTO.replace("{cores: 2}", "{cores: null}"))
    for wrong in (("--stack", "x"), ("--out", "y.yaml")):
        assert call_cli("export", "--all", "--into", stack, *wrong).code == 1
    assert call_cli("export", "--all", "--var", "a=b").code == 1
    missing = call_cli("export", "--all", "--into", "none.yaml")
    assert missing.code == 1
    assert "none.yaml" in missing.err
