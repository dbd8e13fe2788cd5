"""What completion knows of the command line, made from the commands themselves.

`python -m tests.support.docs.command_line` writes ccloud_apply/cli/completion/commands.json, and
the man page. A value that an option or an argument takes has a row below, or its choices.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click

from ccloud_apply.cli.main import group
from ccloud_apply.cli.params.sandbox import LIMITED
from ccloud_apply.cli.params.until import RESUMED
from ccloud_apply.fleet.model.status import STATES
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.model.codes import CODES
from ccloud_apply.model.declared.project import ALL_ENVIRONMENTS
from ccloud_apply.plan.checks.registry import CHECKS, UNREAD
from ccloud_apply.render.registry import formats_of
from ccloud_apply.sandbox.options import SandboxOptions, readings
from tests.conftest import ROOT

FILE = ROOT / "ccloud_apply" / "cli" / "completion" / "commands.json"

Entry = dict[str, Any]

KINDS = {
    # by the word that the help has for it
    "FILE": "file",
    "FORMAT=FILE": "output",
    "PATH": "stack-file",
    "FOLDER": "folder",
    "KEY": "key",
    "KEY|HOSTNAME": "server",
    "HOSTNAME": "hostname",
    "STACK": "fleet-stack",
    "SELECTOR": "selector",
    "CLASS,": "list",
    "CODE": "choice",
    "OPERATION | METHOD PATH": "operation",
    "PLANFILE | PATH": "plan-or-stack",
    # by flag
    "--project": "project-file",
    "--config": "fleet-file",
    "--var-file": "variable-file",
    "--catalog": "json-file",
    "--since": "json-file",
    "--faults": "variable-file",
    "--into": "stack-file",
    "--env": "environment",
    "--var": "variable",
    "--hostname": "hostname",
    "--tag": "tag",
    "--account": "account",
    "--param": "parameter",
    "--field": "field",
    "--reading": "choice",
    "--until": "choice",
    "--limits": "list",
    # of one command
    "new [FILE]": "stack-file",
    "fleet init [FILE]": "fleet-file",
    "export --stack": "stack",
    "apply [PATH...]": "plan-or-stack",
}
"""What a value is (`cli/completion/values.py`); the last row that fits it counts."""

FREE = frozenset(
    {
        *("--endpoint", "--webhook", "--docs", "--listen", "--host", "--at", "--reason", "--plan"),
        *("--override-window", "--pool", "--image", "--adopt", "new --stack", "new --key"),
        *("ID|NAME", "--to", "SNAPSHOT", "MONTH", "--branch", "--source", "--commit"),
        *("--watched", "--watch"),
    }
)
"""Values of which nothing is known without the account, or at all. So are numbers."""

_NUMBERS = (click.types.IntParamType, click.types.FloatParamType)


def _list_values(kind: str, keys: Iterable[str]) -> list[Any]:
    """The values that are known, where all of them are."""
    lists: Mapping[str, Callable[[], Iterable[Any]]] = {
        "--allow": lambda: CLASSES,
        "--no-checks": lambda: (
            [UNREAD, CODES[UNREAD].meaning],
            *([check.code, check.title] for check in CHECKS.values() if not check.is_of_schema),
        ),
        "--write": lambda: formats_of("plan"),
        "--reading": _list_readings,
        "--limits": lambda: (f"{limit}=" for limit in LIMITED),
        "--until": lambda: ("2h", "1d", "7d", RESUMED),
        "validate --env": lambda: (ALL_ENVIRONMENTS,),
        "selector": lambda: (*(f"state:{state}" for state in STATES), "is:stale", "is:paused"),
    }
    found = next((lists[key] for key in (*keys, kind) if key in lists), None)
    return [] if found is None else list(found())


def _list_readings() -> Iterator[str]:
    """`NAME=VALUE` for every reading of which the values are words."""
    hints = get_type_hints(SandboxOptions)
    for name in readings():
        kinds = (hints[name], *get_args(hints[name]))
        words = [one for kind in kinds if get_origin(kind) is Literal for one in get_args(kind)]
        words += ["true", "false"] if bool in kinds else []
        yield from (f"{name}={word}" for word in words)


def command_table() -> Entry:
    """All that completion knows."""
    context = click.Context(group, info_name="ccloud-apply", **group.context_settings)
    return _describe(group, context, ())


def table_text() -> str:
    """The file as it has to be: an option or an argument a line."""
    return "".join(_lay_out(command_table(), "")) + "\n"


def _lay_out(command: Entry, margin: str) -> Iterator[str]:
    inner = f"{margin} "
    yield f'{{"help": {json.dumps(command["help"])}'
    for part in ("options", "arguments"):
        if entries := command.get(part):
            lines = ",".join(f"\n{inner}{json.dumps(entry)}" for entry in entries)
            yield f',\n{margin}"{part}": [{lines}]'
    if "commands" in command:
        yield f',\n{margin}"commands": {{'
        for at, (name, child) in enumerate(command["commands"].items()):
            yield f'{"," if at else ""}\n{inner}"{name}": ' + "".join(_lay_out(child, inner))
        yield "}"
    yield "}"


def find_commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it, groups before their commands."""

    def walk(
        words: tuple[str, ...], command: click.Command
    ) -> Iterator[tuple[tuple[str, ...], click.Command]]:
        yield words, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                yield from walk((*words, name), child)

    yield from walk((), group)


def _describe(command: click.Command, context: click.Context, words: tuple[str, ...]) -> Entry:
    options = [_describe_option(option, ()) for option in shared_options()]
    shared = {option["flags"][-1]: option for option in options} if words else {}
    found: Entry = {"help": command.get_short_help_str(200)}
    options = [
        _describe_option(param, words)
        for param in command.get_params(context)
        if isinstance(param, click.Option)
    ]
    found["options"] = [one for one in options if shared.get(one["flags"][-1]) != one]
    if not words:
        for one in found["options"]:
            if one["flags"] == ["--version"]:
                one["is_root"] = True
    if isinstance(command, click.Group):
        found["commands"] = {}
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            inner = click.Context(child, parent=context, info_name=name)
            found["commands"][name] = _describe(child, inner, (*words, name))
        short = getattr(command, "_table", {})
        for name, entry in found["commands"].items():
            entry["help"] = short.get(name, entry["help"])
        return found
    found["arguments"] = [
        _describe_argument(param, words)
        for param in command.params
        if isinstance(param, click.Argument)
    ]
    return found


def shared_options() -> list[click.Option]:
    """The options of the program itself, which every command takes but for `--version`."""
    context = click.Context(group, **group.context_settings)
    return [param for param in group.get_params(context) if isinstance(param, click.Option)]


def _describe_option(option: click.Option, words: tuple[str, ...]) -> Entry:
    found: Entry = {"flags": [*option.opts, *option.secondary_opts], "help": option.help or ""}
    if option.multiple:
        found["is_many"] = True
    if not option.is_flag and not option.count:
        name = next((flag for flag in option.opts if flag.startswith("--")), option.opts[0])
        found |= _describe_value(option, name, words)
    return found


def _describe_argument(argument: click.Argument, words: tuple[str, ...]) -> Entry:
    name = argument.metavar or (argument.name or "").upper()
    found = _describe_value(argument, name, words)
    if argument.nargs == -1:
        found["is_many"] = True
    return found


def _describe_value(param: click.Parameter, name: str, words: tuple[str, ...]) -> Entry:
    if isinstance(param.type, click.Choice):
        return {"takes": "choice", "values": list(param.type.choices)}
    keys = ((param.metavar or name).strip("[]."), name, " ".join((*words, name)))
    kinds = [KINDS[key] for key in keys if key in KINDS]
    if not kinds or FREE.intersection(keys):
        is_free = FREE.intersection(keys) or isinstance(param.type, _NUMBERS)
        assert is_free, f"what is {keys[-1]}? KINDS or FREE of {Path(__file__).name} say it"
        return {"takes": ""}
    found: Entry = {"takes": kinds[-1]}
    values = _list_values(kinds[-1], keys)
    return {**found, "values": values} if values else found


if __name__ == "__main__":
    from tests.support.docs.man_page import write_man_page

    FILE.write_text(table_text(), encoding="utf-8")
    write_man_page(datetime.now(UTC).date().isoformat())
