"""`fleet serve` as a whole: signed hooks, sign-in over HTTP, a decision, an end by SIGTERM."""

import hashlib
import hmac
import json
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import PATIENCE_S, StartCli
from tests.support.git import run_git

SECRET = "open sesame"
STACK = """\
stack: web
servers:
  app: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4, disks: [50]}
"""


def write_fleet(folder: Path) -> Path:
    """A fleet whose source is polled once an hour; gives back the repository."""
    repository = folder / "repository"
    repository.mkdir()
    run_git(repository, "init", "--quiet")
    (repository / "web.yaml").write_text(STACK)
    commit(repository)
    tokens = [
        {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "roles": [role]}
        for name, role in (("watcher", "see"), ("operator", "approve"))
    ]
    fleet = {
        "accounts": {"acme": {"endpoint": "sandbox", "sandbox_db": "a.db"}},
        "sources": [
            {
                "git": str(repository),
                "ref": "main",
                "poll": "1h",
                "account": "acme",
                "webhook": {"secret": {"env": "HOOK_SECRET"}},
            }
        ],
        "rules": [{"mode": "report"}],
        "web": {"auth": {"tokens": tokens}},
    }
    (folder / "fleet.yaml").write_text(json.dumps(fleet))
    return repository


def commit(repository: Path) -> str:
    run_git(repository, "add", "--all")
    run_git(repository, "commit", "--quiet", "--message", "a change")
    return run_git(repository, "rev-parse", "HEAD")


def start(start_cli: StartCli, env: Mapping[str, str]) -> tuple[subprocess.Popen[str], str]:
    process = start_cli("fleet", "serve", "--listen", "127.0.0.1:0", env=env)
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line + process.stderr.read()
    return process, found[0]


def wait_for(client: httpx.Client, key: str, wanted: Any) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while True:
        stacks = client.get("/api/v1/status").json()["stacks"]
        if stacks and stacks[0][key] == wanted:
            return
        assert time.monotonic() < ends_at, stacks
        time.sleep(0.05)


def open_client(url: str, token: str | None = None) -> httpx.Client:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return httpx.Client(
        base_url=url, headers=headers, trust_env=False, verify=False, timeout=PATIENCE_S
    )


def test_a_signed_hook_brings_a_new_commit_and_only_an_operator_may_pause(
    start_cli: StartCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    repository = write_fleet(tmp_path)
    process, url = start(start_cli, {**sandbox_env, "HOOK_SECRET": SECRET})
    with open_client(url) as nobody, open_client(url, "watcher") as watcher:
        wait_for(watcher, "state", "drift")
        (repository / "web.yaml").write_text(STACK.replace("memory: 4", "memory: 8"))
        newest = commit(repository)
        body = json.dumps({"ref": "refs/heads/main", "repository": {"url": str(repository)}})
        digest = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
        for told, status in ((f"sha256={digest[::-1]}", 401), (f"sha256={digest}", 202)):
            headers = {"x-hub-signature-256": told}
            answer = nobody.post("/hooks/github", content=body, headers=headers)
            assert answer.status_code == status
        wait_for(watcher, "commit", newest)

        assert nobody.get("/api/v1/status").status_code == 401
        form = {"reason": "maintenance", "until": "1d"}
        assert watcher.post("/stacks/acme/web/pause", data=form).status_code == 403
        page = nobody.get("/sign-in").text
        sent = {"form": re.findall(r'name="form" value="(\w+)"', page)[0], "token": "operator"}
        assert nobody.post("/sign-in/token", data=sent).status_code == 303
        page = nobody.get("/stacks/acme/web").text
        token = re.findall(r'name="form" value="(\w+)"', page)[0]
        assert nobody.post("/stacks/acme/web/pause", data=form).status_code == 403
        answer = nobody.post("/stacks/acme/web/pause", data={**form, "form": token})
        assert answer.status_code == 303
        (stack,) = watcher.get("/api/v1/status").json()["stacks"]
        assert stack["paused"]["by"] == "token:operator"
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + signal.SIGTERM
    assert SECRET not in told
