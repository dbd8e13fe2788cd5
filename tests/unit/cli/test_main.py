"""The group itself: its table of commands, and errors that nobody foresaw."""

import json
from typing import NoReturn

import pytest

from ccloud_apply.cli import lazy_group
from ccloud_apply.cli.command_table import COMMANDS
from ccloud_apply.cli.main import group, run

CANARY = "s3cret-canary"


def fail(name: str) -> NoReturn:
    raise RuntimeError(CANARY)


@pytest.mark.parametrize("arguments", [["schema"], ["-v", "schema"], ["schema", "--verbose"]])
def test_a_bug_is_an_internal_error_that_says_how_to_report_it(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lazy_group, "import_module", fail)
    assert run(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: internal error: RuntimeError")
    assert "please report it" in captured.err
    assert ("File " in captured.err) is (len(arguments) > 1)
    assert CANARY not in captured.err


def test_a_bug_leaves_complete_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lazy_group, "import_module", fail)
    assert run(["plan", "--format", "json", "x"]) == 1
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert error["code"] == "internal"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists_and_has_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    for option in ("--endpoint", "--sandbox", "--verbose", "--help"):
        assert option in out


def test_a_misspelt_command_suggests_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["plam"]) == 1
    assert 'did you mean "plan"?' in capsys.readouterr().err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("ccloud-apply ")


def test_no_command_shows_the_help_and_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 1
    assert "Commands:" in capsys.readouterr().out


def test_the_group_knows_its_commands_without_importing_them() -> None:
    assert group.name == "ccloud-apply"
    assert "validate" in COMMANDS
