"""What a command imports: start-up is felt at every call."""

import subprocess
import sys

import pytest

from ccloud_apply.cli.command_table import command_module
from tests.conftest import ROOT

HEAVY = {"yaml", "jsonschema", "jsonschema_rs", "httpx", "asyncio", "deepdiff", "starlette"}


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


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "drift", "export"])
def test_only_the_embedded_api_and_a_rehearsal_import_the_sandbox(command: str) -> None:
    modules = modules_of(command, "--help")
    assert command_module(command) in modules
    assert modules & {"ccloud_apply.sandbox", "starlette", "sqlite3"} == set()


@pytest.mark.parametrize(
    "command", ["plan", "graph", "drift", "export", "explain", "inventory", "new", "performance"]
)
def test_what_only_reads_imports_no_engine_that_applies(command: str) -> None:
    modules = modules_of(command, "--help")
    assert command_module(command) in modules
    assert modules & {"ccloud_apply.apply.session", "ccloud_apply.apply.engine.executor"} == set()


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "export"])
def test_what_one_command_alone_sends_is_imported_with_that_command(command: str) -> None:
    modules = modules_of(command, "--help")
    of_commands = {f"ccloud_apply.api.{name}" for name in ("access", "billing", "by_hand")}
    assert "ccloud_apply.api.client" in modules
    assert modules & of_commands == set()


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
