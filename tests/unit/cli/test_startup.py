"""What a command imports: start-up is felt at every call."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

HEAVY = {"yaml", "jsonschema", "jsonschema_rs", "httpx", "asyncio", "deepdiff", "starlette"}


def imported_by(*arguments: str) -> set[str]:
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
    return {name.partition(".")[0] for name in ended.stderr.split()}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["-h"]])
def test_version_and_help_import_nothing_heavy(arguments: list[str]) -> None:
    assert imported_by(*arguments) & HEAVY == set()


def test_validate_imports_no_network(tmp_path_factory: pytest.TempPathFactory) -> None:
    stack = tmp_path_factory.mktemp("stack") / "web.yaml"
    stack.write_text("stack: web\nservers:\n  web: {hostname: vs10001}\n", encoding="utf-8")
    network = {"httpx", "asyncio", "starlette", "uvicorn", "deepdiff", "sqlite3", "ssl"}
    assert imported_by("validate", str(stack)) & network == set()


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
