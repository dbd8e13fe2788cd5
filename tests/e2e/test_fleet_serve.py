"""`fleet serve`, `run` and `plan` as a person uses them: processes, a served sandbox, signals."""

import json
import re
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.fleet import Platform, read_to_end, read_until
from tests.support.fleet_desk import stack_text
from tests.support.servers import STILL

EMBEDDED = """\
accounts:
  shop: {endpoint: sandbox, sandbox_speed: 2000}
sources:
  - {folder: stacks, account: shop}
rules:
  - {match: {stack: "p-*"}, mode: propose}
  - {match: {stack: "r-*"}, mode: report}
  - {mode: apply}
"""
SERVED = """\
accounts:
  shop: {endpoint: %s, token: {env: SHOP_TOKEN}}
sources:
  - {folder: stacks, account: shop}
rules:
  - {mode: apply}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "fleet.yaml").write_text(EMBEDDED)
    return tmp_path


def add(folder: Path, name: str, *keys: str, **options: Any) -> None:
    (folder / "stacks" / f"{name}.yaml").write_text(stack_text(name, *keys, **options))


def states(call_cli: RunCli) -> dict[str, str]:
    status = json.loads(call_cli("fleet", "status", "--format", "json").out)
    return {stack["stack"]: stack["state"] for stack in status["stacks"]}


def test_once_does_all_that_is_due_tells_each_run_and_how_all_stand(
    folder: Path, call_cli: RunCli
) -> None:
    for name in ("web", "p-shop", "r-blog"):
        add(folder, name)

    ended = call_cli("fleet", "serve", "--once")

    assert ended.code == 0
    assert "3 stacks: 1 clean, 1 drift, 1 proposed." in ended.out
    assert "shop/web: applied, 1 to create" in ended.err
    assert "shop/p-shop: proposed, 1 to create" in ended.err
    assert "shop/r-blog: drift" in ended.err
    again = call_cli("fleet", "serve", "--once")
    assert (again.code, again.err) == (0, "")


def test_a_source_that_cannot_be_read_is_exit_code_1_and_the_others_are_seen_to(
    folder: Path, call_cli: RunCli
) -> None:
    add(folder, "web")
    more = "  - {folder: nowhere, account: shop}\nrules:"
    (folder / "fleet.yaml").write_text(EMBEDDED.replace("rules:", more))

    ended = call_cli("fleet", "serve", "--once")

    assert ended.code == 1
    assert "nowhere" in ended.out
    assert states(call_cli) == {"web": "clean"}


@pytest.mark.parametrize("flag", [("--listen", "127.0.0.1:0"), ("--no-worker",)])
def test_once_serves_no_page(folder: Path, call_cli: RunCli, flag: tuple[str, ...]) -> None:
    ended = call_cli("fleet", "serve", "--once", *flag)
    assert ended.code == 1
    assert f"--once and {flag[0]} exclude each other" in ended.err


def test_without_a_way_to_sign_in_only_this_machine_is_served(
    folder: Path, call_cli: RunCli
) -> None:
    ended = call_cli("fleet", "serve", "--listen", "0.0.0.0:0")
    assert ended.code == 1
    assert "web.auth" in ended.err


def test_plan_and_run_work_without_a_serve(folder: Path, call_cli: RunCli) -> None:
    add(folder, "web")
    add(folder, "p-shop")
    add(folder, "r-blog")

    planned = call_cli("fleet", "plan", "web")
    assert planned.code == 0
    assert "+ web will be created" in planned.out
    assert states(call_cli)["web"] == "unknown"

    assert call_cli("fleet", "run", "web").code == 0
    assert call_cli("fleet", "run", "shop/p-shop").code == 2
    assert call_cli("fleet", "run", "r-blog").code == 2
    assert states(call_cli) == {"web": "clean", "p-shop": "proposed", "r-blog": "drift"}
    assert "+ web will be created" in call_cli("fleet", "plan", "p-shop").out


def test_run_ends_with_3_if_held_and_1_if_failed(folder: Path, call_cli: RunCli) -> None:
    add(folder, "web", "a", "b", "c", "d")
    call_cli("fleet", "run", "web")
    add(folder, "web", "a")
    held = call_cli("fleet", "run", "web")
    assert held.code == 3
    assert "destroy" in held.err
    (folder / "stacks" / "web.yaml").write_text(
        stack_text("web").replace("debian12_uefi", "no_such_image")
    )
    failed = call_cli("fleet", "run", "web")
    assert failed.code == 1
    assert "no_such_image" in failed.err


def test_an_unknown_stack_is_named_with_the_way_out(folder: Path, call_cli: RunCli) -> None:
    add(folder, "web")
    ended = call_cli("fleet", "run", "wbe")
    assert ended.code == 1
    assert "wbe" in ended.err


def test_a_paused_stack_is_not_run_and_says_who_has_paused_it(
    folder: Path, call_cli: RunCli
) -> None:
    add(folder, "web")
    call_cli("fleet", "serve", "--once")
    call_cli("fleet", "pause", "web", "--reason", "load test")
    ended = call_cli("fleet", "run", "web")
    assert ended.code == 1
    assert "load test" in ended.err


# With signals: processes of their own


@pytest.fixture
def platform(start_platform: StartPlatform) -> Platform:
    """One that ends no task by itself."""
    return start_platform(speed=STILL)


@pytest.fixture
def served_env(platform: Platform, folder: Path, clean_env: dict[str, str]) -> dict[str, str]:
    (folder / "fleet.yaml").write_text(SERVED % f"http://127.0.0.1:{platform.port}/api/v1")
    add(folder, "web", "a", "b")
    # The grace is longer than a lease, or the lease would be cut, and lost by a slow worker.
    return {**clean_env, "SHOP_TOKEN": "sandbox-e2e", "CCLOUD_SETTLE": "0", "CCLOUD_GRACE": "120"}


Serve = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def serve(start_cli: StartCli, served_env: dict[str, str]) -> Serve:
    def start(*flags: str) -> subprocess.Popen[str]:
        return start_cli("fleet", "serve", "--listen", "127.0.0.1:0", *flags, env=served_env)

    return start


def ours(platform: Platform) -> list[str]:
    return sorted(
        tag for server in platform.servers() for tag in server["tags"] if tag.startswith("server:")
    )


def test_a_stop_waits_for_runs_and_ends_with_the_signal(
    platform: Platform, serve: Serve, run_cli: RunCli, served_env: dict[str, str]
) -> None:
    process = serve()
    platform.wait_for_creates(2, process)

    process.send_signal(signal.SIGTERM)
    read_until(process.stderr, "stopping: what runs has 60 s to end")
    with platform.ending_tasks():
        ended = read_to_end(process)

    assert ended.code == 143
    assert "shop/web: applied, 2 to create" in ended.err
    assert ours(platform) == ["server:a", "server:b"]


def test_a_stop_without_time_sends_nothing_more_and_the_next_process_finishes(
    platform: Platform, serve: Serve, run_cli: RunCli, served_env: dict[str, str]
) -> None:
    process = serve("--drain", "0")
    platform.wait_for_creates(2, process)

    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 143
    assert "shop/web: stopped" in err
    with platform.ending_tasks():
        ended = run_cli("fleet", "serve", "--once", env=served_env)
    assert "1 stack: 1 clean." in ended.out
    assert ours(platform) == ["server:a", "server:b"]


def test_a_run_that_somebody_stops_notes_what_it_has_sent(
    platform: Platform, start_cli: StartCli, run_cli: RunCli, served_env: dict[str, str]
) -> None:
    process = start_cli("fleet", "run", "web", env=served_env)
    platform.wait_for_creates(2, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130
    assert "shop/web: stopped" in err
    with platform.ending_tasks():
        assert run_cli("fleet", "run", "web", env=served_env).code == 0
    assert ours(platform) == ["server:a", "server:b"]


def let_leases_end(folder: Path) -> None:
    """What somebody holds who gives nothing back is free, as after a minute."""
    database = folder / ".ccloud-apply" / "fleet.db"
    with closing(sqlite3.connect(database, timeout=PATIENCE_S)) as connection, connection:
        connection.execute("update lease set until = 0")


def test_a_killed_process_is_taken_over_and_no_server_is_made_twice(
    platform: Platform, serve: Serve, run_cli: RunCli, served_env: dict[str, str], folder: Path
) -> None:
    process = serve()
    platform.wait_for_creates(2, process)
    process.kill()
    process.wait()
    let_leases_end(folder)

    other = serve()
    with platform.ending_tasks():
        read_until(other.stderr, "shop/web:")
    other.terminate()
    other.communicate(timeout=PATIENCE_S)

    assert ours(platform) == ["server:a", "server:b"]
    history = json.loads(run_cli("fleet", "history", "--format", "json", env=served_env).out)
    runs = [(run["cause"], run["outcome"]) for run in history["runs"]]
    assert ("commit", "lost") in runs
    assert ("take-over", "applied") in runs or ("take-over", "clean") in runs


def test_the_page_shows_and_a_person_waits_for_the_worker_that_serves_it(
    platform: Platform, serve: Serve, run_cli: RunCli, served_env: dict[str, str]
) -> None:
    process = serve()
    assert process.stderr is not None
    found = re.search(r"http://\S+", process.stderr.readline())
    assert found
    page = httpx.get(found[0], trust_env=False, verify=False, timeout=PATIENCE_S)
    assert "fleet" in page.text
    platform.wait_for_creates(2, process)

    with platform.ending_tasks():
        ended = run_cli("fleet", "run", "web", "--wait", env=served_env)

    assert ended.code == 0
    assert "waiting for a worker" in ended.err
    assert re.search(r"shop/web: (applied|clean) \(run \d+\)", ended.out)
