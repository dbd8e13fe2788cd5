"""The documents that editors get: their files, and the sections of the docs that they lead to."""

from collections.abc import Mapping
from dataclasses import replace

from ccloud_apply.home import docs_url
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.editor.snippets import ROOT, Snippet

SCHEMAS = docs_url("schemas")
"""What schemas are called by: where the site of the docs has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One of the schemas: its file, and the page of the docs that its texts lead to.

    `sections` are headings by the name of a definition or a property at the top; `section` is that
    of all others.
    """

    name: str
    page: str
    section: str
    sections: Mapping[str, str]
    root: tuple[Snippet, ...] = ()

    def page_address(self, docs: str | None) -> str:
        """The page's address: in the folder `docs`, or else in the site of the docs."""
        if docs is None:
            return docs_url(self.page.removesuffix(".md"))
        return f"{docs.rstrip('/')}/{self.page}"


STACK_DOCUMENT = Document(
    name="stack.schema.json",
    page="reference/stack-file.md",
    section="a-server",
    sections={
        **{name: "the-document" for name in ("stack", "extends", "servers", "defaults")},
        "templates": "the-document",
        **{name: "the-document" for name in ("move", "moved", "released", "renamed")},
        **{name: name for name in ("lifecycle", "policy", "account")},
        **{name: "subnets-by-name" for name in ("subnets", "subnets_intern")},
        **{name: "types-of-variables" for name in ("variable_type", "variable_attribute")},
        "variables": "variables",
        "variable_types": "types-of-variables",
        "interpolation": "interpolation",
        "ignore_changes": "ignored-changes",
    },
    root=ROOT,
)
PROJECT_DOCUMENT = Document(
    name="project.schema.json",
    page="reference/project-file.md",
    section="keys",
    sections={
        **{name: name for name in ("stacks", "limits", "environments")},
        **{name: "account" for name in ("account", "expected_account")},
        "environment": "environments",
    },
)

FLEET_DOCUMENT = Document(
    name="fleet.schema.json",
    page="reference/fleet-file.md",
    section="keys",
    sections={name: name for name in ("accounts", "sources", "rules", "notify", "keep", "web")},
)

BASE_DOCUMENT = replace(STACK_DOCUMENT, name="base.schema.json", root=())
