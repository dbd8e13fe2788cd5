"""`sandbox serve`, `seed` and `reset`: the embedded API and its data."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import Flags, NumberRange, connection_options
from ccloud_apply.cli.params.sandbox import DataFlags, check_speed, parse_limits, parse_readings
from ccloud_apply.errors import UsageError
from ccloud_apply.workflows.account.faults import read_faults
from ccloud_apply.workflows.account.sandbox_data import sandbox_data

if TYPE_CHECKING:
    from ccloud_apply.workflows.account.connection import Connection


@click.group(name="sandbox", no_args_is_help=False)
@connection_options
def command() -> None:
    """Serve, seed or reset the embedded API."""


def _db_option(function: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--db", metavar="FILE", help="File with the sandbox's data (CCLOUD_SANDBOX_DB)."
    )(function)


def _connection(flags: Flags) -> "Connection":
    from ccloud_apply.cli.settings import read_settings

    flags.is_sandbox, flags.endpoint = True, None
    return read_settings(flags, os.environ, None).connection


@command.command(name="serve")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    metavar="N",
    show_default=True,
    help="Port to listen on. 0 picks a free one.",
)
@_db_option
@click.option(
    "--speed",
    type=NumberRange(min=0),
    default=1.0,
    metavar="X",
    show_default=True,
    help="How many times faster than on the platform tasks run.",
)
@click.option("--faults", metavar="FILE", help="File of faults to inject (CCLOUD_SANDBOX_FAULTS).")
@click.option(
    "--limits",
    metavar="NAME=N,...",
    help="Limits of the account: cores, memory and disk (GB), and creates at a time.",
)
@click.option(
    "--reading",
    "readings",
    metavar="NAME=VALUE",
    multiple=True,
    help="How to read an unclear part of the API's document, such as pagination=links. Repeatable.",
)
@connection_options
@click.pass_obj
@gather(data=DataFlags)
def serve_command(flags: Flags, host: str, port: int, data: DataFlags) -> int:
    """Serve the embedded API over HTTP, until interrupted. Accepts any client id and secret."""
    from ccloud_apply.sandbox.options import SandboxOptions
    from ccloud_apply.sandbox.serve import serve
    from ccloud_apply.workflows.account.sandbox_limits import sandbox_limits

    check_speed(data.speed)
    connection = _connection(flags)
    chosen = data.db or connection.sandbox_db
    limits = parse_limits(data.limits) or {}
    taken = connection.sandbox_limits
    taken = replace(taken, creates=limits.pop("creates", taken.creates))
    options = SandboxOptions(
        db=chosen,
        speed=data.speed,
        faults=read_faults(data.faults or connection.sandbox_faults),
        limits=limits or None,
        **{**sandbox_limits(taken), **parse_readings(data.readings)},
    )
    with sandbox_data(chosen):
        try:
            number = serve(host, port, options)
        except OSError as error:
            if error.filename is not None:  # a file's failure, not the socket's
                raise
            raise UsageError(
                f"{host}:{port} is not available: {error.strerror}",
                hint="--port 0 picks a free port",
            ) from error
    return 128 + number if number else 0


@command.command(name="seed")
@click.argument("name", type=click.Choice(("demo", "empty")), default="demo")
@_db_option
@connection_options
@click.pass_obj
def seed_command(flags: Flags, name: str, db: str | None) -> int:
    """Fill the sandbox with catalogues, and with example servers (demo)."""
    from ccloud_apply.sandbox.state.seed import seed

    chosen = db or _connection(flags).sandbox_db
    with sandbox_data(chosen):
        seed(chosen, "demo" if name == "demo" else "empty")
    Terminal().write_note(f"Seeded {chosen}.")
    return 0


@command.command(name="reset")
@_db_option
@connection_options
@click.pass_obj
def reset_command(flags: Flags, db: str | None) -> int:
    """Delete the sandbox's data. The next command starts with a new sandbox."""
    from ccloud_apply.sandbox.state.seed import reset

    chosen = db or _connection(flags).sandbox_db
    with sandbox_data(chosen):
        reset(chosen)
    Terminal().write_note(f"Reset {chosen}.")
    return 0
