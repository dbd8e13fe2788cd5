"""`restore KEY SNAPSHOT [PATH...]`: takes a server back to a snapshot."""

import os
from dataclasses import replace

import click

from ccloud_apply.cli.applying import run_changes
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    account_option,
    connection_options,
    format_option,
    lock_option,
    override_option,
    timeout_option,
)
from ccloud_apply.cli.params.server import ServerFlags, server_argument, server_paths
from ccloud_apply.cli.params.values import parse_override
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.workflows.account.connection import Execution
from ccloud_apply.workflows.planning.allow import parse_allowed
from ccloud_apply.workflows.restore import RestoreRequest, restore_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreFlags:
    """What may be restored, and who is asked; times are seconds."""

    auto_approve: bool
    force: bool
    timeout: float
    lock_timeout: float
    allow_destroy: int | None = None
    allow: str | None = None
    override_window: str | None = None

    def execution(self) -> Execution:
        """How it is carried out."""
        return Execution(timeout_s=self.timeout, lock_timeout_s=self.lock_timeout)


@click.command(name="restore")
@server_argument
@click.argument("snapshot", metavar="SNAPSHOT")
@server_paths
@click.option("--auto-approve", is_flag=True, help="Do not ask for confirmation.")
@click.option(
    "--force",
    is_flag=True,
    help="Also restore a server of a stack whose file is not given. Its policy is then not known.",
)
@click.option(
    "--allow-destroy",
    type=click.IntRange(min=0),
    metavar="N",
    help="Allow up to N servers to lose data. 0 allows none.",
)
@click.option(
    "--allow",
    metavar="CLASS,...",
    help=f"Block the restore unless destroy is among these classes. Classes: {', '.join(CLASSES)}.",
)
@override_option
@timeout_option()
@lock_option
@format_option("text", "json")
@account_option
@connection_options
@click.pass_obj
@gather(server=ServerFlags, restored=RestoreFlags)
def command(
    flags: Flags, server: ServerFlags, restored: RestoreFlags, snapshot: str, format_name: str
) -> int:
    """Take a server back to a snapshot. Everything written since then is DESTROYED.

    SNAPSHOT is a name, or an id if several snapshots have the name. Shows what will be lost, asks,
    waits for the task, and reads the server again.
    """
    found = server.load_named(flags, tell_skipped)
    request = RestoreRequest(
        name=server.name,
        snapshot=snapshot,
        stacks=found.stacks,
        allowed=parse_allowed(restored.allow),
        allow_destroy=restored.allow_destroy,
        is_forced=restored.force,
        override_window=parse_override(restored.override_window),
    )
    return run_changes(
        lambda execution, run, callbacks: restore_snapshot(
            replace(request, execution=execution), run, callbacks
        ),
        restored.execution(),
        read_settings(flags, os.environ, found.project),
        is_approved=restored.auto_approve,
        is_json=format_name == "json",
        act="restore this snapshot",
    )
