"""What `new --pipeline` does at the command line: finds the release, writes, says what is left.

What the files say belongs to `workflows/new/pipeline.py`.
"""

import os
import shlex
from pathlib import Path

from ccloud_apply import __version__
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.new import PipelineFlags
from ccloud_apply.errors import UsageError
from ccloud_apply.home import REPOSITORY_URL, docs_url, has_home
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.workflows.new.default_branch import find_branch
from ccloud_apply.workflows.new.made_of import find_watched
from ccloud_apply.workflows.new.pipeline import (
    Pipeline,
    check_source,
    require_top,
    write_pipeline,
)
from ccloud_apply.workflows.new.pipeline_hosts import PIPELINE_HOSTS
from ccloud_apply.workflows.new.release_commit import find_release_commit


def write_new_pipeline(terminal: Terminal, flags: PipelineFlags, folder: str) -> None:
    """Write the pipeline of the repository in this folder.

    Raises UsageError for a file that exists, for flags that cannot be, and where it is not known
    from where a pipeline takes ccloud-apply.
    """
    top = Path(folder)
    require_top(top, flags.pipeline or "")
    pipeline = _describe(flags, top)
    written = write_pipeline(top, pipeline)
    lines = [f"Wrote {escape_line(name)}." for name in written.written]
    lines += [f"{escape_line(name)} is up to date." for name in written.same]
    for name, text in written.kept.items():
        lines += [f"Left {name} as it is: {pipeline.about.kept[name]}:", ""]
        lines += [f"  {line}".rstrip() for line in text.splitlines()]
        lines.append("")
    if pipeline.about.names_branch:
        lines.append(f"The branch that is applied is {pipeline.branch}.")
    named = {*flags.watch}
    found = [path for path in pipeline.watched if path.rstrip("/") not in named]
    if found:
        lines.append(f"A change of these starts it too: {', '.join(found)}.")
    rivals = {
        name: advice
        for name, advice in pipeline.about.rivals.items()
        if (Path(folder) / name).is_dir()
    }
    lines += [f"{name} exists: {advice}." for name, advice in rivals.items()]
    steps = (*pipeline.about.steps, *(pipeline.about.nightly_steps if pipeline.is_nightly else ()))
    lines += ["", "Next:", *(f"  {step}" for step in steps)]
    if not (Path(folder) / pipeline.stacks).is_dir():
        place = Path(folder) / pipeline.stacks
        made, file = (shlex.quote(str(path)) for path in (place, place / "web.yaml"))
        lines.append(f"  mkdir -p {made} && ccloud-apply new {file}    # a first stack")
    if has_home():
        lines.append(f"  {docs_url(pipeline.about.guide)}")
    terminal.write_result("\n".join(lines))


def _describe(flags: PipelineFlags, top: Path) -> Pipeline:
    assert flags.pipeline is not None
    host = PIPELINE_HOSTS[flags.pipeline]
    if flags.branch is not None and not host.names_branch:
        raise UsageError(
            f"--branch: on {host.title} the default branch of the project is applied",
            hint="leave out --branch",
        )
    source = _find_source(flags)
    branch = flags.branch or "main"
    if flags.branch is None and host.names_branch:
        branch = find_branch(top, os.environ)
    commit = flags.commit or find_release_commit(source, __version__, os.environ)
    stacks = "stacks" if flags.stacks is None else flags.stacks.rstrip("/")
    given = tuple(_with_slash(top, path) for path in flags.watch)
    return Pipeline(
        host=flags.pipeline,
        source=source,
        version=__version__,
        commit=commit,
        stacks=stacks,
        branch=branch,
        watched=find_watched(top, stacks, given),
        is_nightly=flags.nightly,
    )


def _with_slash(top: Path, path: str) -> str:
    """A path that is no file yet is taken for a folder."""
    name = path.rstrip("/")
    return name if (top / name).is_file() or name.endswith((".yaml", ".yml")) else f"{name}/"


def _find_source(flags: PipelineFlags) -> str:
    if flags.source is not None:
        check_source(flags.source)
        return flags.source
    if not has_home():
        raise UsageError(
            "this ccloud-apply does not know where it is published: REPOSITORY_URL of"
            " ccloud_apply/home.py names no host that exists",
            hint="name the repository that the pipeline takes it from:"
            " --source https://HOST/OWNER/NAME, with --commit COMMIT if it has no release there",
        )
    return REPOSITORY_URL
