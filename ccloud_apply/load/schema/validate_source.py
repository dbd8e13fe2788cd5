"""Validates a file as written, before interpolation, and removes its invalid parts.

The later stages see the valid rest only, so each mistake is reported once. Validation of values
after interpolation belongs to `load/stack/`.
"""

from collections.abc import Callable

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.explain import Explanation, explain
from ccloud_apply.load.schema.validate import Checker, Violation
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import spell_path
from ccloud_apply.load.text.node import Node, to_plain, without

_Path = tuple[str | int, ...]
Explain = Callable[[Violation, Checker, _Path, str], Explanation]
"""Words a violation, by its path and the value as it is written."""

_KEY_ERRORS = ("unknown-key", "bad-key")
_REPEATS = frozenset((("count",), ("for_each",), ("enabled",)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedSource:
    """The valid part of a file; `broken` are the paths of the removed parts."""

    root: Node
    broken: frozenset[_Path]

    def find_unknown_keys(self) -> frozenset[str]:
        """Keys in `servers` whose instances are unknown because of an error."""
        return frozenset(
            str(path[1])
            for path in self.broken
            if path[0] == "servers" and (len(path) == 2 or path[2:] in _REPEATS)
        )


def validate_source(
    root: Node, collector: DiagnosticCollector, checker: Checker
) -> ValidatedSource | None:
    """Report every violation of the file's schema. None if the file is no mapping at all."""
    broken = {_find_cut(path) for path in report_violations(root, collector, checker)}
    if not isinstance(root.value, dict):
        return None
    broken.discard(())
    return ValidatedSource(root=without(root, broken), broken=frozenset(broken))


def report_violations(
    root: Node, collector: DiagnosticCollector, checker: Checker, word: Explain = explain
) -> tuple[_Path, ...]:
    """Report every violation of a whole file's schema, and tell where they are."""
    paths = []
    for violation in checker.find_violations(to_plain(root)):
        path = violation.path
        found = root.find(path)
        code, what, hint = word(violation, checker, path, found.text)
        place = found.place
        if code in _KEY_ERRORS:
            place = root.find(path[:-1]).key_place(str(path[-1]))
        collector.add(code, spell_path(path), what, place, hint=hint)
        paths.append(path)
    return tuple(paths)


def _find_cut(path: _Path) -> _Path:
    """The path of the part to remove: the whole field or list entry of the violation."""
    depth = {"servers": 3, "templates": 3, "stack": 1}.get(str(path[0]) if path else "", 2)
    is_inside_lifecycle = path[depth - 1 : depth] == ("lifecycle",)
    return path[: depth + 1] if is_inside_lifecycle else path[:depth]
