"""An account that speaks another version of the API, met by the whole command: nothing of a server
whose sizes cannot be GB is changed, and the command says why."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.sandbox.options import SandboxOptions
from tests.conftest import RunCli
from tests.support.box import count_tasks, read_box
from tests.support.stacks import APPLY, write_stack

BOX = """\
stack: box
servers:
  box:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: 4
    disks: [50]
    lifecycle: {resize: WISH}
"""


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
    text = BOX.replace("WISH", wish)
    write_stack(tmp_path, text)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    monkeypatch.setattr(
        "ccloud_apply.sandbox.options.SandboxOptions", partial(SandboxOptions, **options)
    )
    for wanted in (4, 8, 8):
        write_stack(tmp_path, text.replace("memory: 4", f"memory: {wanted}"))
        ended = call_cli(*APPLY, env=sandbox_env)
        if wanted != 4 or told:
            assert ended.code == 1, ended.err
        assert told in ended.out + ended.err
    assert read_box(sandbox_env)["memory"] == 4
    assert count_tasks(call_cli, sandbox_env) == Counter({"create-server": 1})
