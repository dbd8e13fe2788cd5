"""An account that speaks another version of the API, met by the whole command: nothing of a server
whose sizes cannot be GB is changed, and the command says why."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.box import count_tasks, read_box
from tests.support.readings import choose_reading
from tests.support.stacks import APPLY, BOX, write_stack


@pytest.mark.parametrize("wish", ["online", "offline"])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"memory_unit": "mb"}, "memory 4096 cannot be GB"),
        ({"memory_unit": "bytes"}, "memory 4294967296 cannot be GB"),
        ({"memory_unit": "mb", "memory_unit_of": "list"}, "memory 4096 cannot be GB"),
        ({"memory_unit": "mb", "memory_unit_of": "server"}, ""),
        ({"disk_size_unit": "mb"}, "size 51200 of disk sc0s0 cannot be GB"),
    ],
)
def test_a_size_in_another_unit_changes_nothing_in_any_apply(
    options: dict[str, Any],
    told: str,
    wish: str,
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = f"{BOX.replace('memory: 2', 'memory: 4')}    lifecycle: {{resize: {wish}}}\n"
    write_stack(tmp_path, text)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    choose_reading(monkeypatch, **options)
    for wanted in (4, 8, 8):
        write_stack(tmp_path, text.replace("memory: 4", f"memory: {wanted}"))
        ended = call_cli(*APPLY, env=sandbox_env)
        if wanted != 4 or told:
            assert ended.code == 1, ended.err
        assert told in ended.out + ended.err
    assert read_box(sandbox_env)["memory"] == 4
    assert count_tasks(call_cli, sandbox_env) == Counter({"create-server": 1})
