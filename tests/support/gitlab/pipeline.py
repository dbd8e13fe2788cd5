"""Which jobs a pipeline has, as GitLab decides it, and how the pipeline ends.

After https://docs.gitlab.com/ci/yaml/#rules and, for what the docs leave open, GitLab's
`lib/gitlab/ci/build/rules`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.gitlab.event import PROJECT, Event
from tests.support.gitlab.expression import is_true

_STAGES = (".pre", "build", "test", "deploy", ".post")


class NoPipeline(Exception):
    """GitLab makes none: a mistake in the configuration."""


@dataclass(frozen=True)
class Variable:
    """A CI/CD variable of the project's settings."""

    name: str
    value: str
    scope: str = "*"
    is_protected: bool = False


@dataclass(frozen=True)
class Job:
    """A job of a pipeline."""

    name: str
    config: Mapping[str, Any]
    when: str
    allow_failure: bool
    variables: Mapping[str, str]
    is_interruptible: bool = False
    """Whether a newer commit may stop it, and with it the whole pipeline."""

    @property
    def is_manual(self) -> bool:
        return self.when == "manual"


def create_pipeline(
    config: Mapping[str, Any], event: Event, settings: tuple[Variable, ...] = ()
) -> Mapping[str, Job]:
    """The jobs by name, in the order of their stages; none of them: GitLab makes no pipeline."""
    jobs: dict[str, Job] = {}
    for name in config:
        if name.startswith("."):
            continue
        entry = _extend(config, name)
        rule = _match(entry["rules"], event)
        if rule is None or rule.get("when") == "never":
            continue
        variables = {**entry.get("variables", {}), **event.all_variables()}
        jobs[name] = Job(
            name=name,
            config=entry,
            when=rule.get("when", "on_success"),
            allow_failure=rule.get("allow_failure", False),
            variables={**variables, **_handed_out(entry, event, settings)},
            is_interruptible=rule.get("interruptible", entry.get("interruptible", False)),
        )
    for job in jobs.values():
        for needed in job.config.get("needs", []):
            if needed not in jobs:
                raise NoPipeline(f"'{job.name}' job needs '{needed}' job, which is not there")
    return dict(sorted(jobs.items(), key=lambda item: _STAGES.index(item[1].config["stage"])))


def pipeline_status(jobs: Mapping[str, Job], ended: Mapping[str, bool]) -> str:
    """How the pipeline stands once these jobs have ended (true: well); others have not been run."""
    if any(not ended.get(name, True) and not job.allow_failure for name, job in jobs.items()):
        return "failed"
    waiting = [job for name, job in jobs.items() if name not in ended]
    if any(not job.is_manual for job in waiting):
        return "running"
    return "success" if all(job.allow_failure for job in waiting) else "blocked"


def can_start(job: Job, ended: Mapping[str, bool]) -> bool:
    """Whether all jobs that this one needs have ended well."""
    return all(ended.get(needed, False) for needed in job.config["needs"])


def _extend(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    job = dict(config[name])
    if "extends" not in job:
        return job
    base = _extend(config, job.pop("extends"))
    return _merge(base, job)


def _merge(base: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in job.items():
        both_are_maps = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merge(base[key], value) if both_are_maps else value
    return merged


def _match(rules: list[Mapping[str, Any]], event: Event) -> Mapping[str, Any] | None:
    """The first rule of which all clauses hold."""
    for rule in rules:
        if "if" in rule and not is_true(rule["if"], event.all_variables()):
            continue
        if "changes" in rule and not _has_changed(rule["changes"], event.changed):
            continue
        return rule
    return None


def _has_changed(globs: list[str], changed: tuple[str, ...] | None) -> bool:
    if changed is None:
        return True
    return any(_glob(glob).fullmatch(path) for glob in globs for path in changed)


def _glob(glob: str) -> re.Pattern[str]:
    """Ruby's File.fnmatch with FNM_PATHNAME and FNM_DOTMATCH: `**/` is any folders, also none."""
    parts = re.split(r"(\*\*/|\*|\?)", glob)
    meaning = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts))


def _handed_out(
    job: Mapping[str, Any], event: Event, settings: tuple[Variable, ...]
) -> Mapping[str, str]:
    """The variables of the settings that this job gets: of its environment, and of its project."""
    environment = job.get("environment", {}).get("name")
    return {
        variable.name: variable.value
        for variable in settings
        if event.project == PROJECT
        and (event.is_protected or not variable.is_protected)
        and variable.scope in {"*", environment}
    }
