"""What an operation does stands beside its field, and nowhere in the engine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.operations import BY_COMMAND, OPERATIONS
from tests.conftest import ROOT

APPLY = ROOT / "ccloud_apply" / "apply"
CREATE = "create_server"


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((APPLY / folder).rglob("*.py"))]


def texts(path: Path) -> Iterator[str]:
    """Every string literal of a module, docstrings and the parts of f-strings too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("path", modules("engine", "once"), ids=lambda path: path.name)
def test_the_engine_names_no_operation_but_the_create(path: Path) -> None:
    words = {word for text in texts(path) for word in re.findall(r"\w+", text)}
    assert words & OPERATIONS.keys() <= {CREATE}


def test_every_operation_that_changes_something_has_an_effect() -> None:
    changing = {id for id, operation in OPERATIONS.items() if operation.repeat != "read"}
    assert {*EFFECTS_BY_OPERATION} == changing - {CREATE} - BY_COMMAND


def test_what_a_command_alone_sends_changes_something_and_is_never_sent_again() -> None:
    assert {OPERATIONS[name].repeat for name in BY_COMMAND} == {"never"}


def test_every_read_of_an_effect_is_a_read() -> None:
    for effect in EFFECTS_BY_OPERATION.values():
        reads = effect.reads | effect.reads_to_check | effect.reads_to_bind | effect.reads_to_note
        assert {OPERATIONS[read].repeat for read in reads} <= {"read"}, effect.operation_id


def test_what_is_never_sent_again_is_told_by_a_trace() -> None:
    for effect in EFFECTS_BY_OPERATION.values():
        repeat = OPERATIONS[effect.operation_id].repeat
        assert effect.is_confirmed == (repeat == "never"), effect.operation_id
