"""The actions of others that our workflows use, as far as they use them, by their documentation.

Each takes the machine and its inputs, and returns what it does once the job has ended.
"""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.github_runner.machine import Machine

End = Callable[[bool], None] | None
Inputs = Mapping[str, str]
Told = dict[str, str]


def _checkout(machine: "Machine", inputs: Inputs, told: Told) -> End:
    """The event's commit, or a branch, with as much of its history as was asked for, and no token
    left behind."""
    assert inputs["persist-credentials"] == "false"
    depth = inputs.get("fetch-depth", "1")
    origin = machine.host.origin
    commit = machine.host.git("rev-parse", inputs.get("ref", machine.event.commit))
    commands = (
        ("init", "--quiet"),
        ("fetch", "--quiet", f"--depth={depth}", f"file://{origin}", commit),
        ("checkout", "--quiet", "--detach", commit),
    )
    for command in commands:
        subprocess.run(["git", *command], cwd=machine.workspace, check=True, capture_output=True)
    return None


def _upload(machine: "Machine", inputs: Inputs, told: Told) -> End:
    """One file: it stands at the top of the artifact. A run has one of each name."""
    source = machine.workspace / inputs["path"]
    if not source.exists():
        assert inputs.get("if-no-files-found") != "error", f"no {source}"
        return None
    assert int(inputs["retention-days"]) <= 90
    if inputs.get("overwrite") != "true":
        assert not (machine.artifacts / inputs["name"]).exists(), "409: it already exists"
    _copy(source, machine.artifacts / inputs["name"] / source.name)
    return None


def _download(machine: "Machine", inputs: Inputs, told: Told) -> End:
    _copy(machine.artifacts / inputs["name"], machine.workspace / inputs.get("path", "."))
    return None


def _restore(machine: "Machine", inputs: Inputs, told: Told) -> End:
    caches = machine.host.caches
    prefixes = inputs.get("restore-keys", "").split()
    found = [key for key in reversed(caches) if any(key.startswith(one) for one in prefixes)]
    key = inputs["key"] if inputs["key"] in caches else next(iter(found), None)
    if key is not None:
        _copy(caches[key], machine.workspace / inputs["path"])
    told["cache-hit"] = f"{key == inputs['key']}".lower()
    return None


def _save(machine: "Machine", inputs: Inputs, told: Told) -> End:
    """A key that is there already is never written again."""
    caches, path = machine.host.caches, machine.workspace / inputs["path"]
    if path.exists() and inputs["key"] not in caches:
        kept = machine.host.work / f"cache-{len(caches)}"
        _copy(path, kept)
        caches[inputs["key"]] = kept
    return None


def _cache(machine: "Machine", inputs: Inputs, told: Told) -> End:
    _restore(machine, inputs, told)

    def end(is_success: bool) -> None:
        if is_success:
            _save(machine, inputs, told)

    return end


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


ACTIONS: Mapping[str, Callable[["Machine", Inputs, Told], End]] = {
    "actions/cache": _cache,
    "actions/cache/restore": _restore,
    "actions/cache/save": _save,
    "actions/checkout": _checkout,
    "actions/download-artifact": _download,
    "actions/upload-artifact": _upload,
}
