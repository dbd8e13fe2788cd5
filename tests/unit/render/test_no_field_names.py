"""Renderers know kinds of values. A field that is new, or renamed, touches none of them."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import ccloud_apply.render as package
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.operations import OPERATIONS

FOLDER = Path(next(iter(package.__path__)))

ALLOWED: Mapping[str, frozenset[str]] = {
    # Attributes that Terraform's document has as objects, by position and by name; and the tags,
    # of which ours stand apart.
    "plan/terraform/values.py": frozenset({"disks", "addons", "tags"}),
    # `type` is a key of Terraform's own resources.
    "plan/terraform/document.py": frozenset({"type"}),
    # What a subscription holds, and units beside numbers: nothing of a stack file.
    "billing/subscriptions_json.py": frozenset(
        {"addons", "cores", "custom_name", "memory", "pool", "tags"}
    ),
    "billing/subscriptions_text.py": frozenset({"addons", "cores", "pool", "tags"}),
    # Keys of the contract's documents. `type` is that of an event.
    "apply/events_json.py": frozenset({"type"}),
    "drift/event.py": frozenset({"type"}),
    "fleet/change.py": frozenset({"type"}),
    # Words of JSON Schema.
    "api/operation_help.py": frozenset({"description", "password", "type"}),
    # The name of a column.
    "drift/html_document.py": frozenset({"tags"}),
    "drift/json_document.py": frozenset({"custom_name", "tags"}),
    "explain/json_document.py": frozenset({"custom_name"}),
    "inventory/document.py": frozenset(
        {"cores", "custom_name", "image", "memory", "pool", "tags", "type"}
    ),
    "inventory/html_document.py": frozenset({"cores", "memory", "tags"}),
    # Groups by pool: `pool_POOL`.
    "inventory/groups.py": frozenset({"pool"}),
    "other/rehearsal_json.py": frozenset(
        {"addons", "cores", "custom_name", "memory", "pool", "tags", "type"}
    ),
}
"""What the formats themselves prescribe, and nothing that a renderer decides by."""


def _literals(path: Path) -> Iterator[str]:
    """Every string of a module, and the fixed parts of its f-strings."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _names_in(path: Path) -> set[str]:
    names = {literal.strip(".").partition(".")[0] for literal in _literals(path)}
    return names & ASPECTS.keys()


def test_no_renderer_knows_the_name_of_a_field() -> None:
    found = {
        path.relative_to(FOLDER).as_posix(): names
        for path in FOLDER.rglob("*.py")
        if (names := _names_in(path))
    }
    assert found == ALLOWED


def test_no_renderer_knows_an_operation() -> None:
    known = {
        path.name: names
        for path in FOLDER.rglob("*.py")
        if (names := {text for text in _literals(path) if text in OPERATIONS})
    }
    assert known == {}
