"""`subscription`: what was bought for a period, and which servers are billed through it."""

import os
from collections.abc import Callable
from typing import Any

import click

from ccloud_apply.cli.moving import run_move
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.params.values import MoveFlags
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_own_settings
from ccloud_apply.model.results.move import MoveKind
from ccloud_apply.render.registry import RenderOptions, formats_of
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.billing.subscription import (
    MoveRequest,
    list_subscriptions,
    read_subscription,
)


@click.group(name="subscription", no_args_is_help=False)
@connection_options
def command() -> None:
    """List subscriptions, and move servers into or out of them."""


_subscription = click.argument("subscription", metavar="ID|NAME")
_hostname = click.argument("hostname", metavar="HOSTNAME")


def _move_options(function: Callable[..., Any]) -> Callable[..., Any]:
    function = format_option("text", "json")(function)
    function = click.option("--force", is_flag=True, help="Move a server even if a stack owns it.")(
        function
    )
    return click.option("--auto-approve", is_flag=True, help="Do not ask for confirmation.")(
        function
    )


@command.command(name="list")
@format_option(*formats_of("subscriptions"))
@connection_options
@click.pass_obj
def list_command(flags: Flags, format_name: str) -> int:
    """List the account's subscriptions."""
    settings = read_own_settings(flags, os.environ)
    options = RenderOptions(account=describe_account(settings.connection))
    contracts = run_workflow(settings, list_subscriptions)
    show(Terminal(), "subscriptions", format_name, contracts, options)
    return 0


@command.command(name="show")
@_subscription
@format_option(*formats_of("subscription"))
@connection_options
@click.pass_obj
def show_command(flags: Flags, subscription: str, format_name: str) -> int:
    """Show everything that the API tells about one subscription."""
    settings = read_own_settings(flags, os.environ)
    options = RenderOptions(account=describe_account(settings.connection))
    contract = run_workflow(settings, lambda run: read_subscription(run, subscription))
    show(Terminal(), "subscription", format_name, contract, options)
    return 0


@command.command(name="import")
@_subscription
@_hostname
@_move_options
@connection_options
@click.pass_obj
@gather(given=MoveFlags)
def import_command(flags: Flags, subscription: str, hostname: str, given: MoveFlags) -> int:
    """Put a server into a subscription. Shows what will happen and asks first."""
    request = MoveRequest(kind=MoveKind.IMPORT, subscription=subscription, hostname=hostname)
    return run_move(read_own_settings(flags, os.environ), request, given)


@command.command(name="export")
@_subscription
@_hostname
@_move_options
@connection_options
@click.pass_obj
@gather(given=MoveFlags)
def export_command(flags: Flags, subscription: str, hostname: str, given: MoveFlags) -> int:
    """Take a server out of a subscription, into its pool. Shows what will happen and asks first."""
    request = MoveRequest(kind=MoveKind.EXPORT, subscription=subscription, hostname=hostname)
    return run_move(read_own_settings(flags, os.environ), request, given)


@command.command(name="export-all")
@_subscription
@click.option(
    "--to", "target", required=True, metavar="NAME", help="Move them to this subscription."
)
@_move_options
@connection_options
@click.pass_obj
@gather(given=MoveFlags)
def export_all_command(flags: Flags, subscription: str, target: str, given: MoveFlags) -> int:
    """Move all servers of a subscription to another one. Shows what is known and asks first."""
    request = MoveRequest(kind=MoveKind.EXPORT_ALL, subscription=subscription, target=target)
    return run_move(read_own_settings(flags, os.environ), request, given)
