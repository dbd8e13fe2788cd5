"""What the servers of a stack share: defaults, templates, variables and policy of several files.

Weakest first: the project, the files that the stack extends, the stack file itself. Which of it a
server gets belongs to `layers.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ccloud_apply.load.schema.validate_source import ValidatedSource
from ccloud_apply.load.text.node import Node, make_mapping


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
    `variables` and `policy` are merged by name: the last file that has a name says its value.
    """

    defaults: tuple[Layer, ...] = ()
    templates: Mapping[str, Layer] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    is_complete: bool = True
    variables: Node | None = None
    policy: Node | None = None

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
        variables=_merge_section("variables", roots),
        policy=_merge_section("policy", roots),
    )


def _make_layer(path: tuple[str, ...], node: Node, *, is_foreign: bool) -> Layer:
    fields = dict(node.items())
    weight = sum(child.weight for child in fields.values())
    return Layer(path=path, fields=fields, weight=weight, is_foreign=is_foreign)


def _merge_section(name: str, files: Sequence[Node]) -> Node | None:
    """One section of all files; a value is that of the last file that has its name."""
    merged: Node | None = None
    for file in files:
        node = file.child(name)
        if node is None or not node.value:
            continue
        if merged is None:
            merged = node
        else:
            both = make_mapping({**merged.value, **node.value}, node)
            merged = replace(both, keys={**(merged.keys or {}), **(node.keys or {})})
    return merged
