"""A changed snapshot schedule, by the whole command, at each reading of a POST over another one: no
failure leaves the server without a schedule and without a word."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from ccloud_apply.apply.engine import replacement
from tests.conftest import RunCli
from tests.support.box import read_box
from tests.support.readings import choose_reading
from tests.support.stacks import APPLY, BOX, IS_EMPTY, once, with_faults, write_stack

SIX = BOX + '    scheduled_snapshots: {frequency: 6, next_run: "2030-01-01 03:00"}\n'
CHANGED = SIX.replace("{frequency: 6", "{frequency: 12")
SET = "set_server_snapshot_schedule"
REFUSED = {"status": 422}

Style = Literal["replace", "422", "409", "ignore"]
STYLES: tuple[Style, ...] = ("replace", "422", "409", "ignore")
Choose = Callable[[Style], None]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Choose what a POST over a schedule comes to."""

    def choose_style(style: Style) -> None:
        choose_reading(monkeypatch, existing_schedule=style)

    monkeypatch.setattr(replacement, "REPLACED_WITHIN_S", 0.1)
    return choose_style


@pytest.fixture
def env(sandbox_env: dict[str, str], call_cli: RunCli, tmp_path: Path) -> dict[str, str]:
    """An account whose server has a snapshot every 6 hours; the file wants one every 12."""
    write_stack(tmp_path, SIX)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, CHANGED)
    return sandbox_env


def frequency(env: dict[str, str]) -> int | None:
    schedule = read_box(env)["schedule"]
    return None if schedule is None else schedule["frequency"]


def test_the_plan_of_a_changed_schedule_is_one_step(call_cli: RunCli, env: dict[str, str]) -> None:
    graph = call_cli("graph", "web.yaml", env=env).out
    assert "schedule snapshots" in graph
    assert "delete" not in graph


@pytest.mark.parametrize("style", STYLES)
def test_it_is_replaced_whatever_the_platform_makes_of_it(
    style: Style, choose: Choose, call_cli: RunCli, env: dict[str, str]
) -> None:
    choose(style)
    applied = call_cli(*APPLY, env=env)
    assert applied.code == 0, applied.err
    assert frequency(env) == 12
    assert call_cli(*IS_EMPTY, env=env).code == 0


@pytest.mark.parametrize("style", ["422", "409", "ignore"])
def test_where_the_second_post_is_refused_the_old_schedule_is_there_again(
    style: Style, choose: Choose, call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    choose(style)
    ended = call_cli(*APPLY, env=with_faults(env, tmp_path, once(SET, REFUSED, nth=2)))
    assert ended.code == 1
    assert "has its old schedule again: every 6 hours" in ended.out + ended.err
    assert read_box(env)["schedule"] == {"frequency": 6, "next_run": "2030-01-01T03:00:00.000000Z"}
    assert call_cli(*APPLY, env=env).code == 0
    assert frequency(env) == 12


@pytest.mark.parametrize("style", ["422", "409", "ignore"])
def test_where_nothing_can_be_put_back_the_command_says_so_and_the_next_run_heals_it(
    style: Style, choose: Choose, call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    choose(style)
    rule = {"operation": SET, "when": {"after": 1}, "fault": REFUSED}
    ended = call_cli(*APPLY, env=with_faults(env, tmp_path, rule))
    assert ended.code == 1
    assert "HAS NO SNAPSHOT SCHEDULE NOW" in ended.out + ended.err
    assert frequency(env) is None
    assert call_cli(*APPLY, env=env).code == 0
    assert frequency(env) == 12
    assert call_cli(*IS_EMPTY, env=env).code == 0


@pytest.mark.parametrize("style", STYLES)
def test_a_change_that_is_always_refused_leaves_the_old_schedule(
    style: Style, choose: Choose, call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    choose(style)
    rule = {"operation": SET, "when": "always", "fault": REFUSED}
    ended = call_cli(*APPLY, env=with_faults(env, tmp_path, rule))
    assert ended.code == 1
    is_said = "HAS NO SNAPSHOT SCHEDULE NOW" in ended.out + ended.err
    assert (frequency(env), is_said) == (6, False)


@pytest.mark.parametrize("style", ["422", "409", "ignore"])
def test_a_run_that_breaks_off_between_delete_and_post_is_healed_by_the_next(
    style: Style,
    choose: Choose,
    call_cli: RunCli,
    env: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def die(*_: object) -> None:
        raise RuntimeError("the process ends here: nothing is noted and nothing is put back")

    choose(style)
    with monkeypatch.context() as patch:
        patch.setattr(replacement.ReplacementSender, "_post", die)
        assert call_cli(*APPLY, env=env).code != 0
    assert frequency(env) is None
    healed = call_cli(*APPLY, env=env)
    assert healed.code == 0, healed.err
    assert "an earlier run left 2 steps open" in healed.err
    assert frequency(env) == 12
