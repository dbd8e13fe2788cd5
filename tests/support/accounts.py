"""The embedded API that misbehaves for one command, as the tests of the whole command want it."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store
from tests.conftest import Ended, RunCli
from tests.support.stacks import with_faults, write_stack


class Account:
    """The embedded API with a fault, and what is in it."""

    def __init__(self, run_cli: RunCli, env: Mapping[str, str], folder: Path) -> None:
        self._run = run_cli
        self._folder = folder
        self.env = {**env, "CCLOUD_GRACE": "3"}
        write_stack(folder)

    def run(self, *arguments: str) -> Ended:
        """A command at an API that behaves."""
        return self._run(*arguments, env=self.env)

    def run_with(self, rule: dict[str, Any], *arguments: str) -> Ended:
        """A command at an API that misbehaves by this rule."""
        return self.run_with_all([rule], *arguments)

    def run_with_all(self, rules: list[dict[str, Any]], *arguments: str) -> Ended:
        """A command at an API that misbehaves by these rules."""
        return self._run(*arguments, env=with_faults(self.env, self._folder, *rules))

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks of the account."""
        tasks: list[dict[str, Any]] = json.loads(self.run("tasks", "--format", "json").out)["tasks"]
        return tasks

    def count_creates(self) -> Counter[str]:
        """The create tasks of the account, by their status."""
        return Counter(t["status"] for t in self.tasks() if t["action"] == "create-server")

    def servers(self, tag: str = "stack:web") -> list[ServerRecord]:
        """The servers that carry the tag, as the platform keeps them."""
        with closing(Store(self.env["CCLOUD_SANDBOX_DB"])) as store:
            return [server for server in store.all_servers() if tag in server["tags"]]

    def tags(self, key: str) -> set[str]:
        """The tags of the server of this key."""
        (server,) = self.servers(f"server:{key}")
        return set(server["tags"])
