"""Counts of addons at both readings of a PUT (it sets the count, or adds to what is there), by the
whole command: what is declared is there in the end, and nothing is added a further time."""

from contextlib import closing
from pathlib import Path

import pytest

from ccloud_apply.apply.engine import addition
from ccloud_apply.apply.engine.addition import AdditionUndoer
from ccloud_apply.apply.once import patience
from ccloud_apply.sandbox.state.store import Store
from tests.conftest import RunCli
from tests.support.box import change_box, read_box
from tests.support.readings import choose_reading
from tests.support.stacks import APPLY, BOX, IS_EMPTY, once, with_faults, write_stack

ONE = BOX + "    addons: {backup: 1}\n"
THREE = ONE.replace("backup: 1", "backup: 3")
SET, DELETE = "set_server_addon", "delete_server_addon"
LEARNT = "the platform added"


@pytest.fixture
def env(
    sandbox_env: dict[str, str],
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """An account whose server has one of an addon that the platform adds to; the file wants 3."""
    write_stack(tmp_path, ONE)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, THREE)
    choose_reading(monkeypatch, addon_put="add")
    return {**sandbox_env, "CCLOUD_GRACE": "1"}


def counts(env: dict[str, str]) -> dict[str, int]:
    return {addon["name"]: addon["count"] for addon in read_box(env)["addons"]}


def test_a_platform_that_adds_ends_with_the_declared_count_and_is_told_once(
    env: dict[str, str], call_cli: RunCli, tmp_path: Path
) -> None:
    applied = call_cli(*APPLY, env=env)
    assert applied.code == 0, applied.err
    assert counts(env) == {"backup": 3}
    assert (applied.out + applied.err).count(LEARNT) == 1
    for _ in range(3):
        again = call_cli(*APPLY, env=env)
        assert again.code == 0
        assert "No changes" in again.out
    assert counts(env) == {"backup": 3}

    write_stack(tmp_path, ONE)
    lowered = call_cli(*APPLY, env=env)
    assert lowered.code == 0, lowered.err
    assert counts(env) == {"backup": 1}
    assert LEARNT not in lowered.out + lowered.err, "the journal has kept it"


@pytest.mark.parametrize("put", ["set", "add"])
@pytest.mark.parametrize(("before", "after"), [(0, 3), (1, 2), (1, 3), (2, 1), (3, 0), (4, 3)])
def test_every_count_is_reached_in_one_apply_at_both_readings(
    put: str,
    before: int,
    after: int,
    env: dict[str, str],
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose_reading(monkeypatch, addon_put=put)
    change_box(env, addons=[{"name": "backup", "count": before}] if before else [])
    write_stack(tmp_path, ONE.replace("{backup: 1}", f"{{backup: {after}}}" if after else "{}"))
    applied = call_cli(*APPLY, env=env)
    assert applied.code == 0, applied.err
    assert counts(env) == ({"backup": after} if after else {})
    assert call_cli(*IS_EMPTY, env=env).code == 0
    if put == "set":
        assert LEARNT not in applied.out + applied.err


@pytest.mark.parametrize("place", ["answer lost", "before delete", "before second"])
def test_a_run_that_ends_in_between_is_finished_without_a_further_addition(
    place: str,
    env: dict[str, str],
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def die(*_: object, **__: object) -> None:
        raise KeyError("the process ends here")

    with monkeypatch.context() as patch:
        if place == "answer lost":
            patch.setattr(AdditionUndoer, "undo", die)
        elif place == "before delete":
            patch.setattr(AdditionUndoer, "set_anew", die)
        else:
            patch.setattr(AdditionUndoer, "_send", die)
        assert call_cli(*APPLY, env=env).code == 1
    assert counts(env) == ({} if place == "before second" else {"backup": 4})

    refused = {"operation": SET, "when": {"after": 1}, "fault": {"status": 422}}
    healed = call_cli(*APPLY, env=with_faults(env, tmp_path, refused))
    assert healed.code == 0, healed.err
    assert counts(env) == {"backup": 3}, "one request has set it, after a DELETE"
    assert call_cli(*IS_EMPTY, env=env).code == 0


def test_a_lost_answer_of_a_platform_that_adds_is_found_and_not_sent_again(
    env: dict[str, str], call_cli: RunCli, tmp_path: Path
) -> None:
    lost = once(SET, {"drop": "after"})
    applied = call_cli(*APPLY, env=with_faults(env, tmp_path, lost))
    assert applied.code == 0, applied.err
    assert counts(env) == {"backup": 3}


@pytest.mark.parametrize("fault", [{"status": 422}, {"ignore": True}])
def test_an_addon_that_cannot_be_deleted_is_not_sent_a_second_time(
    fault: dict[str, object],
    env: dict[str, str],
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addition, "CONSISTENCY_TIMEOUT_S", 0.3)
    rule = {"operation": DELETE, "when": "always", "fault": fault}
    for _ in range(3):
        failed = call_cli(*APPLY, env=with_faults(env, tmp_path, rule))
        assert failed.code == 1
        assert "adds to addon backup instead of setting it" in failed.out + failed.err
        assert counts(env) == {"backup": 4}


def test_a_second_request_that_fails_says_that_the_addon_is_gone(
    env: dict[str, str], call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = once(SET, {"status": 422}, nth=2)
    failed = call_cli(*APPLY, env=with_faults(env, tmp_path, rule))
    assert failed.code == 1
    assert "addon backup was deleted to be set again, and that failed" in failed.out + failed.err
    assert counts(env) == {}
    assert call_cli(*APPLY, env=env).code == 0
    assert counts(env) == {"backup": 3}

    change_box(env, addons=[{"name": "backup", "count": 1}])
    monkeypatch.setattr(patience, "REFUSAL_PAUSES_S", (0.01, 0.01))
    busy = with_faults(env, tmp_path, once(SET, {"status": 409}))
    assert call_cli(*APPLY, env=busy).code == 0
    assert counts(env) == {"backup": 3}


@pytest.mark.parametrize("put", ["set", "add"])
def test_an_addon_of_the_account_ends_with_the_declared_count(
    put: str,
    sandbox_env: dict[str, str],
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose_reading(monkeypatch, addon_put=put)
    write_stack(tmp_path, "stack: org\naccount: {addons: {report: 1}}\n")
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    with closing(Store(sandbox_env["CCLOUD_SANDBOX_DB"])) as store, store.transaction(write=True):
        store.ledger.write_addon("report", 3)
    applied = call_cli(*APPLY, env=sandbox_env)
    assert applied.code == 0, applied.err
    assert (LEARNT in applied.out + applied.err) == (put == "add")
    assert call_cli(*IS_EMPTY, env=sandbox_env).code == 0
    with closing(Store(sandbox_env["CCLOUD_SANDBOX_DB"])) as store:
        assert store.ledger.list_addons() == {"report": 1}
