"""A retired server in every command that only looks: drift, inventory, explain, export, rehearse,
and the guard of requests by hand. The account is served over HTTP; no day of the run matters."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.schemas import read_schema
from tests.conftest import Ended, RunCli
from tests.e2e.conftest import StartPlatform
from tests.support.fleet import Platform
from tests.support.stacks import write_stack

BOTH = """\
stack: shop
policy: {max_monthly_cost: 54, currency: EUR}
defaults:
  {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4, disks: [50]}
servers:
  web: {}
  db: {lifecycle: {retire: 90d}}
"""
ALONE = BOTH.replace("  db: {lifecycle: {retire: 90d}}\n", "")
PAST = "2020-01-01"

Run = Callable[..., Ended]


@pytest.fixture
def platform(start_platform: StartPlatform) -> Platform:
    return start_platform(speed=1000)


@pytest.fixture
def run(
    platform: Platform, machine_env: Callable[..., dict[str, str]], call_cli: RunCli, tmp_path: Path
) -> Run:
    """The command at an account with `db` retired and the stack without it in shop.yaml."""
    env = machine_env(platform, settle_s=0)

    def call(*arguments: str, code: int = 0) -> Ended:
        ended = call_cli(*arguments, env=env)
        assert ended.code == code, ended.out + ended.err
        return ended

    write_stack(tmp_path, BOTH, "shop.yaml")
    write_stack(tmp_path, BOTH, "both.yaml")
    call("apply", "shop.yaml", "--auto-approve")
    write_stack(tmp_path, ALONE, "shop.yaml")
    call("apply", "shop.yaml", "--auto-approve")
    return call


def tag_of(platform: Platform) -> str:
    """The day in the mark of the retired server."""
    (server,) = (one for one in platform.servers() if "server:db" in one["tags"])
    (mark,) = (tag for tag in server["tags"] if tag.startswith("retire:"))
    return str(mark.removeprefix("retire:"))


def mark(platform: Platform, day: str) -> None:
    """Somebody sets the mark by hand."""
    (server,) = (one for one in platform.servers() if "server:db" in one["tags"])
    tags = ["stack:shop", "server:db", "retire-after:90d", f"retire:{day}"]
    platform.change("POST", f"/ccloud/servers/{server['hostname']}/tags", {"tags": tags})


def drift(run: Run, name: str = "shop.yaml", *, code: int) -> dict[str, Any]:
    document = json.loads(run("drift", name, "--format", "json", code=code).out)
    Draft202012Validator(read_schema("drift.schema.json")).validate(document)
    (stack,) = document["stacks"]
    found: dict[str, Any] = stack
    return found


def test_a_retired_server_is_no_drift_in_any_format_until_its_day(
    run: Run, platform: Platform
) -> None:
    day = tag_of(platform)
    assert day in {
        (datetime.now(UTC).date() + timedelta(days=days)).isoformat() for days in (89, 90)
    }
    stack = drift(run, code=0)
    assert [(one["key"], one["retires"]) for one in stack["retired"]] == [("db", day)]
    assert (stack["extra"], stack["missing"], stack["in_sync"]) == ([], [], 1)
    for name, word in (
        ("text", f"is retired: it may be destroyed from {day} (UTC) on"),
        ("markdown", f"is retired: it may be destroyed from {day} (UTC) on"),
        ("html", f"is retired: it may be destroyed from {day} (UTC) on"),
        ("junit", '<skipped message="vs'),
        ("prometheus", 'ccloud_apply_drift_servers{stack="shop",state="retired"} 1'),
    ):
        assert word in run("drift", "shop.yaml", "--format", name).out


def test_a_retired_server_is_drift_once_its_day_has_come_and_where_it_is_started(
    run: Run, platform: Platform
) -> None:
    day = tag_of(platform)
    mark(platform, PAST)
    (extra,) = drift(run, code=2)["extra"]
    assert (extra["key"], extra["retires"]) == ("db", PAST)
    mark(platform, day)
    run("api", "POST", f"/ccloud/servers/{extra['hostname']}/state/start", "--force", "--wait")
    (extra,) = drift(run, code=2)["extra"]
    assert extra["retires"] == day
    assert "switches it off" in run("drift", "shop.yaml", code=2).out
    mark(platform, "soon")
    (unclear,) = drift(run, code=2)["not_compared"]
    assert "retire:soon" in unclear["why"]


def test_a_server_that_is_declared_again_has_drifted_until_it_is_restored(
    run: Run, platform: Platform
) -> None:
    day = tag_of(platform)
    stack = drift(run, "both.yaml", code=2)
    (server,) = stack["drifted"]
    assert (server["key"], server["retired"], server["retires"]) == ("db", True, day)
    assert (stack["missing"], stack["retired"], stack["extra"]) == ([], [], [])
    assert "apply restores it" in run("drift", "both.yaml", code=2).out
    explained = json.loads(run("explain", "db", "both.yaml", "--format", "json").out)
    assert {one["due"] for one in explained["marks"]} == {None, day}
    rehearsed = run("rehearse", "both.yaml").out
    assert "Rehearsal passed" in rehearsed
    ended = run("apply", "both.yaml", "--auto-approve", "--format", "json")
    summary = json.loads(ended.out.splitlines()[-1])
    assert summary["servers"]["db"]["ipv4"]
    assert drift(run, "both.yaml", code=0)["in_sync"] == 2


def test_what_waiting_costs_is_in_the_plan_and_the_inventory(run: Run) -> None:
    plan = json.loads(run("plan", "shop.yaml", "--format", "json").out)
    cost = plan["stacks"][0]["cost"]
    assert (cost["retired_monthly"], cost["monthly_after"]) == ("27.00", "54.00")
    document = json.loads(run("inventory", "shop.yaml", "--cost", "--format", "json").out)
    Draft202012Validator(read_schema("inventory.schema.json")).validate(document)
    assert (document["retired_total"], document["monthly_total"]) == ("27.00", "54.00")
    assert "27.00 EUR of it for retired servers" in run("inventory", "shop.yaml", "--cost").out


def test_a_policy_on_money_holds_no_server_that_is_retired(run: Run) -> None:
    """The stack costs more than the policy allows, and retiring makes it no dearer."""
    run("apply", "both.yaml", "--auto-approve")
    cheap = ALONE.replace("max_monthly_cost: 54", "max_monthly_cost: 1")
    Path("shop.yaml").write_text(cheap, encoding="utf-8")
    for _ in range(2):  # while it is retired, and while it waits
        run("plan", "shop.yaml")
        run("apply", "shop.yaml", "--auto-approve")


def test_what_connects_to_hosts_leaves_a_retired_server_out(run: Run) -> None:
    for name in ("ansible", "ssh-config", "hosts", "prometheus"):
        out = run("inventory", "shop.yaml", "--format", name).out
        assert "shop-web" in out
        assert "shop-db" not in out.replace("# shop-db is retired, so left out", "")
    assert "shop-db" in run("inventory", "both.yaml", "--format", "hosts").out


def test_an_export_lets_a_retired_server_go_unless_it_is_asked_for(
    run: Run, platform: Platform
) -> None:
    ended = run("export", "--tag", "stack:shop")
    assert "is retired (from" in ended.err
    Path("exported.yaml").write_text(ended.out, encoding="utf-8")
    plan = json.loads(run("plan", "exported.yaml", "--format", "json", "--detailed-exitcode").out)[
        "stacks"
    ][0]
    assert [(s["key"], s["action"]) for s in plan["servers"]] == [
        ("web", "unchanged"),
        ("db", "unchanged"),
    ]
    (server,) = (one for one in platform.servers() if "server:db" in one["tags"])
    ended = run("export", "--hostname", server["hostname"])
    assert "lifecycle: {retire: 90d}" in ended.out
    Path("exported.yaml").write_text(ended.out, encoding="utf-8")
    run("apply", "exported.yaml", "--auto-approve")
    run("plan", "exported.yaml", "--detailed-exitcode")


def test_rehearsals_retire_and_destroy_in_the_copy_alone(run: Run, platform: Platform) -> None:
    run("apply", "both.yaml", "--auto-approve")
    retiring = run("rehearse", "shop.yaml").out
    assert "Rehearsal passed" in retiring
    assert not any(tag.startswith("retire:") for one in platform.servers() for tag in one["tags"])
    mark(platform, PAST)
    assert "gone" in run("rehearse", "shop.yaml").out
    assert "server:db" in {tag for one in platform.servers() for tag in one["tags"]}


def test_a_request_by_hand_to_a_retired_server_is_held_and_says_until_when(
    run: Run, platform: Platform
) -> None:
    day = tag_of(platform)
    (server,) = (one for one in platform.servers() if "server:db" in one["tags"])
    held = run("api", "POST", f"/ccloud/servers/{server['hostname']}/state/start", code=3)
    assert f"belongs to stack shop as db, retired until {day} (UTC); nothing was sent" in held.err
    tags = run(
        "api", "set_server_tags", "-p", "hostname=vs10001", "-f", f"tags[]=retire:{PAST}", code=3
    )
    assert f"retire:{PAST}" in tags.err
