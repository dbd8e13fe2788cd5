"""Windows and freezes for saved plans, for destroy and for restore, by whole commands."""

import json
from pathlib import Path

from tests.conftest import RunCli
from tests.support.stacks import BOX, write_stack

FROZEN = 'policy: {freeze: [{from: "2020-01-01", for: [downtime, destroy], reason: audit}]}\n'
"""It began long ago and has no end."""

BEFORE = f"{BOX}    snapshots: [before-upgrade]\n    lifecycle: {{resize: offline}}\n"
APPLY = ("apply", "web.yaml", "--auto-approve")


def make(call_cli: RunCli, folder: Path) -> str:
    """The box is there; the text has another size and other notes for it."""
    write_stack(folder, BEFORE)
    assert call_cli(*APPLY).code == 0
    return BEFORE.replace("memory: 2", "memory: 4")


def test_a_plan_saved_before_the_freeze_is_blocked_in_it_and_no_stale_one(
    call_cli: RunCli, tmp_path: Path
) -> None:
    changed = make(call_cli, tmp_path)
    write_stack(tmp_path, changed)
    assert call_cli("plan", "web.yaml", "--out", "web.plan").code == 0
    write_stack(tmp_path, changed + FROZEN)
    blocked = call_cli("apply", "web.plan")
    assert blocked.code == 3, blocked.err
    assert "a freeze (web.yaml:" in blocked.out
    deferred = call_cli("apply", "web.plan", "--defer")
    assert deferred.code == 0, deferred.err
    assert "1 deferred" in deferred.out
    done = call_cli("apply", "web.plan", "--override-window", "disk full")
    assert done.code == 0, done.err
    assert "disk full" in done.out + done.err


def test_a_reason_in_a_saved_plan_lifts_nothing(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, make(call_cli, tmp_path) + FROZEN)
    saved = call_cli("plan", "web.yaml", "--out", "web.plan", "--override-window", "approved")
    assert saved.code == 0, saved.err
    assert call_cli("apply", "web.plan").code == 3


def test_a_destroy_waits_unless_somebody_gives_a_reason(call_cli: RunCli, tmp_path: Path) -> None:
    make(call_cli, tmp_path)
    write_stack(tmp_path, BEFORE + FROZEN)
    blocked = call_cli("destroy", "web.yaml", "--auto-approve")
    assert blocked.code == 3
    assert "audit" in blocked.out
    done = call_cli("destroy", "web.yaml", "--auto-approve", "--override-window", "project over")
    assert done.code == 0, done.err


def test_a_restore_waits_and_the_summary_has_the_reason(call_cli: RunCli, tmp_path: Path) -> None:
    make(call_cli, tmp_path)
    write_stack(tmp_path, BEFORE + FROZEN)
    restore = ("restore", "box", "before-upgrade", "web.yaml", "--auto-approve")
    blocked = call_cli(*restore)
    assert blocked.code == 3
    assert "a freeze (web.yaml:" in blocked.out
    done = call_cli(*restore, "--override-window", " data\nlost ", "--format", "json")
    assert done.code == 0, done.err
    summary = json.loads(done.out.splitlines()[-1])
    assert (summary["type"], summary["override_window"]) == ("summary", "data lost")
    journal = json.loads(call_cli("journal", "--format", "json").out)["journals"][0]
    assert journal["entries"][-1]["override_window"] == "data lost"


def test_a_reason_is_not_empty_and_not_beside_defer(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, BEFORE)
    empty = call_cli(*APPLY, "--override-window", " ")
    assert (empty.code, "the reason is missing" in empty.err) == (1, True)
    both = call_cli(*APPLY, "--override-window", "x", "--defer")
    assert (both.code, "exclude each other" in both.err) == (1, True)
