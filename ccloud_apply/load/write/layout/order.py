"""The order in which keys are written, by the place of their mapping in a file.

What a person orders stays: servers, variables, addons, items of lists, values of a field. Keys
that no order names follow those that one names, as they stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cache

from ccloud_apply.aspects.registry import ASPECTS, place_in_file
from ccloud_apply.load.schema.parts import Schema
from ccloud_apply.load.schema.project_schema import build_project_schema
from ccloud_apply.load.schema.stack_schema import build_file_schema
from ccloud_apply.load.write.layout.tree import Block, Document, Entry

_FIRST = ("enabled", "hostname", "for_each", "count", "template")
_LAST = ("depends_on", "lifecycle")


class Kind(StrEnum):
    """What a file is: it decides about the order of its keys alone."""

    STACK = "stack"
    PROJECT = "project"
    OTHER = "other"


def sort_keys(document: Document, kind: Kind) -> None:
    """Put the keys of every mapping in order; all stay in a file with aliases, which would come
    before their anchors."""
    if not document.has_alias:
        _sort_block(document.root, kind, ())


def _sort_block(block: Block, kind: Kind, path: tuple[str | int, ...]) -> None:
    names = [plain_key(entry.key or "") for entry in block.entries]
    for number, (entry, name) in enumerate(zip(block.entries, names, strict=True)):
        if isinstance(entry.value, Block):
            _sort_block(entry.value, kind, (*path, name if block.is_mapping else number))
    ranks = {name: rank for rank, name in enumerate(key_order(kind, path))}
    if block.is_mapping and ranks:
        groups = _split_groups(block.entries) if path else [block.entries]
        block.entries = [entry for group in groups for entry in _sort_group(group, ranks, path)]


def _split_groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries between empty lines: a group that a person has made stays together."""
    groups: list[list[Entry]] = []
    for entry in entries:
        if not groups or (entry.head[0].has_blank if entry.head else entry.has_blank):
            groups.append([])
        groups[-1].append(entry)
    return groups


def _sort_group(
    group: Sequence[Entry], ranks: Mapping[str, int], path: Sequence[str | int]
) -> list[Entry]:
    """The group in order. The sections of a file take their empty lines along; under a key the
    empty line stays above the group, and so does a comment, which may be its heading."""
    pinned = 1 if path and group[:1] and group[0].head else 0
    rest = sorted(group[pinned:], key=lambda e: ranks.get(plain_key(e.key or ""), len(ranks)))
    if path and not pinned:
        has_blank, group[0].has_blank = group[0].has_blank, False
        first = rest[0]
        if first.head:
            first.head[0] = replace(first.head[0], has_blank=has_blank)
        else:
            first.has_blank = has_blank
    return [*group[:pinned], *rest]


def plain_key(key: str) -> str:
    """A key without its quotes: the names that have an order need no escapes."""
    return key[1:-1] if key[:1] in ("'", '"') and key[-1:] == key[:1] else key


def key_order(kind: Kind, path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys of the mapping at this path, in order; empty where its keys stay as they stand."""
    if kind is Kind.STACK:
        return _stack_order(tuple(path))
    return _project_order(tuple(path)) if kind is Kind.PROJECT else ()


def _stack_order(path: tuple[str | int, ...]) -> tuple[str, ...]:
    match path:
        case ():
            return tuple(build_file_schema()["properties"])
        case ("account",):
            return _part_order("account")
        case ("moved", int()):
            return _part_order("move")
        case _:
            return _shared_order(path)


def _project_order(path: tuple[str | int, ...]) -> tuple[str, ...]:
    match path:
        case ():
            return tuple(build_project_schema()["properties"])
        case ("account",) | ("environments", str(), "account"):
            return _part_order("expected_account", build_project_schema())
        case ("environments", str()):
            return _part_order("environment", build_project_schema())
        case ("environments", str(), *rest):
            return _shared_order(tuple(rest))
        case _:
            return _shared_order(path)


def _shared_order(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """What stacks, files that they extend, projects and environments have alike."""
    match path:
        case ("policy",):
            return _part_order("policy")
        case ("defaults",) | ("servers" | "templates", str()):
            return server_order()
        case ("defaults", "lifecycle") | ("servers" | "templates", str(), "lifecycle"):
            return _part_order("lifecycle")
        case _:
            return ()


@cache
def server_order() -> tuple[str, ...]:
    """The keys of a server: how many, its fields as `export` writes them, how it may change."""
    fields = sorted(ASPECTS.values(), key=place_in_file)
    return (*_FIRST, *(aspect.field for aspect in fields), *_LAST)


def _part_order(name: str, schema: Schema | None = None) -> tuple[str, ...]:
    definition = (build_file_schema() if schema is None else schema)["$defs"][name]
    for branch in definition.get("anyOf", ()):
        definition = branch if "properties" in branch else definition
    return tuple(definition["properties"])
