"""What the command calls downtime: time in which a server that runs does not."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import APPLY, BOX, IS_EMPTY, write_stack

OFF = BOX + '    power: "off"\n'


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_server_that_is_created_off_has_no_downtime_in_any_format(
    name: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, OFF)
    page = call_cli("plan", "web.yaml", "--format", name, env=sandbox_env)
    assert page.code == 0
    assert "DOWNTIME" not in page.out
    assert "class='downtime'" not in page.out.replace('"', "'")
    document = json.loads(call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env).out)
    (server,) = document["stacks"][0]["servers"]
    assert (server["action"], server["downtime"]) == ("create", False)


def test_a_running_server_that_is_switched_off_has_downtime(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, OFF.replace('"off"', "running"))
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, OFF)
    assert "DOWNTIME" in call_cli("plan", "web.yaml", env=sandbox_env).out
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    assert call_cli(*IS_EMPTY, env=sandbox_env).code == 0
