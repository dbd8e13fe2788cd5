"""What commands of a fleet read of fleet.yaml, and what they say of it."""

from pathlib import Path

import pytest

from ccloud_apply.cli.fleet import read_means


def test_a_warning_of_fleet_yaml_is_told_with_its_place_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fleet.yaml").write_text(
        "accounts: {trial: {endpoint: sandbox}}\nsources: [{folder: stacks}]\n"
        "web: {auth: {proxy: {from: [10.0.0.5]}}}\n"
    )
    read_means("fleet.yaml")
    told = capsys.readouterr().err
    assert "warning: fleet.yaml:3:13: web.auth: people who sign in may do nothing" in told
    assert 'hint: add roles: {see: ["*"], administer: [group:ops]}' in told
