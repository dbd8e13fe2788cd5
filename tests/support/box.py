"""The one server of the stack `box`, past the product's own code."""

import json
from collections import Counter
from contextlib import closing
from typing import Any

from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store
from tests.conftest import RunCli


def read_box(env: dict[str, str]) -> ServerRecord:
    """The server as the embedded API has it."""
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store:
        (server,) = (s for s in store.all_servers() if "stack:box" in s["tags"])
        return server


def change_box(env: dict[str, str], **facts: Any) -> None:
    """Somebody, or the platform, has changed what the account shows of the server."""
    box = read_box(env)
    with closing(Store(env["CCLOUD_SANDBOX_DB"])) as store, store.transaction(write=True):
        store.write_server({**box, **facts})  # type: ignore[typeddict-item]


def count_tasks(run: RunCli, env: dict[str, str] | None = None) -> Counter[str]:
    """How many tasks of each action the account has had."""
    tasks = json.loads(run("tasks", "--format", "json", env=env).out)["tasks"]
    return Counter(task["action"] for task in tasks)
