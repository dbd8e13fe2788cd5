"""Tables: catalogues and tasks, as text and as JSON."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.listing import Listing
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.lib.table import render_table, text_width
from ccloud_apply.render.other.catalog_json import render_catalog_json
from ccloud_apply.render.other.catalog_text import render_catalog
from ccloud_apply.render.other.tasks_json import render_tasks_json
from ccloud_apply.render.other.tasks_text import render_tasks
from tests.support.render.harmless import assert_harmless, without_colours
from tests.support.render.strategies import hostile_texts, values

TASK = Task(id=17, action="create-server", status="failed", error_message="no room\nat all")


def test_columns_are_aligned_by_what_a_terminal_shows() -> None:
    assert render_table(["A", "B"], [["東京", "x"], ["e\u0301e", "y"]]) == (
        "A     B\n東京  x\ne\u0301e    y\n"
    )
    assert text_width("ünï") == 3


def test_a_catalogue_has_a_column_for_every_key_of_any_row() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "pool_a", "types": ["managed", "unmanaged"], "is_full": False},
        {"name": "pool_b", "limits": {"cores": 8}, "note": None},
    ]
    assert render_catalog(Listing(kind="pools", rows=rows)) == (
        "NAME    TYPES               IS FULL  LIMITS    NOTE\n"
        "pool_a  managed, unmanaged  no       -         -\n"
        "pool_b  -                   -        cores: 8  -\n"
    )


def test_an_empty_catalogue_says_so() -> None:
    empty = Listing(kind="gpus", rows=[])
    assert render_catalog(empty) == "No gpus.\n"
    assert json.loads(render_catalog_json(empty)) == {"format_version": "1.0", "gpus": []}


def test_a_cell_goes_no_deeper_than_a_reader_follows() -> None:
    listing = Listing(kind="x", rows=[{"a": [[[["deep"]], "flat"]]}])
    assert render_catalog(listing).splitlines()[1] == "…, flat"


def test_tasks_are_a_table_with_their_errors() -> None:
    assert render_tasks([TASK]).splitlines()[1].split("  ")[-1] == "no room\\nat all"
    assert render_tasks([]) == "No tasks.\n"


def test_tasks_as_json_have_every_field() -> None:
    assert json.loads(render_tasks_json([TASK]))["tasks"] == [
        {
            "id": 17,
            "action": "create-server",
            "status": "failed",
            "hostname": None,
            "username": None,
            "error_message": "no room\nat all",
            "created_at": None,
        }
    ]


@given(st.lists(st.dictionaries(hostile_texts, values, max_size=3), max_size=3), hostile_texts)
def test_no_catalogue_can_harm_the_reader(rows: list[dict[str, object]], kind: str) -> None:
    listing = Listing(kind=kind, rows=rows)
    text = render_catalog(listing)
    assert_harmless(text)
    assert without_colours(render_catalog(listing, Style(is_coloured=True))) == text


@given(st.builds(Task, id=st.integers(), action=hostile_texts, status=hostile_texts))
def test_no_task_can_harm_the_reader(task: Task) -> None:
    assert_harmless(render_tasks([task]))
