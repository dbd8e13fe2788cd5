"""The layouts of `examples/layouts`, each in two accounts at once: two sandboxes behind HTTP."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.api.client import Client
from ccloud_apply.load.text.parse import parse_document
from tests.conftest import PATIENCE_S, ROOT, RunCli
from tests.support.desk import HEADERS

LAYOUTS = ROOT / "examples" / "layouts"
ONE, OTHER = "100001", "100002"
TOKENS = {"prod": "K10prod::server:7d1f", "staging": "K10staging::server:c04a"}

EXPECTED: Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "variable-files": {
        "acme": (
            ONE,
            ("site-acme/db", *(f"site-acme/web-{n}" for n in ("front-1", "front-2", "shop-1"))),
        ),
        "globex": (ONE, ("site-globex/db", "site-globex/web-front-1")),
        "initech": (
            OTHER,
            ("site-initech/db", "site-initech/web-front-1", "site-initech/web-reports-1"),
        ),
    },
    "environments": {
        "prod": (
            ONE,
            (
                *("app/app-1", "app/app-2", "app/app-3", "app/proxy"),
                *("data/db", "data/db-standby"),
            ),
        ),
        "staging": (OTHER, ("app/app-1", "app/proxy", "data/db")),
    },
    "node-pools": {
        "prod": (
            ONE,
            (
                *(f"cluster-prod/node-system-{n}" for n in (1, 2, 3)),
                *(f"cluster-prod/node-work-{n}" for n in (1, 2, 3, 4)),
            ),
        ),
        "staging": (OTHER, ("cluster-staging/node-system-1", "cluster-staging/node-work-1")),
    },
}
"""By layout and environment: the customer, and the servers that it is made of."""


@dataclass(frozen=True, slots=True)
class Account:
    """A served sandbox, looked at past the product's own code."""

    endpoint: str

    def read(self, path: str) -> Any:
        address = f"{self.endpoint}{path}"
        return httpx.get(
            address, headers=HEADERS, trust_env=False, verify=False, timeout=PATIENCE_S
        ).json()

    def servers(self) -> list[Any]:
        """Every server; there are fewer than a page holds."""
        found: list[Any] = self.read("/ccloud/servers?limit=100")["data"]
        return found

    def all(self) -> Any:
        """Every server and every task."""
        return self.servers(), self.read("/ccloud/tasks")

    def of(self, stack: str) -> list[Any]:
        """The servers of one stack."""
        return [server for server in self.servers() if f"stack:{stack}" in server["tags"]]


@pytest.fixture
def accounts(
    serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Account]:
    """Two accounts, by their customer."""
    folder = tmp_path_factory.mktemp("accounts")
    found = {}
    for customer in (ONE, OTHER):
        db = folder / f"{customer}.db"
        endpoint = serve("--reading", f"customer={customer}", db=str(db))
        found[customer] = Account(endpoint)
    return found


@pytest.fixture
def env_of(
    clean_env: dict[str, str], accounts: dict[str, Account]
) -> Callable[[str, str], dict[str, str]]:
    """What is set for a command in this environment, connected to this customer's account."""

    def build(name: str, customer: str) -> dict[str, str]:
        return {
            **clean_env,
            "CCLOUD_ENV": name,
            "CCLOUD_ENDPOINT": accounts[customer].endpoint,
            "CCLOUD_TOKEN": "sandbox-token",
            "CCLOUD_SETTLE": "0",
            "CCLOUD_GRACE": "2",
            "CCLOUD_SECRET_JOIN_TOKEN": TOKENS.get(name, ""),
        }

    return build


EnvOf = Callable[[str, str], dict[str, str]]


@pytest.fixture(params=EXPECTED)
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A layout, copied to the folder in which commands run."""
    name: str = request.param
    shutil.copytree(LAYOUTS / name, tmp_path, dirs_exist_ok=True)
    return name


def planned(call_cli: RunCli, env: dict[str, str]) -> tuple[str, ...]:
    """The servers that a plan creates; nothing else may be in it."""
    ended = call_cli("plan", "--format", "json", "--no-cost", env=env)
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    found = [
        (stack["stack"], server) for stack in document["stacks"] for server in stack["servers"]
    ]
    assert {server["action"] for _, server in found} <= {"create"}
    return tuple(sorted(f"{stack}/{server['key']}" for stack, server in found))


def test_each_environment_is_applied_for_itself_and_leaves_the_others_alone(
    layout: str, call_cli: RunCli, accounts: dict[str, Account], env_of: EnvOf
) -> None:
    applied: list[tuple[str, dict[str, str]]] = []
    for name, (customer, servers) in EXPECTED[layout].items():
        env = env_of(name, customer)
        assert planned(call_cli, env) == tuple(sorted(servers))
        others = {c: account.all() for c, account in accounts.items() if c != customer}
        stacks = {server.partition("/")[0] for server in servers}
        kept = {server["hostname"]: server for server in accounts[customer].servers()}

        ended = call_cli("apply", "--auto-approve", env=env)
        assert ended.code == 0, ended.err
        assert call_cli("plan", "--detailed-exitcode", env=env).code == 0

        assert {c: account.all() for c, account in accounts.items() if c != customer} == others
        now = {server["hostname"]: server for server in accounts[customer].servers()}
        assert {hostname: now[hostname] for hostname in kept} == kept
        assert sum(len(accounts[customer].of(stack)) for stack in stacks) == len(servers)
        applied.append((name, env))
    for name, env in applied:
        for command in (("plan", "--detailed-exitcode"), ("drift",)):
            again = call_cli(*command, env=env)
            assert again.code == 0, (name, again.out, again.err)


def test_the_wrong_account_is_refused_before_a_single_change(
    layout: str, call_cli: RunCli, accounts: dict[str, Account], env_of: EnvOf
) -> None:
    before = {customer: account.all() for customer, account in accounts.items()}
    for name, (customer, _) in EXPECTED[layout].items():
        wrong = OTHER if customer == ONE else ONE
        for command in (("plan",), ("apply", "--auto-approve"), ("drift",), ("inventory",)):
            ended = call_cli(*command, env=env_of(name, wrong))
            assert (ended.code, ended.out) == (1, ""), command
            assert f"that of customer {wrong}, and customer {customer}" in ended.err
    assert {customer: account.all() for customer, account in accounts.items()} == before


def test_without_an_environment_nothing_is_planned(
    layout: str, call_cli: RunCli, env_of: EnvOf
) -> None:
    env = env_of("prod", ONE)
    del env["CCLOUD_ENV"]
    ended = call_cli("plan", env=env)
    assert (ended.code, ended.out) == (1, "")
    assert "--env" in ended.err


@pytest.mark.parametrize("layout", ["node-pools"], indirect=True)
def test_a_token_reaches_the_nodes_of_its_environment_and_nobody_else(
    layout: str,
    call_cli: RunCli,
    env_of: EnvOf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bodies: list[dict[str, Any]] = []
    send = Client.send

    async def note(self: Client, name: str, method: str, path: str, body: Any, **more: Any) -> Any:
        if name == "create_server":
            bodies.append(body)
        return await send(self, name, method, path, body, **more)

    monkeypatch.setattr(Client, "send", note)
    said = ""
    for name, (customer, servers) in EXPECTED[layout].items():
        bodies.clear()
        env = env_of(name, customer)
        for command in (
            ("plan", "--out", f"{name}.plan", "--write", f"html={name}.html"),
            ("-v", "apply", "--auto-approve", "--format", "json"),
            ("journal", "--format", "json"),
            ("show", f"{name}.plan"),
            ("inventory", "--format", "json"),
        ):
            ended = call_cli(*command, env=env)
            assert ended.code == 0, ended.err
            said += ended.out + ended.err
        texts = [body["user_data"] for body in bodies]
        assert len(texts) == len(servers)
        assert all(f"TOKEN={TOKENS[name]}\n" in text for text in texts)
        hosts = {text.partition("hostname: ")[2].partition("\n")[0] for text in texts}
        assert hosts == {server.partition("/")[2] for server in servers}
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".plan" for path in written)
    shown = [said, *(path.read_text("utf-8", errors="replace") for path in written)]
    assert [token for token in TOKENS.values() for text in shown if token in text] == []


def test_every_layout_is_tested() -> None:
    assert {path.name for path in LAYOUTS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize(
    "file", sorted(LAYOUTS.rglob("*.yaml")), ids=lambda path: str(path.relative_to(LAYOUTS))
)
def test_an_editor_finds_the_schema_of_a_file_and_nothing_wrong_with_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    document, diagnostics = parse_document(text, str(file))
    assert diagnostics == ()
    if found is None:  # what a stack or a project names
        assert not {"stack", "project"} & document.keys()
        return
    schema = json.loads((file.parent / found[1]).read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)
