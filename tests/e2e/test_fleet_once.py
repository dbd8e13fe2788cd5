"""The example of a fleet, from the first `fleet serve --once` on, as its guide has it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, RunCli
from tests.support.documents import validator_of


@pytest.fixture
def fleet(call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path) -> Callable[..., Any]:
    """Calls `fleet ...` beside the files of the example."""
    shutil.copytree(ROOT / "examples" / "fleet", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "fleet.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("endpoint:", "sandbox_speed: 2000\n    endpoint:"), "utf-8")
    return lambda *arguments: call_cli("fleet", *arguments, env=clean_env)


def states(fleet: Callable[..., Any]) -> dict[str, str]:
    document = json.loads(fleet("status", "--format", "json").out)
    return {one["stack"]: one["state"] for one in document["stacks"]}


def history(fleet: Callable[..., Any]) -> list[dict[str, Any]]:
    document = json.loads(fleet("history", "--sweeps", "--format", "json").out)
    validator_of("fleet-history.schema.json").validate(document)
    runs: list[dict[str, Any]] = document["runs"]
    return runs


def show(fleet: Callable[..., Any], run: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(fleet("show", str(run), "--format", "json").out)
    validator_of("fleet-history.schema.json").validate(document)
    for report in document["reports"]:
        validator_of("drift.schema.json").validate(report)
    return document


def test_the_example_does_what_its_rules_say_and_an_approval_the_rest(
    fleet: Callable[..., Any], tmp_path: Path
) -> None:
    assert fleet("check", "--offline").code == 0
    first = fleet("serve", "--once")
    assert first.code == 0
    assert states(fleet) == {"web": "proposed", "database": "clean", "files": "drift"}
    documents = [show(fleet, one["id"]) for one in history(fleet)]
    assert {len(one["reports"]) for one in documents} == {0, 1}
    (plan,) = (one["plan"] for one in documents if one["plan"] is not None)
    assert plan["document"]["stacks"][0]["stack"] == "web"
    assert fleet("approve", "web").code == 0
    assert fleet("serve", "--once").code == 0
    assert states(fleet) == {"web": "clean", "database": "clean", "files": "drift"}
    (run,) = json.loads(fleet("history", "web", "--limit", "1", "--format", "json").out)["runs"]
    assert (run["kind"], run["outcome"], run["cause"]) == ("apply", "applied", "person")
    shown = fleet("show", str(run["id"])).out
    assert "Settled:\n" in shown
    assert "create server" in shown
    # What was edited counts at once: whoever calls `--once` has done that for a reason.
    file = tmp_path / "stacks/shop/database.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("memory: 8", "memory: 16"), "utf-8")
    assert fleet("serve", "--once").code == 0
    (run,) = json.loads(fleet("history", "database", "--format", "json").out)["runs"][:1]
    assert (run["outcome"], run["cause"]) == ("applied", "commit")
