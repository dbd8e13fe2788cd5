"""Unknown is never equal: whole commands at an API that does not tell what a server is like."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.api.http.retry import Backoff
from tests.conftest import Ended, RunCli
from tests.support.stacks import with_faults, write_stack

STACK = """\
stack: shop
defaults:
  {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4, disks: [20]}
servers:
  db: {notes: data, power: running}
  web: {notes: front, depends_on: [db]}
  mail: {notes: post}
"""

Rule = Mapping[str, Any]


def told(value: Mapping[str, Any], server: str, operation: str = "list_servers") -> Rule:
    return {"operation": operation, "fault": {"tells": value, "server": server}}


def paused(server: str) -> Rule:
    fault = {"server_state": "Paused", "server": server}
    return {"operation": "list_servers", "when": {"nth": 1}, "fault": fault}


DB_MEMORY = told({"data.memory": None}, "shop-db")


class Shop:
    """An account in which the stack was applied, and commands on it."""

    def __init__(self, run_cli: RunCli, env: dict[str, str], folder: Path) -> None:
        self._run = run_cli
        self._folder = folder
        self._env = {**env, "CCLOUD_GRACE": "0"}
        self.write(STACK)
        assert self.run("apply", "--auto-approve").code == 0

    def write(self, text: str) -> None:
        write_stack(self._folder, text, "shop.yaml")

    def run(self, *arguments: str, rules: tuple[Rule, ...] = (), file: str = "shop.yaml") -> Ended:
        """A command on the stack, at an API that misbehaves by these rules."""
        env = with_faults(self._env, self._folder, *rules) if rules else self._env
        command, *rest = arguments
        return self._run(command, file, *rest, env=env)

    def move_elsewhere(self) -> None:
        """To a machine without the journal of the runs so far."""
        self._env |= {"CCLOUD_WORK_DIR": str(self._folder / "elsewhere"), "CCLOUD_SETTLE": "0"}

    def plan(self, *rules: Rule) -> dict[str, Any]:
        """The servers of a plan by key."""
        document = json.loads(self.run("plan", "--format", "json", rules=rules).out)
        return {server["key"]: server for server in document["stacks"][0]["servers"]}

    def hostname(self, key: str) -> str:
        return str(self.plan()[key]["hostname"])


@pytest.fixture
def shop(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    """The account; a read that fails is repeated at once."""
    at_once = Backoff(first_s=0, longest_s=0)
    monkeypatch.setattr("ccloud_apply.api.http.transport.FAILURE_BACKOFF", at_once)
    return Shop(call_cli, sandbox_env, tmp_path)


@pytest.mark.parametrize("state", ["Paused", "Saved", "Reset", "Critical"])
def test_a_server_in_another_state_is_neither_running_nor_off(state: str, shop: Shop) -> None:
    rule = told({"state": state}, shop.hostname("db"), "get_server_state")
    ended = shop.run("plan", "--detailed-exitcode", rules=(rule,))
    assert ended.code == 2
    assert f"is {state}, neither Running nor Off" in ended.out
    assert "No changes" not in ended.out
    applied = shop.run("apply", "--auto-approve", rules=(rule,))
    assert applied.code == 1
    assert f"is {state}, neither Running nor Off" in applied.err


@pytest.mark.parametrize(
    ("format_name", "says"),
    [
        ("text", r"\? db \(vs\d+\) is not compared: the API does not say which memory"),
        ("markdown", r"1 not compared"),
        ("html", r"is not compared: the API does not say which memory"),
        ("gitlab", r'"update": ?1'),
        ("terraform-json", r'"complete": ?false'),
        ("json", r'"why": "the API does not say which memory'),
    ],
)
def test_every_format_of_a_plan_says_what_is_not_compared(
    format_name: str, says: str, shop: Shop
) -> None:
    ended = shop.run("plan", "--format", format_name, "--detailed-exitcode", rules=(DB_MEMORY,))
    assert ended.code == 2
    assert re.search(says, ended.out)
    assert "No changes" not in ended.out
    if format_name in ("gitlab", "terraform-json"):
        assert "servers.db: not compared: the API does not say which memory" in ended.err
    else:
        assert "not compared" not in ended.err, "it is said once"


def test_a_graph_shows_what_is_not_compared(shop: Shop) -> None:
    drawn = shop.run("graph", "--format", "mermaid", rules=(DB_MEMORY,)).out
    assert "not compared" in drawn
    assert "nothing to do" not in drawn


def test_a_pipeline_goes_on_to_apply_what_is_not_compared(
    shop: Shop, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = {**sandbox_env, "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output")}
    ended = call_cli("plan", "shop.yaml", env=with_faults(env, tmp_path, DB_MEMORY))
    assert re.search(r"^::warning file=shop.yaml,line=5,.*db: is not compared: ", ended.err, re.M)
    output = (tmp_path / "output").read_text(encoding="utf-8")
    assert re.search(r"^changes<<\S+\ntrue\n", output, re.MULTILINE)
    assert re.search(r"^not_compared<<\S+\n1\n", output, re.MULTILINE)


def test_what_rests_on_it_is_not_made_and_the_others_are(shop: Shop) -> None:
    shop.write(STACK.replace("front", "new front").replace("post", "new post"))
    ended = shop.run("apply", "--auto-approve", "--format", "json", rules=(DB_MEMORY,))
    events = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 1
    (skipped,) = (event for event in events if event["type"] == "step_skipped")
    assert skipped["step"] == "web/notes"
    assert skipped["because"].startswith("db is not compared: the API does not say which memory")
    assert [e["step"] for e in events if e["type"] == "step_complete"] == ["mail/notes"]
    (summary,) = (event for event in events if event["type"] == "summary")
    assert (summary["done"], summary["skipped"], summary["converged"]) == (1, 1, False)
    assert "db (vs" in events[-1]["error"]["what"] if "error" in events[-1] else ended.err
    plan = shop.plan()
    assert plan["web"]["action"] == "update"
    assert plan["mail"]["action"] == "unchanged"


@pytest.mark.parametrize(
    "fault",
    [{"status": 403}, {"status": 404}, {"status": 422}, {"status": 500}, {"body": "garbage"}],
    ids=json.dumps,
)
def test_a_read_that_is_refused_for_one_server_concerns_that_one_alone(
    fault: dict[str, Any], shop: Shop
) -> None:
    shop.write(STACK.replace("post", "new post").replace("data, ", "data, disks: [20, 30], "))
    rule = {"operation": "get_server_state", "fault": fault}
    plan = shop.plan(rule)
    assert plan["db"]["action"] == "not_compared"
    assert (plan["db"]["changes"], plan["db"]["steps"]) == ([], [])
    assert "/state" in plan["db"]["why"]
    assert plan["mail"]["action"] == "update"
    assert plan["web"]["action"] == "unchanged"


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"data.notes": {"text": "x"}}, "notes"),
        ({"data.memory": [4]}, "memory"),
        ({"data.memory": "much"}, "memory"),
    ],
)
def test_a_value_that_cannot_be_understood_concerns_its_server_alone(
    value: dict[str, Any], field: str, shop: Shop
) -> None:
    shop.write(STACK.replace("post", "new post"))
    plan = shop.plan(told(value, "shop-db"))
    assert plan["db"]["action"] == "not_compared"
    assert plan["db"]["unknown"] == [field]
    assert plan["mail"]["action"] == "update"


@pytest.mark.parametrize("fault", [{"status": 401}, {"drop": "connect"}, {"redirect": True}])
def test_what_makes_the_whole_account_unknown_stays_an_error(
    fault: dict[str, Any], shop: Shop
) -> None:
    rule = {"operation": "get_server_state", "fault": fault}
    assert shop.run("plan", "--detailed-exitcode", rules=(rule,)).code == 1
    rule = {"operation": "list_servers", "fault": {"status": 403}}
    assert shop.run("plan", "--detailed-exitcode", rules=(rule,)).code == 1


def test_a_server_that_is_not_told_of_is_not_replaced_or_destroyed(shop: Shop) -> None:
    replacing = STACK.replace(
        "data, ", "data, type: managed, lifecycle: {on_create_only_change: replace}, "
    )
    shop.write(replacing)
    rule = {"operation": "get_server_state", "fault": {"status": 403}}
    assert shop.plan()["db"]["action"] == "replace"
    assert shop.plan(rule)["db"]["action"] == "not_compared"
    rule = {"operation": "list_server_snapshots", "when": {"nth": 1}, "fault": {"status": 403}}
    ended = shop.run("destroy", "--auto-approve", rules=(rule,))
    assert ended.code == 1
    assert re.search(r"\? db \(vs\d+\) is not compared: list snapshots", ended.out)
    assert "db" in ended.err.splitlines()[-2]
    shop.write(STACK)
    actions = {key: server["action"] for key, server in shop.plan().items()}
    assert actions == {"db": "unchanged", "web": "create", "mail": "create"}


def test_a_server_in_the_making_that_does_not_end_is_named(shop: Shop) -> None:
    shop.write(STACK + "  extra: {notes: late}\n")
    stuck = {"operation": "create_server", "fault": {"stuck_task": True}}
    assert shop.run("apply", "--auto-approve", "--timeout", "1", rules=(stuck,)).code == 1
    shop.write(STACK.replace("post", "new post") + "  extra: {notes: late, cores: 4}\n")
    planned = shop.run("plan", "--detailed-exitcode")
    assert planned.code == 2
    assert re.search(r"\? extra .*is not compared: .* is being built", planned.out)
    shop.move_elsewhere()
    ended = shop.run("apply", "--auto-approve", "--timeout", "1")
    assert ended.code == 1
    assert "extra" in ended.err
    assert "is being built" in ended.err
    assert shop.plan()["mail"]["action"] == "unchanged"
    shop.write(STACK)
    assert shop.plan()["extra"]["action"] == "destroy"
    ended = shop.run("apply", "--auto-approve", "--timeout", "1")
    assert ended.code == 1
    assert "is being built" in ended.err
    assert "extra" in shop.plan()


@pytest.mark.parametrize("lists", [5, 6, 7])
def test_a_server_that_seems_to_be_built_is_looked_at_again_after_an_apply(
    lists: int, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccloud_apply.apply.verification.CONSISTENCY_TIMEOUT_S", 0.2)
    monkeypatch.setattr("ccloud_apply.apply.tasks.waiting.READ_AGAIN_S", 0.1)
    shop.write(STACK + "  extra: {notes: late}\n")
    building = {"tells": {"build_in_progress": True}, "server": "shop-extra"}
    rules = (
        {"operation": "list_servers", "when": {"until": lists}, "fault": building},
        {"operation": "set_server_notes", "fault": {"ignore": True}},
    )
    ended = shop.run("apply", "--auto-approve", rules=rules)
    assert ended.code == 1
    assert "extra.notes: the platform did not take it: notes of vs" in ended.err


def test_a_saved_plan_approves_nothing_of_a_server_that_was_not_compared(shop: Shop) -> None:
    shop.write(STACK.replace("data", "new data"))
    saved = shop.run("plan", "--out", "plan.json", rules=(DB_MEMORY,))
    assert saved.code == 0
    still = shop.run("apply", "--auto-approve", rules=(DB_MEMORY,), file="plan.json")
    assert still.code == 1
    assert "the API does not say which memory" in still.err
    differs = shop.run("apply", "--auto-approve", file="plan.json")
    assert differs.code == 1
    assert "it was not compared when the plan was saved" in differs.err
    assert shop.plan()["db"]["action"] == "update"
    shop.write(STACK)
    assert shop.run("plan", "--out", "plan.json", rules=(DB_MEMORY,)).code == 0
    assert shop.run("apply", "--auto-approve", file="plan.json").code == 0


def test_the_account_itself_can_be_unknown(shop: Shop) -> None:
    shop.write(STACK.replace("post", "new post") + "account: {addons: {report: 1}}\n")
    rule = {"operation": "list_customer_addons", "fault": {"status": 403}}
    planned = shop.run("plan", "--detailed-exitcode", rules=(rule,))
    assert planned.code == 2
    assert "@account is not compared: " in planned.out
    ended = shop.run("apply", "--auto-approve", rules=(rule,))
    assert ended.code == 1
    assert "@account is not compared" in ended.err
    plan = shop.plan()
    assert plan["mail"]["action"] == "unchanged"
    assert plan["@account"]["action"] == "update"


def test_a_paused_server_is_compared_once_it_runs_again(shop: Shop) -> None:
    ended = shop.run("plan", "--detailed-exitcode", rules=(paused("shop-db"),))
    assert ended.code == 2
    assert shop.run("plan", "--detailed-exitcode").code == 2
    running = {**paused("shop-db"), "fault": {"server_state": "Running", "server": "shop-db"}}
    assert shop.run("plan", "--detailed-exitcode", rules=(running,)).code == 0


def test_a_rehearsal_proves_nothing_of_what_is_not_compared(shop: Shop) -> None:
    shop.write(STACK.replace("front", "new front").replace("post", "new post"))
    ended = shop.run("rehearse", "--format", "json", rules=(DB_MEMORY,))
    assert ended.code == 1
    document = json.loads(ended.out)
    rules = {rule["rule"]: rule for rule in document["rules"]}
    broken = [name for name, rule in rules.items() if not rule["holds"]]
    assert broken == ["every server is compared"]
    assert "shop/db: the API does not say which memory" in rules[broken[0]]["what"]
    assert [step["step"] for step in document["steps"]] == ["mail/notes"]
