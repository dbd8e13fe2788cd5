"""The locks are made of what pyproject.toml asks for, and pin all of it with hashes."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from requirements import lock
from tests.conftest import ROOT

NAMES = tuple(lock.read_inputs())
_PIN = re.compile(
    r"^([\w.-]+)==(\S+)(?: ; [^\\]+)? \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE
)
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def read(name: str) -> str:
    return (lock.FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def pins_of(name: str) -> Mapping[str, str]:
    return {canonicalize_name(found[1]): found[2] for found in _PIN.finditer(read(name))}


def test_every_lock_is_current() -> None:
    assert lock.stale_locks() == []
    assert lock.main(["--check"]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_pins_what_it_was_asked_for(name: str) -> None:
    pins = pins_of(name)
    wanted = {canonicalize_name(Requirement(one).name): one for one in lock.read_inputs()[name]}
    assert wanted.keys() <= pins.keys()
    for package, one in wanted.items():
        assert Requirement(one).specifier.contains(Version(pins[package])), (one, pins[package])


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_has_nothing_without_a_version_and_hashes(name: str) -> None:
    rest = _PIN.sub("", read(name))
    lines = [
        line for line in rest.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    assert lines == []
    for found in _PIN.finditer(read(name)):
        assert all(_HASH.fullmatch(line) for line in found[3].splitlines()), found[1]


def test_a_pipeline_gets_the_versions_of_all_without_the_terminal_and_the_server() -> None:
    everything, pipeline = pins_of("all"), pins_of("pipeline")
    assert pipeline.items() < everything.items()
    assert {"uvicorn", "rich", "procrastinate", "apprise"} & pipeline.keys() == set()


def test_a_requirement_that_has_changed_makes_the_locks_stale_and_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "pyproject.toml"
    text = lock.PROJECT.read_text(encoding="utf-8")
    project.write_text(text.replace('"rich>=13.7', '"rich>=14.0'), encoding="utf-8")
    monkeypatch.setattr(lock, "PROJECT", project)
    assert lock.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert "requirements/all.txt" in told
    assert "run python requirements/lock.py" in told
    assert "requirements/pipeline.txt" not in told


def test_the_resolver_gets_the_oldest_python_and_keeps_a_pipeline_to_the_versions_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said.txt"
    uv = tmp_path / "uv"
    uv.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >>"{said}"\n'
        'while [ "$1" != --output-file ]; do shift; done\n'
        'cat >"$2"\n',
        encoding="utf-8",
    )
    uv.chmod(0o755)
    monkeypatch.setattr(lock, "FOLDER", tmp_path)
    lock.write_locks(str(uv), "--upgrade")
    calls = said.read_text(encoding="utf-8").splitlines()
    assert len(calls) == len(NAMES)
    for call in calls:
        assert "--universal --generate-hashes --python-version 3.11 --no-header --upgrade" in call
    assert ["--constraints" in call for call in calls] == [False] + [True] * (len(NAMES) - 1)
    assert lock.stale_locks() == []
    assert "click>=" in (tmp_path / "pipeline.txt").read_text(encoding="utf-8").partition("\n\n")[2]


@pytest.mark.parametrize(
    ("arguments", "told"), [((), "usage: "), (("there", "some"), 'there is no lock "some"')]
)
def test_install_says_what_it_wants(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    ended = subprocess.run(
        [ROOT / "requirements" / "install", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 64
    assert told in ended.stderr
    assert list(tmp_path.iterdir()) == []
