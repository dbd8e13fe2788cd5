"""HTML of documents is kept up to a size, the newest first."""

import asyncio
from pathlib import Path

import pytest

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.web import site
from ccloud_apply.fleet.web.site import Rendered
from tests.support.fleet_rows import fleet_database


def test_what_is_kept_is_bounded_by_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def read(tx: Transaction, number: int) -> str | None:
        asked.append(number)
        return None if number == 9 else "x" * 40

    monkeypatch.setattr(site, "read_plan_document", read)
    monkeypatch.setattr(site, "render_plan_document", lambda text: text)

    async def work() -> None:
        async with fleet_database(tmp_path) as database:
            rendered = Rendered(database, most=100)
            for number in (1, 2, 1, 2, 3, 2, 1, 9, 9):
                await rendered.plan(number)
            # 1 made room for 3, as 2 had been asked for later; what is not there is kept by nobody.
            assert asked == [1, 2, 3, 1, 9, 9]
            huge = Rendered(database, most=1)
            assert [await huge.plan(1), await huge.plan(1)] == ["x" * 40] * 2
            assert asked == [1, 2, 3, 1, 9, 9, 1]

    asyncio.run(work())
