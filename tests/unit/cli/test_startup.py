"""What a command imports: start-up is felt at every call."""

import subprocess
import sys

import pytest

from ccloud_apply.cli.command_table import COMMANDS, command_module
from tests.conftest import ROOT

HEAVY = {"yaml", "jsonschema", "jsonschema_rs", "httpx", "asyncio", "deepdiff", "starlette"}

HELPED_BY = {"catalog": {"ccloud_apply.workflows"}}
"""What the help of a command has its choices from."""


def modules_of(*arguments: str) -> set[str]:
    program = (
        "import sys; from ccloud_apply.cli.main import run; code = run(sys.argv[1:]);"
        " sys.stderr.write(' '.join(sys.modules)); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stderr.split())


def imported_by(*arguments: str) -> set[str]:
    return {name.partition(".")[0] for name in modules_of(*arguments)}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["-h"]])
def test_version_and_help_import_nothing_heavy(arguments: list[str]) -> None:
    assert imported_by(*arguments) & HEAVY == set()


@pytest.mark.parametrize("arguments", [["api", "--list"], ["api", "get_server", "--help"]])
def test_what_tells_of_operations_imports_nothing_heavy(arguments: list[str]) -> None:
    assert imported_by(*arguments) & HEAVY == set()


def test_validate_imports_no_network(tmp_path_factory: pytest.TempPathFactory) -> None:
    stack = tmp_path_factory.mktemp("stack") / "web.yaml"
    stack.write_text("stack: web\nservers:\n  web: {hostname: vs10001}\n", encoding="utf-8")
    network = {"httpx", "asyncio", "starlette", "uvicorn", "deepdiff", "sqlite3", "ssl"}
    assert imported_by("validate", str(stack)) & network == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_imports_nothing_that_it_does(command: str) -> None:
    modules = modules_of(command, "--help")
    assert command_module(command) in modules
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()
    packages = {
        ".".join(name.split(".")[:2]) for name in modules if name.startswith("ccloud_apply")
    }
    work = {f"ccloud_apply.{name}" for name in ("workflows", "api", "apply", "plan", "aspects")}
    assert packages & (work - HELPED_BY.get(command, set())) == set()


def test_journal_without_a_path_imports_no_loader() -> None:
    modules = modules_of("journal")
    assert "ccloud_apply.workflows.journal" in modules
    assert modules & {"ccloud_apply.load", "ccloud_apply.aspects", "yaml"} == set()


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "missing.yaml"], ["schema"]])
def test_no_command_imports_the_table_of_codes(arguments: list[str]) -> None:
    program = (
        "import sys; from ccloud_apply.cli.main import run; run(sys.argv[1:]);"
        " sys.exit('ccloud_apply.model.codes' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
