"""`sandbox serve`, `seed` and `reset`: the embedded API and its data."""

import os
from typing import TYPE_CHECKING

import click

from ccloud_apply.cli.inputs.faults import read_faults
from ccloud_apply.cli.inputs.sandbox_data import sandbox_data
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options
from ccloud_apply.errors import UsageError

if TYPE_CHECKING:
    from ccloud_apply.cli.settings import Settings

LIMITED = ("cores", "memory", "disk")


@click.group(name="sandbox", no_args_is_help=False)
@connection_options
def command() -> None:
    """Serve, seed or reset the embedded API."""


def _db_option(function: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--db", metavar="FILE", help="Where its data is (CCLOUD_SANDBOX_DB, .ccloud-apply/...)."
    )(function)


def _settings(flags: Flags) -> "Settings":
    from ccloud_apply.cli.settings import read_settings

    flags.is_sandbox, flags.endpoint = True, None
    return read_settings(flags, os.environ)


@command.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="The port; 0 takes a free one.",
)
@_db_option
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="How many times faster than the platform its tasks run.",
)
@click.option(
    "--faults", metavar="FILE", help="What is to go wrong, and when (CCLOUD_SANDBOX_FAULTS)."
)
@click.option(
    "--limits",
    metavar="NAME=N,...",
    help="The account's limits: cores, memory and disk (GB); without it there are none.",
)
@connection_options
@click.pass_obj
def serve_command(
    flags: Flags,
    host: str,
    port: int,
    db: str | None,
    speed: float,
    faults: str | None,
    limits: str | None,
) -> int:
    """Serve the embedded API over HTTP, until interrupted. Any client id and secret will do."""
    from ccloud_apply.sandbox.options import SandboxOptions
    from ccloud_apply.sandbox.serve import serve

    settings = _settings(flags)
    chosen = db or settings.sandbox_db
    plan = read_faults(faults or settings.sandbox_faults)
    options = SandboxOptions(db=chosen, speed=speed, faults=plan, limits=_parse_limits(limits))
    with sandbox_data(chosen):
        try:
            number = serve(host, port, options)
        except OSError as error:
            if error.filename is not None:  # a file's trouble, not the socket's
                raise
            raise UsageError(
                f"{host}:{port} cannot be listened on: {error.strerror}",
                hint="--port 0 takes a free port",
            ) from error
    return 128 + number if number else 0


def _parse_limits(given: str | None) -> dict[str, int] | None:
    """The limits by name. Raises UsageError for what is none."""
    if given is None:
        return None
    limits: dict[str, int] = {}
    for part in given.split(","):
        name, _, number = part.partition("=")
        if name not in LIMITED or not number.isascii() or not number.isdigit():
            raise UsageError(
                f"--limits: {part!r} is no limit",
                hint="such as --limits cores=64,memory=256,disk=2000",
            )
        limits[name] = int(number)
    return limits


@command.command(name="seed")
@click.argument("name", type=click.Choice(("demo", "empty")), default="demo")
@_db_option
@connection_options
@click.pass_obj
def seed_command(flags: Flags, name: str, db: str | None) -> int:
    """Fill the embedded API's data with catalogues, and example servers (demo)."""
    from ccloud_apply.sandbox.state.seed import seed

    chosen = db or _settings(flags).sandbox_db
    with sandbox_data(chosen):
        seed(chosen, "demo" if name == "demo" else "empty")
    Terminal().write_note(f"Seeded {chosen}.")
    return 0


@command.command(name="reset")
@_db_option
@connection_options
@click.pass_obj
def reset_command(flags: Flags, db: str | None) -> int:
    """Forget the embedded API's data: the next command finds it as new."""
    from ccloud_apply.sandbox.state.seed import reset

    chosen = db or _settings(flags).sandbox_db
    with sandbox_data(chosen):
        reset(chosen)
    Terminal().write_note(f"Reset {chosen}.")
    return 0
