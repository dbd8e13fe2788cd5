"""The commit of the stack files in documents, by whole commands in a repository."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.git import run_git
from tests.support.stacks import APPLY, write_stack


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commit of a stack file in a repository, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    write_stack(tmp_path)
    run_git(tmp_path, "init", "-q", ".")
    run_git(tmp_path, "add", "web.yaml")
    run_git(tmp_path, "commit", "-q", "-m", "one")
    return run_git(tmp_path, "rev-parse", "HEAD")


def test_a_plan_and_its_file_name_the_commit(call_cli: RunCli, commit: str) -> None:
    told = call_cli("plan", "web.yaml", "--format", "json", "--out", "saved.plan")
    assert told.code == 0, told.err
    assert json.loads(told.out)["commit"] == {"id": commit, "altered": False}
    shown = call_cli("show", "saved.plan", "--format", "html")
    assert f"<dt>Commit</dt><dd><code>{commit}</code></dd>" in shown.out
    applied = call_cli("apply", "saved.plan", "--auto-approve")
    assert applied.code == 0, applied.err


@pytest.mark.usefixtures("commit")
def test_another_commit_does_not_make_a_saved_plan_stale(call_cli: RunCli, tmp_path: Path) -> None:
    assert call_cli("plan", "web.yaml", "--out", "saved.plan").code == 0
    run_git(tmp_path, "commit", "-q", "--allow-empty", "-m", "two")
    assert call_cli("apply", "saved.plan", "--auto-approve").code == 0


def test_pages_name_the_commit_and_say_that_a_file_has_changed(
    call_cli: RunCli, commit: str, tmp_path: Path
) -> None:
    assert call_cli(*APPLY).code == 0
    path = tmp_path / "web.yaml"
    path.write_text(f"{path.read_text()}# a remark\n")
    for arguments in (
        ("plan", "web.yaml", "--format", "html"),
        ("drift", "web.yaml", "--format", "html"),
        ("inventory", "web.yaml", "--format", "html"),
    ):
        shown = call_cli(*arguments)
        assert shown.code == 0, shown.err
        assert f"<code>{commit}</code>, but a stack file has changed since" in shown.out
    drifted = json.loads(call_cli("drift", "web.yaml", "--format", "json").out)
    assert drifted["commit"] == {"id": commit, "altered": True}


def test_outside_of_a_repository_the_commit_is_unknown(
    call_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_stack(tmp_path)
    assert json.loads(call_cli("plan", "web.yaml", "--format", "json").out)["commit"] is None
    shown = call_cli("plan", "web.yaml", "--format", "html")
    assert "<dt>Commit</dt><dd>unknown</dd>" in shown.out


def test_a_text_plan_does_not_ask_git(
    call_cli: RunCli, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("git was asked")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert call_cli("plan", "web.yaml").code == 0
    assert call_cli("drift", "web.yaml").code == 2
