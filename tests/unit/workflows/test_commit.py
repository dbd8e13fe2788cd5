"""The commit of stack files: what git says of them, or the CI job, or nothing at all."""

import os
from pathlib import Path

import pytest

from ccloud_apply.model.results.commit import Commit
from ccloud_apply.workflows.inputs.commit import find_commit
from tests.support.git import run_git

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one stack file in a folder, and one commit."""
    folder = tmp_path / "shop"
    (folder / "stacks").mkdir(parents=True)
    (folder / "stacks" / "web.yaml").write_text("stack: web\nservers: {}\n")
    run_git(tmp_path, "init", "-q", str(folder))
    run_git(folder, "add", ".")
    run_git(folder, "commit", "-q", "-m", "one")
    return folder


def ask(*files: Path, **environment: str) -> Commit | None:
    return find_commit(map(str, files), {**os.environ, **environment})


def test_the_repository_of_the_files_names_the_commit(repository: Path) -> None:
    head = run_git(repository, "rev-parse", "HEAD")
    assert ask(repository / "stacks/web.yaml") == Commit(id=head, is_altered=False)


def test_a_repository_with_long_ids_names_its_commit(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--object-format=sha256", ".")
    (tmp_path / "web.yaml").write_text("stack: web\n")
    run_git(tmp_path, "add", ".")
    run_git(tmp_path, "commit", "-q", "-m", "one")
    found = ask(tmp_path / "web.yaml")
    assert found == Commit(id=run_git(tmp_path, "rev-parse", "HEAD"), is_altered=False)
    assert len(found.id) == 64


def test_a_changed_file_and_one_that_is_not_committed_are_altered(repository: Path) -> None:
    web, other = repository / "stacks/web.yaml", repository / "stacks/db.yaml"
    web.write_text("stack: web\nservers: {web: {cores: 2}}\n")
    other.write_text("stack: db\n")
    for files in ((web,), (other,), (web, other)):
        found = ask(*files)
        assert found is not None
        assert found.is_altered is True


def test_a_change_of_another_file_does_not_alter_a_stack(repository: Path) -> None:
    (repository / "README.md").write_text("new\n")
    found = ask(repository / "stacks/web.yaml")
    assert found is not None
    assert found.is_altered is False


def test_a_checkout_with_carriage_returns_is_not_altered(repository: Path) -> None:
    web = repository / "stacks/web.yaml"
    web.write_bytes(web.read_bytes().replace(b"\n", b"\r\n"))
    found = ask(web)
    assert found is not None
    assert found.is_altered is False


def test_names_that_git_would_read_as_patterns_or_options_are_names(repository: Path) -> None:
    for name in ("*.yaml", "--help.yaml", ":(top)x.yaml", "ä b.yaml"):
        (repository / name).write_text(f"stack: a  # {name}\n")
        run_git(repository, "--literal-pathspecs", "add", "--", name)
        run_git(repository, "commit", "-q", "-m", name)
        head = run_git(repository, "rev-parse", "HEAD")
        assert ask(repository / name) == Commit(id=head, is_altered=False)


def test_files_of_two_repositories_have_no_commit(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run_git(tmp_path, "clone", "-q", str(repository), str(other))
    assert ask(repository / "stacks/web.yaml", other / "stacks/web.yaml") is None


def test_outside_of_a_repository_and_before_its_first_commit_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text("stack: web\n")
    assert ask(file) is None
    run_git(tmp_path, "init", "-q", ".")
    assert ask(file) is None


def test_git_runs_nothing_that_the_repository_names(repository: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\necho x >> {trace}\ncat\n")
    script.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "filter.x.clean", "filter.x.smudge"):
        run_git(repository, "config", name, str(script))
    (repository / ".git/info/attributes").write_text("* filter=x\n")
    hooks = repository / ".git/hooks"
    for hook in ("fsmonitor-watchman", "post-index-change", "reference-transaction"):
        (hooks / hook).write_text(script.read_text())
        (hooks / hook).chmod(0o755)
    assert ask(repository / "stacks/web.yaml") is not None
    assert not trace.exists()


def test_a_git_folder_of_a_hook_is_not_taken_for_the_files_own(
    repository: Path, tmp_path: Path
) -> None:
    run_git(tmp_path, "init", "-q", "elsewhere")
    found = ask(repository / "stacks/web.yaml", GIT_DIR=str(tmp_path / "elsewhere/.git"))
    assert found is not None
    assert found.id == run_git(repository, "rev-parse", "HEAD")


def test_a_git_that_fails_or_hangs_is_no_error(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccloud_apply.workflows.inputs.commit._TIMEOUT_S", 0.2)
    for number, body in enumerate(("exit 1", "exec sleep 60", "echo nonsense")):
        folder = tmp_path / f"bin{number}"
        folder.mkdir()
        (folder / "git").write_text(f"#!/bin/sh\n{body}\n")
        (folder / "git").chmod(0o755)
        path = f"{folder}:{os.environ['PATH']}"
        assert ask(repository / "stacks/web.yaml", PATH=path) is None
    assert ask(repository / "stacks/web.yaml", PATH=str(tmp_path)) is None


@pytest.mark.parametrize(
    ("name", "folder"), [("GITHUB_SHA", "GITHUB_WORKSPACE"), ("CI_COMMIT_SHA", "CI_PROJECT_DIR")]
)
def test_without_git_a_job_of_a_build_server_names_the_commit_of_its_own_folder(
    name: str, folder: str, tmp_path: Path
) -> None:
    file = tmp_path / "job" / "web.yaml"
    file.parent.mkdir()
    file.write_text("stack: web\n")
    job = {name: SHA, folder: str(file.parent)}
    assert find_commit([str(file)], job) == Commit(id=SHA, is_altered=None)
    assert find_commit([str(tmp_path / "web.yaml")], job) is None
    for wrong in ("", "main", SHA[:7], "g" * 40, f"{SHA}\n<script>"):
        assert find_commit([str(file)], {**job, name: wrong}) is None


def test_no_file_has_no_commit() -> None:
    assert find_commit([], {}) is None
