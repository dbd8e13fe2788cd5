"""What the build adds to the metadata: the addresses, and the README as an index shows it.

Both are made of `ccloud_apply/home.py`, so that a package names the repository that it comes from.
Nothing of the running product belongs here.
"""

import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"""(\]\(|\b(?:href|src|srcset)=")([^)"\s]+)""")
_HERE_ALONE = re.compile(
    r"^<!-- repository -->\n.*?^<!-- /repository -->\n", re.MULTILINE | re.DOTALL
)
_INDEX_ALONE = re.compile(r"^<!-- index\n(.*?)^-->\n", re.MULTILINE | re.DOTALL)
_ELSEWHERE = ("http://", "https://", "mailto:")
_PICTURES = (".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")


class PackageMetadata(MetadataHookInterface):
    """Fills in `readme` and `urls`, which pyproject.toml calls dynamic."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        root = Path(self.root)
        home = runpy.run_path(str(root / "ccloud_apply" / "home.py"))
        ref = ref_of(metadata["version"])
        metadata["urls"] = make_urls(home["REPOSITORY_URL"], home["docs_url"](), ref)
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": readme_for_index(
                (root / "README.md").read_text(encoding="utf-8"), home["REPOSITORY_URL"], ref
            ),
        }


def ref_of(version: str) -> str:
    """The tag of a release; of what is built between two of them, the newest commit."""
    return "HEAD" if ".dev" in version or "+" in version else f"v{version}"


def make_urls(repository: str, docs: str, ref: str) -> Mapping[str, str]:
    """The addresses that an index lists beside the package, by their well-known names."""
    return {
        "Homepage": repository,
        "Documentation": docs,
        "Source": f"{repository}/tree/{ref}",
        "Changelog": f"{repository}/blob/{ref}/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def readme_for_index(text: str, repository: str, ref: str) -> str:
    """The README where there is no repository around it: each link is an address.

    What stands between `<!-- repository -->` and `<!-- /repository -->` is left out, and what a
    comment that begins with `<!-- index` holds is shown.
    """
    text = _INDEX_ALONE.sub(r"\1", _HERE_ALONE.sub("", text))
    parts = _FENCED.split(text)
    parts[::2] = [
        _TARGET.sub(lambda found: found[1] + _address(found[2], repository, ref), prose)
        for prose in parts[::2]
    ]
    return "".join(parts)


def _address(target: str, repository: str, ref: str) -> str:
    if target.startswith(_ELSEWHERE):
        return target
    # An index gives headings no anchors: a link within the page goes to the page in the repository.
    path = f"README.md{target}" if target.startswith("#") else target.removeprefix("./")
    shows = "raw" if path.lower().endswith(_PICTURES) else "blob"
    return f"{repository}/{shows}/{ref}/{path}"
