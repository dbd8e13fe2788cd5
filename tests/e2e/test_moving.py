"""Servers that get another key, another stack, or a stack of another name: over real HTTP."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PATIENCE_S, Ended, RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.fleet import Platform
from tests.support.stacks import write_stack

Env = dict[str, str]
DEFAULTS = """
defaults:
  {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 2, disks: [20]}
"""
SHOP = f"stack: shop{DEFAULTS}servers: {{web: {{count: 2}}, database: {{notes: data}}}}\n"
BLOG = f"stack: blog{DEFAULTS}servers: {{app: {{}}}}\n"
GIVES = (
    f"stack: shop{DEFAULTS}servers: {{web: {{count: 2}}}}\n"
    "moved: [{from: database, to: blog/db}]\n"
)
TAKES = (
    f"stack: blog{DEFAULTS}servers: {{app: {{}}, db: {{notes: data}}}}\n"
    "moved: [{from: shop/database, to: db}]\n"
)


@pytest.fixture
def platform(start_platform: StartPlatform) -> Platform:
    return start_platform(speed=200)


@pytest.fixture
def env(platform: Platform, machine_env: Callable[..., Env]) -> Env:
    return machine_env(platform)


@pytest.fixture
def call(call_cli: RunCli, env: Env) -> Callable[..., Ended]:
    def run(*arguments: str, code: int = 0) -> Ended:
        ended = call_cli(*arguments, env=env)
        assert ended.code == code, ended.err + ended.out
        return ended

    return run


def owners(platform: Platform) -> dict[str, str]:
    """STACK/KEY of each server by hostname."""
    found = {}
    for server in platform.servers():
        tags = sorted(tag for tag in server["tags"] if tag.startswith(("stack:", "server:")))
        if tags:
            found[server["hostname"]] = "/".join(tag.partition(":")[2] for tag in reversed(tags))
    return found


def sent(platform: Platform) -> list[str]:
    """What has been deleted and created, ever."""
    return [
        task["action"]
        for action in ("create-server", "delete-server")
        for task in platform.tasks(action)
    ]


def test_a_server_goes_to_another_stack_in_one_run_and_nothing_else_happens_to_it(
    call: Callable[..., Ended], platform: Platform, tmp_path: Path
) -> None:
    shop, blog = write_stack(tmp_path, SHOP, "shop.yaml"), write_stack(tmp_path, BLOG, "blog.yaml")
    call("apply", shop, blog, "--auto-approve")
    before, tasks = owners(platform), sent(platform)
    (database,) = (name for name, owner in before.items() if owner == "shop/database")
    write_stack(tmp_path, GIVES, "shop.yaml")
    write_stack(tmp_path, TAKES, "blog.yaml")
    for alone, missing in ((shop, "blog"), (blog, "shop")):
        for command in (("plan",), ("apply", "--auto-approve"), ("drift",)):
            refused = call(command[0], alone, *command[1:], code=1)
            assert f"{database} goes from shop/database to blog/db" in refused.err
            assert f"stack {missing} is not in this run" in refused.err
    assert owners(platform) == before

    call("validate", shop, blog)
    call("plan", shop, blog, "--out", "saved")
    for form in ("text", "markdown", "html"):
        assert f"{database}, was shop/database" in call("show", "saved", "--format", form).out
    terraform = json.loads(call("show", "saved", "--format", "terraform-json").out)
    moved = [c for c in terraform["resource_changes"] if "previous_address" in c]
    assert [(c["address"], c["previous_address"]) for c in moved] == [
        ("module.blog.ccloud_server.db", "module.shop.ccloud_server.database")
    ]
    assert "holds" in call("rehearse", shop, blog).out
    explained = json.loads(call("explain", "db", shop, blog, "--format", "json").out)
    assert explained["moved_from"] == "shop/database"
    listed = json.loads(call("inventory", shop, blog, "--format", "json").out)["servers"]
    assert {(one["stack"], one["key"]) for one in listed if one["hostname"] == database} == {
        ("blog", "db")
    }

    call("apply", "saved", "--auto-approve")
    assert owners(platform) == {**before, database: "blog/db"}
    assert sent(platform) == tasks
    for paths in ((shop,), (blog,), (shop, blog)):
        call("plan", *paths, "--detailed-exitcode")
    for path in (shop, blog):
        call("drift", path)


def test_a_saved_move_is_stale_once_somebody_else_has_moved_the_server(
    call: Callable[..., Ended], platform: Platform, tmp_path: Path
) -> None:
    shop, blog = write_stack(tmp_path, SHOP, "shop.yaml"), write_stack(tmp_path, BLOG, "blog.yaml")
    call("apply", shop, blog, "--auto-approve")
    write_stack(tmp_path, GIVES, "shop.yaml")
    write_stack(tmp_path, TAKES, "blog.yaml")
    call("plan", shop, blog, "--out", "saved")
    (database,) = (n for n, owner in owners(platform).items() if owner == "shop/database")
    tags = ["stack:other", "server:database"]
    platform.change("POST", f"/ccloud/servers/{database}/tags", {"tags": tags})
    refused = call("apply", "saved", "--auto-approve", code=1)
    assert "stale plan" in refused.err
    assert owners(platform)[database] == "other/database"


def test_a_stack_gets_another_name_in_one_plan(
    call: Callable[..., Ended], platform: Platform, tmp_path: Path
) -> None:
    path = write_stack(tmp_path, SHOP, "shop.yaml")
    call("apply", path, "--auto-approve")
    before, tasks = owners(platform), sent(platform)
    renamed = SHOP.replace("stack: shop", "stack: market\nrenamed: {from: shop}")
    write_stack(tmp_path, renamed, "shop.yaml")
    summary = json.loads(call("plan", path, "--format", "json").out)["stacks"][0]["summary"]
    assert {name: count for name, count in summary.items() if count} == {"update": 3}
    drift = json.loads(call("drift", path, "--format", "json", code=2).out)
    assert (len(drift["stacks"][0]["drifted"]), drift["other_stacks"]) == (3, [])
    call("apply", path, "--auto-approve", "--target", "web-1")
    call("apply", path, "--auto-approve")
    assert owners(platform) == {n: o.replace("shop/", "market/") for n, o in before.items()}
    assert sent(platform) == tasks
    call("plan", path, "--detailed-exitcode")
    told = call("journal", path).out
    assert "  shop    web-1/create" in told
    assert "  market  web-2/tags" in told
    call("destroy", path, "--auto-approve")
    assert owners(platform) == {}


def test_destroy_takes_a_renamed_stack_by_its_earlier_name_and_no_other_stack(
    call: Callable[..., Ended], platform: Platform, tmp_path: Path
) -> None:
    shop, blog = write_stack(tmp_path, SHOP, "shop.yaml"), write_stack(tmp_path, BLOG, "blog.yaml")
    call("apply", shop, blog, "--auto-approve")
    write_stack(
        tmp_path, GIVES.replace("stack: shop", "stack: market\nrenamed: {from: shop}"), "shop.yaml"
    )
    write_stack(tmp_path, TAKES, "blog.yaml")
    call("destroy", blog, "--auto-approve")
    assert sorted(owners(platform).values()) == ["shop/database", "shop/web-1", "shop/web-2"]
    call("destroy", shop, "--auto-approve")
    assert owners(platform) == {}


def test_a_resolved_stack_moves_the_same_servers(
    call: Callable[..., Ended], tmp_path: Path
) -> None:
    text = (
        f"stack: market{DEFAULTS}renamed: {{from: [shop, old]}}\n"
        "servers: {web: {count: 2}, db: {}}\n"
        "moved: [{from: app, to: front}, {from: front, to: web}, {from: blog/x, to: mysql},"
        " {from: mysql, to: db}, {from: y, to: blog/y}]\n"
    )
    once = call("show", "--resolved", write_stack(tmp_path, text, "market.yaml")).out
    assert "renamed: {from: [shop, old]}" in once
    assert "{from: app-1, to: front-1}" in once
    assert "{from: blog/x, to: mysql}" in once
    again = call("show", "--resolved", write_stack(tmp_path, once, "again.yaml")).out

    def without_places(shown: str) -> list[str]:
        return [line.partition("  #")[0].rstrip() for line in shown.splitlines()[1:]]

    assert without_places(again) == without_places(once)


OFFLINE = f"stack: shop{DEFAULTS}servers: {{web: {{lifecycle: {{resize: offline}}}}}}\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "renamed",
    [
        OFFLINE.replace("{web: ", "{app: ") + "moved: [{from: web, to: app}]\n",
        OFFLINE.replace("stack: shop", "stack: market\nrenamed: {from: shop}"),
    ],
    ids=["key", "stack"],
)
def test_a_server_that_a_killed_resize_left_off_runs_again_under_its_new_name(
    renamed: str,
    start_platform: StartPlatform,
    machine_env: Callable[..., Env],
    start_cli: StartCli,
    call_cli: RunCli,
    tmp_path: Path,
) -> None:
    platform = start_platform(speed=20)
    env = machine_env(platform)
    path = write_stack(tmp_path, OFFLINE, "shop.yaml")
    assert call_cli("apply", path, "--auto-approve", env=env).code == 0
    (hostname,) = owners(platform)
    write_stack(tmp_path, OFFLINE.replace("cores: 1", "cores: 2"), "shop.yaml")
    process = start_cli("apply", path, "--auto-approve", "--format", "json", env=env)
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if (event["type"], event["step"]) == ("step_complete", "web/shutdown"):
            break
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    write_stack(tmp_path, renamed.replace("cores: 1", "cores: 2"), "shop.yaml")
    ended = call_cli("apply", path, "--auto-approve", env=env)
    assert ended.code == 0, ended.err + ended.out
    assert platform.read(f"/ccloud/servers/{hostname}/state")["state"] == "Running"
    assert call_cli("plan", path, "--detailed-exitcode", env=env).code == 0
    assert "off" not in call_cli("journal", path, env=env).out


@pytest.mark.slow
def test_an_apply_of_the_earlier_name_keeps_one_of_the_new_name_out(
    start_platform: StartPlatform,
    machine_env: Callable[..., Env],
    start_cli: StartCli,
    call_cli: RunCli,
    tmp_path: Path,
) -> None:
    env = machine_env(start_platform(speed=1))
    earlier = write_stack(tmp_path, SHOP, "shop.yaml")
    new = SHOP.replace("stack: shop", "stack: market\nrenamed: {from: shop}")
    process = start_cli("apply", earlier, "--auto-approve", "--format", "json", env=env)
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["type"] != "step_start":
        pass
    refused = call_cli(
        "apply", write_stack(tmp_path, new, "market.yaml"), "--auto-approve", env=env
    )
    assert refused.code == 1
    assert "--lock-timeout" in refused.err
    assert "shop" in refused.err
    process.kill()
    process.communicate(timeout=PATIENCE_S)
