"""Writes the locks beside this file: every package with its version and its hashes.

    python requirements/lock.py             keeps versions that still fit
    python requirements/lock.py --upgrade   takes the newest that fit
    python requirements/lock.py --check     says, without a network, whether they fit pyproject.toml

A lock fits every system and every Python that pyproject.toml names. `uv` resolves; where there is
none it is installed into a folder that is gone afterwards. What a lock was asked for stands at its
top, so that it can be compared.
"""

import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which
from typing import Any

from packaging.requirements import Requirement

FOLDER = Path(__file__).parent
PROJECT = FOLDER.parent / "pyproject.toml"
UV = "uv>=0.7,<1"
NOT_IN_A_PIPELINE = frozenset({"rich", "uvicorn"})
"""A job has no terminal to draw on, and serves nobody."""
FOR_A_RELEASE = frozenset({"build", "check-wheel-contents", "cyclonedx-bom", "twine"})
"""What makes the files of a release and looks at them, beside what builds the package."""
_MADE_BY = "# Made by requirements/lock.py, from what pyproject.toml asks for:\n"


def read_inputs() -> Mapping[str, tuple[str, ...]]:
    """What each lock is made of, by its name; one that is later keeps to the versions before it."""
    document = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    project = document["project"]
    run = project["dependencies"]
    dev = project["optional-dependencies"]["dev"]
    return {
        "all": (*run, *_of_extras(project)),
        "pipeline": tuple(one for one in run if Requirement(one).name not in NOT_IN_A_PIPELINE),
        "build": tuple(document["build-system"]["requires"]),
        "release": (
            *document["build-system"]["requires"],
            *(one for one in dev if Requirement(one).name in FOR_A_RELEASE),
        ),
    }


def _of_extras(project: Mapping[str, Any]) -> Sequence[str]:
    extras = project["optional-dependencies"]
    return [one for name, needed in extras.items() if name != "dev" for one in needed]


def head_of(inputs: Sequence[str]) -> str:
    """The first lines of a lock."""
    return _MADE_BY + "".join(f"#   {one}\n" for one in inputs)


def stale_locks() -> list[str]:
    """The locks that were made of something else than pyproject.toml asks for."""
    return [
        name
        for name, inputs in read_inputs().items()
        if not (path := FOLDER / f"{name}.txt").exists()
        or not path.read_text(encoding="utf-8").startswith(head_of(inputs) + "\n")
    ]


def write_locks(uv: str, *options: str) -> None:
    """Resolve and write all of them. Raises CalledProcessError where uv fails."""
    before: list[str] = []
    for name, inputs in read_inputs().items():
        path = FOLDER / f"{name}.txt"
        subprocess.run(
            [
                *(uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
                *("--python-version", _oldest_python(), "--no-header", *options, *before),
                *("--output-file", str(path), "-"),
            ],
            input="\n".join(inputs),
            text=True,
            check=True,
        )
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{head_of(inputs)}\n{text}", encoding="utf-8")
        if name == "all":
            before = ["--constraints", str(path)]


def _oldest_python() -> str:
    document = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    oldest: str = document["project"]["requires-python"].removeprefix(">=")
    return oldest


def main(arguments: Sequence[str]) -> int:
    """Runs the command line; 1 where a lock is stale, or is still so."""
    if list(arguments) == ["--check"]:
        stale = stale_locks()
        for name in stale:
            print(
                f"requirements/{name}.txt was made of something else than pyproject.toml asks for:"
                " run python requirements/lock.py",
                file=sys.stderr,
            )
        return 1 if stale else 0
    if uv := which("uv"):
        write_locks(uv, *arguments)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        bin_folder = Path(folder) / "bin"
        subprocess.run([bin_folder / "pip", "install", "--quiet", UV], check=True)
        write_locks(str(bin_folder / "uv"), *arguments)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
