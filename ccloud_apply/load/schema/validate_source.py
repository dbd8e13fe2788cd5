"""The file as it is written against the schema, and what is left of it to look at further.

What is wrong is cut out, so that one mistake is told once and all the rest is still checked.
"""

from dataclasses import dataclass

from ccloud_apply.load.schema.explain import explain
from ccloud_apply.load.schema.validate import file_checker
from ccloud_apply.load.text.collector import Reporter
from ccloud_apply.load.text.format_values import spell_path
from ccloud_apply.load.text.node import Node, to_plain, without

_Path = tuple[str | int, ...]
_KEY_ERRORS = ("unknown-key", "bad-key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The good part of a file. `broken` are the paths that were cut out."""

    root: Node
    broken: frozenset[_Path]

    def find_unknown_keys(self) -> frozenset[str]:
        """Keys in `servers` whose instances nobody can tell, because of an error."""
        return frozenset(
            str(path[1])
            for path in self.broken
            if path[0] == "servers" and (len(path) == 2 or path[2:] in {("count",), ("for_each",)})
        )


def check_written(root: Node, reporter: Reporter) -> Written | None:
    """Report all that the schema refuses; None where nothing can be looked at further."""
    checker = file_checker()
    broken: set[_Path] = set()
    for violation in checker.find_violations(to_plain(root)):
        path = violation.path
        code, what, hint = explain(violation, checker, path)
        place = root.find(path).place
        if code in _KEY_ERRORS:
            place = root.find(path[:-1]).key_place(str(path[-1]))
        reporter.add(code, spell_path(path), what, place, hint=hint)
        broken.add(_find_cut(path))
    if not isinstance(root.value, dict):
        return None
    broken.discard(())
    return Written(root=without(root, broken), broken=frozenset(broken))


def _find_cut(path: _Path) -> _Path:
    """The part to cut out: a whole field or list entry, and no more than that."""
    depth = {"servers": 3, "stack": 1}.get(str(path[0]) if path else "", 2)
    is_inside_lifecycle = path[depth - 1 : depth] == ("lifecycle",)
    return path[: depth + 1] if is_inside_lifecycle else path[:depth]
