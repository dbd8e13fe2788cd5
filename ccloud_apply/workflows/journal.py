"""The journals of a work dir: what earlier applies sent, and what is damaged. Needs no account."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ccloud_apply.apply.journal.inspect import find_journals, read_journal
from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import find_stack_files, read_stack_file
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic, Severity, has_errors
from ccloud_apply.model.journal import JournalReading

if TYPE_CHECKING:
    from ccloud_apply.workflows.inputs.no_stack import OnSkipped
    from ccloud_apply.workflows.inputs.project import ProjectChoice


def read_journals(
    work_dir: str,
    paths: Sequence[str],
    on_skipped: "OnSkipped",
    *,
    project: "ProjectChoice | None" = None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> tuple[JournalReading, ...]:
    """Every journal of the work dir, or, if there are paths, those of the stacks in these files.

    `project` and `environment` count for a stack whose name is made of other values. Raises
    UsageError or StackError for a file that names no stack.
    """
    fill = _Filling(tuple(paths), project, environment)
    stacks = _read_names(paths, on_skipped, fill) if paths else None
    return tuple(map(read_journal, find_journals(Path(work_dir), stacks)))


@dataclass(frozen=True, slots=True)
class _Filling:
    """What a name with `${...}` is made of."""

    paths: tuple[str, ...]
    project: "ProjectChoice | None"
    environment: Mapping[str, str]

    def names_of(self, text: bytes, path: Path) -> tuple[str, ...]:
        """The stack's name and earlier ones. Raises StackError for a file that cannot be loaded."""
        from ccloud_apply.workflows.inputs.project import LOOK_FOR_IT
        from ccloud_apply.workflows.inputs.stacks import StackRequest, load_text

        request = StackRequest(paths=self.paths, project=self.project or LOOK_FOR_IT)
        loaded = load_text(text, str(path), request, self.environment)
        if loaded.stack is None:
            raise StackError(loaded.diagnostics)
        return loaded.stack.names


def _read_names(paths: Sequence[str], on_skipped: "OnSkipped", fill: _Filling) -> frozenset[str]:
    """The names of the stacks alone, earlier ones too: whoever looks for what a crash left needs no
    variables, unless a name is made of them."""
    from ccloud_apply.load.text.parse import parse_document
    from ccloud_apply.workflows.inputs.no_stack import is_no_stack, require_no_plan

    names: set[str] = set()
    for path in find_stack_files(paths):
        text = read_stack_file(path)
        require_no_plan(path, text)
        value, diagnostics = parse_document(text, str(path))
        name = value.get("stack") if isinstance(value, Mapping) else None
        if name is None and is_no_stack(path, text, paths):
            on_skipped(path)
            continue
        if has_errors(diagnostics):
            raise StackError(tuple(diagnostics))
        if not isinstance(name, str):
            raise UsageError(f"{path} does not name a stack", hint="it begins with `stack: NAME`")
        written = (name, *_read_earlier(value))
        is_made = any("${" in one for one in written)
        names.update(fill.names_of(text, path) if is_made else written)
    return frozenset(names)


def _read_earlier(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that the stack had before, whose journals tell of the same servers."""
    renamed = value.get("renamed")
    earlier = renamed.get("from") if isinstance(renamed, Mapping) else None
    found = earlier if isinstance(earlier, list | tuple) else (earlier,)
    return tuple(name for name in found if isinstance(name, str))


def diagnose_journal(journal: JournalReading) -> Iterable[Diagnostic]:
    """What is wrong with a journal: damage is an error, a last record that is not whole is none."""
    if journal.damage is not None:
        yield Diagnostic(
            code="journal",
            where=journal.path,
            what=journal.damage,
            hint="until the file is moved away, apply refuses to continue;"
            " after that, only the account is asked what was done",
        )
    elif journal.is_torn:
        yield Diagnostic(
            code="journal-torn",
            where=journal.path,
            what="the last record is not whole: a run was cut off, or one is writing",
            hint="the next apply cuts it off",
            severity=Severity.WARNING,
        )
