"""Who changed an entry last, asked of real repositories, hostile ones among them."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.results.explanation import Declaration
from ccloud_apply.workflows.inputs import last_commit
from ccloud_apply.workflows.inputs.last_commit import find_declaration
from ccloud_apply.workflows.inputs.stacks import StackRequest, require_stacks
from tests.conftest import PATIENCE_S
from tests.support.git import run_git
from tests.support.stacks import WEB

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

Git = Callable[..., str]


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no failure."""
    monkeypatch.setattr(last_commit, "_PATIENCE_S", float(PATIENCE_S))


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in a repository of `tmp_path / "repo"`, as somebody."""
    folder = tmp_path / "repo"
    folder.mkdir()

    call = partial(run_git, folder)
    call("init", "-q")
    return call


def commit(git: Git, folder: Path, text: str, subject: str, **options: str) -> str:
    (folder / "web.yaml").write_text(text, encoding="utf-8")
    git("add", "-A")
    git("commit", "-q", "-m", subject, **options)
    return git("rev-parse", "HEAD")


TWO = WEB + "  db: {cores: 2, memory: 4, disks: [50]}\n"


def declared(path: Path, key: str = "db") -> Declaration:
    environment = dict(os.environ)
    stacks = require_stacks(StackRequest(paths=(str(path),)), environment).stacks
    spec: ServerSpec = next(one for one in stacks[0].servers if one.key == key)
    return asyncio.run(find_declaration(spec, environment))


def test_the_last_commit_of_the_entrys_lines_is_found_and_not_that_of_the_file(
    git: Git, tmp_path: Path
) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, TWO, "Add both")
    wanted = commit(git, repo, TWO.replace("db: {cores: 2", "db: {cores: 4"), "More cores")
    text = "# moved down\n" + TWO.replace("db: {cores: 2", "db: {cores: 4")
    commit(git, repo, text.replace("memory: 4\n", "memory: 8\n"), "Not db", who="Bob")
    found = declared(repo / "web.yaml")
    assert found.last.commit is not None
    assert (found.last.commit.id, found.last.commit.author) == (wanted, "Jane Doe")
    assert (found.last.commit.subject, found.last.is_changed) == ("More cores", False)
    lines = text.splitlines()
    assert lines[found.line - 1].startswith("  db:")
    assert found.line == found.end_line == len(lines)
    of_web = declared(repo / "web.yaml", "web-2").last
    assert of_web.commit is not None
    assert of_web.commit.author == "Bob"


def test_a_change_that_is_not_committed_is_said_beside_the_last_commit(
    git: Git, tmp_path: Path
) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, TWO, "Add both")
    (repo / "web.yaml").write_text(TWO.replace("db: {cores: 2", "db: {cores: 4"))
    found = declared(repo / "web.yaml")
    assert found.last.commit is not None
    assert (found.last.commit.subject, found.last.is_changed) == ("Add both", True)
    assert declared(repo / "web.yaml", "web-1").last.is_changed is False


def test_line_ends_that_git_would_convert_are_no_change(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, TWO, "Add both")
    (repo / "web.yaml").write_bytes(TWO.replace("\n", "\r\n").encode())
    assert declared(repo / "web.yaml").last.is_changed is False


def test_an_entry_and_a_file_without_a_commit_say_so(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    (repo / "web.yaml").write_text(TWO, encoding="utf-8")
    empty = declared(repo / "web.yaml").last
    assert (empty.commit, empty.is_changed, empty.why) == (
        None,
        True,
        "the file is in no commit yet",
    )
    commit(git, repo, WEB, "Without db")
    (repo / "web.yaml").write_text(TWO, encoding="utf-8")
    new = declared(repo / "web.yaml").last
    assert (new.commit, new.is_changed, new.why) == (
        None,
        True,
        "these lines are in no commit yet",
    )


def test_outside_of_a_repository_and_without_git_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(TWO, encoding="utf-8")
    assert declared(path).last.why == "the file is in no Git repository"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert declared(path).last.why == "git is not installed"
    assert declared(path).line == TWO.splitlines().index(TWO.splitlines()[-1]) + 1


def test_a_git_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    path = tmp_path / "web.yaml"
    path.write_text(TWO, encoding="utf-8")
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(last_commit, "_PATIENCE_S", 0.2)
    assert declared(path).last.why == "git did not answer within 0.2 s"


def test_a_shallow_clone_knows_no_last_commit_that_it_has_not(git: Git, tmp_path: Path) -> None:
    repo, clone = tmp_path / "repo", tmp_path / "clone"
    commit(git, repo, TWO, "Add both")
    commit(git, repo, TWO + "# end\n", "Not db")
    git("clone", "-q", "--depth", "1", f"file://{repo}", str(clone))
    found = declared(clone / "web.yaml").last
    assert found.commit is None
    assert "the clone is shallow" in found.why


def test_the_file_may_be_a_link_and_have_a_strange_name(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    folder = repo / "a b"
    folder.mkdir()
    strange = folder / "-L1,2:(x)*\u00fc.yaml"
    strange.write_text(TWO, encoding="utf-8")
    git("add", "-A")
    git("commit", "-q", "-m", "Strange")
    link = tmp_path / "link.yaml"
    link.symlink_to(strange)
    for path in (strange, link):
        found = declared(path).last
        assert found.commit is not None, found
        assert found.commit.subject == "Strange"


def test_nothing_that_a_hostile_repository_names_is_run(git: Git, tmp_path: Path) -> None:
    """Each of these settings names a command that Git would run for one of its usual reads."""
    repo, trace = tmp_path / "repo", tmp_path / "was-run"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\necho run >> {trace}\ncat\n")
    evil.chmod(0o755)
    (repo / ".gitattributes").write_text("*.yaml filter=evil diff=evil\n")
    commit(git, repo, TWO, "Add both")
    tree = git("rev-parse", "HEAD^{tree}")
    for name, value in {
        "core.fsmonitor": str(evil),
        "core.pager": str(evil),
        "pager.log": str(evil),
        "core.hooksPath": str(tmp_path),
        "core.sshCommand": str(evil),
        "core.editor": str(evil),
        "core.alternateRefsCommand": str(evil),
        "diff.external": str(evil),
        "diff.evil.textconv": str(evil),
        "diff.evil.command": str(evil),
        "filter.evil.clean": str(evil),
        "filter.evil.smudge": str(evil),
        "filter.evil.process": str(evil),
        "filter.evil.required": "true",
        "log.showSignature": "true",
        "gpg.program": str(evil),
        "alias.log": f"!{evil}",
        "alias.rev-parse": f"!{evil}",
        "credential.helper": str(evil),
        "extensions.partialClone": "origin",
        "remote.origin.url": f"ext::{evil}",
        "remote.origin.promisor": "true",
        "protocol.ext.allow": "always",
        "i18n.logOutputEncoding": "UTF-16",
    }.items():
        git("config", name, value)
    (repo / "web.yaml").write_text(TWO.replace("db: {cores: 2", "db: {cores: 4"))
    found = declared(repo / "web.yaml").last
    assert found.commit is not None
    assert (found.commit.subject, found.is_changed) == ("Add both", True)
    assert not trace.exists()
    # Without the commit's tree, a partial clone would ask the remote for it.
    (repo / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    assert declared(repo / "web.yaml").last.commit is None
    assert not trace.exists()
    with suppress(subprocess.CalledProcessError):
        git("diff")
    assert trace.exists()  # the traps are set


def test_what_a_commit_says_is_taken_as_text(git: Git, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    commit(git, repo, TWO, "::error:: \x1b[31m%h", who="A\u202eB")
    found = declared(repo / "web.yaml").last.commit
    assert found is not None
    assert (found.subject, found.author) == ("::error:: \x1b[31m%h", "A\u202eB")


def test_git_gets_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(f"#!/bin/sh\nenv > {told}\nexit 1\n")
    spy.chmod(0o755)
    path = tmp_path / "web.yaml"
    path.write_text(TWO, encoding="utf-8")
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("CCLOUD_TOKEN", "token-1")
    monkeypatch.setenv("CCLOUD_SECRET_WEB", "secret-1")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    declared(path)
    text = told.read_text()
    assert "GIT_TERMINAL_PROMPT=0" in text
    assert not any(word in text for word in ("token-1", "secret-1", "/elsewhere"))
