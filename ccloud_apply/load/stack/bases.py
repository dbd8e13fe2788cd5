"""Reads the files that a stack file extends: `extends`.

What comes of their sections belongs to `shared.py`.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.inherited import ReadBeside
from ccloud_apply.load.stack.interpolate import Budget
from ccloud_apply.load.stack.parsed_files import ParsedFiles
from ccloud_apply.load.stack.shared import SharedFile
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import escape, spell_path
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.project import PROJECT_FILE
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

MAX_BASES = 100
"""The most files that one stack file can extend, those counted that extend others in turn."""

_CODE = "bad-extends"


@dataclass(slots=True, kw_only=True)
class BaseReader:
    """Reads what one stack file extends, directly and through other files.

    `parsed` has what other stack files of the run extend too. `is_complete` is False as soon as
    one of them cannot be read.
    """

    read: ReadBeside
    collector: DiagnosticCollector
    budget: Budget
    parsed: ParsedFiles = field(default_factory=ParsedFiles)
    limits: Limits = DEFAULT_LIMITS
    is_complete: bool = True
    _found: dict[str, SharedFile] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def find(self, root: Node, path: str) -> tuple[SharedFile, ...]:
        """What the valid parts of these files share, weakest first; mistakes are reported.

        A file comes after those that it extends. One that is reached twice counts once, at its
        first place: what other files say over it stays. Raises TooMuchWorkError.
        """
        self._visit(root, (posixpath.normpath(path),), path)
        return tuple(self._found.values())

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that were read, as places name them."""
        return tuple(self._found)

    def _visit(self, root: Node, trail: tuple[str, ...], path: str) -> None:
        for where, item in _list(root.child("extends")):
            name = posixpath.normpath(posixpath.join(posixpath.dirname(path), item.value))
            if name in trail:
                circle = " -> ".join(map(_short, (*trail[trail.index(name) :], name)))
                what = f"the files extend each other: {circle}"
                hint = "remove one of these entries of extends"
                self.collector.add(_CODE, where, what, item.place, hint=hint)
            elif name not in self._seen:
                self._seen.add(name)
                base = self._load(item, where, name, path)
                if base is not None:
                    self._visit(base.root, (*trail, name), name)
                    self._found[name] = base

    def _load(self, item: Node, where: str, name: str, path: str) -> SharedFile | None:
        """What one file shares, without what it extends; None if there is none."""
        what, hint = "", ""
        text = b""
        if item.is_dynamic:
            what = "a path of extends is a plain text, without ${...}"
            hint = "files are read before any variable is known; use variables in what they say"
        elif posixpath.basename(name) == PROJECT_FILE:
            what = "the project file cannot be extended: its defaults are under every stack's"
            hint = "remove it from extends"
        elif len(self._seen) > MAX_BASES:
            what = f"more than {MAX_BASES} files are extended"
        else:
            try:
                text = self.read(item.value, path)
            except ValueError as error:
                what, hint = escape(str(error), limit=300), "the path is relative to this file"
        if what:
            self.collector.add(_CODE, where, what, item.place, hint=hint)
            self.is_complete = False
            return None
        found = self.parsed.parse_base(text, name, self.limits)
        self.collector.take(*found.syntax)
        if found.root is None:
            self.is_complete = self.is_complete and not found.syntax
            return None
        self.budget.spend(found.root.weight)
        self.collector.take(*found.violations)
        return found.shared


def _list(extends: Node | None) -> Iterator[tuple[str, Node]]:
    """Each path with where it stands."""
    if extends is None or extends.value is None:
        return
    if not isinstance(extends.value, list):
        yield "extends", extends
        return
    for index, item in enumerate(extends.value):
        yield spell_path(("extends", index)), item


def _short(name: str) -> str:
    return escape(name, limit=80)
