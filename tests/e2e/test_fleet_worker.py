"""`fleet worker`: what it refuses, and why."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.home import install_hint
from tests.conftest import RunCli
from tests.support.stores import Store


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet of one account whose stacks are in a folder."""
    (tmp_path / "stacks").mkdir()
    return write(tmp_path)


def write(folder: Path, **more: Any) -> Path:
    document = {
        "accounts": {"acme": {"endpoint": "sandbox"}, "beta": {"endpoint": "sandbox"}},
        "sources": [{"folder": "stacks", "account": "acme"}],
        "rules": [{"mode": "apply"}],
        **more,
    }
    path = folder / "fleet.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


DATABASE = {"database": {"env": "CCLOUD_TEST_DATABASE"}}


def test_a_fleet_on_sqlite_has_no_workers(
    call_cli: RunCli, fleet: Path, clean_env: Mapping[str, str]
) -> None:
    ended = call_cli("fleet", "worker", env=clean_env)

    assert ended.code == 1
    assert "fleet.yaml names no database, and a fleet on SQLite has no workers" in ended.err
    assert "`ccloud-apply fleet serve` runs its stacks" in ended.err
    assert ended.out == ""


def test_an_account_that_does_not_exist_is_named_with_those_that_do(
    call_cli: RunCli, fleet: Path, clean_env: Mapping[str, str]
) -> None:
    write(fleet.parent, **DATABASE)
    environment = {**clean_env, "CCLOUD_TEST_DATABASE": "postgresql://127.0.0.1:1/fleet"}

    ended = call_cli("fleet", "worker", "--account", "acm", env=environment)

    assert ended.code == 1
    assert "--account acm matches no account of fleet.yaml" in ended.err
    assert "its accounts: acme, beta" in ended.err


def test_a_database_that_is_away_is_named_without_its_password(
    call_cli: RunCli, fleet: Path, clean_env: Mapping[str, str]
) -> None:
    write(fleet.parent, **DATABASE)
    url = "postgresql://fleet:open-sesame@127.0.0.1:1/customers"

    ended = call_cli("fleet", "worker", env={**clean_env, "CCLOUD_TEST_DATABASE": url})

    assert ended.code == 1
    assert "customers" in ended.err
    assert "open-sesame" not in ended.err


def test_a_database_that_nobody_has_migrated_is_refused_with_the_way_out(
    call_cli: RunCli, fleet: Path, clean_env: Mapping[str, str]
) -> None:
    from tests.support.postgres import start_postgres

    write(fleet.parent, **DATABASE)
    with start_postgres().database() as url:
        ended = call_cli("fleet", "worker", env={**clean_env, "CCLOUD_TEST_DATABASE": url})

    assert ended.code == 1
    assert "fleet migrate" in ended.err


@pytest.mark.parametrize(
    "wrong", [("--concurrency", "0"), ("--drain", "-1"), ("--concurrency", "six"), ("one",)]
)
def test_a_wrong_command_line_is_refused(
    call_cli: RunCli, fleet: Path, clean_env: Mapping[str, str], wrong: tuple[str, ...]
) -> None:
    ended = call_cli("fleet", "worker", *wrong, env=clean_env)

    assert ended.code == 1
    assert "error: " in ended.err


def test_a_worker_without_procrastinate_says_what_to_install(
    call_cli: RunCli,
    fleet: Path,
    clean_env: Mapping[str, str],
    postgres_store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert postgres_store.url is not None
    write(fleet.parent, **DATABASE)
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    for name in ("postgres", "job_queue"):
        monkeypatch.delitem(sys.modules, f"ccloud_apply.fleet.engine.{name}", raising=False)

    ended = call_cli(
        "fleet", "worker", env={**clean_env, "CCLOUD_TEST_DATABASE": postgres_store.url}
    )

    assert ended.code == 1
    assert install_hint("fleet") in ended.err
