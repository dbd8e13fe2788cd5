"""`new [FILE]`: a first stack file, of what the account offers, a project file, a pipeline."""

import os

import click

from ccloud_apply.cli.new_stack import NewStack, require_place
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.new import (
    TYPES,
    AdoptFlags,
    NewServerFlags,
    PipelineFlags,
    check_flags,
    check_kind,
)
from ccloud_apply.cli.params.options import Flags, own_project_options
from ccloud_apply.cli.params.project import choose_project, find_own_project
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.model.declared.project import PROJECT_FILE
from ccloud_apply.model.limits import MAX_COUNT
from ccloud_apply.workflows.new.pipeline_hosts import PIPELINE_HOSTS


@click.command(name="new")
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--project", is_flag=True, help="Write a project file, ccloud-apply.yaml.")
@click.option("--stack", metavar="NAME", help="The stack's name; that of the folder by default.")
@click.option("--key", metavar="KEY", help="The new server's key in the file (web).")
@click.option("--count", type=click.IntRange(1, MAX_COUNT), metavar="N", help="How many (1).")
@click.option("--pool", metavar="POOL", help="Where they run: `catalog pools`.")
@click.option(
    "--type",
    "type_name",
    type=click.Choice(TYPES),
    help="Who looks after the system (unmanaged).",
)
@click.option("--image", metavar="IMAGE", help="What is installed: `catalog images`.")
@click.option("--cores", type=click.IntRange(min=1), metavar="N", help="Cores of each.")
@click.option("--memory", type=click.IntRange(min=1), metavar="GB", help="Memory of each.")
@click.option(
    "--disk",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="GB",
    help="A disk of each, the system disk first; repeatable.",
)
@click.option("--adopt", multiple=True, metavar="HOSTNAME", help="Adopt this server; repeatable.")
@click.option("--adopt-all", is_flag=True, help="Adopt every server that belongs to no stack.")
@click.option(
    "--pipeline",
    type=click.Choice(tuple(PIPELINE_HOSTS)),
    help="Write the files of a pipeline on this host; FILE is the repository's folder (.).",
)
@click.option("--stacks", metavar="FOLDER", help="--pipeline: where the stack files are (stacks).")
@click.option(
    "--watch",
    multiple=True,
    metavar="PATH",
    help="--pipeline: another file or folder that starts it; repeatable.",
)
@click.option(
    "--branch", metavar="NAME", help="--pipeline: the branch that is applied; the default branch."
)
@click.option("--nightly", is_flag=True, help="--pipeline: with an apply every night.")
@click.option("--source", metavar="URL", help="--pipeline: the repository to take this tool from.")
@click.option("--commit", metavar="COMMIT", help="--pipeline: the commit there; its release's.")
@own_project_options
@click.pass_obj
@gather(server=NewServerFlags, adopt=AdoptFlags, pipeline=PipelineFlags)
def command(
    flags: Flags,
    file: str | None,
    project: bool,
    server: NewServerFlags,
    adopt: AdoptFlags,
    pipeline: PipelineFlags,
) -> int:
    """Write a first stack file, a project file (--project) or a pipeline (--pipeline).

    Changes nothing in the account. Asks for what no flag says, and offers what the account has.
    FILE is stack.yaml by default, or ccloud-apply.yaml; a file that exists is never overwritten.
    """
    terminal = Terminal()
    check_kind(project, pipeline, server, adopt)
    if pipeline.pipeline is not None:
        return _write_pipeline(terminal, pipeline, "." if file is None else file)
    if project:
        return _write_project(terminal, flags, PROJECT_FILE if file is None else file)
    file = "stack.yaml" if file is None else file
    require_place(file)
    check_flags(server, adopt, can_ask=terminal.can_ask)
    settings = read_settings(flags, os.environ, find_own_project(flags, os.environ, (file,)))
    chosen = choose_project(flags, os.environ)
    new = NewStack(terminal, settings, file, server, adopt, project=chosen)
    new.conclude(run_workflow(settings, new.write))
    return 0


def _write_project(terminal: Terminal, flags: Flags, file: str) -> int:
    from ccloud_apply.cli.new_project import require_project_place, write_project

    require_project_place(file)
    write_project(terminal, flags, file)
    return 0


def _write_pipeline(terminal: Terminal, pipeline: PipelineFlags, folder: str) -> int:
    from ccloud_apply.cli.new_pipeline import write_new_pipeline

    write_new_pipeline(terminal, pipeline, folder)
    return 0
