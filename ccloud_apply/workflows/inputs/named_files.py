"""Which files the stack files of a run name: these are no stacks, whatever they look like.

A cloud-init file may have `servers:` at its top, and a file that others extend looks like a stack
to a folder's search. What a stack names is noted where it is looked at and read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from ccloud_apply.files import look_reference, read_contents, real_path
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.stack.server import Look
from ccloud_apply.load.stack.texts import ReadText
from ccloud_apply.model.declared.reference import Reference


@dataclass(slots=True)
class NamedFiles:
    """The files that each stack file has named so far, by their real paths."""

    _named: dict[Path, set[Path]] = field(default_factory=dict)
    _seen: set[tuple[Path, str]] = field(default_factory=set)

    def look_for(self, stack: Path) -> Look:
        """Looks at the references of this stack file, and notes them."""

        def look(reference: Reference) -> str | None:
            self._note_reference(stack, reference)
            return look_reference(reference)

        return look

    def read_text_for(self, stack: Path) -> ReadText:
        """Reads the files of this stack file that are no secrets, and notes them."""

        def read(reference: Reference) -> str:
            self._note_reference(stack, reference)
            return read_contents(reference)

        return read

    def read_for(self, stack: Path, inherited: Inherited) -> Inherited:
        """What this stack file inherits, with the files that it reads noted."""

        def read(name: str, base: str) -> bytes:
            self._note(stack, str(Path(base).parent / name))
            return inherited.read(name, base)

        return replace(inherited, read=read)

    def find_named(self, stacks: Iterable[Path]) -> Mapping[Path, Path]:
        """The files that one of these stack files names, each with the first one that does.

        What is named itself names nothing: it is no stack.
        """
        found: dict[Path, Path] = {}
        for stack in stacks:
            real = real_path(stack)
            if real not in found:
                for file in self._named.get(real, ()):
                    found.setdefault(file, stack)
        return found

    def _note_reference(self, stack: Path, reference: Reference) -> None:
        if reference.kind in ("file", "generate"):
            self._note(stack, reference.path)

    def _note(self, stack: Path, path: str) -> None:
        if (stack, path) in self._seen:  # a thousand servers name one file
            return
        self._seen.add((stack, path))
        real, named = real_path(stack), real_path(Path(path))
        if real != named:
            self._named.setdefault(real, set()).add(named)
