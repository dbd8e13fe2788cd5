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
@click.option("--project", is_flag=True, help="Write a project file, ccloud-apply.yaml, instead.")
@click.option("--stack", metavar="NAME", help="Name of the stack. By default that of the folder.")
@click.option("--key", metavar="KEY", help="Key of the new server in the file. [default: web]")
@click.option(
    "--count",
    type=click.IntRange(1, MAX_COUNT),
    metavar="N",
    help="Number of servers. [default: 1]",
)
@click.option(
    "--pool", metavar="POOL", help="Pool of the servers, from `ccloud-apply catalog pools`."
)
@click.option(
    "--type",
    "type_name",
    type=click.Choice(TYPES),
    help="Who looks after the operating system: you or the vendor. [default: unmanaged]",
)
@click.option(
    "--image", metavar="IMAGE", help="Image to install, from `ccloud-apply catalog images`."
)
@click.option("--cores", type=click.IntRange(min=1), metavar="N", help="Cores of each server.")
@click.option("--memory", type=click.IntRange(min=1), metavar="GB", help="Memory of each server.")
@click.option(
    "--disk",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="GB",
    help="A disk of each server, the system disk first. Repeatable.",
)
@click.option(
    "--adopt", multiple=True, metavar="HOSTNAME", help="Adopt this existing server. Repeatable."
)
@click.option("--adopt-all", is_flag=True, help="Adopt every server that belongs to no stack.")
@click.option(
    "--pipeline",
    type=click.Choice(tuple(PIPELINE_HOSTS)),
    help="Write the files of a pipeline for this host. FILE is the repository's folder, by default"
    " the current one.",
)
@click.option(
    "--stacks",
    metavar="FOLDER",
    help="With --pipeline: folder of the stack files. [default: stacks]",
)
@click.option(
    "--watch",
    multiple=True,
    metavar="PATH",
    help="With --pipeline: another file or folder that starts it. Repeatable.",
)
@click.option(
    "--branch",
    metavar="NAME",
    help="With --pipeline: branch to apply. By default that of the repository.",
)
@click.option("--nightly", is_flag=True, help="With --pipeline: also apply every night.")
@click.option(
    "--source",
    metavar="URL",
    help="With --pipeline: repository to take ccloud-apply from, such as a fork.",
)
@click.option(
    "--commit",
    metavar="COMMIT",
    help="With --pipeline: commit to take from there. By default that of this release.",
)
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

    Changes nothing in the account, and never overwrites a file. On a terminal, asks for what no
    option says, and offers what the account has. FILE is by default stack.yaml, or
    ccloud-apply.yaml with --project.
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
