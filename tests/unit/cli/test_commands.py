"""Commands parse, call and show: flags are values, and nothing below the commands sees a flag."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import click
import pytest

from ccloud_apply.cli.command_table import COMMANDS, command_module
from ccloud_apply.cli.params.gather import gather
from tests.conftest import ROOT

MAX_PARAMETERS = 6


def find_commands() -> Iterator[click.Command]:
    for name in COMMANDS:
        command: click.Command = import_module(command_module(name)).command
        yield command
        if isinstance(command, click.Group):
            context = click.Context(command)
            found = (command.get_command(context, part) for part in command.list_commands(context))
            yield from filter(None, found)


@pytest.mark.parametrize("command", list(find_commands()), ids=lambda command: command.name)
def test_no_command_function_has_more_than_six_parameters(command: click.Command) -> None:
    assert command.callback is not None
    parameters = inspect.signature(command.callback).parameters
    assert len(parameters) <= MAX_PARAMETERS, list(parameters)


def test_the_environment_is_read_by_the_command_line_alone() -> None:
    package = ROOT / "ccloud_apply"
    readers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text(encoding="utf-8"))
    }
    assert {name for name in readers if not name.startswith("cli/")} == set()
    assert "cli/running.py" in readers


def test_workflows_know_no_terminal_and_no_exit() -> None:
    for path in (ROOT / "ccloud_apply/workflows").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"\bclick\b|\bsys\.|\bprint\(|ccloud_apply\.cli", text) == [], path


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Two options, of which a command may have one."""

    first: int
    second: int = 2


def test_options_are_gathered_into_a_value_and_the_rest_is_left_alone() -> None:
    @gather(numbers=Numbers)
    def function(flags: str, numbers: Numbers, other: str) -> tuple[str, Numbers, str]:
        return flags, numbers, other

    given: dict[str, object] = {"first": 1, "other": "o"}
    assert function("f", **given) == ("f", Numbers(first=1, second=2), "o")  # type: ignore[arg-type]
