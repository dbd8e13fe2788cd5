"""Resolves `renamed`: the earlier names of a stack."""

from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.stack import Rename


def resolve_renames(
    renamed: Node | None, stack: str, collector: DiagnosticCollector
) -> tuple[Rename, ...]:
    """The names that the stack had before, in the file's order."""
    found: dict[str, Rename] = {}
    for item in _list_names(renamed):
        what = ""
        if item.value == stack:
            what = f'"{stack}" is the name of the stack itself'
        elif item.value in found:
            what = f'"{item.value}" is named twice'
        if what:
            collector.add("bad-rename", "renamed.from", what, item.place, hint="remove it")
        source = item.place
        found.setdefault(item.value, Rename(before=item.value, source=source))
    return tuple(found.values())


def _list_names(renamed: Node | None) -> tuple[Node, ...]:
    before = None if renamed is None or not renamed.value else renamed.child("from")
    if before is None:
        return ()
    return tuple(before.value) if isinstance(before.value, list | tuple) else (before,)
