"""The component as a file of a user's own repository, which any GitLab from 17.0 on can include.

`python -m tests.support.gitlab.local_copy` prints it, for integrations/gitlab/pipeline.
The component itself knows its commit; this file names it, where `new --pipeline` writes the one of
the release.
"""

import sys

from tests.conftest import ROOT

COMPONENT = ROOT / "templates/ccloud-apply/template.yml"
HOME = "https://HOME_HOST/HOME_OWNER/HOME_NAME"

_HEAD = """\
# The jobs of ccloud-apply. Its guide to GitLab says how to set them up.
# `commit` below is the only place that says which ccloud-apply this repository uses.
"""


def local_copy(component: str) -> str:
    """The text of the file, with the blanks that `new --pipeline` fills."""
    head, _, rest = component.partition("spec:\n")
    assert head.startswith("#")
    text = _replace(f"{_HEAD}spec:\n{rest}", "  component: [sha]\n", "")
    start = text.index("default: https://")
    end = text.index("\n", start)
    text = f"{text[:start]}default: {HOME}{text[end:]}"
    return _replace(
        text,
        '      commit="$[[ component.sha ]]"\n',
        f"      # renovate: datasource=git-tags depName={HOME}\n"
        f'      commit="{"0" * 40}" # vHOME_VERSION\n',
    )


def _replace(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


if __name__ == "__main__":
    sys.stdout.write(local_copy(COMPONENT.read_text()))
