"""What the sections of fleet.yaml are read with: places of mistakes, references, paths."""

import posixpath
import shlex
from collections.abc import Mapping
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.format_values import spell_path
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Severity

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One file that is being read: `root` is valid against the schema."""

    root: Node
    collector: DiagnosticCollector

    def place(self, path: Path) -> SourceRange:
        """Where that part of the file stands."""
        return self.root.find(path).place

    def add(self, code: str, path: Path, what: str, hint: str = "") -> None:
        """Report a mistake of that part of the file."""
        self.collector.add(code, spell_path(path), what, self.place(path), hint=hint)

    def warn(self, code: str, path: Path, what: str, hint: str = "") -> None:
        """Report what is probably not meant so."""
        self.collector.add(
            code, spell_path(path), what, self.place(path), hint=hint, severity=Severity.WARNING
        )

    def beside(self, name: str) -> str:
        """A path that the file names, as seen from where the file's own path is."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.collector.path), name))


def read_reference(entry: Mapping[str, Any] | None, path: str) -> Reference | None:
    """The reference of an entry, which is read from the folder of the file at `path`."""
    if entry is None:
        return None
    if "command" in entry:
        return Reference("command", shlex.join(entry["command"]), path, is_secret=True)
    kind = "env" if "env" in entry else "file"
    return Reference("env" if kind == "env" else "file", entry[kind], path, is_secret=True)
