"""Whose a server is, from end to end: given back, moved by a count, and tags that name no key."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.e2e.conftest import StartPlatform
from tests.support.fleet import Platform
from tests.support.stacks import WEB, write_stack

ONE = WEB.replace("    count: 3\n", "")
TWO = ONE + "  old: {cores: 2, memory: 4, disks: [50]}\n"
RELEASED = ONE + "released: [old]\n"
Env = dict[str, str]


@pytest.fixture
def platform(start_platform: StartPlatform) -> Platform:
    return start_platform(speed=200)


@pytest.fixture
def env(platform: Platform, machine_env: Callable[..., Env]) -> Env:
    return machine_env(platform)


def tags_of(platform: Platform) -> dict[str, list[str]]:
    return {server["hostname"]: sorted(server["tags"]) for server in platform.servers()}


def hostname_of(platform: Platform, key: str) -> str:
    (name,) = (name for name, tags in tags_of(platform).items() if f"server:{key}" in tags)
    return name


@pytest.mark.parametrize("target", [(), ("--target", "old")])
def test_destroy_gives_released_servers_back_and_every_output_says_so(
    call_cli: RunCli, platform: Platform, env: Env, tmp_path: Path, target: tuple[str, ...]
) -> None:
    stack = write_stack(tmp_path, TWO)
    assert call_cli("apply", stack, "--auto-approve", env=env).code == 0
    old, web = hostname_of(platform, "old"), hostname_of(platform, "web")
    write_stack(tmp_path, RELEASED)
    planned = call_cli("plan", stack, "--destroy", *target, "--out", "saved", env=env)
    assert planned.code == 0, planned.err
    for form in ("text", "markdown", "html"):
        shown = call_cli("show", "saved", "--format", form, env=env)
        assert old in shown.out
        assert "will be released: the server stays" in shown.out
    document = json.loads(call_cli("show", "saved", "--format", "json", env=env).out)["stacks"][0]
    (released,) = (s for s in document["servers"] if s["key"] == "old")
    assert (released["action"], released["released"]) == ("update", True)
    assert document["summary"]["destroy"] == int(not target)
    terraform = call_cli("show", "saved", "--format", "terraform-json", env=env).out
    (change,) = (c for c in json.loads(terraform)["resource_changes"] if c["name"] == "old")
    assert change["change"]["actions"] == ["update"]
    drawn = call_cli("graph", stack, "--destroy", *target, env=env)
    assert drawn.code == 0
    assert not re.search(r"old.*delete server", drawn.out)

    rehearsed = call_cli("rehearse", stack, "--destroy", *target, env=env)
    assert rehearsed.code == 0, rehearsed.out

    ended = call_cli("destroy", stack, "--auto-approve", *target, env=env)
    assert ended.code == 0, ended.err
    left = tags_of(platform)
    assert left[old] == ["production"]
    assert (web in left) == bool(target)


def test_a_target_that_is_gone_once_it_is_destroyed_is_no_mistake(
    call_cli: RunCli, env: Env, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, TWO)
    assert call_cli("apply", stack, "--auto-approve", env=env).code == 0
    write_stack(tmp_path, ONE)
    rehearsed = call_cli("rehearse", stack, "--target", "old", env=env)
    assert rehearsed.code == 0, rehearsed.out
    ended = call_cli("apply", stack, "--auto-approve", "--target", "old", env=env)
    assert ended.code == 0, ended.err
    again = call_cli("plan", stack, "--target", "old", env=env)
    assert "old matches no server in these stacks" in again.err


def test_a_count_put_on_a_live_server_and_taken_away_keeps_that_server(
    call_cli: RunCli, platform: Platform, env: Env, tmp_path: Path
) -> None:
    def apply(text: str, *flags: str) -> Any:
        stack = write_stack(tmp_path, text)
        ended = call_cli("apply", stack, "--auto-approve", *flags, env=env)
        assert ended.code == 0, ended.err
        assert call_cli("plan", stack, "--detailed-exitcode", env=env).code == 0
        return ended

    apply(ONE)
    first = hostname_of(platform, "web")
    shown = apply(WEB.replace("count: 3", "count: 2"))
    assert f"web-1 ({first}, was web) will be updated" in shown.out
    assert "0 to replace, 0 to destroy" in shown.out
    assert hostname_of(platform, "web-1") == first
    shown = apply(ONE, "--allow-destroy", "1")
    assert f"web ({first}, was web-1) will be updated" in shown.out
    assert hostname_of(platform, "web") == first
    assert platform.count_by_key("web") == {"web": 1}


@pytest.mark.parametrize("key", ["web_1", "", "x" * 41])
def test_a_server_whose_tag_names_no_key_is_an_error_until_that_is_corrected_by_hand(
    call_cli: RunCli, platform: Platform, env: Env, tmp_path: Path, key: str
) -> None:
    stack = write_stack(tmp_path, ONE)
    assert call_cli("apply", stack, "--auto-approve", env=env).code == 0
    web = hostname_of(platform, "web")
    path = f"/ccloud/servers/{web}/tags"
    platform.change("POST", path, {"tags": ["production", "stack:web", f"server:{key}"]})
    for command in (("apply", "--auto-approve"), ("destroy", "--auto-approve"), ("drift",)):
        ended = call_cli(command[0], stack, *command[1:], env=env)
        assert ended.code == 1
        assert f"{web}: its tag server:{key} names no key" in ended.err
        assert "moved" not in ended.err
    assert web in tags_of(platform)
    platform.change("POST", path, {"tags": ["production", "stack:web", "server:web"]})
    assert call_cli("plan", stack, "--detailed-exitcode", env=env).code == 0
