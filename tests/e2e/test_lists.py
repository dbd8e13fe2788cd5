"""Lists that come in other ways than the document shows, met by whole commands over HTTP: all of
it is read, or nothing is done."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.box import count_tasks
from tests.support.stacks import APPLY, IS_EMPTY, WEB, write_stack

SCHEDULED = WEB.replace(
    "    disks: [50]\n", "    disks: [50]\n    scheduled_snapshots: {frequency: 6}\n"
)

Serve = Callable[..., str]
Served = Callable[..., dict[str, str]]


@pytest.fixture
def served(clean_env: dict[str, str], serve: Serve) -> Served:
    """The environment of a sandbox behind HTTP, with these readings; its data stays."""

    def start(*readings: str, page_limit: int = 2) -> dict[str, str]:
        pairs = (*readings, f"page_limit={page_limit}", f"max_page_limit={page_limit}")
        arguments = [part for pair in pairs for part in ("--reading", pair)]
        return {
            **clean_env,
            "CCLOUD_ENDPOINT": serve(*arguments),
            "CCLOUD_TOKEN": "sandbox-lists",
            "CCLOUD_SETTLE": "0",
            "CCLOUD_GRACE": "2",
        }

    return start


@pytest.mark.parametrize("reading", ["pagination=token", "pagination=ignored"])
@pytest.mark.parametrize(
    "command",
    [
        ("plan", "web.yaml"),
        APPLY,
        ("drift", "web.yaml"),
        ("destroy", "web.yaml", "--auto-approve"),
        ("export", "--all", "--stack", "all"),
    ],
    ids=lambda command: command[0],
)
def test_a_list_that_cannot_be_followed_ends_every_command_and_names_the_list(
    reading: str, command: tuple[str, ...], served: Served, call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path)
    env = served(reading)
    ended = call_cli(*command, env=env)
    assert ended.code == 1
    assert "list servers (GET /ccloud/servers): the server list" in ended.err
    assert "incomplete list is not used" in ended.err
    assert count_tasks(call_cli, env)["create-server"] == 0


@pytest.mark.parametrize(
    "reading",
    [
        "pagination=cursor",
        "pagination=links",
        "pagination=bare",
        "refused_limit=422",
        "refused_sort=400",
        "refused_limit=400",
    ],
)
def test_lists_in_another_way_are_read_completely(
    reading: str, served: Served, call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, SCHEDULED)
    env = served(reading, "wrapped_lists=true", page_limit=4)
    assert call_cli(*APPLY, env=env).code == 0
    assert call_cli(*IS_EMPTY, env=env).code == 0
    assert call_cli(*APPLY, env=env).code == 0
    assert count_tasks(call_cli, env)["create-server"] == 3
    exported = call_cli("export", "--all", "--stack", "all", env=env)
    assert exported.out.count("hostname: vs") == 3, "those of nobody's stack"
    assert call_cli("drift", "web.yaml", env=env).code == 0
    assert call_cli("destroy", "web.yaml", "--auto-approve", env=env).code == 0
    left = json.loads(call_cli("drift", "web.yaml", "--format", "json", env=env).out)
    assert len(left["stacks"][0]["missing"]) == 3
