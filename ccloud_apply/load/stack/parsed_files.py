"""The files of one run as they are parsed and validated: what many stacks extend is parsed once.

What a file comes to depends on its text, its name in places and the limits, so that is what it is
known by. Which files are read, and by whom, belongs to `bases.py`.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.validate import Checker, base_checker, file_checker
from ccloud_apply.load.schema.validate_source import ValidatedSource, validate_source
from ccloud_apply.load.stack.environments import Names
from ccloud_apply.load.stack.shared import SharedFile, read_shared
from ccloud_apply.load.text.collector import CollectorFullError, RecordingCollector
from ccloud_apply.load.text.node import Node
from ccloud_apply.load.text.parse import parse
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParsedFile:
    """One file. `root` is None where it is empty or cannot be parsed; `syntax` says why.

    `written` is its valid part, None where it is no mapping, `violations` what is wrong with the
    rest. `shared` is what a file that is extended shares, `names` what a stack file calls its stack
    in other environments, as far as the run has asked.
    """

    root: Node | None
    syntax: tuple[Diagnostic, ...]
    written: ValidatedSource | None = None
    violations: tuple[Diagnostic, ...] = ()
    shared: SharedFile | None = None
    names: dict[str, Names] = field(default_factory=dict)


class ParsedFiles:
    """What the files of one run were parsed to: files that are extended, and with `keeps_stacks`
    stack files too, for a run that loads them several times."""

    def __init__(self, *, keeps_stacks: bool = False) -> None:
        self._keeps_stacks = keeps_stacks
        self._found: dict[tuple[str, bytes, Limits, bool], ParsedFile] = {}

    def parse_stack(self, text: bytes, path: str, limits: Limits) -> ParsedFile:
        """A stack file. `path` is its name in places."""
        if not self._keeps_stacks:
            return _parse(text, path, file_checker(limits))
        key = (path, text, limits, False)
        return self._find(key, lambda: _parse(text, path, file_checker(limits)))

    def parse_base(self, text: bytes, path: str, limits: Limits) -> ParsedFile:
        """A file that is extended. `path` is its name in places."""
        key = (path, text, limits, True)
        return self._find(key, lambda: _parse(text, path, base_checker(limits), is_base=True))

    def _find(
        self, key: tuple[str, bytes, Limits, bool], read: Callable[[], ParsedFile]
    ) -> ParsedFile:
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = read()
        return found


def _parse(text: bytes, path: str, checker: Checker, *, is_base: bool = False) -> ParsedFile:
    root, syntax = parse(text, path)
    if root is None or root.value is None:
        return ParsedFile(root=None, syntax=syntax)
    written: ValidatedSource | None = None
    found = RecordingCollector(path)
    with suppress(CollectorFullError):  # whoever takes what was found has the same limit
        written = validate_source(root, found, checker)
    shared = None if written is None or not is_base else read_shared(written, is_foreign=True)
    return ParsedFile(
        root=root, syntax=syntax, written=written, violations=tuple(found.taken), shared=shared
    )
