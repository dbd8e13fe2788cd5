"""Secrets in user_data reach the server, and nobody else sees them."""

import base64
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote as quote_url

import pytest

from ccloud_apply.api.client import Client
from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.support.servers import STILL, end_tasks, ending_tasks
from tests.support.stacks import write_stack

STACK = """\
stack: pool
variables: {zone: a}
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4}
servers:
  node:
    count: 2
    disks: [50]
    user_data:
      template: node.yaml
      secrets:
        TOKEN: {env: CCLOUD_SECRET_TOKEN}
        PART: {env: CCLOUD_SECRET_PART}
        KEY: {file: key.pem}
"""
TEMPLATE = """\
#cloud-config
write_files:
  - path: /etc/key
    content: |
      ${secret.KEY}
runcmd:
  - join ${key} ${var.zone} $${HOME} --token ${secret.TOKEN} --part ${secret.PART}
"""
TOKEN = 'K10"f3/c9+a1\\e7::server:9b2d'
PART = "c9+a1\\e7"
LINES = ("-----BEGIN KEY-----", "MIIEpAIBAAKCAQEA7", "-----END KEY-----")
KEY = "\n".join(LINES)
SENT = f"""\
#cloud-config
write_files:
  - path: /etc/key
    content: |
      {LINES[0]}
      {LINES[1]}
      {LINES[2]}
runcmd:
  - join node-1 a ${{HOME}} --token {TOKEN} --part {PART}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The stack's folder, with its template and its key."""
    write_stack(tmp_path, STACK)
    (tmp_path / "node.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "key.pem").write_text(f"{KEY}\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def start(
    clean_env: dict[str, str], serve: Callable[..., str], files: Path
) -> Callable[..., dict[str, str]]:
    """Serves a sandbox in which each create meets the fault; gives back the environment."""

    def start_with(
        *faults: dict[str, object], options: tuple[str, ...] = (), speed: float = 2000
    ) -> dict[str, str]:
        file = files / "quotes.faults"
        rules = [{"operation": "create_server", "fault": fault} for fault in faults]
        file.write_text(json.dumps({"rules": rules}))
        return {
            **clean_env,
            "CCLOUD_ENDPOINT": serve("--faults", str(file), *options, speed=speed),
            "CCLOUD_TOKEN": "sandbox-token",
            "CCLOUD_SECRET_TOKEN": TOKEN,
            "CCLOUD_SECRET_PART": PART,
            "CCLOUD_WORK_DIR": str(files / "work"),
            "CCLOUD_SETTLE": "0",
            "CCLOUD_GRACE": "1",
        }

    return start_with


def spellings(secret: str) -> set[str]:
    """How it may be quoted: plain, in JSON, in a URL, in base64 wherever it stands."""
    found = {secret, json.dumps(secret)[1:-1], quote_url(secret, safe="")}
    for offset in range(3):
        packed = base64.b64encode(b" " * offset + json.dumps(secret)[1:-1].encode()).decode()
        found.add(packed[4:-4])
    return found


def find_leaks(text: str) -> list[str]:
    secrets = (TOKEN, PART, *LINES)
    return [one for secret in secrets for one in spellings(secret) if one in text]


def test_what_is_looked_for_is_found_where_it_is_quoted() -> None:
    body = json.dumps({"user_data": f"{SENT}"})
    packed = base64.b64encode(body.encode()).decode()
    assert len(find_leaks(body)) > 4
    assert len(find_leaks(packed)) > 4


@pytest.mark.parametrize("quote", ["{body}", "{body:base64}"])
def test_a_platform_that_quotes_the_request_reveals_no_secret(
    quote: str, start: Callable[..., dict[str, str]], call_cli: RunCli, files: Path
) -> None:
    env = start({"failing_task": f"no: {quote}"})
    apply = ("-v", "apply", "web.yaml", "--auto-approve")
    ran = [
        call_cli("plan", "web.yaml", "--out", "p", "--write", "html=p.html", env=env),
        call_cli("show", "p", "--format", "json", env=env),
        call_cli(*apply, env=env),
        call_cli(*apply, "--format", "json", env=env),
        call_cli("journal", "--format", "json", env=env),
    ]
    assert [one.code for one in ran] == [0, 0, 1, 1, 0], ran[2].err
    assert "task 1 failed: no: " in ran[2].out + ran[2].err
    assert "***" in ran[2].out + ran[2].err
    for ended in ran:
        assert find_leaks(ended.out + ended.err) == []
    kept = [path for path in (files / "work").rglob("*") if path.is_file()]
    assert kept
    for path in (*kept, files / "p", files / "p.html"):
        assert find_leaks(path.read_text("utf-8", errors="replace")) == [], path


def test_what_an_earlier_run_left_open_is_told_and_kept_without_the_secrets(
    start: Callable[..., dict[str, str]], call_cli: RunCli, files: Path
) -> None:
    env = start({"failing_task": "no: {body}"}, speed=STILL)
    apply = ("apply", "web.yaml", "--auto-approve")
    first = call_cli(*apply, "--timeout", "0.01", env=env)
    assert "still running" in first.err, first.err
    end_tasks(files / "served.db")
    second = call_cli(*apply, "--timeout", "20", env=env)
    assert "failed: no: " in second.err
    assert find_leaks(first.out + first.err + second.out + second.err) == []
    kept = [path for path in (files / "work").rglob("*") if path.is_file()]
    assert any(b"failed: no: " in path.read_bytes() for path in kept)
    for path in kept:
        assert find_leaks(path.read_text("utf-8", errors="replace")) == [], path


@pytest.mark.parametrize("name", [("node-1", "before", "web.yaml"), ("vs10004", "before")])
def test_a_restore_that_settles_an_earlier_run_tells_and_keeps_no_secret(
    name: tuple[str, ...], start: Callable[..., dict[str, str]], call_cli: RunCli, files: Path
) -> None:
    env = start({"failing_task": "no: {body}", "leaves": "server"}, speed=STILL)
    first = call_cli("apply", "web.yaml", "--auto-approve", "--timeout", "0.01", env=env)
    assert "still running" in first.err, first.err
    end_tasks(files / "served.db")
    second = call_cli("restore", *name, "--timeout", "20", env=env)
    assert "settling them first" in second.err
    assert find_leaks(second.out + second.err) == []
    kept = [path for path in (files / "work").rglob("*") if path.is_file()]
    assert any(b"task 1 failed: " in path.read_bytes() for path in kept)
    for path in kept:
        assert find_leaks(path.read_text("utf-8", errors="replace")) == [], path


def test_an_explanation_hides_the_secrets_of_the_server_and_errors_that_may_quote_unknown_ones(
    start: Callable[..., dict[str, str]], call_cli: RunCli
) -> None:
    env = start({"failing_task": "no: {body}"}, options=("--reading", "failed_build=half"))
    assert call_cli("apply", "web.yaml", "--auto-approve", env=env).code == 1
    told = call_cli("explain", "node-1", "web.yaml", "--format", "json", env=env)
    assert "no: {" in told.out, told.err
    assert find_leaks(told.out) == []
    del env["CCLOUD_SECRET_TOKEN"]
    for ended in (
        call_cli("explain", "node-1", "web.yaml", "--format", "json", env=env),
        call_cli("apply", "web.yaml", env=env),
    ):
        assert "no: {" not in ended.out
        assert find_leaks(ended.out + ended.err) == []


def test_the_tasks_of_an_account_hide_what_the_environment_has(
    start: Callable[..., dict[str, str]], call_cli: RunCli
) -> None:
    env = start({"failing_task": "{body}"})
    assert call_cli("apply", "web.yaml", "--auto-approve", env=env).code == 1
    told = call_cli("tasks", "--format", "json", env=env)
    assert "***" in told.out
    assert not {TOKEN, json.dumps(TOKEN)[1:-1]} & {one for one in find_leaks(told.out)}


def test_an_explanation_hides_every_secret_of_the_servers_stack(
    start: Callable[..., dict[str, str]], call_cli: RunCli
) -> None:
    env = start({"failing_task": "no: {body}", "leaves": "server"})
    assert call_cli("apply", "web.yaml", "--auto-approve", env=env).code == 1
    told = call_cli("explain", "node-1", "web.yaml", "--format", "json", env=env)
    assert "***" in told.out, told.err
    assert find_leaks(told.out) == []


class Sent:
    """The bodies of the creates that were sent."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    @property
    def user_data(self) -> list[str]:
        return [body["user_data"] for body in self.bodies]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What leaves from now on."""
    found, send = Sent(), Client.send

    async def note(self: Client, name: str, method: str, path: str, body: Any, **more: Any) -> Any:
        if name == "create_server":
            found.bodies.append(body)
        return await send(self, name, method, path, body, **more)

    monkeypatch.setattr(Client, "send", note)
    return found


@pytest.fixture
def env(sandbox_env: dict[str, str]) -> dict[str, str]:
    """An embedded sandbox, and the secrets."""
    return {**sandbox_env, "CCLOUD_SECRET_TOKEN": TOKEN, "CCLOUD_SECRET_PART": PART}


def test_each_server_gets_its_own_text_with_the_secrets(
    call_cli: RunCli, files: Path, sent: Sent, env: dict[str, str]
) -> None:
    applied = call_cli("apply", "web.yaml", "--auto-approve", env=env)
    assert applied.code == 0, applied.err
    assert sorted(sent.user_data) == [SENT, SENT.replace("node-1", "node-2")]
    again = call_cli("plan", "web.yaml", "--detailed-exitcode", env=env)
    assert again.code == 0


def test_a_rehearsal_and_a_graph_need_no_secret(
    call_cli: RunCli, files: Path, sandbox_env: dict[str, str]
) -> None:
    (files / "key.pem").write_text("", encoding="utf-8")
    for command in ("rehearse", "graph", "drift", "inventory"):
        ended = call_cli(command, "web.yaml", env=sandbox_env)
        assert ended.code == (2 if command == "drift" else 0), ended.err


@pytest.mark.parametrize("missing", ["CCLOUD_SECRET_TOKEN", "key.pem"])
def test_a_plan_needs_no_secret_and_an_apply_says_which_one_is_missing(
    missing: str, call_cli: RunCli, files: Path, sent: Sent, env: dict[str, str]
) -> None:
    assert call_cli("plan", "web.yaml", env=env).code == 0
    given = {name: text for name, text in env.items() if name != missing}
    if missing == "key.pem":
        (files / missing).write_text("", encoding="utf-8")
    ended = call_cli("apply", "web.yaml", "--auto-approve", env=given)
    assert ended.code == 1
    assert missing in ended.err
    assert sent.bodies == []


def test_a_secret_that_is_too_short_to_be_masked_is_refused(
    call_cli: RunCli, files: Path, sent: Sent, env: dict[str, str]
) -> None:
    ended = call_cli("apply", "web.yaml", "--auto-approve", env={**env, "CCLOUD_SECRET_PART": "e"})
    assert ended.code == 1
    assert "the secret {env: CCLOUD_SECRET_PART} has fewer than 4 characters" in ended.err
    assert sent.bodies == []


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("node.yaml", "join", "join --force"),
        ("web.yaml", "zone: a", "zone: b"),
        ("node.yaml", "$${HOME}", "${secret.TOKEN}"),
        ("node.yaml", "      ${secret.KEY}", "       ${secret.KEY}"),
    ],
)
def test_an_approval_binds_what_the_template_gives(
    file: str,
    before: str,
    after: str,
    call_cli: RunCli,
    files: Path,
    sent: Sent,
    env: dict[str, str],
) -> None:
    assert call_cli("plan", "web.yaml", "--out", "p", env=env).code == 0
    text = (files / file).read_text(encoding="utf-8")
    (files / file).write_text(text.replace(before, after), encoding="utf-8")
    ended = call_cli("apply", "p", env=env)
    assert ended.code == 1
    what = "pool: what the template node.yaml gives for node-1 and 1 more changed since the plan"
    assert what in ended.err
    assert sent.bodies == []
    (files / file).write_text(text, encoding="utf-8")
    assert call_cli("apply", "p", env=env).code == 0


def test_an_approval_binds_from_where_a_secret_comes_and_not_what_it_is(
    call_cli: RunCli, files: Path, sent: Sent, env: dict[str, str]
) -> None:
    assert call_cli("plan", "web.yaml", "--out", "p", env=env).code == 0
    text = (files / "web.yaml").read_text(encoding="utf-8")
    other = text.replace("CCLOUD_SECRET_PART", "CCLOUD_SECRET_OTHER")
    (files / "web.yaml").write_text(other, encoding="utf-8")
    env = {**env, "CCLOUD_SECRET_OTHER": "another secret"}
    ended = call_cli("apply", "p", env=env)
    assert (ended.code, sent.bodies) == (1, [])
    assert "stale plan" in ended.err
    (files / "web.yaml").write_text(text, encoding="utf-8")
    rotated = {**env, "CCLOUD_SECRET_PART": "rotated"}
    assert call_cli("apply", "p", env=rotated).code == 0
    assert all(text.endswith("--part rotated\n") for text in sent.user_data)


PROJECT = """project: shop
secret_commands: [[{python}, fetch.py, get]]
"""
FETCH = """import sys
open("asked.txt", "a").write(" ".join(sys.argv[1:]) + "\\n")
print("s3cr3t of", *sys.argv[2:], file=sys.stderr)
print("s3cr3t of", *sys.argv[2:])
"""


@pytest.fixture
def commands(files: Path) -> Path:
    """The same with a project that allows a command, of which TOKEN is what it writes."""
    python = json.dumps(sys.executable)
    (files / "ccloud-apply.yaml").write_text(PROJECT.format(python=python), encoding="utf-8")
    (files / "fetch.py").write_text(FETCH, encoding="utf-8")
    command = f"{{command: [{python}, fetch.py, get, nodes]}}"
    stack = STACK.replace("{env: CCLOUD_SECRET_TOKEN}", command)
    (files / "web.yaml").write_text(stack, encoding="utf-8")
    return files


def test_a_command_runs_once_and_only_after_the_approval(
    commands: Path, call_cli: RunCli, sent: Sent, env: dict[str, str]
) -> None:
    asked = commands / "asked.txt"
    assert call_cli("validate", "web.yaml").code == 0
    assert call_cli("plan", "web.yaml", "--out", "p", env=env).code == 0
    assert call_cli("apply", "web.yaml", env=env).code == 1  # nobody can approve
    assert not asked.exists()
    applied = call_cli("-v", "apply", "p", env=env)
    assert applied.code == 0, applied.err
    assert asked.read_text(encoding="utf-8") == "get nodes\n"
    assert ["--token s3cr3t of nodes " in text for text in sent.user_data] == [True, True]
    assert "s3cr3t" not in applied.out + applied.err


def test_what_a_command_gave_to_an_earlier_run_is_not_shown_by_the_next_one(
    commands: Path, start: Callable[..., dict[str, str]], call_cli: RunCli
) -> None:
    served = start({"failing_task": "no: {body}"}, speed=STILL)
    first = call_cli("apply", "web.yaml", "--auto-approve", "--timeout", "0.01", env=served)
    assert "still running" in first.err, first.err
    end_tasks(commands / "served.db")
    second = call_cli("apply", "web.yaml", env=served)  # nobody can approve
    assert "the platform's reason is not shown" in second.err
    with ending_tasks(commands / "served.db"):
        third = call_cli("apply", "web.yaml", "--auto-approve", "--timeout", "20", env=served)
    assert "failed: no: {" in third.err
    for ended in (first, second, third, call_cli("journal", "--format", "json", env=served)):
        assert "s3cr3t" not in ended.out + ended.err


def test_a_command_that_fails_is_told_before_anything_is_sent(
    commands: Path, call_cli: RunCli, sent: Sent, env: dict[str, str]
) -> None:
    (commands / "fetch.py").write_text("raise SystemExit('s3cr3t')", encoding="utf-8")
    ended = call_cli("apply", "web.yaml", "--auto-approve", env=env)
    assert (ended.code, sent.bodies) == (1, [])
    assert "ended with exit code 1" in ended.err
    assert "s3cr3t" not in ended.err


def test_a_signal_ends_a_command_that_hangs_and_nothing_is_sent(
    commands: Path, start_cli: StartCli, call_cli: RunCli, env: dict[str, str]
) -> None:
    asked = commands / "asked.txt"
    hang = "import time\nopen('asked.txt', 'w').write('x')\ntime.sleep(600)\n"
    (commands / "fetch.py").write_text(hang, encoding="utf-8")
    process = start_cli("apply", "web.yaml", "--auto-approve", env=env)
    while not asked.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, err
    assert "was not done after" not in err, "its own limit has ended the command"
    assert "stopped by SIGINT" in err
    assert json.loads(call_cli("tasks", "--format", "json", env=env).out)["tasks"] == []


def test_a_stack_file_cannot_bring_its_own_command(
    commands: Path, call_cli: RunCli, sent: Sent, env: dict[str, str]
) -> None:
    stack = (commands / "web.yaml").read_text(encoding="utf-8")
    (commands / "web.yaml").write_text(stack.replace("get, nodes", "put, nodes"), encoding="utf-8")
    for arguments in (("apply", "--auto-approve"), ("apply", "--auto-approve", "--no-project")):
        ended = call_cli(*arguments, "web.yaml", env=env)
        assert (ended.code, sent.bodies) == (1, [])
        assert "the project file does not allow the command" in ended.err
    assert not (commands / "asked.txt").exists()


def test_a_template_that_is_no_text_is_an_error_with_its_place(
    call_cli: RunCli, files: Path
) -> None:
    (files / "node.yaml").write_bytes(b"#cloud-config\n\xff")
    stack = write_stack(files, STACK)
    for command in ("validate", "plan"):
        ended = call_cli("--sandbox", command, str(stack))
        assert ended.code == 1
        told = ":9:17: servers.node.user_data.template: node.yaml is not UTF-8 text\n"
        assert told in ended.err
