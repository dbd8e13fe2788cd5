"""`schema`: the document for editors, with the values of catalogues that were kept."""

import json
from pathlib import Path

import pytest

from ccloud_apply.load.editor.describe import build_project_document, build_stack_document
from tests.conftest import RunCli


def test_it_prints_the_document_of_the_stack_or_of_the_project(call_cli: RunCli) -> None:
    assert json.loads(call_cli("schema").out) == build_stack_document()
    assert json.loads(call_cli("schema", "--project").out) == build_project_document()


def test_links_lead_to_the_docs_that_are_given(call_cli: RunCli) -> None:
    found = call_cli("schema", "--docs", "https://git.example/docs")
    assert "(https://git.example/docs/reference/stack-file.md#lifecycle)" in found.out
    assert ".invalid/docs" not in found.out


def test_values_of_a_catalogue_are_those_that_the_command_prints(
    call_cli: RunCli, tmp_path: Path
) -> None:
    for kind in ("pools", "images", "rollouts", "subnets", "addons"):
        rows = call_cli("catalog", kind, "--format", "json")
        (tmp_path / f"{kind}.json").write_text(rows.out, encoding="utf-8")
    files = [f"--catalog={kind}.json" for kind in ("pools", "images", "subnets", "addons")]
    found = call_cli("schema", *files, "--catalog", "rollouts.json")
    assert (found.code, found.err) == (0, "")
    for value in ('"pool_iw2_ssd"', '"rocky9_uefi"', '"app_nginx"', '"ddos_protection"', "21,"):
        assert value in found.out
    assert '"pool_iw2_ssd"' not in call_cli("schema").out


@pytest.mark.parametrize("text", ["", "[]", "stack: web", '{"gpus": []}', "[" * 100_000, "\x00"])
def test_a_file_that_is_no_catalogue_is_an_error_with_a_way_out(
    call_cli: RunCli, tmp_path: Path, text: str
) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    ended = call_cli("schema", "--catalog", "x.json")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("error: x.json is not a catalogue of pools, images,")
    assert "catalog images --format json > images.json" in ended.err


def test_a_file_that_cannot_be_read_is_an_error(call_cli: RunCli, tmp_path: Path) -> None:
    ended = call_cli("schema", "--catalog", "none.json")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "error: none.json cannot be read: No such file or directory\n"
