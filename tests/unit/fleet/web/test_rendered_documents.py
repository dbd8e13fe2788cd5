"""HTML of documents is kept up to a size, the newest first."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.web import site
from ccloud_apply.fleet.web.pages.documents import render_plan_document
from ccloud_apply.fleet.web.site import Rendered
from ccloud_apply.model.documents.saved_plan import digest_document, encode_saved_plan
from tests.support.fleet_rows import fleet_database
from tests.support.render.plans import all_actions


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


@pytest.mark.parametrize(
    "cost", [{"unknown": -1}, {"unknown": [[]]}, {"servers": "x"}, {"servers": {"web": 5}}, [], 5]
)
def test_a_plan_with_a_damaged_cost_is_shown_by_no_page(cost: Any) -> None:
    document = encode_saved_plan(all_actions(), paths=["web.yaml"], options={})
    assert render_plan_document(json.dumps(document)) is not None
    document["stacks"][0]["cost"] = cost
    document["digest"] = digest_document(document)
    assert render_plan_document(json.dumps(document)) is None
