"""As much of GitLab's runner as our jobs need: their scripts are run as they stand.

Artifacts come from the jobs that a job needs, caches from earlier pipelines of the same protection.
Nothing is installed: the command is this checkout's, as in an image that has it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.command import write_command
from tests.support.gitlab.event import Event
from tests.support.gitlab.pipeline import Job

_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")


@dataclass(frozen=True)
class Ended:
    """What came of a job."""

    code: int
    log: str
    artifacts: Path
    """The folder of what the job left, read by the jobs that need it."""

    def read(self, name: str) -> str:
        return (self.artifacts / name).read_text()


@dataclass
class Runner:
    """A runner with a cache of its own; the platform outlives it."""

    repository: Path
    folder: Path
    environment: Mapping[str, str]
    count: int = field(default=0)

    def run(self, job: Job, event: Event, needed: tuple[Ended, ...] = ()) -> Ended:
        """Run the job in a fresh clone."""
        self.count += 1
        work = self.folder / f"job-{self.count}"
        clone = ["git", "clone", "--quiet", str(self.repository), str(work)]
        subprocess.run(clone, check=True, capture_output=True)
        for earlier in needed:
            shutil.copytree(earlier.artifacts, work, dirs_exist_ok=True)
        cache = self._cache(job, event)
        if cache.exists():
            shutil.copytree(cache, work, dirs_exist_ok=True)
        ended = subprocess.run(
            ["bash", "-eo", "pipefail"],
            input="\n".join([*job.config["before_script"], *job.config["script"]]) + "\n",
            cwd=work,
            env=self._environment(job, work),
            capture_output=True,
            text=True,
            check=False,
        )
        paths = job.config.get("cache", {}).get("paths", [])
        _keep(paths, work, cache)
        return Ended(
            ended.returncode, ended.stdout + ended.stderr, self._artifacts(job, work, ended)
        )

    def _environment(self, job: Job, work: Path) -> Mapping[str, str]:
        """The job's variables, expanded by each other; those of the settings have won already."""
        commands = self.folder / "bin"
        if not commands.exists():
            write_command(commands)
            python = commands / "python"
            python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
            python.chmod(0o755)
        known = {**job.variables}
        expanded = {
            name: _VARIABLE.sub(lambda found: known.get(found[1] or found[2], ""), value)
            for name, value in known.items()
        }
        return {
            **self.environment,
            "CI_PROJECT_DIR": str(work),
            "CI_REPOSITORY_URL": str(self.repository),
            **expanded,
            "TMPDIR": str(self.folder),
            "CCLOUD_WORK_DIR": str(self.folder / f"work-{self.count}"),
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        }

    def _artifacts(self, job: Job, work: Path, ended: subprocess.CompletedProcess[str]) -> Path:
        kept = self.folder / f"artifacts-{self.count}"
        kept.mkdir()
        artifacts = job.config.get("artifacts", {})
        if ended.returncode == 0 or artifacts.get("when") == "always":
            _keep([*artifacts.get("paths", []), *artifacts.get("reports", {}).values()], work, kept)
        return kept

    def _cache(self, job: Job, event: Event) -> Path:
        key = job.config.get("cache", {}).get("key", "default")
        return self.folder / "caches" / f"{key}-{'' if event.is_protected else 'non_'}protected"


def _keep(paths: list[str], work: Path, target: Path) -> None:
    for path in paths:
        if (work / path).exists():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(work / path, target / path)
