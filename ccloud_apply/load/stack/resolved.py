"""Puts a loaded stack together again, as a file that needs no variable and no defaults."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccloud_apply.load.stack.expand import Instance
from ccloud_apply.load.stack.origins import OriginFinder
from ccloud_apply.load.text.node import Node, to_source
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.results.resolved import ResolvedStack, ResolvedValue


@dataclass(slots=True)
class Record:
    """What the loader keeps for this: the fields of each server as nodes, and the sections.

    `fields` are by the expanded key.
    """

    fields: dict[str, tuple[Instance, Mapping[str, Node]]] = field(default_factory=dict)
    sections: dict[str, Node] = field(default_factory=dict)


def build_resolved(
    stack: Stack, record: Record, finder: OriginFinder, env: str | None
) -> ResolvedStack:
    """The stack as one mapping: what it says of itself, then its servers."""
    parts = {"stack": ResolvedValue(value=stack.name, source=stack.source)}
    for name, node in record.sections.items():
        parts[name] = finder.resolve(node)
    parts["servers"] = ResolvedValue(
        value={spec.key: _build_server(spec, record, finder) for spec in stack.servers}
    )
    if stack.moved:
        parts["moved"] = ResolvedValue(
            value=tuple(_pair(one.before, one.after, one.source) for one in stack.moved)
        )
    if stack.released:
        released = (ResolvedValue(value=one.key, source=one.source) for one in stack.released)
        parts["released"] = ResolvedValue(value=tuple(released))
    root = ResolvedValue(value=parts)
    return ResolvedStack(name=stack.name, path=stack.path, root=root, env=env)


def _build_server(spec: ServerSpec, record: Record, finder: OriginFinder) -> ResolvedValue:
    instance, fields = record.fields[spec.key]
    parts = {name: finder.resolve(node, instance) for name, node in fields.items()}
    needed = instance.entry.child("depends_on")
    if spec.depends_on and needed is not None:
        source = to_source(needed.place)
        keys = (ResolvedValue(value=key, source=source) for key in spec.depends_on)
        parts["depends_on"] = ResolvedValue(value=tuple(keys), source=source)
    return ResolvedValue(value=parts, source=spec.declared_at)


def _pair(before: str, after: str, source: SourceRange) -> ResolvedValue:
    names = {"from": before, "to": after}
    return ResolvedValue(
        value={name: ResolvedValue(value=key, source=source) for name, key in names.items()},
        source=source,
    )
