"""The options that several commands share. What they mean is decided elsewhere."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


class Flags:
    """The options of the command line that say where and how; taken before or after the command.

    `settings.py` joins them with the environment.
    """

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        self.arguments = tuple(arguments)
        self.endpoint: str | None = None
        self.is_sandbox = False
        self.is_verbose = False
        self.is_account_unknown_ok = False
        self.project: str | None = None
        self.has_no_project = False
        self.env: str | None = None
        self.context: click.Context | None = None
        """That of the command itself, which knows its own options."""


class NumberRange(click.FloatRange):
    """A range of numbers. NaN and infinity are in none: no clock can wait for either."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number. Raises click.BadParameter."""
        number: float = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return number


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        flags = ctx.ensure_object(Flags)
        flags.context = ctx
        if value is not None and value is not False:
            setattr(flags, name, value)

    return callback


def connection_options(function: Function) -> Function:
    """What the group and every command take: `--endpoint`, `--sandbox`, `-v`, `--project`,
    `--no-project` and `--env`."""
    function = click.option(
        "--project",
        metavar="FILE",
        expose_value=False,
        callback=_keep("project"),
        help="Project file. By default the nearest one above the PATH.",
    )(function)
    return own_project_options(function)


def own_project_options(function: Function) -> Function:
    """The same for a command to which `--project` means something else."""
    for option in reversed(
        (
            click.option(
                "--endpoint",
                metavar="URL",
                expose_value=False,
                callback=_keep("endpoint"),
                help="Address of the API (CCLOUD_ENDPOINT).",
            ),
            click.option(
                "--sandbox",
                is_flag=True,
                expose_value=False,
                callback=_keep("is_sandbox"),
                help="Use the embedded API. No account is needed.",
            ),
            click.option(
                "-v",
                "--verbose",
                is_flag=True,
                expose_value=False,
                callback=_keep("is_verbose"),
                help="Also show the requests that were sent, and details of errors.",
            ),
            click.option(
                "--no-project",
                is_flag=True,
                expose_value=False,
                callback=_keep("has_no_project"),
                help="Ignore the project file.",
            ),
            click.option(
                "--env",
                metavar="NAME",
                expose_value=False,
                callback=_keep("env"),
                help="Environment of the project file to use (CCLOUD_ENV).",
            ),
        )
    ):
        function = option(function)
    return function


def account_option(function: Function) -> Function:
    """`--account-unknown-ok`, for commands that create or destroy."""
    return click.option(
        "--account-unknown-ok",
        is_flag=True,
        expose_value=False,
        callback=_keep("is_account_unknown_ok"),
        help="Change the account even if nothing tells whether it is the expected one.",
    )(function)


def format_option(*formats: str) -> Callable[[Function], Function]:
    """`--format`, the first one being the default."""
    return click.option(
        "--format",
        "format_name",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="Output format.",
    )


def full_option(function: Function) -> Function:
    """`--full`."""
    return click.option(
        "--full",
        is_flag=True,
        help="Show each server by itself instead of grouping servers that change alike.",
    )(function)


def detail_options(function: Function) -> Function:
    """`--full` and `--summary`."""
    function = click.option(
        "--summary",
        is_flag=True,
        help="Show one screen: counts, what is destroyed, and the cost. Text only.",
    )(function)
    return full_option(function)


def write_option(function: Function) -> Function:
    """`--write`."""
    return click.option(
        "--write",
        multiple=True,
        metavar="FORMAT=FILE",
        help="Also write the plan to a file in this format. Repeatable.",
    )(function)


def paths_argument(function: Function) -> Function:
    """[PATH...]: stack files, and folders of them; those of the project where none is given."""
    return click.argument("paths", nargs=-1, metavar="[PATH...]")(function)


def needed_paths_argument(function: Function) -> Function:
    """PATH..., for what is never done to all stacks of a project unless they are named."""
    return click.argument("paths", nargs=-1, required=True, metavar="PATH...")(function)


def variable_options(function: Function) -> Function:
    """`--var` and `--var-file`."""
    function = click.option(
        "--var-file",
        metavar="FILE",
        help="Set variables from a YAML or JSON file of NAME: VALUE lines.",
    )(function)
    return click.option(
        "--var",
        "variables",
        multiple=True,
        metavar="NAME=VALUE",
        help="Set a variable of the stacks. Repeatable.",
    )(function)


def selection_options(function: Function) -> Function:
    """`--target`, `--exclude` and `--allow-destroy`."""
    function = click.option(
        "--allow-destroy",
        type=click.IntRange(min=0),
        metavar="N",
        help="Allow up to N servers to be destroyed, replaced or to lose data. 0 allows none.",
    )(function)
    return target_options(function)


def target_options(function: Function) -> Function:
    """`--target` and `--exclude`."""
    function = click.option(
        "--exclude",
        multiple=True,
        metavar="KEY",
        help="Skip this server and what depends on it. A glob, repeatable.",
    )(function)
    return click.option(
        "--target",
        multiple=True,
        metavar="KEY",
        help="Only this server and what it depends on. A glob, repeatable.",
    )(function)


def server_options(function: Function) -> Function:
    """`--replace`, `--accept` and `--retry`."""
    texts = {
        "retry": "Retry a change of this server that did not take effect. A glob, repeatable.",
        "accept": "Accept this server as it is although its build failed. A glob, repeatable.",
        "replace": "Destroy this server and create it again. A glob, repeatable.",
    }
    for name, text in texts.items():
        function = click.option(f"--{name}", multiple=True, metavar="KEY", help=text)(function)
    return function


def defer_option(function: Function) -> Function:
    """`--defer`."""
    return click.option(
        "--defer",
        is_flag=True,
        help="Leave out, for a later run, what windows and freezes do not allow now.",
    )(function)


def override_option(function: Function) -> Function:
    """`--override-window`."""
    return click.option(
        "--override-window",
        metavar="REASON",
        help="Ignore windows and freezes. The reason is in the journal and in every output.",
    )(function)


def retire_option(function: Function) -> Function:
    """`--retire-now`."""
    return click.option(
        "--retire-now",
        is_flag=True,
        help="Destroy at once what would be retired, and what is retired already.",
    )(function)


def cost_option(function: Function) -> Function:
    """`--no-cost`."""
    return click.option(
        "--no-cost",
        is_flag=True,
        help="Do not request prices. Policies on cost are then not checked.",
    )(function)


def checks_option(function: Function) -> Function:
    """`--no-checks`."""
    return click.option(
        "--no-checks",
        multiple=True,
        metavar="CODE",
        help="Skip this check, such as CCA104. Repeatable.",
    )(function)


def lock_option(function: Function) -> Function:
    """`--lock-timeout`."""
    return click.option(
        "--lock-timeout",
        type=NumberRange(min=0),
        default=0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for another apply of the same stack.",
    )(function)


def timeout_option(which: str = "the") -> Callable[[Function], Function]:
    """`--timeout`, for `one` task of many or `the` task of the command."""
    return click.option(
        "--timeout",
        type=NumberRange(min=0, min_open=True),
        default=1800,
        show_default=True,
        metavar="SECONDS",
        help=f"How long to wait for {which} task.",
    )


def execution_options(function: Function) -> Function:
    """`--auto-approve`, `--parallelism` and `--timeout`."""
    function = pace_options(function)
    return click.option("--auto-approve", is_flag=True, help="Do not ask for confirmation.")(
        function
    )


def pace_options(function: Function) -> Function:
    """`--parallelism` and `--timeout`."""
    function = timeout_option("one")(function)
    return click.option(
        "--parallelism",
        type=click.IntRange(min=1),
        default=10,
        show_default=True,
        metavar="N",
        help="Number of steps that run at the same time.",
    )(function)
