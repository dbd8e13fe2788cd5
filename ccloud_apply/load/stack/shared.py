"""What a stack shares with others: defaults, templates, variables and policy of several files.

Weakest first: the project, the files that the stack extends, the stack file itself. Which of it a
server gets belongs to `layers.py`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.stack_schema import BASE_KEYS
from ccloud_apply.load.schema.validate_source import ValidatedSource
from ccloud_apply.load.stack.interpolate import ALL_ROOTS, Findings, check_templates
from ccloud_apply.load.stack.merge import put_over
from ccloud_apply.load.text.collector import (
    CollectorFullError,
    DiagnosticCollector,
    RecordingCollector,
)
from ccloud_apply.load.text.format_values import spell_path
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.diagnostic import Diagnostic

_MERGED_BY_NAME = tuple(
    name for name in BASE_KEYS if name not in ("extends", "defaults", "templates", "policy")
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """Fields that servers get from one place of one file.

    `path` is where it stands there, such as `templates.small`. `is_foreign` marks one of another
    file than the stack's, which may say more than this stack uses; `problems` are what is wrong
    with its expressions, whatever the stack.
    """

    path: tuple[str, ...]
    fields: Mapping[str, Node]
    weight: int = 0
    is_foreign: bool = False
    problems: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedFile:
    """What the valid part of one file shares: the same for every stack that extends it.

    `broken` and `is_complete` are as in `Shared`.
    """

    root: Node
    defaults: Layer | None
    templates: Mapping[str, Layer]
    broken: frozenset[str]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """All of it. `defaults` are the weakest first; of `templates` with one name the last counts.

    `broken` are the names of templates with an error, and without `is_complete` there may be more.
    `policies` are those of the files, the weakest first. `sections` are all others: in each, the
    last file that has a name says its value.
    """

    defaults: tuple[Layer, ...] = ()
    templates: Mapping[str, Layer] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    is_complete: bool = True
    policies: tuple[Node, ...] = ()
    sections: Mapping[str, Node] = field(default_factory=dict)

    def layers(self) -> Iterator[Layer]:
        """Every layer, used or not."""
        yield from self.defaults
        yield from self.templates.values()


def read_shared(source: ValidatedSource, *, is_foreign: bool = False) -> SharedFile:
    """What a valid file shares; `is_foreign` says that it is not the stack's own."""
    defaults, named = (source.root.child(name) for name in ("defaults", "templates"))
    cut = [path for path in source.broken if path[0] in ("templates", "extends")]
    return SharedFile(
        root=source.root,
        defaults=None
        if defaults is None
        else _make_layer(("defaults",), defaults, is_foreign=is_foreign),
        templates={
            name: _make_layer(("templates", name), node, is_foreign=is_foreign)
            for name, node in (named.items() if named is not None else ())
        },
        broken=frozenset(str(p[1]) for p in cut if p[0] == "templates" and len(p) > 1),
        is_complete=all(len(path) > 1 and path[0] != "extends" for path in cut),
    )


def share(written: SharedFile, bases: Sequence[SharedFile], project: Node | None) -> Shared:
    """What the valid files share; `project` are the defaults of the project file."""
    files = (*bases, written)
    layers = [] if project is None else [_make_layer(("defaults",), project, is_foreign=True)]
    templates: dict[str, Layer] = {}
    for file in files:
        if file.defaults is not None:
            layers.append(file.defaults)
        templates.update(file.templates)
    roots = [file.root for file in files]
    return Shared(
        defaults=tuple(layers),
        templates=templates,
        broken=frozenset().union(*(file.broken for file in files)),
        is_complete=all(file.is_complete for file in files),
        policies=tuple(filter(None, (root.child("policy") for root in roots))),
        sections=_merge_sections(roots),
    )


def check_layers(
    shared: Shared, variables: Collection[str], collector: DiagnosticCollector
) -> None:
    """Report every expression of a layer that is invalid for any server, used or not.

    `variables` are those that are declared; other files may name more than this stack has.
    """
    for layer in shared.layers():
        if layer.is_foreign:
            collector.take(*layer.problems)
        else:
            _check(layer.path, layer.fields, variables, collector)


def _make_layer(path: tuple[str, ...], node: Node, *, is_foreign: bool) -> Layer:
    fields = dict(node.items())
    weight = sum(child.weight for child in fields.values())
    found = RecordingCollector("")
    if is_foreign:
        with suppress(CollectorFullError):  # whoever takes what was found has the same limit
            _check(path, fields, None, found)
    return Layer(
        path=path,
        fields=fields,
        weight=weight,
        is_foreign=is_foreign,
        problems=tuple(found.taken),
    )


def _check(
    path: tuple[str, ...],
    fields: Mapping[str, Node],
    variables: Collection[str] | None,
    collector: DiagnosticCollector,
) -> None:
    for name, node in fields.items():
        if node.is_dynamic:
            findings = Findings(collector, spell_path((*path, name)))
            check_templates(node, ALL_ROOTS, variables, findings)


def _merge_sections(files: Sequence[Node]) -> dict[str, Node]:
    """Every other section; a value is that of the last file that has its name."""
    merged: dict[str, Node] = {}
    for name in _MERGED_BY_NAME:
        for node in (file.child(name) for file in files):
            if node is not None and node.value:
                merged[name] = put_over(merged.get(name), node)
    return merged
