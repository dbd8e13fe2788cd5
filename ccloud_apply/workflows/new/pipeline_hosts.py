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
    "set the secrets CCLOUD_READ_CLIENT_ID and CCLOUD_READ_CLIENT_SECRET of the environment"
    " ccloud-read,",
    "and CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET of the environment ccloud-production, which has"
    " required reviewers",
    "require the check `ccloud-apply` for the branch",
)

_GITHUB_NIGHTLY_STEPS = (
    "set CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET of the environment ccloud-nightly too, without"
    " reviewers, and",
    "limit it to the default branch: else every branch gets them",
)
_GITLAB_STEPS = (
    "set the variables CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET twice: for the environment scope"
    " ccloud-read,",
    "not protected, of credentials that may only read; and for ccloud-production, protected",
    "have a schedule of every night, which looks for drift",
)
_GITEA_STEPS = (
    "set the secrets CCLOUD_READ_CLIENT_ID and CCLOUD_READ_CLIENT_SECRET, of credentials that may"
    " only read,",
    "and CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET",
    "protect the branch: approvals, the check `ccloud-plan`, no outdated pull requests",
)

PIPELINE_HOSTS: Mapping[str, PipelineHost] = {
    "github": PipelineHost(
        title="GitHub Actions",
        guide="guides/ci-github",
        nightly=frozenset({".github/workflows/ccloud-nightly.yml"}),
        kept={".github/dependabot.yml": "let it look into /.github/actions/ccloud-apply too"},
        steps=_GITHUB_STEPS,
        nightly_steps=_GITHUB_NIGHTLY_STEPS,
    ),
    "gitlab": PipelineHost(
        title="GitLab",
        guide="guides/ci-gitlab",
        kept={".gitlab-ci.yml": "let it include .gitlab/ccloud-apply.yml, with these inputs"},
        steps=_GITLAB_STEPS,
        nightly_steps=(
            "have another one that applies: with the variable CCLOUD_NIGHTLY set to apply,",
            "or, where schedules have no variables, with the input `schedule` set to apply",
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
            ".forgejo/workflows": "Forgejo reads it and not .gitea/workflows:"
            " move the new files there",
            ".github/workflows": "it is not read beside .gitea/workflows:"
            " move what is to run there",
        },
        has_groups=True,
    ),
}
"""By the names that `new --pipeline` takes."""
