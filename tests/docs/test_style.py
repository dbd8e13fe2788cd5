"""No message of the product and no recorded output has a phrase that the style page bans."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "style.md"
_BLOCK = re.compile(r"<!-- banned:.*?-->\n```text\n(.*?)```", re.DOTALL)
BUG_REPORT = "please report it"
"""What is said of our own bugs."""


def banned() -> list[str]:
    found = _BLOCK.search(PAGE.read_text("utf-8"))
    assert found is not None
    return found[1].splitlines()


def messages(path: Path) -> Iterator[str]:
    """Every text of a module; the parts of an f-string as one, with `{...}` between them."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{...}"
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


def _find(texts: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    phrases = banned()
    return [
        (place, phrase)
        for place, text in texts
        for phrase in phrases
        if phrase.lower() in text.replace(BUG_REPORT, "").lower()
    ]


def test_no_message_has_a_banned_phrase() -> None:
    modules = sorted((ROOT / "ccloud_apply").rglob("*.py"))
    assert len(modules) > 100
    texts = (
        (path.relative_to(ROOT).as_posix(), text) for path in modules for text in messages(path)
    )
    assert _find(texts) == []


@pytest.mark.parametrize("folder", ["tests/cases", "docs", "examples", "integrations"])
def test_no_recorded_output_has_a_banned_phrase(folder: str) -> None:
    found = (path for path in sorted((ROOT / folder).rglob("*")) if path.is_file())
    found = (path for path in found if "__pycache__" not in path.parts)  # it changes meanwhile
    files = [path for path in found if path != PAGE and path.suffix != ".png"]
    assert files
    texts = ((path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in files)
    assert _find(texts) == []


def test_the_messages_of_a_module_are_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""is no limit."""\nX = f"{1} is no limit"\nY = "it " "stands here twice"\n')
    texts = [("module.py", text) for text in messages(module)]
    assert set(_find(iter(texts))) == {
        ("module.py", "is no limit"),
        ("module.py", "stands here twice"),
    }
