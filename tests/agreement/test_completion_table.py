"""What completion knows of the command line is what the commands are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.cli.commands.local.completion import SHELLS
from ccloud_apply.cli.completion import __file__ as package
from ccloud_apply.cli.completion.position import COMMAND, OPTION
from ccloud_apply.cli.completion.values import KINDS
from tests.support.docs.command_line import FILE, command_table, table_text


def entries(command: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from command.get("options", ())
    yield from command.get("arguments", ())
    for child in command.get("commands", {}).values():
        yield from entries(child)


def test_the_table_of_completion_is_what_the_commands_are() -> None:
    """If not: `python -m tests.support.docs.command_line`."""
    assert FILE.read_text(encoding="utf-8") == table_text()


def test_completion_knows_every_kind_of_value_that_the_table_names() -> None:
    used = {entry["takes"] for entry in entries(command_table()) if "takes" in entry}
    assert used | {OPTION["takes"], COMMAND["takes"]} == KINDS


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_has_a_script_that_names_it(shell: str) -> None:
    script = Path(package).parent / "scripts" / f"ccloud-apply.{shell}"
    assert f"`ccloud-apply completion {shell}`" in script.read_text(encoding="utf-8")


def test_every_script_is_for_a_shell_that_can_be_asked_for() -> None:
    scripts = (Path(package).parent / "scripts").iterdir()
    assert {script.suffix.removeprefix(".") for script in scripts} == set(SHELLS)
