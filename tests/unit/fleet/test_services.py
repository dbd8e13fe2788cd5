"""The units and the compose file start what there is, with options that there are."""

import configparser
import shlex
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from ccloud_apply.fleet.service import END_S
from tests.conftest import ROOT
from tests.support.linters import lint

EXAMPLES = ROOT / "examples" / "fleet"
UNITS = sorted((EXAMPLES / "systemd").glob("*.service"))
COMPOSE = EXAMPLES / "compose.yaml"
SPARE_S = 30


def read_unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, encoding="utf-8")
    return parser["Service"]


def read_command(arguments: Sequence[str]) -> dict[str, Any]:
    """What the command line is taken for. Raises UsageError of click."""
    group, name, *rest = arguments
    assert group == "fleet"
    command: click.Command = import_module(f"ccloud_apply.cli.commands.fleet.{name}").command
    return command.make_context(name, list(rest)).params


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_there_is_and_waits_for_its_drain(unit: Path) -> None:
    service = read_unit(unit)
    program, *arguments = shlex.split(service["ExecStart"])

    found = read_command(arguments)

    assert program.endswith("/bin/ccloud-apply")
    assert int(service["TimeoutStopSec"]) >= found["drain"] + END_S + SPARE_S
    assert service["SuccessExitStatus"] == "143"  # a clean stop by SIGTERM


def test_units_say_the_same_of_what_a_process_may() -> None:
    one, two = ({**read_unit(unit)} for unit in UNITS)
    own = {"ExecStart", "StateDirectory", "WorkingDirectory", "Environment"}

    assert {name: value for name, value in one.items() if name not in own} == {
        name: value for name, value in two.items() if name not in own
    }


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_a_container_starts_a_command_that_there_is_and_waits_for_its_drain(name: str) -> None:
    service = compose()["services"][name]

    found = read_command(service["command"])

    assert int(service["stop_grace_period"].removesuffix("s")) >= found["drain"] + END_S + SPARE_S


def test_the_compose_file_is_one_by_the_schema_of_compose() -> None:
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def test_nothing_of_the_examples_is_a_secret_or_listens_to_the_world() -> None:
    text = COMPOSE.read_text(encoding="utf-8")

    assert compose()["services"]["database"]["ports"] == ["127.0.0.1:5433:5432"]
    assert "0.0.0.0" not in text + "".join(unit.read_text() for unit in UNITS)
    assert "${POSTGRES_PASSWORD:?}" in text
