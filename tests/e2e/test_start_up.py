"""What whole commands import, over real HTTP: every module is time at every call.

A command that needs more than it may either does something at its start that it should do when it
is asked to, or has a reason that raises its number here.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.conftest import StartPlatform

_PROGRAM = """
import sys
sys.stderr = open(sys.argv[1], "w")
sys.argv = ["ccloud-apply", *sys.argv[2:]]
from ccloud_apply.__main__ import main
try:
    main()
finally:
    sys.stderr.write("\\n" + " ".join(sys.modules))
"""

STACK = "stacks/web.yaml"

MOST: Mapping[str, int] = {
    f"validate {STACK}": 224,
    f"plan {STACK}": 352,
    f"plan {STACK} --format json": 335,
    f"graph {STACK}": 333,
    f"drift {STACK}": 360,
    f"explain front {STACK}": 360,
    "inventory --all": 345,
    "export --all": 333,
    "catalog pools": 138,
    "tasks": 144,
    f"fmt --check {STACK}": 148,
    "journal": 78,
    "schema": 130,
    f"apply {STACK} --auto-approve": 460,
}
"""How many modules of ours each command may import. Commands run in this order."""

OFFLINE = ("validate", "fmt", "journal", "schema")
NETWORK = {"asyncio", "ssl", "httpx", "httpcore", "anyio", "h11", "ccloud_apply.api.client"}
NEVER = {
    *("rich", "pygments", "jsonschema", "starlette", "uvicorn", "deepdiff", "sqlite3", "zoneinfo"),
    *("ccloud_apply.sandbox", "ccloud_apply.model.codes"),
}
"""Of no command that succeeds with a small stack, and embeds no API."""

ENGINE = {"ccloud_apply.apply.session", "ccloud_apply.apply.engine.executor"}
ONE_COMMAND = {f"ccloud_apply.api.{name}" for name in ("access", "billing", "by_hand", "webhook")}


@pytest.fixture
def modules_of(
    start_platform: StartPlatform,
    machine_env: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> Callable[[str], set[str]]:
    """Runs a command in a folder of its own, and gives what it has imported when it ends."""
    platform = start_platform(speed=1000.0)
    env = {**machine_env(platform), "PYTHONPATH": str(ROOT)}
    shutil.copytree(ROOT / "examples" / "stacks", tmp_path / "stacks")

    def run(command: str) -> set[str]:
        err = tmp_path / "err.txt"
        ended = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(err), *command.split()],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        said, _, modules = err.read_text(encoding="utf-8").rpartition("\n")
        assert ended.returncode == (2 if command.startswith("drift") else 0), (command, said)
        return set(modules.split())

    return run


def test_the_embedded_api_comes_without_the_command_line_of_its_http_library(
    modules_of: Callable[[str], set[str]],
) -> None:
    modules = modules_of(f"--sandbox plan {STACK}")
    assert {"httpx", "starlette", "ccloud_apply.sandbox"} <= modules
    assert modules & {"httpx._main", "rich", "pygments", "uvicorn", "jsonschema"} == {"httpx._main"}


def test_a_command_imports_what_it_needs_and_not_much_more(
    modules_of: Callable[[str], set[str]],
) -> None:
    for command, most in MOST.items():
        modules = modules_of(command)
        ours = {name for name in modules if name.partition(".")[0] == "ccloud_apply"}
        needless = set(NEVER)
        if command.startswith(OFFLINE):
            needless |= NETWORK
        else:
            assert "asyncio" in modules
        if not command.startswith("apply"):
            needless |= ENGINE
        assert modules & (needless | ONE_COMMAND) == set(), command
        assert len(ours) <= most, f"{command} imports {len(ours)} modules of ours"


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("pl", 13),
        ("plan --format j", 13),
        (f"plan {STACK} --target f", 37),
        ("api resize_server_memory -p h", 45),
    ],
)
def test_a_tab_imports_no_command_and_little_else(
    modules_of: Callable[[str], set[str]], words: str, most: int
) -> None:
    modules = modules_of(f"__complete zsh ccloud-apply {words}")
    ours = {name for name in modules if name.partition(".")[0] == "ccloud_apply"}
    assert modules & (NEVER | NETWORK | ENGINE | {"click", "subprocess", "socket"}) == set()
    assert {name for name in ours if name.startswith("ccloud_apply.cli.commands")} == set()
    assert len(ours) <= most, sorted(ours)


def test_the_status_of_a_fleet_needs_its_tables_and_little_else(
    modules_of: Callable[[str], set[str]], tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "examples" / "fleet", tmp_path, dirs_exist_ok=True)
    modules = modules_of("fleet status")
    ours = {name for name in modules if name.partition(".")[0] == "ccloud_apply"}
    assert "sqlite3" in modules
    others = {"psycopg", "procrastinate", "authlib", "apprise", "prometheus_client"}
    assert modules & ((NEVER | ENGINE | ONE_COMMAND | others) - {"sqlite3"}) == set()
    assert modules & {"httpx", "httpcore", "ccloud_apply.fleet.web"} == set()
    assert len(ours) <= 195, len(ours)
