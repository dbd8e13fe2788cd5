"""The options of commands about one server: a key with the files that declare it, or a hostname."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from ccloud_apply.cli.params.options import Flags, variable_options
from ccloud_apply.cli.params.values import StackFlags
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.workflows.inputs.no_stack import OnSkipped
from ccloud_apply.workflows.inputs.stacks import LoadedStacks

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFlags:
    """KEY or HOSTNAME, the PATHs of its stack, and variables for them."""

    name: str
    paths: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    var_file: str | None = None

    def load_named(self, flags: Flags, on_skipped: OnSkipped) -> LoadedStacks:
        """The stacks of the PATHs; none where none was given. Raises StackError, UsageError."""
        return self._given.load_named(flags, os.environ, on_skipped)

    def load_given(self, flags: Flags, on_skipped: OnSkipped) -> LoadedStacks:
        """The same, where none was given those of the project. Raises StackError, UsageError."""
        return self._given.load_given(flags, os.environ, on_skipped)

    @property
    def _given(self) -> StackFlags:
        return StackFlags(paths=self.paths, variables=self.variables, var_file=self.var_file)


def server_argument(function: Function) -> Function:
    """KEY or HOSTNAME."""
    return click.argument("name", metavar="KEY|HOSTNAME")(function)


def server_paths(function: Function) -> Function:
    """[PATH...] with `--var` and `--var-file`: the stack files that declare the key."""
    function = variable_options(function)
    return click.argument("paths", nargs=-1, metavar="[PATH...]")(function)


def secret_option(function: Function) -> Function:
    """`--out`, for what may go to a terminal or to a file for its owner alone."""
    return click.option(
        "--out",
        metavar="FILE",
        help="Write it to a new file that only you can read, not to the terminal.",
    )(function)
