"""The hosts that a pipeline can be written for, and what differs between them.

Templates are the files of `integrations/HOST/pipeline/`, each at its place in a repository; what is
filled in belongs to pipeline.py. Another host is a folder there and an entry here.
"""

from collections.abc import Mapping
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineHost:
    """A host of repositories that runs pipelines.

    `guide` is the page of the docs, `nightly` has the files of the nightly apply, which are written
    on demand alone. `kept` has files that a repository may have for other reasons, and what a
    person adds to one that is there. `steps` says what a person does once the files are there,
    `nightly_steps` what more for the nightly apply. `rivals` has folders that the host reads
    instead of ours, or no longer beside it, and what a person does where there is one. With
    `has_groups` a repository may be deeper than OWNER/NAME; without `names_branch` no file names
    the branch that is applied.
    """

    title: str
    guide: str
    nightly: frozenset[str] = frozenset()
    kept: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    nightly_steps: tuple[str, ...] = ()
    rivals: Mapping[str, str] = field(default_factory=dict)
    has_groups: bool = False
    names_branch: bool = True


_GITHUB_STEPS = (
    "in the environment ccloud-read, set the secrets CCLOUD_READ_CLIENT_ID and"
    " CCLOUD_READ_CLIENT_SECRET",
    "in the environment ccloud-production, with required reviewers, set CCLOUD_CLIENT_ID and"
    " CCLOUD_CLIENT_SECRET",
    "require the check `ccloud-apply` for the branch",
)

_GITHUB_NIGHTLY_STEPS = (
    "in the environment ccloud-nightly, without reviewers, set CCLOUD_CLIENT_ID and"
    " CCLOUD_CLIENT_SECRET",
    "limit that environment to the default branch, or every branch gets these secrets",
)
_GITLAB_STEPS = (
    "for the environment scope ccloud-read, set the variables CCLOUD_CLIENT_ID and"
    " CCLOUD_CLIENT_SECRET, not protected, to credentials that may only read",
    "for the environment scope ccloud-production, set both again, protected, to credentials"
    " that may"
    " write",
    "add a schedule for every night, which looks for drift",
)
_GITEA_STEPS = (
    "set the secrets CCLOUD_READ_CLIENT_ID and CCLOUD_READ_CLIENT_SECRET to credentials that may"
    " only read",
    "set the secrets CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET to credentials that may write",
    "protect the branch: approvals, the check `ccloud-plan`, no outdated pull requests",
)

PIPELINE_HOSTS: Mapping[str, PipelineHost] = {
    "github": PipelineHost(
        title="GitHub Actions",
        guide="guides/ci-github",
        nightly=frozenset({".github/workflows/ccloud-nightly.yml"}),
        kept={".github/dependabot.yml": "add /.github/actions/ccloud-apply to its directories"},
        steps=_GITHUB_STEPS,
        nightly_steps=_GITHUB_NIGHTLY_STEPS,
    ),
    "gitlab": PipelineHost(
        title="GitLab",
        guide="guides/ci-gitlab",
        kept={".gitlab-ci.yml": "add .gitlab/ccloud-apply.yml to its include, with these inputs"},
        steps=_GITLAB_STEPS,
        nightly_steps=(
            "add another schedule, which applies: set its variable CCLOUD_NIGHTLY to apply, or, if"
            " schedules have no variables, the input `schedule`",
        ),
        has_groups=True,
        names_branch=False,
    ),
    "gitea": PipelineHost(
        title="Gitea and Forgejo",
        guide="guides/ci-gitea",
        nightly=frozenset({".gitea/workflows/ccloud-nightly.yml"}),
        steps=_GITEA_STEPS,
        rivals={
            ".forgejo/workflows": "Forgejo then ignores .gitea/workflows: move the new files there",
            ".github/workflows": "it is ignored now that .gitea/workflows exists:"
            " move the workflows that are to run there",
        },
        has_groups=True,
    ),
}
"""By the names that `new --pipeline` takes."""
