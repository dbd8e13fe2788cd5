"""What a stack shares with others: defaults, templates, variables and policy of several files.

Weakest first: the project, the files that the stack extends, the stack file itself. Which of it a
server gets belongs to `layers.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.stack_schema import BASE_KEYS
from ccloud_apply.load.schema.validate_source import ValidatedSource
from ccloud_apply.load.stack.merge import put_over
from ccloud_apply.load.text.node import Node

_MERGED_BY_NAME = tuple(
    name for name in BASE_KEYS if name not in ("extends", "defaults", "templates", "policy")
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """Fields that servers get from one place of one file.

    `path` is where it stands there, such as `templates.small`. `is_foreign` marks one of another
    file than the stack's, which may say more than this stack uses.
    """

    path: tuple[str, ...]
    fields: Mapping[str, Node]
    weight: int = 0
    is_foreign: bool = False


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


def share(
    written: ValidatedSource, bases: Sequence[ValidatedSource], project: Node | None
) -> Shared:
    """What the valid files share; `project` are the defaults of the project file."""
    layers = [] if project is None else [_make_layer(("defaults",), project, is_foreign=True)]
    templates: dict[str, Layer] = {}
    broken: set[str] = set()
    is_complete = True
    for source in (*bases, written):
        is_foreign = source is not written
        defaults, named = (source.root.child(name) for name in ("defaults", "templates"))
        if defaults is not None:
            layers.append(_make_layer(("defaults",), defaults, is_foreign=is_foreign))
        for name, node in named.items() if named is not None else ():
            templates[name] = _make_layer(("templates", name), node, is_foreign=is_foreign)
        cut = [path for path in source.broken if path[0] in ("templates", "extends")]
        broken.update(str(path[1]) for path in cut if path[0] == "templates" and len(path) > 1)
        is_complete = is_complete and all(len(path) > 1 and path[0] != "extends" for path in cut)
    roots = [source.root for source in (*bases, written)]
    return Shared(
        defaults=tuple(layers),
        templates=templates,
        broken=frozenset(broken),
        is_complete=is_complete,
        policies=tuple(filter(None, (root.child("policy") for root in roots))),
        sections=_merge_sections(roots),
    )


def _make_layer(path: tuple[str, ...], node: Node, *, is_foreign: bool) -> Layer:
    fields = dict(node.items())
    weight = sum(child.weight for child in fields.values())
    return Layer(path=path, fields=fields, weight=weight, is_foreign=is_foreign)


def _merge_sections(files: Sequence[Node]) -> dict[str, Node]:
    """Every other section; a value is that of the last file that has its name."""
    merged: dict[str, Node] = {}
    for name in _MERGED_BY_NAME:
        for node in (file.child(name) for file in files):
            if node is not None and node.value:
                merged[name] = put_over(merged.get(name), node)
    return merged
