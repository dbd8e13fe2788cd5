"""One stack file of a source -> its stack, or what is wrong with it.

Paths are below the source's top, so that places, plans and journals say the same on every machine.
What is read for a stack is noted: these files make it up. A repository gets no more than its own
files: no variable of the environment, no file out of it, and no command that fleet.yaml does not
allow.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path

from ccloud_apply.errors import CcloudApplyError, StackError, UsageError
from ccloud_apply.files import look_reference, read_contents, read_stack_file
from ccloud_apply.fleet.model.config import AccountConfig, SourceConfig
from ccloud_apply.fleet.sources.tree import find_inside
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited, ReadBeside
from ccloud_apply.load.stack.join import join_stacks
from ccloud_apply.load.stack.parsed_files import ParsedFiles
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.declared.project import PROJECT_FILE
from ccloud_apply.model.declared.reference import Reference, find_references
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity, has_errors
from ccloud_apply.model.limits import DEFAULT_LIMITS
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.inputs.no_stack import is_no_stack
from ccloud_apply.workflows.inputs.project import (
    OpenProject,
    ProjectChoice,
    ProjectFiles,
    open_project,
    reader,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStack:
    """What one file has come to.

    `stack` is None where it has a mistake, and where the file `is_stack` not. `files` are those
    that make it up, and those that would if they were there. `root` is where paths begin.
    """

    path: str
    root: Path
    stack: Stack | None
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[str, ...]
    is_stack: bool = True

    def on(self, run: Run) -> Run:
        """The run with which this stack is planned and applied: it reads files from its root."""
        return run.at(self.root)


@dataclass(slots=True)
class SourceFiles:
    """What the files of one checkout were parsed to, so that what many share is parsed once."""

    root: Path
    parsed: ParsedFiles = field(default_factory=ParsedFiles)
    project: ProjectFiles = field(init=False)

    def __post_init__(self) -> None:
        self.project = ProjectFiles(self.root)


def load_found(
    root: Path,
    path: str,
    *,
    source: SourceConfig,
    account: AccountConfig,
    files: SourceFiles | None = None,
) -> FoundStack:
    """The stack of a file of a source. Raises StackError with every mistake of it, and UsageError
    for a file that is not there, or is not a stack any more."""
    found = read_found(root, path, source=source, account=account, files=files)
    if found.stack is None:
        if not found.is_stack:
            raise UsageError(f"{escape(path, limit=300)} is not a stack file any more")
        raise StackError(found.diagnostics)
    return found


def read_found(
    root: Path,
    path: str,
    *,
    source: SourceConfig,
    account: AccountConfig,
    files: SourceFiles | None = None,
) -> FoundStack:
    """The same, with all that is wrong in its diagnostics. Nothing is raised for it."""
    reading = _Reading(
        root=root, path=path, source=source, account=account, files=files or SourceFiles(root)
    )
    try:
        stack, diagnostics, is_stack = reading.load()
    except StackError as error:
        stack, diagnostics, is_stack = None, error.diagnostics, True
    except CcloudApplyError as error:
        problem = Diagnostic(
            code=error.code,
            what=error.message,
            hint=error.hint,
            source=SourceRange(path, 1, 1),
        )
        stack, diagnostics, is_stack = None, (problem,), True
    if stack is not None:
        refused = tuple(_find_refused(stack))
        diagnostics = (*diagnostics, *refused)
        stack = None if refused else stack
    return FoundStack(
        path=path,
        root=root,
        stack=stack,
        diagnostics=tuple(
            _name_fleet(one, account) for one in diagnostics if one.is_error or stack is not None
        ),
        files=tuple(sorted(reading.noted)),
        is_stack=is_stack,
    )


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Reads one stack file, and notes the files that it is made of."""

    root: Path
    path: str
    source: SourceConfig
    account: AccountConfig
    files: SourceFiles
    noted: set[str] = field(default_factory=set)

    def load(self) -> tuple[Stack | None, tuple[Diagnostic, ...], bool]:
        """The stack, what is to be said of it, and whether the file is one."""
        self.noted.add(self.path)
        if find_inside(self.root, self.path) is None:
            raise UsageError(
                f"{escape(self.path, limit=300)} is not a file of the source",
                hint="a link must not lead out of the source",
            )
        text = read_stack_file(self.root / self.path)
        try:
            opened = self._open_project()
        except CcloudApplyError:
            if is_no_stack(Path(self.path), text, ()):  # then its project does not matter
                return None, (), False
            raise
        loaded = self._load(text, opened)
        if loaded.stack is None:
            is_stack = not is_no_stack(Path(self.path), text, ())
            return None, loaded.diagnostics if is_stack else (), is_stack
        (stack,) = join_stacks([loaded.stack])
        warnings = tuple(one for one in loaded.diagnostics if one.severity is Severity.WARNING)
        accounts = () if opened is None else opened.project.accounts_of(opened.env)
        if has_errors(loaded.diagnostics):
            return None, loaded.diagnostics, True
        return replace(stack, accounts=accounts, warnings=warnings), loaded.diagnostics, True

    def _load(self, text: bytes, opened: OpenProject | None) -> Loaded:
        limits = DEFAULT_LIMITS
        if opened is None:
            folder = self.root / posixpath.dirname(self.path)
            inherited = Inherited(read=reader(folder, self.root))
        else:
            inherited = opened.inherit()
            limits = limits.with_others(opened.project.limits)
        return load_stack(
            text,
            path=self.path,
            variables=VariableSources(),
            look=self._look,
            read=self._read_text,
            limits=limits,
            inherited=replace(
                inherited,
                read=self._read_beside(inherited),
                # What a repository allows itself does not count.
                secret_commands=self.account.secret_commands,
            ),
            parsed=self.files.parsed,
        )

    def _open_project(self) -> OpenProject | None:
        file = self._find_project()
        env = self.source.env
        origin = f"the source {self.source.name}"
        if file is None:
            if env is not None:
                raise UsageError(
                    f"{origin} names the environment {escape(env)}, and there is no {PROJECT_FILE}"
                    " above the stack, which has environments",
                    hint="remove env: from the source, or add the project file",
                )
            return None
        choice = ProjectChoice(file=file, env=env, env_origin=origin)
        opened = open_project(choice, files=self.files.project)
        if opened is not None and opened.env is not None:
            self.noted.update(
                posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
                for name in opened.project.environments[opened.env].var_files
            )
        return opened

    def _find_project(self) -> str | None:
        """The project file in the folder of the stack, or above it as far as the source's top. Its
        absence is noted too: one that is put there later counts for the stack."""
        folder = posixpath.dirname(self.path)
        while True:
            name = posixpath.join(folder, PROJECT_FILE)
            self.noted.add(name)
            if find_inside(self.root, name) is not None:
                return name
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def _look(self, reference: Reference) -> str | None:
        self._note(reference)
        return look_reference(reference.at(self.root))

    def _read_text(self, reference: Reference) -> str:
        self._note(reference)
        return read_contents(reference.at(self.root))

    def _read_beside(self, inherited: Inherited) -> ReadBeside:
        def read(name: str, base: str) -> bytes:
            self.noted.add(posixpath.normpath(posixpath.join(posixpath.dirname(base), name)))
            return inherited.read(name, base)

        return read

    def _note(self, reference: Reference) -> None:
        """Contents that are no secret make up the stack; of a secret its name does, which is in the
        stack file."""
        if reference.kind == "file" and not reference.is_secret:
            self.noted.add(posixpath.normpath(reference.path))


def _find_refused(stack: Stack) -> Iterator[Diagnostic]:
    """References that a fleet does not follow: secrets that would be kept on one worker's disk."""
    seen: set[tuple[str, SourceRange]] = set()
    for spec in stack.servers:
        for name, declared in spec.fields.items():
            for reference in find_references(declared.value):
                if (str(reference), declared.source) in seen:
                    continue
                seen.add((str(reference), declared.source))
                what, hint = _refuse(reference)
                if what:
                    yield Diagnostic(
                        code="bad-reference",
                        where=f"servers.{spec.key}.{name}",
                        what=what,
                        hint=hint,
                        source=declared.source,
                    )


def _name_fleet(diagnostic: Diagnostic, account: AccountConfig) -> Diagnostic:
    """A command is allowed by fleet.yaml here, and not by the project file."""
    if diagnostic.code != "forbidden-command":
        return diagnostic
    return replace(
        diagnostic,
        what=diagnostic.what.replace("the project file", "fleet.yaml"),
        hint=f"list it under accounts.{account.name}.secrets.commands in fleet.yaml",
    )


def _refuse(reference: Reference) -> tuple[str, str]:
    if reference.kind == "generate":
        return (
            "a password that is generated is kept beside the stack, and a fleet has no such place",
            "write {env: CCLOUD_SECRET_NAME}",
        )
    return "", ""


def describe_first(diagnostics: tuple[Diagnostic, ...], path: str) -> tuple[int | None, str]:
    """The line of the first mistake in this file, and the mistake with how many more there are.
    One in another file names it."""
    errors = [one for one in diagnostics if one.is_error]
    first = errors[0]
    place = first.source
    is_here = place is not None and place.path == path
    there = "" if is_here or place is None else f"{place}: "
    where = f"{first.where}: " if first.where else ""
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    hint = f" ({first.hint})" if first.hint else ""
    line = place.line if is_here and place is not None else None
    return line, f"{there}{where}{first.what}{hint}{more}"
