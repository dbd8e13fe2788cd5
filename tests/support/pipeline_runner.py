"""As much of GitHub's runner as our action needs: its steps are run as they stand in action.yml.

Inputs, outputs and the step's environment are those that GitHub documents. The runner's own parts
(checkout, artifacts, caches) are the test's.
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
from tests.support.command import write_command

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
_OUTPUT = re.compile(r"^([\w-]+)<<(ghadelimiter_\S+)\n(.*?)\n\2\n", re.DOTALL | re.MULTILINE)

_GH = '''#!{python}
"""gh api, as far as comment.sh goes: comments in a file, filtered by real jq."""
import json, os, sys
from pathlib import Path
import jq

store = Path(os.environ["FAKE_COMMENTS"])
comments = json.loads(store.read_text()) if store.exists() else []
arguments = sys.argv[2:]
assert os.environ["GH_TOKEN"] == "the-github-token"
method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
path = next(a for a in arguments if a.startswith("repos/"))
assert path.startswith("repos/our/repo/issues/")
if method == "GET":
    assert path == "repos/our/repo/issues/7/comments"
    for found in jq.compile(arguments[arguments.index("--jq") + 1]).input(comments):
        print(found)
else:
    name, _, file = arguments[arguments.index("-F") + 1].partition("=@")
    body = Path(file).read_text()
    assert name == "body" and len(body) < 65536
    if method == "POST":
        comments.append(dict(id=100 + len(comments), body=body, user=dict(type="Bot")))
    else:
        number = int(path.rsplit("/", 1)[1])
        next(c for c in comments if c["id"] == number)["body"] = body
    store.write_text(json.dumps(comments))
'''


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of the action."""

    code: int
    outputs: Mapping[str, str]
    log: str
    summary: str


@dataclass
class Runner:
    """A job's machine: a work tree, a temporary folder, an environment."""

    workspace: Path
    temp: Path
    environment: Mapping[str, str]
    comments: Path
    count: int = field(default=0)

    def prepare(self) -> None:
        """What install.sh would do, with the checkout that is tested; and a `gh` of our own."""
        write_command(self.temp / "ccloud-apply" / "bin")
        (self.temp / "bin").mkdir()
        self._write(self.temp / "bin" / "gh", _GH.replace("{python}", sys.executable))

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def use(self, event: str = "push", **inputs: str) -> Ran:
        """`uses:` our action with these inputs (underscores for hyphens)."""
        action: Mapping[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= action["inputs"].keys()
        values = {
            f"inputs.{name}": given.get(name, f"{entry.get('default', '')}")
            for name, entry in action["inputs"].items()
        }
        values["inputs.github-token"] = "the-github-token"
        values["github.event.pull_request.number"] = "7"
        code, log, summary = 0, "", ""
        for step in action["runs"]["steps"][1:]:
            is_always = "always()" in step.get("if", "")
            is_meant = values["inputs.comment"] == "true" and event == "pull_request"
            if (is_always and not is_meant) or (code and not is_always):
                continue
            ended, outputs, page = self._run(step, values)
            log += ended.stdout + ended.stderr
            summary += page
            code = code or ended.returncode
            values |= {f"steps.{step.get('id')}.outputs.{n}": v for n, v in outputs.items()}
        return Ran(code, self._fill(action["outputs"], values), log, summary)

    def _fill(self, outputs: Mapping[str, Any], values: Mapping[str, str]) -> Mapping[str, str]:
        return {name: self._expand(entry["value"], values) for name, entry in outputs.items()}

    @staticmethod
    def _expand(text: str, values: Mapping[str, str]) -> str:
        return _EXPRESSION.sub(lambda found: values.get(found[1], ""), text)

    def _run(
        self, step: Mapping[str, Any], values: Mapping[str, str]
    ) -> tuple[subprocess.CompletedProcess[str], Mapping[str, str], str]:
        self.count += 1
        files = {
            "GITHUB_OUTPUT": self.temp / f"output-{self.count}",
            "GITHUB_STEP_SUMMARY": self.temp / f"summary-{self.count}",
        }
        for file in files.values():
            file.touch()
        given = {name: self._expand(f"{v}", values) for name, v in step.get("env", {}).items()}
        assert step["shell"] == "bash"
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env={
                **self.environment,
                "PATH": f"{self.temp / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_REPOSITORY": "our/repo",
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temp),
                "FAKE_COMMENTS": str(self.comments),
                **{name: str(file) for name, file in files.items()},
                **given,
            },
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        outputs = {n: v for n, _, v in _OUTPUT.findall(files["GITHUB_OUTPUT"].read_text())}
        return ended, outputs, files["GITHUB_STEP_SUMMARY"].read_text()
