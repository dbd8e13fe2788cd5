"""No part of the product keeps a list of fields or of operations by hand, but for those named here.

What handles every field alike asks the fields. A list that stands here is about one matter that is
no field's own: a resource that the account limits, a catalogue, the keys of a document.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

from ccloud_apply.api.http import error_mapping
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.operations import OPERATIONS
from tests.conftest import ROOT
from tests.support.builders import live

PACKAGE = ROOT / "ccloud_apply"
OWNERS = ("aspects/fields/", "sandbox/", "render/", "api/decode/", "operations.py", "api/client.py")
"""Where fields and operations are at home. `tests/unit/render/test_no_field_names.py` has its own
list of what documents prescribe."""

LISTED: Mapping[str, str] = {
    "api/account_reader.py": "what is read once for the account",
    "api/catalogue_reader.py": "catalogues",
    "api/http/error_mapping.py": "secrets of request bodies, held against the fields below",
    "api/http/redaction.py": "names of servers in answers, which are never masked",
    "aspects/lib/references.py": "`type` and `description` are words of JSON Schema",
    "aspects/lib/drives.py": "operations that drives and boot order share",
    "cli/params/new.py": "flags of one command, held against the fields by its test",
    "cli/params/sandbox.py": "resources that the account limits",
    "fleet/config/schema.py": "words of JSON Schema, and keys of fleet.yaml",
    "fleet/config/schema_parts.py": "`type` and `description` are words of JSON Schema",
    "fleet/config/schema_rules.py": "`type` and `description` are words of JSON Schema",
    "fleet/config/schema_sources.py": "words of JSON Schema, and keys of fleet.yaml",
    "fleet/config/schema_web.py": "`type` and `description` are words of JSON Schema",
    "load/editor/catalogue.py": "catalogues, and the fields that name what is in them",
    "load/editor/documents.py": "headings of the docs",
    "load/editor/snippets.py": "what a person writes first",
    "load/schema/interpolation_schema.py": "`type` and `description` are words of JSON Schema",
    "load/schema/lifecycle.py": "`type` and `description` are words of JSON Schema",
    "load/schema/project_schema.py": "limits of the platform, and words of JSON Schema",
    "load/schema/section_schema.py": "words of JSON Schema",
    "load/schema/server_schema.py": "words of JSON Schema, and fields that a server alone has",
    "load/schema/stack_schema.py": "`type` and `description` are words of JSON Schema",
    "load/schema/variable_schema.py": "the same",
    "load/schema/window_schema.py": "`type` and `description` are words of JSON Schema",
    "load/write/first_stack.py": "the comments of a first stack",
    "model/limits.py": "limits of the platform and their settings",
    "plan/account.py": "reads of the account's own resources",
    "plan/billing/move.py": "operations of one command, and what a subscription holds",
    "plan/checks/catalogues/gpus.py": "catalogues of one check",
    "plan/checks/catalogues/isos.py": "operations that one check is about",
    "plan/checks/catalogues/subnets.py": "fields that one check is about",
    "plan/checks/lib/base.py": "what catalogues are read for",
    "plan/checks/reads.py": "what catalogues are read for",
    "plan/checks/rules/limits.py": "resources that the account limits",
    "plan/views/rehearsal_copy.py": "resources that the account limits, and catalogues",
    "plan/timing/steps.py": "the tasks that operations start",
    "workflows/catalog.py": "catalogues",
    "workflows/rehearsal/rehearse.py": "resources that the account limits",
}


def _collections(tree: ast.AST) -> Iterator[set[str]]:
    """The texts of each tuple, list, set, mapping's keys and match of a module."""
    for node in ast.walk(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = list(node.elts)
        elif isinstance(node, ast.Dict):
            parts = list(node.keys)
        elif isinstance(node, ast.Match):
            values = (case.pattern for case in node.cases)
            parts = [value.value for value in values if isinstance(value, ast.MatchValue)]
        flat = [e for part in parts for e in (part.elts if isinstance(part, ast.Tuple) else [part])]
        yield {e.value for e in flat if isinstance(e, ast.Constant) and isinstance(e.value, str)}


def _has_list(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        len(found & names) > 1
        for found in _collections(tree)
        for names in (ASPECTS.keys(), OPERATIONS.keys())
    )


def test_only_the_modules_that_are_named_here_keep_a_list_of_fields_or_operations() -> None:
    names = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    others = {name: path for name, path in names.items() if not name.startswith(OWNERS)}
    assert {name for name, path in others.items() if _has_list(path)} == LISTED.keys()


def test_no_message_quotes_a_field_that_is_sensitive() -> None:
    sensitive = {name for name, aspect in ASPECTS.items() if aspect.is_sensitive}
    assert sensitive <= error_mapping._SECRET_FIELDS


def test_each_part_of_what_a_server_is_priced_by_is_told_by_one_field() -> None:
    told = [name for aspect in ASPECTS.values() for name in aspect.live_shape(live())]
    assert sorted(told) == sorted(each.name for each in fields(Shape))
