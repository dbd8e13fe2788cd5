"""A rehearsal's report: read golden lines, what is not there, the JSON against its schema."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ccloud_apply.model.results.plan import ACCOUNT, Action, Plan, ValueKind
from ccloud_apply.model.results.rehearsal import (
    Rehearsal,
    RehearsedServer,
    RehearsedStep,
    Rule,
    Usage,
)
from ccloud_apply.render.other.rehearsal_json import render_rehearsal_json
from ccloud_apply.render.other.rehearsal_text import format_span, render_rehearsal
from tests.support.builders import live
from tests.support.documents import validator_of

REHEARSAL = Rehearsal(
    plan=Plan(),
    read_at=datetime(2027, 3, 1, 10, 30, tzinfo=UTC),
    servers_copied=1,
    requests=7,
    steps=(
        RehearsedStep(
            stack="shop",
            server="web",
            step="web/memory",
            operation="resize memory",
            status="done",
            start_s=0,
            seconds=21.2,
        ),
        RehearsedStep(
            stack="shop",
            server="db",
            step="db/create",
            operation="create server",
            status="failed",
            start_s=21.2,
            seconds=0.1,
            why="422: no room",
        ),
        RehearsedStep(
            stack="shop",
            server="db",
            step="db/notes",
            operation="write notes",
            status="skipped",
            why="db/create failed",
        ),
    ),
    servers=(
        RehearsedServer(stack="shop", key="web", action=Action.UPDATE, live=live(key="web")),
        RehearsedServer(stack="shop", key="db", action=Action.CREATE),
        RehearsedServer(stack="shop", key="old", action=Action.DESTROY),
    ),
    rules=(
        Rule(name="a second plan is empty", holds=False, what="shop/db/create"),
        Rule(name="no two servers have one identity", holds=True),
    ),
    usage={
        "memory": Usage(before=4, peak=12, after=8, limit=16, kind=ValueKind.GB),
        "cores": Usage(before=2, peak=2, after=2),
    },
    seconds=21.3,
    unread={"list_addons": "403"},
    left_out=("vs9, which is being built or deleted",),
    warnings=("vs1 is busy",),
)

EXPECTED = """\
Rehearsed on a copy of the account: 1 server, read with 7 requests at 2027-03-01 10:30 UTC. The account itself was not changed.
  ! not copied: vs9, which is being built or deleted
  ! not read: list_addons (403); assumed to allow everything

Steps, in their order
      0:00  web  resize memory  0:21
      0:21  db   create server  FAILED: 422: no room
            db   write notes    SKIPPED: db/create failed

End state
  ~ web  vs10001  2 cores, 4 GB of memory, 50 GB of disk
  + db   not there
  - old  gone

Highest use during the plan
  memory  12 GB  (before 4 GB, after 8 GB; limit 16 GB)
  cores   2  (before 2, after 2; no limit known)

  ! vs1 is busy
  BROKEN  a second plan is empty: shop/db/create
  holds   no two servers have one identity

Rehearsal FAILED: a real apply of this plan would fail.
"""  # noqa: E501


def test_the_report_reads_like_this() -> None:
    assert render_rehearsal(REHEARSAL) == EXPECTED


def test_the_json_fits_its_schema_and_says_the_same() -> None:
    document = json.loads(render_rehearsal_json(REHEARSAL))
    validator_of("rehearsal.schema.json").validate(document)
    assert document["passed"] is False
    assert [step["status"] for step in document["steps"]] == ["done", "failed", "skipped"]
    assert document["usage"]["memory"] == {"before": 4, "peak": 12, "after": 8, "limit": 16}


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (750, "12:30"), (3723, "1:02:03")]
)
def test_a_span_in_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert format_span(seconds) == text


def test_the_account_itself_is_no_server_that_is_not_there() -> None:
    own = RehearsedServer(stack="shop", key=ACCOUNT, action=Action.UPDATE)
    shown = render_rehearsal(replace(REHEARSAL, servers=(own,)))
    assert "@account  the account itself" in shown
    assert "not there" not in shown
