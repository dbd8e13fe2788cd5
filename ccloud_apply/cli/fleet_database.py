"""How commands that decide about a fleet, or show it, reach its tables."""

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from ccloud_apply.cli.settings import read_work_dir
from ccloud_apply.cli.signals import run_until_signal

if TYPE_CHECKING:
    from ccloud_apply.fleet.store.database import Database

Value = TypeVar("Value")


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
