"""Deleting can be taken back: servers that are removed, retired, waited for, destroyed or restored.

By whole commands. A day that comes is a tag with an earlier one: no clock is asked.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.model.ownership import read_retirement
from tests.conftest import Ended, RunCli
from tests.e2e.conftest import StartPlatform
from tests.support.stacks import APPLY, write_stack

DEFAULTS = """\
stack: web
policy: {max_destroy: 2}
defaults:
  {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 2, disks: [20]}
"""
GONE = DEFAULTS + "servers:\n  web: {}\n"
WHOLE = GONE + "  old: {notes: hello, lifecycle: {retire: 7d}}\n"
CHANGED = GONE + (
    "  old: {notes: changed, memory: 4, tags: [mine], lifecycle: {retire: 7d, resize: offline}}\n"
)
PAST = "retire:2020-01-31"


class Stack:
    """The stack in its sandbox, by commands alone."""

    def __init__(self, run: Callable[..., Ended], folder: Path) -> None:
        self.run = run
        self._folder = folder

    def apply(self, text: str, *flags: str, code: int = 0) -> Ended:
        write_stack(self._folder, text)
        ended = self.run(*APPLY, *flags)
        assert ended.code == code, ended.out + ended.err
        return ended

    def plan(self, *flags: str) -> dict[str, Any]:
        """The plan of the only stack."""
        ended = self.run("plan", "web.yaml", "--format", "json", *flags)
        (stack,) = json.loads(ended.out)["stacks"]
        return dict(stack)

    def old(self, *flags: str) -> dict[str, Any]:
        """What the plan says of the server that comes and goes."""
        (server,) = (one for one in self.plan(*flags)["servers"] if one["key"] == "old")
        return dict(server)

    def live(self) -> dict[str, Any]:
        """The server as the platform has it; empty once it is gone."""
        ended = self.run("inventory", "--all", "--state", "--format", "json")
        found = (one for one in json.loads(ended.out)["servers"] if one["key"] == "old")
        return dict(next(found, {}))

    def tags(self) -> list[str]:
        ended = self.run("api", "list_server_tags", "-p", f"hostname={self.live()['hostname']}")
        return list(json.loads(ended.out))

    def set_tags(self, *tags: str) -> None:
        """Set them as a person does."""
        path = self._folder / "tags.json"
        path.write_text(json.dumps({"tags": tags}), encoding="utf-8")
        name = f"hostname={self.live()['hostname']}"
        ended = self.run("api", "set_server_tags", "-p", name, "--input", "tags.json", "--force")
        assert ended.code == 0, ended.err

    def let_its_day_come(self) -> None:
        others = (tag for tag in self.tags() if not tag.startswith("retire:"))
        self.set_tags(*others, PAST)


@pytest.fixture
def shop(call_cli: RunCli, tmp_path: Path) -> Stack:
    """Two servers, one of which is to be retired for a week."""
    made = Stack(call_cli, tmp_path)
    made.apply(WHOLE)
    return made


def test_removed_retired_waited_for_and_destroyed(shop: Stack) -> None:
    before = datetime.now(UTC).date()
    shop.apply(GONE)
    after = datetime.now(UTC).date()
    live, day = shop.live(), read_retirement(shop.tags())
    assert live["state"] == "Off"
    assert day is not None
    assert before <= day - timedelta(days=7) <= after
    waiting = shop.old()
    assert (waiting["action"], waiting["retires"]) == ("unchanged", day.isoformat())
    assert shop.run("plan", "web.yaml", "--detailed-exitcode").code == 0
    assert shop.run("drift", "web.yaml").code == 0
    shop.apply(GONE)
    assert shop.live()["state"] == "Off"

    shop.let_its_day_come()
    assert shop.old()["action"] == "destroy"
    assert shop.run("plan", "web.yaml", "--detailed-exitcode").code == 2
    shop.apply(GONE)
    assert shop.live() == {}


def test_removed_retired_and_restored_with_all_that_the_file_says_by_now(shop: Stack) -> None:
    shop.apply(GONE)
    number = shop.live()["hostname"]
    write = shop.apply(CHANGED)
    assert "old: start" in write.out + write.err
    live = shop.live()
    assert (live["hostname"], live["state"], live["memory"]) == (number, "Running", 4)
    assert sorted(shop.tags()) == ["mine", "retire-after:7d", "server:old", "stack:web"]
    assert shop.run("plan", "web.yaml", "--detailed-exitcode").code == 0


def test_a_day_that_is_over_destroys_nothing_that_the_file_names_again(shop: Stack) -> None:
    shop.apply(GONE)
    shop.let_its_day_come()
    shop.apply(WHOLE)
    assert shop.live()["state"] == "Running"
    assert read_retirement(shop.tags()) is None


def test_it_works_from_the_tags_alone_without_a_journal(
    shop: Stack, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    shop.apply(GONE)
    elsewhere = {**sandbox_env, "CCLOUD_WORK_DIR": str(tmp_path / "another-machine")}
    other = Stack(lambda *arguments: call_cli(*arguments, env=elsewhere), tmp_path)
    assert other.old()["action"] == "unchanged"
    other.apply(WHOLE)
    assert shop.live()["state"] == "Running"


def test_retire_now_destroys_what_would_be_retired_and_what_waits(shop: Stack) -> None:
    shop.apply(GONE)
    assert shop.old("--retire-now")["action"] == "destroy"
    shop.apply(GONE, "--retire-now")
    assert shop.live() == {}
    shop.apply(WHOLE)
    shop.apply(GONE, "--retire-now")
    assert shop.live() == {}


def test_destroy_retires_leaves_alone_what_waits_and_ends_what_is_due(shop: Stack) -> None:
    destroy = ("destroy", "web.yaml", "--auto-approve")
    first = shop.run(*destroy)
    assert first.code == 0, first.err
    assert shop.live()["state"] == "Off"
    again = shop.run(*destroy)
    assert again.code == 0, again.err
    assert "old (" in again.out
    assert shop.live()["state"] == "Off"
    shop.let_its_day_come()
    assert shop.run(*destroy).code == 0
    assert shop.live() == {}


def test_destroy_at_once_is_asked_for(shop: Stack) -> None:
    ended = shop.run("destroy", "web.yaml", "--auto-approve", "--retire-now")
    assert ended.code == 0, ended.err
    assert shop.live() == {}


@pytest.mark.parametrize(
    ("allowed", "code"),
    [("update", 3), ("downtime,update", 3), ("retire", 0), ("destroy", 0)],
)
def test_allow_retire_is_the_first_step_alone_and_destroy_is_both(
    allowed: str, code: int, shop: Stack
) -> None:
    ended = shop.apply(GONE, "--allow", allowed, code=code)
    if code:
        assert 'class "retire"' in ended.out + ended.err
        return
    shop.let_its_day_come()
    last = 0 if allowed == "destroy" else 3
    ended = shop.apply(GONE, "--allow", allowed, code=last)
    if last:
        assert 'class "destroy"' in ended.out + ended.err


def test_a_restored_server_is_an_update_too_where_more_changes(shop: Stack) -> None:
    shop.apply(GONE)
    ended = shop.apply(CHANGED, "--allow", "restore", code=3)
    assert 'class "update"' in ended.out + ended.err
    shop.apply(CHANGED, "--allow", "restore,update")
    shop.apply(GONE)
    shop.apply(CHANGED, "--allow", "restore")


@pytest.mark.parametrize(
    ("text", "flags", "words"),
    [
        (GONE.replace("max_destroy: 2", "max_destroy: 0"), (), "would be retired, destroyed or"),
        (GONE, ("--allow-destroy", "0"), "at most 0 may be"),
        (DEFAULTS + "servers: {}\n", (), "declares no server"),
    ],
)
def test_what_holds_a_destroy_holds_a_retire(
    text: str, flags: tuple[str, ...], words: str, shop: Stack
) -> None:
    held = shop.apply(text, *flags, code=3)
    assert words in held.out + held.err
    assert shop.live()["state"] == "Running"


def test_protection_holds_a_retire_and_once_it_waits_its_end(shop: Stack) -> None:
    shop.apply(WHOLE.replace("retire: 7d", "retire: 7d, prevent_destroy: true"))
    held = shop.apply(GONE, code=3)
    assert "would be retired, and prevent_destroy protects it" in held.out + held.err
    shop.apply(WHOLE)
    shop.apply(GONE)
    shop.set_tags("prevent-destroy", *shop.tags())
    assert shop.run(*APPLY).code == 0
    shop.let_its_day_come()
    held = shop.apply(GONE, code=3)
    assert "would be destroyed, and prevent_destroy protects it" in held.out + held.err


def test_a_server_that_is_given_back_stays_off_without_our_tags(shop: Stack) -> None:
    shop.apply(GONE)
    name = shop.live()["hostname"]
    shop.apply(GONE + "released: [old]\n")
    ended = shop.run("inventory", "--all", "--state", "--format", "json")
    (live,) = (one for one in json.loads(ended.out)["servers"] if one["hostname"] == name)
    assert (live["state"], live["status"], live["tags"]) == ("Off", "unmanaged", [])
    assert live["retires"] is None


def test_a_lowered_count_retires_the_highest_and_a_raised_one_restores_it(shop: Stack) -> None:
    pool = WHOLE + "  pool: {count: 2, lifecycle: {retire: 7d}}\n"
    shop.apply(pool)
    shop.apply(pool.replace("count: 2", "count: 1"))
    servers = {server["key"]: server for server in shop.plan()["servers"]}
    assert [key for key, server in servers.items() if "retires" in server] == ["pool-2"]
    shop.apply(pool)
    servers = {server["key"]: server for server in shop.plan()["servers"]}
    assert [key for key, server in servers.items() if "retires" in server] == []


def test_it_comes_back_under_another_key(shop: Stack) -> None:
    shop.apply(GONE)
    name = shop.live()["hostname"]
    shop.apply(GONE + "  new: {notes: hello}\nmoved: [{from: old, to: new}]\n")
    ended = shop.run("inventory", "web.yaml", "--state", "--format", "json")
    (live,) = (one for one in json.loads(ended.out)["servers"] if one["key"] == "new")
    assert (live["hostname"], live["state"]) == (name, "Running")


@pytest.mark.parametrize("state", ["Off", "Running"])
def test_it_waits_for_its_day_under_a_new_name_of_the_stack(shop: Stack, state: str) -> None:
    shop.apply(GONE)
    if state == "Running":
        name = f"hostname={shop.live()['hostname']}"
        call = ("api", "change_server_state", "-p", name, "-p", "action=start", "--force", "--wait")
        assert shop.run(*call).code == 0
    renamed = GONE.replace("stack: web", "stack: shop")
    shop.apply(renamed + "renamed: {from: web}\n")
    assert shop.live()["state"] == "Off"
    assert "stack:shop" in shop.tags()
    shop.apply(renamed)
    assert shop.old()["action"] == "unchanged"
    shop.let_its_day_come()
    shop.apply(renamed)
    assert shop.live() == {}


def test_a_saved_plan_retires_as_it_was_approved(shop: Stack, tmp_path: Path) -> None:
    write_stack(tmp_path, GONE)
    assert shop.run("plan", "web.yaml", "--out", "retire.plan").code == 0
    assert shop.run("apply", "retire.plan").code == 0
    assert shop.live()["state"] == "Off"


def test_a_saved_plan_is_stale_once_its_server_was_restored(shop: Stack, tmp_path: Path) -> None:
    shop.apply(GONE)
    shop.let_its_day_come()
    assert shop.run("plan", "web.yaml", "--out", "end.plan").code == 0
    shop.apply(WHOLE)
    write_stack(tmp_path, GONE)
    ended = shop.run("apply", "end.plan")
    assert ended.code == 1
    assert "stale plan" in ended.err
    assert shop.live()["state"] == "Running"


def test_the_same_over_http(
    start_platform: StartPlatform,
    call_cli: RunCli,
    machine_env: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    env = machine_env(start_platform(speed=60))
    shop = Stack(lambda *arguments: call_cli(*arguments, env=env), tmp_path)
    shop.apply(WHOLE)
    shop.apply(GONE)
    assert shop.live()["state"] == "Off"
    shop.apply(WHOLE)
    assert shop.live()["state"] == "Running"
    shop.apply(GONE)
    shop.let_its_day_come()
    shop.apply(GONE)
    assert shop.live() == {}
