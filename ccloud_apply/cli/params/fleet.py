"""Options that commands of a fleet share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ccloud_apply.cli.params.options import NumberRange
from ccloud_apply.fleet.model.config import FLEET_FILE

Function = TypeVar("Function", bound=Callable[..., Any])


def config_option(function: Function) -> Function:
    """`--config`."""
    return click.option(
        "--config",
        metavar="FILE",
        default=FLEET_FILE,
        show_default=True,
        help="The file that describes the fleet.",
    )(function)


def drain_option(function: Function) -> Function:
    """`--drain`, of a process that works until it is stopped."""
    return click.option(
        "--drain",
        type=NumberRange(min=0),
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="How long runs may continue after SIGTERM.",
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
