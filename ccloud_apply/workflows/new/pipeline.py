"""The files of a pipeline: a host's templates, filled in, and written where nothing stands yet.

A template is a valid file as it stands, so that linters read it; what is filled in are words that
nothing else contains. Which hosts there are belongs to pipeline_hosts.py.
"""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.shipped import shipped_folder
from ccloud_apply.workflows.export.write import create_new
from ccloud_apply.workflows.new.pipeline_hosts import PIPELINE_HOSTS, PipelineHost

_COMMIT = lazy_pattern("[0-9a-f]{40}|[0-9a-f]{64}")
_SOURCE = lazy_pattern(r"https://([\w.-]+(?::\d+)?)/([\w.-]+(?:/[\w.-]+)+)")
# Both stand in YAML and in patterns of paths, so that neither may hold their special characters.
_FOLDER = lazy_pattern(r"(?!.*(?:\.\.|//))\w[\w./-]*")
_PATH = lazy_pattern(r"(?!.*(?:\.\.|//))\.?\w[\w./-]*")
_BRANCH = lazy_pattern(r"\w[\w./-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What the templates of a host are filled with.

    `source` is the `https://` address of the repository that ccloud-apply is taken from, `commit`
    that of the release `version` there. `stacks` is the folder of the stack files, `branch` the one
    whose state is applied. `watched` are files, and folders with a slash at the end, that start a
    pipeline too.
    """

    host: str
    source: str
    version: str
    commit: str
    stacks: str = "stacks"
    branch: str = "main"
    watched: tuple[str, ...] = ()
    is_nightly: bool = False

    @property
    def about(self) -> PipelineHost:
        """What is said of the host."""
        return PIPELINE_HOSTS[self.host]

    def blanks(self) -> Mapping[str, str]:
        """What stands in a template, and what is written in its place."""
        found = _SOURCE.fullmatch(self.source)
        assert found is not None, "see check_pipeline"
        paths = (f"{self.stacks}/", *self.watched)
        names = [path.rstrip("/") for path in paths]
        return {
            **_lists_of(paths, names),
            "HOME_HOST": found[1],
            "HOME_OWNER/HOME_NAME": found[2],
            "HOME_VERSION": self.version,
            "0" * 40: self.commit,
            "STACKS_FOLDER": self.stacks,
            "DEFAULT_BRANCH": self.branch,
        }


def _lists_of(paths: Sequence[str], names: Sequence[str]) -> Mapping[str, str]:
    """Each list of what starts a pipeline, by its beginning in a template: as patterns of GitHub
    and of GitLab, as arguments of Git, and as `--watched`."""

    def quote(below: str) -> str:
        return ", ".join(f'"{path}{below if path.endswith("/") else ""}"' for path in paths)

    return {
        '"STACKS_FOLDER/**"': quote("**"),
        '"STACKS_FOLDER/**/*"': quote("**/*"),
        "STACKS_FOLDER env ": f"{' '.join(names)} env ",
        "STACKS_FOLDER,env,": f"{','.join(names)},env,",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPipeline:
    """The files that are new, those that said the same already, and those of another purpose, with
    what these would say."""

    written: tuple[str, ...]
    same: tuple[str, ...]
    kept: Mapping[str, str]


def check_source(source: str) -> None:
    """Raises UsageError for what is not the address of a repository."""
    if not _SOURCE.fullmatch(source):
        raise UsageError(
            f"--source: {source} is not the address of a repository",
            hint="write it as https://HOST/OWNER/NAME, without .git and without a slash at the end",
        )


def check_pipeline(pipeline: Pipeline) -> None:
    """Raises UsageError for a value that no template can be filled with."""
    check_source(pipeline.source)
    if pipeline.source.count("/") > 4 and not pipeline.about.has_groups:
        raise UsageError(
            f"--source: {pipeline.source} is longer than a repository of {pipeline.about.title}",
            hint="write it as https://HOST/OWNER/NAME",
        )
    if not _COMMIT.fullmatch(pipeline.commit):
        raise UsageError(
            f"--commit: {pipeline.commit} is not a whole commit, which has 40 hexadecimal digits",
            hint="git rev-parse NAME prints the whole commit",
        )
    if not _FOLDER.fullmatch(pipeline.stacks):
        raise UsageError(
            f"--stacks: {pipeline.stacks} is not a folder of the repository",
            hint="write its path below the top of the repository, of letters, digits and . _ / -",
        )
    for path in pipeline.watched:
        if not _PATH.fullmatch(path):
            raise UsageError(
                f"{path} cannot start a pipeline: its path has other characters than letters,"
                " digits and . _ / -, or leads out of the repository",
                hint="move it to another path, below the top of the repository",
            )
    if not _BRANCH.fullmatch(pipeline.branch):
        raise UsageError(
            f"--branch: {pipeline.branch} is not a branch's name of letters, digits and . _ / -"
        )


def build_pipeline(pipeline: Pipeline) -> Mapping[str, str]:
    """The text of each file, by its path in the repository. Raises UsageError as check_pipeline."""
    check_pipeline(pipeline)
    folder = shipped_folder("integrations") / pipeline.host / "pipeline"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path for path in paths}
    return {
        name: _fill(path.read_text(encoding="utf-8"), pipeline.blanks())
        for name, path in files.items()
        if pipeline.is_nightly or name not in pipeline.about.nightly
    }


def _fill(text: str, blanks: Mapping[str, str]) -> str:
    for blank, value in blanks.items():
        text = text.replace(blank, value)
    return text


def write_pipeline(top: Path, pipeline: Pipeline) -> WrittenPipeline:
    """Write the files below `top`, all of them or none.

    A file that says the same already is no hindrance. Raises UsageError as check_pipeline, for a
    file that says something else, for a folder that is none, and for one inside of a repository.
    """
    require_top(top, pipeline.host)
    files = build_pipeline(pipeline)
    there = [name for name in files if _is_there(top / name)]
    other = [name for name in there if _read(top / name) != files[name]]
    foreign = [name for name in other if name not in pipeline.about.kept]
    if foreign:
        raise UsageError(
            f"{', '.join(foreign)} {'exists' if len(foreign) == 1 else 'exist'} already: no file"
            " was written",
            hint="move what is there to another name, run this again, and compare the two",
        )
    new = tuple(name for name in files if name not in there)
    for name in new:
        _make_folder((top / name).parent)
    for name in new:
        create_new(str(top / name), files[name])
    same = tuple(name for name in there if name not in other)
    kept = {name: files[name] for name in other}
    return WrittenPipeline(written=new, same=same, kept=kept)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be made: {error.strerror}: no file was written",
            hint="move what is there to another name, or run this where it may write",
        ) from error


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def require_top(top: Path, host: str) -> None:
    """Raises UsageError for what is not the top folder of a repository: a pipeline in another one
    would never run."""
    if not top.is_dir():
        raise UsageError(f"{top} is not a folder", hint="name the top folder of a repository")
    whole = top.resolve()
    found = next((one for one in (whole, *whole.parents) if (one / ".git").exists()), whole)
    if found != whole:
        raise UsageError(
            f"{top} is inside the repository {found}, whose pipelines are read from its top folder",
            hint=f"ccloud-apply new --pipeline {host} {shlex.quote(str(found))}",
        )
