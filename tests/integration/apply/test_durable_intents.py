"""An intent is on the disk before its request leaves, whatever else goes on meanwhile.

With real threads, a real journal, and a disk that is held.
"""

import asyncio
import threading
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ccloud_apply.apply.engine.executor import execute
from ccloud_apply.apply.journal.inspect import read_journal
from ccloud_apply.apply.once.safe_send import Precautions
from ccloud_apply.apply.result import ApplyOptions, ApplyResult
from ccloud_apply.clock import SystemClock
from tests.conftest import PATIENCE_S
from tests.support.journals import begin_journal, journal_file
from tests.support.run_apply import read_nothing
from tests.support.scripted_api import Answer, ScriptedApi
from tests.support.step_plans import plan, step


class Disk:
    """Counts the syncs; the first ones hang until they are let go."""

    def __init__(self) -> None:
        self.synced = 0
        self.is_asked = threading.Event()
        self.let_go = threading.Event()

    def sync(self, handle: int) -> None:
        self.is_asked.set()
        assert self.let_go.wait(PATIENCE_S)
        self.synced += 1


class Api(ScriptedApi):
    """Notes what the journal held when each request left, and how many syncs there had been."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        super().__init__()
        self.folder = folder
        self.disk = disk
        self.left: list[tuple[str, bool, int]] = []

    async def send(
        self, operation_id: str, method: str, path: str, body: Any, **hooks: Any
    ) -> Answer:
        entries = read_journal(journal_file(self.folder)).entries
        is_noted = any(entry.intent.path == path and entry.is_open for entry in entries)
        self.left.append((path, is_noted, self.disk.synced))
        return await super().send(operation_id, method, path, body, **hooks)


def test_no_request_leaves_before_its_intent_is_on_the_disk_and_intents_share_a_sync(
    tmp_path: Path,
) -> None:
    disk = Disk()
    api = Api(tmp_path, disk)
    journal = begin_journal(tmp_path)
    keys = [f"s{number}" for number in range(6)]

    async def main() -> ApplyResult:
        applying = asyncio.create_task(
            execute(
                plan(*(step(f"{key}/notes", body={"notes": "x"}) for key in keys)),
                api=api,
                clock=SystemClock(),
                options=ApplyOptions(parallelism=len(keys)),
                listen=lambda event: None,
                read_reference=read_nothing,
                precautions=Precautions(journals={"web": journal}),
            )
        )
        while not disk.is_asked.is_set():
            await asyncio.sleep(0.001)
        for _ in range(20):
            await asyncio.sleep(0)  # all that can go on without the disk does
        assert api.left == []
        assert disk.synced == 0
        disk.let_go.set()
        return await applying

    with patch("os.fdatasync", disk.sync):
        result = asyncio.run(main())
    journal.close()
    assert result.done == len(keys)
    assert sorted(path for path, *_ in api.left) == [
        f"/ccloud/servers/vs-{key}/notes" for key in keys
    ]
    assert all(is_noted and synced > 0 for _, is_noted, synced in api.left)
    assert disk.synced < 2 * len(keys)
    assert not any(entry.is_open for entry in read_journal(journal_file(tmp_path)).entries)
