"""What a platform quotes of our own credentials is seen nowhere: not in output, not on disk."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import write_stack

SECRET = "s3cr3t/of-the-client"
TOKEN = "sandbox-t0ken/of-the-account"
PASSWORD = "p4ssw0rd-of-a-server"


@pytest.fixture
def env(clean_env: dict[str, str], serve: Callable[..., str], tmp_path: Path) -> dict[str, str]:
    """A sandbox whose creates fail with a message that quotes both credentials."""
    faults = tmp_path / "quotes.faults"
    message = f"no agent accepted {TOKEN} of {SECRET} today, nor {PASSWORD}"
    rule = {"operation": "create_server", "fault": {"failing_task": message}}
    faults.write_text(json.dumps({"rules": [rule]}))
    write_stack(tmp_path)
    return {
        **clean_env,
        "CCLOUD_ENDPOINT": serve("--faults", str(faults)),
        "CCLOUD_TOKEN": TOKEN,
        "CCLOUD_CLIENT_ID": "client",
        "CCLOUD_CLIENT_SECRET": SECRET,
        "CCLOUD_SECRET_WEB": PASSWORD,
        "CCLOUD_WORK_DIR": str(tmp_path / "work"),
        "CCLOUD_SETTLE": "0",
        "CCLOUD_GRACE": "1",
    }


def test_a_failed_task_that_quotes_the_credentials_is_told_and_kept_without_them(
    env: dict[str, str], call_cli: RunCli, tmp_path: Path
) -> None:
    apply = ("apply", "web.yaml", "--auto-approve")
    ran = [
        call_cli(*apply, env=env),
        call_cli("tasks", env=env),
        call_cli("tasks", "--format", "json", env=env),
        call_cli("journal", env=env),
        call_cli("journal", "--format", "json", env=env),
        call_cli(*apply, "--format", "json", env=env),
    ]
    assert ran[0].code == 1
    assert "no agent accepted *** of *** today" in ran[0].out + ran[0].err
    assert "no agent accepted *** of *** today, nor ***" in ran[2].out
    assert PASSWORD not in ran[1].out + ran[2].out
    for ended in ran:
        for secret in (SECRET, TOKEN, TOKEN.replace("/", "\\/"), SECRET.replace("/", "%2F")):
            assert secret not in ended.out + ended.err
    kept = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert TOKEN.encode() not in content, path
