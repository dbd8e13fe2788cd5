"""A command's project: finds the project file, loads it, and picks one of its environments.

What a project file says belongs to `load/project/`, where it may stand to project_files.py, which
stacks it names to `project_stacks.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import read_stack_file
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.inherited import Inherited, ReadBeside
from ccloud_apply.load.text.format_values import did_you_mean, escape
from ccloud_apply.load.text.node import Node
from ccloud_apply.model.declared.project import (
    ALL_ENVIRONMENTS,
    PROJECT_FILE,
    ExpectedAccount,
    Project,
)
from ccloud_apply.model.diagnostic import Diagnostic, has_errors
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits
from ccloud_apply.project_files import find_project_file, read_beside

if TYPE_CHECKING:
    from ccloud_apply.load.project.build import LoadedProject

ENV_VARIABLE = "CCLOUD_ENV"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectChoice:
    """Which project file counts, and which of its environments.

    `file` is its path; None looks for it, unless `is_off`, which does without. `env` names the
    environment, and `env_origin` is where that was said: `--env`, or the variable.
    """

    file: str | None = None
    is_off: bool = False
    env: str | None = None
    env_origin: str = "--env"

    def settle(self, opened: "OpenProject | None") -> "ProjectChoice":
        """The same choice once it is known what it comes to: the file that was found."""
        return self if opened is None else replace(self, file=opened.project.path, env=opened.env)


LOOK_FOR_IT = ProjectChoice()
"""The project file above the paths, without an environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenProject:
    """A project file as it was read, with the environment that was chosen.

    `root` is the folder that its path begins in.
    `values` are those of the environment's var_files, in their order. `neighbours` is what stacks
    inherit in the other environments that may be of the same account, `apart` in those of which
    only the account that is connected to tells it.
    """

    loaded: "LoadedProject"
    env: str | None
    root: Path = field(default_factory=Path)
    values: tuple[Mapping[str, Node], ...] = field(default=(), repr=False)
    neighbours: tuple[Inherited, ...] = field(default=(), repr=False)
    apart: tuple[tuple[ExpectedAccount, Inherited], ...] = field(default=(), repr=False)

    @property
    def project(self) -> Project:
        """What the file says."""
        return self.loaded.project

    @property
    def folder(self) -> Path:
        """The folder of the file, below which all that it names stands."""
        return self.root / Path(self.project.path).parent

    def inherit(self) -> Inherited:
        """What each of its stacks inherits."""
        own = self.loaded.inherit(self.env, self.values, reader(self.folder, self.root))
        return replace(own, others=self.neighbours, apart=self.apart)


_Values = tuple[tuple[Mapping[str, Node], ...], list[Diagnostic]]
"""The values of an environment's var_files, and all that is wrong with them."""


class ProjectFiles:
    """The project file of a run and the var_files of its environments.

    Each is read and parsed once, however many environments the run goes through. Paths begin in the
    folder `root`.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or Path()
        self._loaded: dict[tuple[str, Limits], LoadedProject] = {}
        self._values: dict[str, _Values] = {}
        self._inherited: dict[str, Inherited] = {}

    def load(self, path: str, limits: Limits) -> "LoadedProject":
        """The project file. Raises StackError with every mistake of it, and UsageError."""
        found = self._loaded.get((path, limits))
        if found is None:
            from ccloud_apply.load.project.build import load_project  # most runs have no project

            found, diagnostics = load_project(
                read_stack_file(self.root / path), path=path, limits=limits
            )
            if found is None:
                raise StackError(diagnostics)
            self._loaded[path, limits] = found
        return found

    def read_values(self, opened: OpenProject, env: str) -> _Values:
        """The values of the var_files of this environment of the project."""
        if env not in self._values:
            self._values[env] = _read_var_files(opened, env)
        return self._values[env]

    def inherit(self, opened: OpenProject, env: str) -> Inherited:
        """What stacks inherit in this environment, for what asks about it from another one.

        A var_file that cannot be read says nothing here: it stops the run in its own environment.
        """
        if env not in self._inherited:
            values, _ = self.read_values(opened, env)
            self._inherited[env] = opened.loaded.inherit(env, values)
        return self._inherited[env]


def reader(folder: Path, root: Path | None = None) -> ReadBeside:
    """Reads the files that others name, as long as they stand below this folder. The paths of the
    others begin in `root`."""

    def read(name: str, base: str) -> bytes:
        return read_beside(name, base if root is None else str(root / base), folder, start=root)

    return read


def find_project(choice: ProjectChoice, paths: Sequence[str] = ()) -> str | None:
    """The path of the project file: the one that is named, else that of these paths, or of the
    current folder where there are none.

    Raises UsageError for a file that is named and cannot be one, and as `find_project_file`.
    """
    if choice.is_off:
        return None
    if choice.file is None:
        found = find_project_file(paths)
        return None if found is None else str(found)
    if Path(choice.file).is_dir():
        return str(Path(choice.file) / PROJECT_FILE)
    return choice.file


def open_project(
    choice: ProjectChoice,
    paths: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    files: ProjectFiles | None = None,
) -> OpenProject | None:
    """The project of these paths, or of the current folder; None where there is none.

    `limits` is what the platform takes by all but the project file, `files` what the run has read
    of the project already. Raises StackError with every
    mistake of the file and of the environment's var_files, and UsageError for a file that cannot be
    found or read, and for an environment that it does not have.
    """
    path = find_project(choice, paths)
    if path is None:
        _require_no_env(choice)
        return None
    files = files or ProjectFiles()
    loaded = files.load(path, limits)
    env = _choose_env(choice, loaded.project)
    opened = OpenProject(loaded=loaded, env=env, root=files.root)
    if opened.env is not None:
        values, found = files.read_values(opened, opened.env)
        if has_errors(found):
            raise StackError(tuple(found))
        opened = replace(opened, values=values)
    return _add_neighbours(opened, files)


def _add_neighbours(opened: OpenProject, files: ProjectFiles) -> OpenProject:
    """With what stacks inherit in the environments that are, or may be, of the same account."""
    from ccloud_apply.plan.expected_account import find_apart, find_neighbours

    project, env = opened.project, opened.env
    neighbours, apart = find_neighbours(project, env), find_apart(project, env)
    return replace(
        opened,
        neighbours=tuple(files.inherit(opened, name) for name in neighbours),
        apart=tuple((account, files.inherit(opened, name)) for name, account in apart),
    )


def _require_no_env(choice: ProjectChoice) -> None:
    if choice.env is None or (choice.is_off and choice.env_origin == ENV_VARIABLE):
        return
    what = f"{choice.env_origin} names the environment {escape(choice.env)}, and"
    if choice.is_off:
        raise UsageError(f"{what} --no-project does without environments", hint="give one of them")
    raise UsageError(
        f"{what} there is no project file, which has environments",
        hint="name it: --project FILE; `ccloud-apply new --project` writes one",
    )


def _choose_env(choice: ProjectChoice, project: Project) -> str | None:
    env, known = choice.env, project.environments
    if env is None or env in known:
        return env
    if env == ALL_ENVIRONMENTS:
        raise UsageError(
            f"{choice.env_origin}: {env} is for validate alone; this command takes one environment",
            hint=f"environments: {', '.join(known) or 'none'}",
        )
    if not known:
        hint = f"add it to environments: in {project.path}"
    else:
        hint = did_you_mean(env, known) or f"environments: {', '.join(known)}"
    raise UsageError(
        f"{choice.env_origin}: {project.path} has no environment {escape(env)}", hint=hint
    )


def _read_var_files(opened: OpenProject, env: str) -> _Values:
    from ccloud_apply.load.text.parse import parse_literal

    diagnostics: list[Diagnostic] = []
    values = []
    for index, name in enumerate(opened.project.environments[env].var_files):
        path = ("environments", env, "var_files", index)
        try:
            text = read_beside(
                name, str(opened.root / opened.project.path), opened.folder, start=opened.root
            )
        except ValueError as error:
            diagnostics.append(
                Diagnostic(
                    code="bad-reference",
                    where=f"environments.{env}.var_files[{index}]",
                    what=escape(str(error), limit=300),
                    hint="the path is relative to the project file",
                    source=opened.loaded.place(*path),
                )
            )
            continue
        shown = str(Path(opened.project.path).parent / name)
        entries, found = parse_literal(text, shown)
        diagnostics += found
        values.append(entries)
    return tuple(values), diagnostics
