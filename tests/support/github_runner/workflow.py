"""A whole workflow: whether an event starts it, its jobs by their `needs` and conditions."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from tests.support.github_runner.expressions import Status, fill, holds
from tests.support.github_runner.host import NAME, Event, Host
from tests.support.github_runner.machine import JobRun, Machine

_SKIPPED = "skipped"


@dataclass
class Run:
    """What came of a workflow's run: each job, `NAME` or `NAME (VALUES)` of a matrix."""

    artifacts: Path
    jobs: dict[str, JobRun] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)

    @property
    def results(self) -> Mapping[str, str]:
        """`success`, `failure`, `cancelled` or `skipped`, by job."""
        return {name: job.result for name, job in self.jobs.items()}

    @property
    def log(self) -> str:
        """All that was said."""
        return "\n".join(job.log for job in self.jobs.values())


def load(path: Path) -> Any:
    """A workflow or an action as a host reads it: `on` is a word, and `true` a boolean."""
    document = yaml.safe_load(path.read_text())
    if True in document:
        document["on"] = document.pop(True)
    return document


def run_workflow(
    host: Host,
    name: str,
    event: Event,
    *,
    cancelled: Collection[str] = (),
    again: Run | None = None,
    is_whole: bool = False,
) -> Run | None:
    """Run `workflows/NAME.yml` of the host's folder as it stands at the event's commit; None if the
    event does not start it.

    Jobs named in `cancelled` end so before their first step. `again` is an earlier run: those of
    its jobs that did not pass are run once more, as the host's button does, or all (`is_whole`).
    """
    text = host.git("show", f"{event.commit}:{host.folder}/workflows/{name}.yml")
    path = host.work / f"{name}.yml"
    path.write_text(text)
    workflow = load(path)
    if not _starts(workflow["on"], event):
        return None
    host.runs += 1
    github = _github(host, workflow["name"], event, attempt=1 if again is None else 2)
    run = Run(host.work / f"artifacts-{host.runs}" if again is None else again.artifacts)
    run.groups += _groups(workflow, {"github": github})
    earlier = {} if again is None or is_whole else again.jobs
    passed = {name: job for name, job in earlier.items() if job.result == "success"}
    for id, job in _in_order(workflow):
        if id in passed:
            run.jobs[id] = passed[id]
        else:
            _run_job(host, event, run, id, job, github, is_cancelled=id in cancelled)
    return run


def _in_order(workflow: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The jobs with the workflow's environment, each behind those that it needs."""
    waiting = dict(workflow["jobs"])
    while waiting:
        id = next(id for id, job in waiting.items() if not {*_needs(job)} & {*waiting})
        job = waiting.pop(id)
        yield id, {**job, "env": {**workflow.get("env", {}), **job.get("env", {})}}


def _run_job(
    host: Host,
    event: Event,
    run: Run,
    id: str,
    job: Mapping[str, Any],
    github: Mapping[str, Any],
    *,
    is_cancelled: bool,
) -> None:
    """Run a job, once for each entry of its matrix, or skip it."""
    needs = {one: _need(run, one) for one in _needs(job)}
    contexts = {"github": github, "needs": needs, "inputs": {}}
    results = [one["result"] for one in needs.values()]
    status = Status(any(one != "success" for one in results), "cancelled" in results)
    if not holds(job.get("if", ""), contexts, status):
        run.jobs[id] = JobRun(result=_SKIPPED)
        return
    for matrix in _combine(job):
        label = f"{id} ({', '.join(matrix.values())})" if matrix else id
        given = {**contexts, "matrix": matrix}
        run.groups += _groups(job, given)
        if is_cancelled:
            run.jobs[label] = JobRun(result="cancelled")
        else:
            run.jobs[label] = Machine(host, event, job, given, run.artifacts).run()


def _needs(job: Mapping[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)


def _need(run: Run, id: str) -> Mapping[str, Any]:
    """How a job is seen by those behind it; all jobs of a matrix are one."""
    found = [job for name, job in run.jobs.items() if name == id or name.startswith(f"{id} (")]
    results = [job.result for job in found]
    worst = next((one for one in ("failure", "cancelled") if one in results), results[0])
    return {"result": worst, "outputs": found[-1].outputs}


def _combine(job: Mapping[str, Any]) -> list[dict[str, str]]:
    matrix: Mapping[str, list[str]] = job.get("strategy", {}).get("matrix", {})
    return [dict(zip(matrix, values, strict=True)) for values in product(*matrix.values())]


def _groups(part: Mapping[str, Any], contexts: Mapping[str, Any]) -> list[str]:
    concurrency = part.get("concurrency")
    return [fill(concurrency["group"], contexts)] if concurrency else []


def _starts(on: Mapping[str, Any], event: Event) -> bool:
    if event.name not in on:
        return False
    asked = on[event.name] or {}
    if not isinstance(asked, Mapping):  # a list of schedules
        return True
    has_branch = "branches" not in asked or event.branch in asked["branches"]
    patterns = [_pattern(one) for one in asked.get("paths", ())]
    has_path = not patterns or any(one.fullmatch(path) for one in patterns for path in event.paths)
    return has_branch and has_path


def _pattern(text: str) -> re.Pattern[str]:
    """A filter of paths: `*` ends at a slash, `**` does not."""
    parts = re.split(r"(\*\*|\*)", text)
    words = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts))


def _github(host: Host, workflow: str, event: Event, attempt: int) -> dict[str, Any]:
    return {
        "workflow": workflow,
        "event_name": event.name,
        "event": event.payload,
        "ref": event.ref,
        "sha": event.commit,
        "repository": NAME,
        "run_id": f"{9000 + host.runs}",
        "run_number": f"{host.runs}",
        "run_attempt": attempt,
    }
