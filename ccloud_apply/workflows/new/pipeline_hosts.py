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
    person adds to one that is there. `steps` says what a person does once the files are there. With
    `has_groups` a repository may be deeper than OWNER/NAME.
    """

    title: str
    guide: str
    nightly: frozenset[str] = frozenset()
    kept: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    has_groups: bool = False


_GITHUB_STEPS = (
    "set the secrets CCLOUD_READ_CLIENT_ID and CCLOUD_READ_CLIENT_SECRET of the environment"
    " ccloud-read,",
    "and CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET of the environment ccloud-production, which has"
    " required reviewers",
    "require the check `ccloud-apply` for the branch",
)

PIPELINE_HOSTS: Mapping[str, PipelineHost] = {
    "github": PipelineHost(
        title="GitHub Actions",
        guide="guides/ci-github",
        nightly=frozenset({".github/workflows/ccloud-nightly.yml"}),
        kept={".github/dependabot.yml": "let it look into /.github/actions/ccloud-apply too"},
        steps=_GITHUB_STEPS,
    ),
}
"""By the names that `new --pipeline` takes."""
