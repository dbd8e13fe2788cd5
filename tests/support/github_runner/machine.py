"""The machine of one job: its steps run as they stand, by the documented rules of the runner.

Scripts are run by bash; our action and local ones as composite actions. What others have made
(checkout, artifacts, caches) is played by others.py.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT
from tests.support.github_runner import others
from tests.support.github_runner.expressions import Status, fill, holds
from tests.support.github_runner.host import NAME, Event, Host

OUR_COMMIT = "0123456789abcdef0123456789abcdef01234567"
OURS = f"acme/ccloud-apply@{OUR_COMMIT}"

_OUTPUT = re.compile(
    r"^([\w-]+)(?:<<(ghadelimiter_\S+)\n(.*?)\n\2|=([^\n]*))\n", re.DOTALL | re.MULTILINE
)
_SECRET = re.compile(r"secrets\.")

_QUICK = {"CCLOUD_SETTLE": "0"}
"""The embedded API shows at once what was done; a workflow may ask for patience."""

# A Python that installs nothing: an environment of it has this checkout's command, and pip notes
# how it was called.
_PYTHON = """#!/bin/sh
case "$1 $2" in
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; exit ;;
"-m pip")
  echo "$*" >>"$FAKE_PIP"
  [ ! -e "$PIP_CACHE_DIR/wheel" ] || echo "pip has downloads" >>"$FAKE_PIP"
  env | grep -q '^CCLOUD_.*SECRET' && echo "pip sees a secret" >>"$FAKE_PIP"
  [ -z "${FAKE_PIP_FAILS:-}" ] || { echo "error: no network" >&2; exit 1; }
  case "$*" in *--no-deps*)
    mkdir -p "$PIP_CACHE_DIR" && touch "$PIP_CACHE_DIR/wheel"
    printf '#!/bin/sh\\nexec "%s" -m ccloud_apply "$@"\\n' "{python}" >"${0%/*}/ccloud-apply"
    chmod +x "${0%/*}/ccloud-apply"
    ;;
  esac
  exit
  ;;
esac
exec "{python}" "$@"
"""


@dataclass
class JobRun:
    """What came of a job. `used` has the actions of its steps that ran."""

    result: str = "success"
    outputs: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    pip: str = ""
    used: list[str] = field(default_factory=list)


class Machine:
    """A new machine with an empty workspace."""

    def __init__(
        self,
        host: Host,
        event: Event,
        job: Mapping[str, Any],
        contexts: Mapping[str, Any],
        artifacts: Path,
    ) -> None:
        self.host = host
        self.event = event
        self.artifacts = artifacts
        self._job = job
        self._folder = host.work / f"machine-{len(list(host.work.glob('machine-*')))}"
        self.workspace = self._folder / "workspace"
        self.temp = self._folder / "temp"
        for folder in (self.workspace, self.temp, self._folder / "bin"):
            folder.mkdir(parents=True)
        python = self._folder / "bin" / "python3"
        python.write_text(_PYTHON.replace("{python}", sys.executable))
        python.chmod(0o755)
        self._count = 0
        self._is_stopped = False
        self._after: list[Any] = []
        self.ran = JobRun()
        self._contexts = self._make_contexts(contexts)

    def _make_contexts(self, contexts: Mapping[str, Any]) -> dict[str, Any]:
        permissions = self._job.get("permissions", {})
        token = f"token-of-{self._folder.name}"
        is_trusted = self.event.is_trusted
        self.host.api.tokens[token] = permissions if is_trusted else {"contents": "read"}
        name = self._job.get("environment", "")
        secrets = self.host.secrets.get(fill(name, contexts), {}) if is_trusted else {}
        return {
            **contexts,
            "github": {**contexts["github"], "token": token},
            "runner": {"temp": str(self.temp), "os": "Linux", "arch": "X64"},
            "secrets": secrets,
            "env": {name: fill(v, contexts) for name, v in self._job.get("env", {}).items()},
        }

    def run(self) -> JobRun:
        """Run the steps, and what actions do once a job has ended."""
        outputs: dict[str, Any] = {}
        status = self._run_steps(self._job["steps"], {**self._contexts, "steps": outputs}, outputs)
        self.ran.result = "failure" if status.has_failed else "success"
        if status.is_cancelled:
            self.ran.result = "cancelled"
        for end in self._after:
            end(not status.has_failed)
        wanted = self._job.get("outputs", {})
        contexts = {**self._contexts, "steps": outputs}
        self.ran.outputs = {name: fill(value, contexts) for name, value in wanted.items()}
        pip = self.temp / "pip"
        self.ran.pip = pip.read_text() if pip.exists() else ""
        return self.ran

    def _run_steps(
        self, steps: list[Mapping[str, Any]], contexts: Mapping[str, Any], outputs: dict[str, Any]
    ) -> Status:
        status = Status()
        for step in steps:
            env = {**contexts["env"]}
            env |= {name: fill(v, contexts) for name, v in step.get("env", {}).items()}
            given = {**contexts, "env": env}
            if not holds(step.get("if", ""), given, status):
                continue
            told: dict[str, str] = {}
            code = (
                self._use(step, given, told) if "uses" in step else self._script(step, given, told)
            )
            if "id" in step:
                outputs[step["id"]] = {"outputs": told, "outcome": "failure" if code else "success"}
            if self._is_stopped:
                status = Status(status.has_failed, is_cancelled=True)
                if "id" in step:
                    outputs[step["id"]]["outcome"] = "cancelled"
            elif code and not step.get("continue-on-error"):
                status = Status(has_failed=True)
        return status

    def _use(
        self, step: Mapping[str, Any], contexts: Mapping[str, Any], told: dict[str, str]
    ) -> int:
        name = step["uses"]
        self.ran.used.append(name)
        inputs = {n: fill(value, contexts) for n, value in step.get("with", {}).items()}
        if name.startswith("./"):
            return self._composite(self.workspace / name, inputs, contexts, told)
        if name == OURS:
            return self._composite(ROOT, inputs, contexts, told)
        action, _, commit = name.partition("@")
        assert re.fullmatch("[0-9a-f]{40}", commit), name
        end = others.ACTIONS[action](self, inputs, told)
        if end is not None:
            self._after.append(end)
        return 0

    def _composite(
        self,
        folder: Path,
        inputs: Mapping[str, str],
        contexts: Mapping[str, Any],
        told: dict[str, str],
    ) -> int:
        action = yaml.safe_load((folder / "action.yml").read_text())
        assert inputs.keys() <= action["inputs"].keys(), inputs
        values = {
            name: inputs.get(name, fill(entry.get("default", ""), contexts))
            for name, entry in action["inputs"].items()
        }
        outputs: dict[str, Any] = {}
        github = {**contexts["github"], "action_path": str(folder)}
        own = {name: contexts[name] for name in ("env", "runner")}
        own |= {"inputs": values, "steps": outputs, "github": github}
        status = self._run_steps(action["runs"]["steps"], own, outputs)
        told |= {name: fill(one["value"], own) for name, one in action.get("outputs", {}).items()}
        return int(status.has_failed)

    def _script(
        self, step: Mapping[str, Any], contexts: Mapping[str, Any], told: dict[str, str]
    ) -> int:
        assert not _SECRET.search(step["run"])
        if self.host.stop_in == (self._job.get("name"), step.get("name")):
            self._is_stopped = True
            return 1
        self._count += 1
        output, page = (self.temp / f"{name}-{self._count}" for name in ("output", "summary"))
        output.touch()
        page.touch()
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(page)}
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", fill(step["run"], contexts)],
            cwd=self.workspace,
            env={**self._variables(contexts), **contexts["env"], **files, **_QUICK},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        self.ran.log += ended.stdout + ended.stderr
        self.ran.summary += page.read_text()
        for name, _, long, short in _OUTPUT.findall(output.read_text()):
            told[name] = long or short
        return ended.returncode

    def _variables(self, contexts: Mapping[str, Any]) -> dict[str, str]:
        github = contexts["github"]
        path = f"{self._folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {
            **self.host.environment,
            "PATH": path,
            "CCLOUD_WORK_DIR": str(self.temp / "work"),
            "FAKE_PIP": str(self.temp / "pip"),
            "COMMENT_WAIT_S": "0",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": github.get("action_path", ""),
            "GITHUB_API_URL": self.host.api.address,
            "GITHUB_SERVER_URL": self.host.server,
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_REF": github["ref"],
            "GITHUB_SHA": github["sha"],
            "GITHUB_RUN_ID": github["run_id"],
            "GITHUB_RUN_NUMBER": github["run_number"],
            "GITHUB_RUN_ATTEMPT": f"{github['run_attempt']}",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
        }
