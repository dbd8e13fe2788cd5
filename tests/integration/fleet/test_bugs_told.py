"""Of an exception that nobody has expected no text is told: it could hold a secret."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.fleet.documents import read_status
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.service import run_once
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.sweep import sweep_account
from ccloud_apply.model.results.fleet import FleetStatus
from tests.support.fleet_desk import FleetDesk, one

TEXT = "illegal header Bearer s3cret\n::add-mask::x"


def test_a_bug_is_told_by_its_place_and_without_its_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = FleetDesk(tmp_path)
    desk.write("web")

    def load(rows: Iterable[Any]) -> Any:
        raise ValueError(TEXT)

    async def work(context: Context) -> FleetStatus:
        await context.poll("stacks")
        broken = replace(context, load=load)
        await run_once(broken)
        async with context.database.write() as tx:
            await tx.execute("update account set sweep_due = 0")
        await sweep_account(broken, "shop")
        return await read_status(context.database, StackFilter())

    status = desk.work(work)

    stack = one(status)
    assert stack.state == "failing"
    assert (stack.why or "").startswith("internal error: ValueError in ccloud_apply.fleet.work.")
    (account,) = status.accounts
    assert (account.error or "").startswith("internal error: ValueError")
    told = f"{caplog.text}{desk.warnings}{desk.rows('select * from run')}{status}"
    assert "reconcile.py" in caplog.text
    assert "sweep.py" in caplog.text
    assert "s3cret" not in told
    assert "::add-mask::" not in told
