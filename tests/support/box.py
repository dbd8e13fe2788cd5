"""The one server of the stack `box`, past the product's own code."""

import json
from collections import Counter
from typing import Any

from ccloud_apply.sandbox.state.record import ServerRecord
from tests.conftest import RunCli
from tests.support.servers import change_server, read_tagged


def read_box(env: dict[str, str]) -> ServerRecord:
    """The server as the embedded API has it."""
    (server,) = read_tagged(env, "stack:box")
    return server


def change_box(env: dict[str, str], **facts: Any) -> None:
    """Somebody, or the platform, has changed what the account shows of the server."""
    change_server(env, read_box(env)["hostname"], **facts)


def count_tasks(run: RunCli, env: dict[str, str] | None = None) -> Counter[str]:
    """How many tasks of each action the account has had."""
    tasks = json.loads(run("tasks", "--format", "json", env=env).out)["tasks"]
    return Counter(task["action"] for task in tasks)
