"""`fleet migrate` as it is called: a new database, one that is up to date, one that is too new."""

from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.postgres import start_postgres

FLEET = """
database: {env: FLEET_DATABASE_URL}
accounts:
  demo: {endpoint: sandbox}
sources:
  - {folder: ./stacks, account: demo}
rules:
  - {mode: report}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "fleet.yaml").write_text(FLEET.replace("database", "# database", 1))
    return tmp_path


def test_a_new_file_gets_its_tables_and_is_left_alone_after_that(
    call_cli: RunCli, folder: Path
) -> None:
    first = call_cli("fleet", "migrate")
    assert (first.code, first.err) == (0, "")
    assert first.out == "Database: .ccloud-apply/fleet.db\nTables: new -> version 1\n"
    assert call_cli("fleet", "migrate").out.endswith("Tables: version 1 already\n")


def test_postgres_gets_the_tables_of_the_engine_too(
    call_cli: RunCli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "fleet.yaml").write_text(FLEET)
    with start_postgres().database() as url:
        monkeypatch.setenv("FLEET_DATABASE_URL", url)
        refused = call_cli("fleet", "status")
        assert refused.code == 1
        assert "has no tables of a fleet" in refused.err
        assert "ccloud-apply fleet migrate" in refused.err
        done = call_cli("fleet", "migrate")
        assert (done.code, done.err) == (0, "")
        lines = done.out.splitlines()
        assert lines[1] == "Tables: new -> version 1"
        assert lines[2].startswith("Engine: new -> migration ")
        assert call_cli("fleet", "status").code == 0
        restored = call_cli("fleet", "migrate", "--restored")
        assert restored.out.splitlines()[-1].startswith("Restored: 0 journals may lack an end")
        assert "restore" in call_cli("fleet", "audit").out


def test_the_password_of_a_database_that_cannot_be_reached_is_not_shown(
    call_cli: RunCli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "fleet.yaml").write_text(FLEET)
    monkeypatch.setenv("FLEET_DATABASE_URL", "postgresql://fleet:the-password@127.0.0.1:1/fleet")
    for options in ((), ("-v",)):
        ended = call_cli("fleet", "migrate", *options)
        assert ended.code == 1
        assert ended.err.startswith("error: the database fleet at 127.0.0.1 cannot be used: ")
        assert "the-password" not in ended.err + ended.out
    monkeypatch.delenv("FLEET_DATABASE_URL")
    ended = call_cli("fleet", "migrate")
    assert "the environment variable FLEET_DATABASE_URL is not set" in ended.err
