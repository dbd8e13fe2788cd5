"""What starts a pipeline, and the variables that GitLab makes of it.

After https://docs.gitlab.com/ci/variables/predefined_variables/ and
https://docs.gitlab.com/ci/pipelines/merge_request_pipelines/.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PROJECT, FORK = "1", "2"


@dataclass(frozen=True)
class Event:
    """One event; without `changed` GitLab compares with nothing, and `changes` is true."""

    variables: Mapping[str, str]
    changed: tuple[str, ...] | None
    is_protected: bool = False
    """Whether the pipeline gets protected variables."""
    project: str = PROJECT
    """In which project the pipeline runs: its variables count."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Variables of the schedule."""

    def all_variables(self) -> Mapping[str, str]:
        return {
            "CI_DEFAULT_BRANCH": "main",
            "CI_PROJECT_ID": self.project,
            **self.variables,
            **self.given,
        }


def push(*changed: str, branch: str = "main", is_new: bool = False) -> Event:
    """A push to a branch; main is protected. A new branch has nothing to be compared with."""
    variables = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": branch}
    return Event(variables, None if is_new else changed, is_protected=branch == "main")


def tag() -> Event:
    """A pushed tag."""
    return Event({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "v1"}, None)


def by_hand(branch: str = "main") -> Event:
    """The button "New pipeline"."""
    variables = {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": branch}
    return Event(variables, None, is_protected=branch == "main")


def schedule(branch: str = "main", **given: str) -> Event:
    """A scheduled pipeline with variables of its own."""
    variables = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": branch}
    return Event(variables, None, is_protected=branch == "main", given=given)


def merge_request(
    *changed: str,
    kind: str = "detached",
    source: str = PROJECT,
    project: str = PROJECT,
    are_branches_protected: bool = False,
    **more: str,
) -> Event:
    """A merge request into main; `kind` is detached, merged_result or merge_train.

    A fork's pipeline runs in the fork, or in the project if one of its members starts it. Protected
    variables are for branches of the project that are both protected (and from GitLab 18.1 on).
    """
    variables = {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_EVENT_TYPE": kind,
        "CI_MERGE_REQUEST_PROJECT_ID": PROJECT,
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        **more,
    }
    is_protected = are_branches_protected and source == project == PROJECT
    return Event(variables, changed, is_protected=is_protected, project=project)
