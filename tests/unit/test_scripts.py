"""The scripts at the root: an environment is installed once, and again where the project asks for
something else. A stand-in takes the place of pip, so nothing is fetched."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPTS = ("test", "demo", ".ci/install", ".ci/browser", ".ci/tools", ".ci/run")
STEPS = tuple(sorted(f".ci/{path.name}" for path in (ROOT / ".ci").iterdir()))
PROGRAMS = ("chromium", "fish", "git", "go", "groff", "mandoc", "ssh-keygen", "zsh")
"""What the gate wants of the machine."""
STAND_IN = '#!/bin/sh\necho "${0##*/} $*" >>calls\n[ ! -e broken ]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the scripts, in an environment whose programs only note that they were called."""
    for name in SCRIPTS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "pyproject.toml").write_text("one", encoding="utf-8")
    programs = ("pip", "python", "ccloud-apply", "ruff", "mypy", "lint-imports")
    stand_in(tmp_path / ".venv" / "bin", *programs)
    stand_in(tmp_path, *(step for step in STEPS if step not in SCRIPTS))
    stand_in(tmp_path / "there", *PROGRAMS)
    stand_in(tmp_path / "bare", "apt-get", "id", "sudo")
    return tmp_path


def call(project: Path, *command: str, path: str | None = None) -> int:
    """Run a script. There is a browser, so that no gate installs one; `path` has none."""
    found = path or f"{project / 'there'}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        [str(project / command[0]), *command[1:]],
        cwd="/",
        env={**os.environ, "PATH": found},
        capture_output=True,
        check=False,
    )
    return ended.returncode


def stand_in(place: Path, *names: str) -> None:
    """Programs that only note that they were called."""
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        (place / name).write_text(STAND_IN, encoding="utf-8")
        (place / name).chmod(0o755)


def calls(project: Path, program: str) -> list[str]:
    noted = (project / "calls").read_text(encoding="utf-8").splitlines()
    return [line.partition(" ")[2] for line in noted if line.startswith(f"{program} ")]


def installs(project: Path) -> list[str]:
    return [line.split()[-1] for line in calls(project, "pip")]


def test_the_scripts_are_clean() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    ended = subprocess.run(
        [str(shellcheck), *{*SCRIPTS, *STEPS}],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert all(os.access(ROOT / name, os.X_OK) for name in (*SCRIPTS, *STEPS))


def test_a_second_run_installs_nothing(project: Path) -> None:
    for _ in range(3):
        assert call(project, "test") == 0
    assert call(project, "demo") == 0
    assert call(project, ".ci/run") == 0
    assert installs(project) == [".[dev]"]


def test_a_project_that_changed_is_installed_anew(project: Path) -> None:
    call(project, "test")
    (project / "pyproject.toml").write_text("two", encoding="utf-8")
    call(project, "test")
    call(project, "test")
    assert installs(project) == [".[dev]", ".[dev]"]


def test_an_environment_that_was_moved_is_installed_anew(project: Path) -> None:
    call(project, "test")
    moved = project.rename(project.with_name("moved"))
    call(moved, "test")
    assert installs(moved) == [".[dev]", ".[dev]"]


def test_the_gate_installs_a_browser_where_there_is_none(project: Path) -> None:
    assert call(project, ".ci/browser") == 0
    assert not (project / "calls").exists()
    assert call(project, ".ci/browser", path=str(project / "bare")) == 0
    assert [line.split()[-1] for line in calls(project, "sudo")] == ["-qq", "chromium"]


def test_the_gate_installs_programs_that_are_missing_and_no_others(project: Path) -> None:
    there = ("fish", "git", "go", "groff", "head", "id", "ssh-keygen", "sudo")
    stand_in(project / "some", "apt-get", *there)
    assert call(project, ".ci/tools", path=str(project / "some")) == 0
    assert [line.split()[-2:] for line in calls(project, "sudo")][-1] == ["mandoc", "zsh"]
    assert [line.split()[0] for line in calls(project, "go")] == ["install"]


def test_the_linter_of_workflows_is_built_once_and_again_for_another_version(project: Path) -> None:
    linter = project / ".venv" / "bin" / "actionlint"
    call(project, ".ci/tools")
    wanted = calls(project, "go")[0].rpartition("@")[2]
    for version in (wanted, "v1.0.0"):
        linter.write_text(f"#!/bin/sh\necho {version}\necho more\n", encoding="utf-8")
        linter.chmod(0o755)
        assert call(project, ".ci/tools") == 0
    assert len(calls(project, "go")) == 2


def test_a_machine_without_go_is_told_to_install_it(project: Path) -> None:
    (project / "there" / "go").unlink()
    stand_in(project / "few", "head")
    path = f"{project / 'there'}{os.pathsep}{project / 'few'}"
    assert call(project, ".ci/tools", path=path) == 1


def test_each_demo_has_an_account_of_its_own_and_leaves_nothing(project: Path) -> None:
    program = project / ".venv" / "bin" / "ccloud-apply"
    program.write_text('#!/bin/sh\necho "$CCLOUD_SANDBOX_DB" >>places\n>"$CCLOUD_SANDBOX_DB"\n')
    assert [call(project, "demo"), call(project, "demo")] == [0, 0]
    places = (project / "places").read_text(encoding="utf-8").splitlines()
    assert len(places) == 6
    assert len({*places[:3]}) == len({*places[3:]}) == 1
    assert places[0] != places[3]
    assert not any(Path(place).parent.exists() for place in places)


def test_the_demo_needs_no_development_tools_and_the_tests_do(project: Path) -> None:
    call(project, "demo")
    call(project, "demo")
    call(project, "test")
    call(project, "demo")
    assert installs(project) == [".", ".[dev]"]


def test_what_could_not_be_installed_is_tried_again(project: Path) -> None:
    (project / "broken").touch()
    assert call(project, "test") != 0
    assert calls(project, "python") == []
    (project / "broken").unlink()
    assert call(project, "test") == 0
    assert installs(project) == [".[dev]", ".[dev]"]


def test_an_environment_that_was_left_without_pip_is_made_again(project: Path) -> None:
    (project / ".venv" / "bin" / "pip").unlink()
    python = project / "there" / "python3"
    python.write_text(
        '#!/bin/sh\n[ "$2" = venv ] || exit 0\n'
        "printf '#!/bin/sh\\necho \"pip $*\" >>calls\\n' >.venv/bin/pip\n"
        "chmod +x .venv/bin/pip\n",
        encoding="utf-8",
    )
    python.chmod(0o755)
    assert call(project, "demo") == 0
    assert installs(project) == ["."]


@pytest.mark.parametrize("older", [True, False])
def test_a_python_that_is_too_old_or_missing_is_named_before_anything_is_made(
    project: Path, older: bool
) -> None:
    shutil.rmtree(project / ".venv")
    if older:
        python = project / "there" / "python-old"
        python.write_text("#!/bin/sh\ncase $2 in *exit*) exit 1 ;; esac\necho 3.10.12\n")
        python.chmod(0o755)
    ended = subprocess.run(
        [str(project / "demo")],
        env={
            **os.environ,
            "PATH": f"{project / 'there'}{os.pathsep}{os.environ['PATH']}",
            "PYTHON": "python-old",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    said = "python-old is 3.10.12" if older else "python-old is not installed"
    assert said in ended.stderr
    assert "PYTHON=python3.12" in ended.stderr
    assert not (project / ".venv").exists()


def test_a_run_is_whole_fast_or_measured_and_passes_all_else_on(project: Path) -> None:
    call(project, "test", "tests/unit", "-k", "two words")
    call(project, "test", "--fast", "tests/unit")
    call(project, "test", "--coverage")
    whole, fast, measured = calls(project, "python")
    assert measured == "-m pytest -n auto --dist worksteal --cov=ccloud_apply"
    assert whole == "-m pytest -n auto --dist worksteal tests/unit -k two words"
    assert "slow" not in whole
    assert "-m not slow --hypothesis-profile=dev" in fast
    assert fast.endswith(" tests/unit")
    assert "--fast" not in fast
