"""The account that a project expects: another one is refused before anything is read of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ccloud_apply.cli.command_table import COMMANDS
from tests.conftest import PATIENCE_S, Ended, RunCli
from tests.support.desk import HEADERS

PROJECT = """\
project: shop
account: {customer_id: K1}
environments:
  prod: {variables: {size: 2}, policy: {max_destroy: 0}}
  staging: {account: {customer_id: K2}, variables: {size: 1}}
"""
STACK = """\
stack: web
servers:
  web:
    count: "${var.size}"
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 2
    memory: 4
    disks: [50]
"""
CONNECTING = [
    ("plan",),
    ("apply", "--auto-approve"),
    ("destroy", "stacks", "--auto-approve"),
    ("rehearse",),
    ("drift",),
    ("inventory", "--all"),
    ("explain", "web-1"),
    ("graph",),
    ("export", "--all"),
    ("catalog", "pools"),
    ("tasks",),
    ("api", "list_servers"),
    ("api", "delete_server", "-p", "hostname=vs10001"),
    ("performance", "vs10001"),
    ("restore", "vs10001", "first", "--auto-approve"),
    ("subscription", "list"),
    ("invoices",),
    ("reports",),
    ("password", "vs10001", "--out", "password.txt"),
    ("console", "vs10001", "--out", "console.txt"),
    ("new", "first.yaml", "--adopt-all"),
]
"""Every command that connects, as it is called in a project."""

OFFLINE = {"validate", "fmt", "show", "journal", "schema", "sandbox", "completion"}

FLEET = {"fleet"}
"""Its accounts are those of fleet.yaml, which one file gives for many projects."""


@dataclass
class Repository:
    """A project with one stack, and what its commands say."""

    folder: Path
    run_cli: RunCli
    env: dict[str, str]

    def expect(self, account: str) -> None:
        """Another account for the project; both environments may be of it."""
        project = PROJECT.replace("{customer_id: K1}", account)
        (self.folder / "ccloud-apply.yaml").write_text(project)
        (self.folder / "stacks" / "web.yaml").write_text(STACK.replace("web", '"web-${env}"', 1))

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Ended:
        return self.run_cli(*arguments, env={**self.env, **(env or {})})


@pytest.fixture
def repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call_cli: RunCli, clean_env: dict[str, str]
) -> Repository:
    (tmp_path / ".git").mkdir()
    (tmp_path / "ccloud-apply.yaml").write_text(PROJECT)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "web.yaml").write_text(STACK)
    monkeypatch.chdir(tmp_path)
    env = {**clean_env, "CCLOUD_TOKEN": "sandbox-e2e", "CCLOUD_SETTLE": "0", "CCLOUD_GRACE": "0"}
    return Repository(tmp_path, call_cli, env)


@pytest.fixture
def accounts(serve: Callable[..., str]) -> dict[str, str]:
    """The endpoints of two accounts, by their customers."""
    return {
        "K1": serve("--reading", "customer=K1", db="k1.db"),
        "K2": serve("--reading", "customer=K2", db="k2.db"),
    }


def count_servers(endpoint: str) -> int:
    address = f"{endpoint}/ccloud/servers"
    reply = httpx.get(address, headers=HEADERS, trust_env=False, timeout=PATIENCE_S)
    return len(reply.json()["data"])


def test_every_command_either_connects_or_needs_no_account() -> None:
    assert {words[0] for words in CONNECTING} == COMMANDS.keys() - OFFLINE - FLEET


def test_a_fleet_runs_no_stack_in_another_account_than_its_project_expects(
    repository: Repository, accounts: dict[str, str]
) -> None:
    (repository.folder / "fleet.yaml").write_text(
        f"accounts: {{shop: {{endpoint: {accounts['K2']}, token: {{env: CCLOUD_TOKEN}}}}}}\n"
        "sources: [{folder: ., stacks: [stacks/*.yaml], account: shop, env: prod}]\n"
        "rules: [{mode: apply}]\n"
    )

    before = count_servers(accounts["K2"])

    repository.run("fleet", "serve", "--once")

    ended = repository.run("fleet", "status", "--format", "json")
    (stack,) = json.loads(ended.out)["stacks"]
    assert ended.code == 1
    assert stack["state"] == "failing"
    assert "the account is that of customer K2, and customer K1" in stack["why"]
    assert count_servers(accounts["K2"]) == before


@pytest.mark.parametrize("command", CONNECTING, ids=lambda words: "-".join(words[:2]))
def test_each_command_that_connects_refuses_another_account_after_one_request(
    repository: Repository, serve: Callable[..., str], command: tuple[str, ...]
) -> None:
    here = {"CCLOUD_ENDPOINT": serve("--reading", "customer=K2")}
    ended = repository.run(*command, "--env", "prod", "-v", env=here)
    assert ended.code == 1, ended.err
    assert "the account is that of customer K2, and customer K1 (ccloud-apply.yaml:2)" in ended.err
    assert "--env NAME" in ended.err
    assert "1 requests: list_servers 1" in ended.err
    assert not {path.name for path in repository.folder.iterdir()} & {
        "password.txt",
        "console.txt",
        "first.yaml",
    }


def test_two_environments_live_in_two_accounts_and_neither_touches_the_other(
    repository: Repository, accounts: dict[str, str]
) -> None:
    before = {name: count_servers(endpoint) for name, endpoint in accounts.items()}
    for env, customer, size in (("prod", "K1", 2), ("staging", "K2", 1)):
        here = {"CCLOUD_ENDPOINT": accounts[customer], "CCLOUD_ENV": env}
        applied = repository.run("apply", "--auto-approve", env=here)
        assert applied.code == 0, applied.err
        assert repository.run("plan", "--detailed-exitcode", env=here).code == 0
        assert count_servers(accounts[customer]) == before[customer] + size
    assert count_servers(accounts["K1"]) == before["K1"] + 2
    wrong = {"CCLOUD_ENDPOINT": accounts["K1"], "CCLOUD_ENV": "staging"}
    assert repository.run("apply", "--auto-approve", env=wrong).code == 1
    assert count_servers(accounts["K1"]) == before["K1"] + 2


def test_an_environment_that_expects_no_account_takes_over_no_stack_of_another_one(
    repository: Repository, accounts: dict[str, str]
) -> None:
    (repository.folder / "ccloud-apply.yaml").write_text(
        "project: shop\nenvironments:\n"
        "  prod: {account: {customer_id: K1}, variables: {size: 2}}\n"
        "  staging: {variables: {size: 1}}\n"
    )
    here = {"CCLOUD_ENDPOINT": accounts["K1"]}
    assert repository.run("apply", "--env", "prod", "--auto-approve", env=here).code == 0
    before = count_servers(accounts["K1"])
    for command in (("plan",), ("apply", "--auto-approve"), ("destroy", "stacks")):
        ended = repository.run(*command, "--env", "staging", env=here)
        assert ended.code == 1
        assert "customer K1 (ccloud-apply.yaml:3), where another environment has a" in ended.err
    assert count_servers(accounts["K1"]) == before
    there = {"CCLOUD_ENDPOINT": accounts["K2"]}
    assert repository.run("apply", "--env", "staging", "--auto-approve", env=there).code == 0
    (repository.folder / "stacks/web.yaml").write_text(STACK.replace("web", '"web-${env}"', 1))
    assert repository.run("plan", "--env", "staging", env=here).code == 0


def test_a_saved_plan_is_refused_in_the_account_of_another_environment(
    repository: Repository, accounts: dict[str, str]
) -> None:
    here = {"CCLOUD_ENDPOINT": accounts["K1"]}
    assert repository.run("plan", "--env", "prod", "--out", "prod.plan", env=here).code == 0
    there = {"CCLOUD_ENDPOINT": accounts["K2"]}
    before = count_servers(accounts["K2"])
    assert repository.run("apply", "prod.plan", env=there).code == 1
    assert count_servers(accounts["K2"]) == before


def test_a_drift_report_is_compared_with_none_of_another_environment_or_customer(
    repository: Repository, accounts: dict[str, str]
) -> None:
    k1, k2 = ({"CCLOUD_ENDPOINT": endpoint} for endpoint in accounts.values())
    assert repository.run("drift", "--env", "prod", "--save", "last.json", env=k1).code == 2
    night = ("--since", "last.json", "--save", "last.json")
    other = repository.run("drift", "--env", "staging", *night, env=k2)
    assert other.code == 1
    assert "last.json: it is a report of the environment prod" in other.err
    last = repository.folder / "last.json"
    last.write_text(last.read_text().replace('"env": "prod",', ""))
    other = repository.run("drift", "--env", "staging", *night, env=k2)
    assert other.code == 1
    assert "last.json: it is a report of customer K1, and this account is of K2" in other.err
    assert repository.run("drift", "--env", "prod", *night, env=k1).code == 0


def test_another_endpoint_is_refused_and_nothing_is_sent(
    repository: Repository, accounts: dict[str, str]
) -> None:
    repository.expect("{endpoint: https://ccenter.example/api/v1}")
    ended = repository.run("plan", "--env", "prod", "-v", env={"CCLOUD_ENDPOINT": accounts["K1"]})
    assert ended.code == 1
    assert "https://ccenter.example/api/v1 (ccloud-apply.yaml:2) is expected" in ended.err
    assert "requests" not in ended.err


def test_the_embedded_api_is_another_account_unless_it_is_the_expected_one(
    repository: Repository,
) -> None:
    repository.expect("{endpoint: https://c.example/api/v1}")
    assert repository.run("--sandbox", "plan", "--env", "prod").code == 1
    assert not (repository.folder / ".ccloud-apply").exists(), "refused before it is opened"
    repository.expect("{endpoint: sandbox}")
    assert repository.run("--sandbox", "plan", "--env", "prod").code == 0


def test_in_an_account_that_tells_no_customer_nothing_is_created_unless_that_is_accepted(
    repository: Repository, serve: Callable[..., str]
) -> None:
    endpoint = serve("--reading", "customer=none", db="untold.db")
    here = {"CCLOUD_ENDPOINT": endpoint, "CCLOUD_ENV": "prod"}
    before = count_servers(endpoint)
    for command in (("plan",), ("apply", "--auto-approve"), ("destroy", "stacks")):
        ended = repository.run(*command, env=here)
        assert ended.code == (0 if command[0] == "destroy" else 3), ended.err
    assert count_servers(endpoint) == before
    held = json.loads(repository.run("plan", "--format", "json", env=here).out)["stacks"][0]["held"]
    assert [one["code"] for one in held] == ["account-unknown"]

    planned = repository.run("plan", "--account-unknown-ok", "--out", "p.plan", env=here)
    assert planned.code == 0
    assert "no answer of the API says which customer" in planned.out
    assert repository.run("apply", "p.plan", env=here).code == 3, "no plan file lifts a guard"
    assert repository.run("apply", "p.plan", "--account-unknown-ok", env=here).code == 0
    assert count_servers(endpoint) == before + 2
    assert repository.run("destroy", "stacks", "--auto-approve", env=here).code == 3
    assert count_servers(endpoint) == before + 2


def test_by_hand_and_by_a_snapshot_nothing_is_changed_there_either(
    repository: Repository, serve: Callable[..., str]
) -> None:
    endpoint = serve("--reading", "customer=none", db="untold.db")
    here = {"CCLOUD_ENDPOINT": endpoint, "CCLOUD_ENV": "prod"}
    request = ("api", "set_server_notes", "-p", "hostname=vs10001", "-f", "notes=x")
    refused = repository.run(*request, env=here)
    assert refused.code == 3
    assert "nothing was sent" in refused.err
    read = repository.run("api", "list_servers", env=here)
    assert read.code == 0
    assert "warning: customer K1" in read.err
    assert repository.run(*request, "--account-unknown-ok", env=here).code == 0


def test_without_a_project_any_account_will_do(
    repository: Repository, accounts: dict[str, str]
) -> None:
    here = {"CCLOUD_ENDPOINT": accounts["K2"]}
    ended = repository.run("tasks", "--no-project", "-v", env=here)
    assert ended.code == 0
    assert "1 requests: list_tasks 1" in ended.err
