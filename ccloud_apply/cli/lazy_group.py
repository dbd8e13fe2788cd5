"""A group of commands whose modules are imported when they are called.

Names and short helps come from a table, so that `--help` imports no command.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import click

from ccloud_apply.cli.docs_link import link_docs


class LazyGroup(click.Group):
    """Commands by name with their short helps; `module_of` gives the module of a command.

    `words` are those that call the group, without the program's name.
    """

    def __init__(
        self,
        *,
        table: Mapping[str, str],
        module_of: Callable[[str], str],
        words: tuple[str, ...] = (),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._words = words
        link_docs(self, *words)
        self._table = table
        self._module_of = module_of

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        command: click.Command = import_module(self._module_of(cmd_name)).command
        return link_docs(command, *self._words, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self._table and not name.startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(name, self._table, n=1)
            way_out = f'; did you mean "{close[0]}"?' if close else ""
            raise click.UsageError(f'there is no command "{name}"{way_out}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))
