"""What the commands of `fleet` share: their options, and how they reach the tables."""

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ccloud_apply.cli.settings import read_work_dir
from ccloud_apply.cli.signals import run_until_signal

if TYPE_CHECKING:
    from ccloud_apply.fleet.store.database import Database

Function = TypeVar("Function", bound=Callable[..., Any])
Value = TypeVar("Value")

FLEET_FILE = "fleet.yaml"
"""Where the configuration is looked for."""


def config_option(function: Function) -> Function:
    """`--config`."""
    return click.option(
        "--config",
        metavar="FILE",
        default=FLEET_FILE,
        show_default=True,
        help="The file that describes the fleet.",
    )(function)


def selector_argument(*, required: bool = False) -> Callable[[Function], Function]:
    """[SELECTOR]...: which stacks."""
    metavar = "SELECTOR..." if required else "[SELECTOR]..."
    return click.argument("selector", nargs=-1, required=required, metavar=metavar)


def limit_option(what: str) -> Callable[[Function], Function]:
    """`--limit`, of a list whose newest entries come first."""
    return click.option(
        "--limit",
        type=click.IntRange(min=1, max=100_000),
        default=50,
        show_default=True,
        metavar="N",
        help=f"Show the newest N {what}.",
    )


def with_database(config: str, work: "Callable[[Database], Awaitable[Value]]") -> Value:
    """What the work gives, done with the database of the fleet that this file configures.

    Raises CcloudApplyError, and Interrupted by a signal.
    """
    from ccloud_apply.fleet.config.load import read_fleet
    from ccloud_apply.fleet.store.connect import open_database

    fleet = read_fleet(config)

    async def command() -> Value:
        async with open_database(fleet, os.environ, read_work_dir(os.environ)) as database:
            return await work(database)

    return run_until_signal(lambda stop: command())


def name_person() -> str:
    """Who uses the command line, as the audit shows it: `user@host`."""
    import getpass
    import socket

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
    return f"{user}@{socket.gethostname()}"
