"""What an approval of a plan covers: the contents of its files, and the account."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.apply.result import ApplyResult
from ccloud_apply.apply.session import Session
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.model.results.plan import Plan
from tests.conftest import RunCli
from tests.support.documents import validator_of
from tests.support.stacks import write_stack

STACK = """\
stack: web
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4}
servers:
  web:
    disks: [50]
    user_data: {file: files/ci.cfg}
    sshkey: {file: k.pub}
    password: {file: secret.txt}
  other:
    disks: [50]
    user_data: {file: other.cfg}
"""
FILES = {
    "files/ci.cfg": "#cloud-config\npackages: [nginx]\n",
    "k.pub": "ssh-ed25519 AAAAfirst jane@example.com\n",
    "secret.txt": "first-password-Aa1!",
    "other.cfg": "#cloud-config\n",
}
PLAIN = """\
stack: web
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4}
servers: {web: {disks: [50]}}
"""


@pytest.fixture
def stack(tmp_path: Path) -> str:
    """A stack whose servers send files."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return write_stack(tmp_path, STACK)


def count_creates(run: RunCli, stack: str, env: dict[str, str] | None = None) -> int:
    planned = run("plan", stack, "--format", "json", env=env)
    count: int = json.loads(planned.out)["stacks"][0]["summary"]["create"]
    return count


@pytest.mark.parametrize("changed", ["files/ci.cfg", "k.pub"])
def test_a_file_that_changed_makes_the_plan_stale_and_is_named(
    changed: str, call_cli: RunCli, stack: str, tmp_path: Path
) -> None:
    assert call_cli("plan", stack, "--out", "p").code == 0
    (tmp_path / changed).write_text("ssh-ed25519 AAAAsecond", encoding="utf-8")
    ended = call_cli("apply", "p")
    assert ended.code == 1
    assert f"stale plan: web: the file {changed} changed since the plan" in ended.err
    assert [name for name in FILES if name != changed and name in ended.err] == []
    assert "AAAAsecond" not in ended.err + ended.out
    assert count_creates(call_cli, stack) == 2

    (tmp_path / changed).write_text(FILES[changed], encoding="utf-8")
    applied = call_cli("apply", "p")
    assert applied.code == 0, applied.err


def test_a_file_of_a_server_that_the_plan_does_not_touch_may_change(
    call_cli: RunCli, stack: str, tmp_path: Path
) -> None:
    assert call_cli("plan", stack, "--out", "p").code == 0
    (tmp_path / "later.cfg").write_text("#cloud-config\n", encoding="utf-8")
    write_stack(tmp_path, f"{STACK}  later: {{disks: [50], user_data: {{file: later.cfg}}}}\n")
    applied = call_cli("apply", "p")
    assert applied.code == 0, applied.err


def test_a_plan_file_has_digests_of_files_and_nothing_of_a_secret(
    call_cli: RunCli, stack: str, tmp_path: Path
) -> None:
    call_cli("plan", stack, "--out", "p")
    text = (tmp_path / "p").read_text(encoding="utf-8")
    document = json.loads(text)
    validator_of("plan.schema.json").validate(document)
    contents = document["stacks"][0]["contents"]
    assert sorted(contents) == ["files/ci.cfg", "k.pub", "other.cfg"]
    assert "nginx" not in text
    (tmp_path / "secret.txt").write_text("second-password-Aa1!", encoding="utf-8")
    applied = call_cli("apply", "p")
    assert applied.code == 0, applied.err


def test_digests_are_shown_to_nobody(call_cli: RunCli, stack: str) -> None:
    call_cli("plan", stack, "--out", "p")
    shown = call_cli("show", "p", "--format", "json").out
    assert "contents" not in json.loads(shown)["stacks"][0]
    assert "access_id" not in shown
    assert "sha256:" not in shown


def test_a_file_that_changes_while_somebody_thinks_is_not_sent(
    call_cli: RunCli, stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def think(terminal: Terminal, question: str) -> str:
        (tmp_path / "k.pub").write_text("ssh-ed25519 AAAAsecond", encoding="utf-8")
        return "yes"

    monkeypatch.setattr(Terminal, "can_ask", True)
    monkeypatch.setattr(Terminal, "ask", think)
    ended = call_cli("apply", stack)
    assert ended.code == 1
    assert "the file k.pub changed since the plan, so it was not sent" in ended.err
    assert count_creates(call_cli, stack) == 2


def test_a_file_that_changes_during_the_apply_fails_its_step_alone(
    call_cli: RunCli, stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = Session.execute

    async def change_and_execute(session: Session, plan: Plan, **options: Any) -> ApplyResult:
        (tmp_path / "k.pub").write_text("ssh-ed25519 AAAAsecond", encoding="utf-8")
        return await execute(session, plan, **options)

    monkeypatch.setattr(Session, "execute", change_and_execute)
    ended = call_cli("apply", stack, "--auto-approve")
    assert ended.code == 1
    assert "the file k.pub changed since the plan, so it was not sent" in ended.out + ended.err
    assert count_creates(call_cli, stack) == 1


@pytest.mark.parametrize("sandbox", ["demo", "empty"])
def test_a_plan_of_another_sandbox_is_refused_and_both_are_named(
    sandbox: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    one = {**sandbox_env, "CCLOUD_SANDBOX_DB": str(tmp_path / "one.db")}
    two = {**sandbox_env, "CCLOUD_SANDBOX_DB": str(tmp_path / "two.db")}
    for env in (one, two):
        assert call_cli("sandbox", "seed", sandbox, env=env).code == 0
    stack = write_stack(tmp_path, PLAIN)
    assert call_cli("plan", stack, "--out", "p", env=one).code == 0
    ended = call_cli("apply", "p", env=two)
    assert ended.code == 1
    customer = "unknown" if sandbox == "empty" else "328100"
    made_for = f"made for the account at sandbox {tmp_path / 'one.db'} (customer {customer})"
    assert made_for in ended.err
    assert f"this is the account at sandbox {tmp_path / 'two.db'}" in ended.err
    assert "plan again" in ended.err
    assert count_creates(call_cli, stack, env=two) == 1
    applied = call_cli("apply", "p", env=one)
    assert applied.code == 0, applied.err


def test_another_account_is_told_before_what_is_missing_there(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, "stack: web\nservers: {a: {hostname: vs10001, notes: mine}}\n")
    assert call_cli("plan", stack, "--out", "p").code == 0
    empty = {**sandbox_env, "CCLOUD_SANDBOX_DB": str(tmp_path / "empty.db")}
    call_cli("sandbox", "seed", "empty", env=empty)
    ended = call_cli("apply", "p", env=empty)
    assert ended.code == 1
    assert "stale plan: it was made for the account at sandbox" in ended.err


def test_another_customer_at_the_same_endpoint_is_refused(
    call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = write_stack(tmp_path, PLAIN)
    assert call_cli("plan", stack, "--out", "p").code == 0
    monkeypatch.setattr("ccloud_apply.sandbox.state.view.CUSTOMER_ID", "999")
    ended = call_cli("apply", "p")
    assert ended.code == 1
    assert "(customer 328100)" in ended.err
    assert "(customer 999)" in ended.err
    assert count_creates(call_cli, stack) == 1


@pytest.mark.parametrize("has_servers", [False, True])
def test_another_client_at_the_same_endpoint_needs_to_be_surely_of_the_same_customer(
    has_servers: bool,
    call_cli: RunCli,
    serve: Callable[..., str],
    http_env: dict[str, str],
    tmp_path: Path,
) -> None:
    db = "demo.db" if has_servers else "empty.db"
    call_cli("sandbox", "seed", "demo" if has_servers else "empty", "--db", db)
    env = {**http_env, "CCLOUD_ENDPOINT": serve(db=db)}
    stack = write_stack(tmp_path, PLAIN)
    assert call_cli("plan", stack, "--out", "p", env=env).code == 0
    ended = call_cli("apply", "p", env={**env, "CCLOUD_CLIENT_ID": "somebody-else"})
    if has_servers:
        assert ended.code == 0, ended.err
        return
    assert ended.code == 1
    assert "another client id or token" in ended.err
    assert count_creates(call_cli, stack, env=env) == 1


def test_a_rotated_secret_and_another_spelling_of_the_endpoint_are_the_same_account(
    call_cli: RunCli, serve: Callable[..., str], http_env: dict[str, str], tmp_path: Path
) -> None:
    call_cli("sandbox", "seed", "empty", "--db", "empty.db")
    env = {**http_env, "CCLOUD_ENDPOINT": serve(db="empty.db")}
    assert call_cli("plan", write_stack(tmp_path, PLAIN), "--out", "p", env=env).code == 0
    spelling = env["CCLOUD_ENDPOINT"].replace("127.0.0.1", "LOCALHOST") + "/"
    rotated = {**env, "CCLOUD_CLIENT_SECRET": "rotated", "CCLOUD_ENDPOINT": spelling}
    applied = call_cli("apply", "p", env=rotated)
    assert applied.code == 0, applied.err


def test_every_plan_document_names_the_account(
    call_cli: RunCli, http_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, PLAIN)
    account = {"endpoint": http_env["CCLOUD_ENDPOINT"], "customer_id": "328100"}
    planned = json.loads(call_cli("plan", stack, "--format", "json", env=http_env).out)
    assert planned["account"] == account
    applied = call_cli("apply", stack, "--auto-approve", "--format", "json", env=http_env)
    events = [json.loads(line) for line in applied.out.splitlines()]
    (event,) = (event for event in events if event["type"] == "plan")
    assert event["plan"]["account"] == account
    saved = call_cli("plan", stack, "--out", "p", env=http_env)
    assert saved.code == 0
    document = json.loads((tmp_path / "p").read_text(encoding="utf-8"))
    assert document["account"].pop("access_id").startswith("sha256:")
    assert document["account"] == account
    assert "the-client-secret" not in json.dumps(document)
