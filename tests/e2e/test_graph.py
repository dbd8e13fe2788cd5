"""`graph`: the steps of a plan as the command draws them."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import RunCli
from tests.support.stacks import write_stack


def test_a_graph_is_mermaid_where_nothing_else_is_asked_for(
    call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli("graph", write_stack(tmp_path))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("flowchart LR\n")
    assert ended.out.count('["create server"]') == 3


def test_a_graph_takes_the_options_of_a_plan(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    ended = call_cli("graph", stack, "--target", "web-1", "--var", "size=4", "--format", "dot")
    assert ended.code == 0, ended.err
    assert ended.out.count('[label="create server"') == 1
    without = call_cli("graph", stack, "--exclude", "web-*", "--format", "dot")
    assert "nothing to do" in without.out


def test_the_picture_is_a_document_of_its_own(call_cli: RunCli, tmp_path: Path) -> None:
    ended = call_cli("graph", write_stack(tmp_path), "--format", "svg")
    assert ended.code == 0, ended.err
    assert ElementTree.fromstring(ended.out).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_end_of_a_stack_is_drawn_and_changes_nothing(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    assert call_cli("apply", stack, "--auto-approve").code == 0
    ended = call_cli("graph", stack, "--destroy")
    assert (ended.code, ended.out.count('["delete server"]')) == (0, 3)
    assert call_cli("plan", stack, "--detailed-exitcode").code == 0


@pytest.mark.parametrize("text", ["stack: [", "servers: {}"])
def test_a_stack_that_cannot_be_loaded_is_an_error(
    text: str, call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli("graph", write_stack(tmp_path, text))
    assert (ended.code, ended.out) == (1, "")
