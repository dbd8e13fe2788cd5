"""Every `python` block of a page is run against the sandbox; it prints what the page says.

The blocks of one page run in order, as one program in one folder that has a copy of examples/. A
`text` block right after one is what that one prints; `...` in it stands for any text.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

import ccloud_apply
from tests.conftest import ROOT
from tests.docs.test_console import PATIENCE_S, agrees
from tests.support.docs.pages import Block, find_blocks, find_pages, name_page

RUNNER = """\
import contextlib, io, json, sys
names, printed = {"__name__": "__main__"}, []
for number, text in enumerate(json.load(sys.stdin)):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(text, f"block {number}", "exec"), names)
    printed.append(output.getvalue())
json.dump(printed, sys.stdout)
"""


def find_programs(text: str) -> Iterator[tuple[Block, tuple[str, ...]]]:
    """Each block with the lines that it is said to print."""
    blocks = list(find_blocks(text))
    for block, following in zip_longest(blocks, blocks[1:]):
        if block.language == "python":
            is_output = following is not None and following.language == "text"
            yield block, following.lines if is_output and following is not None else ()


PROGRAMS = {found: list(find_programs(found.read_text(encoding="utf-8"))) for found in find_pages()}


@pytest.mark.parametrize("found", [p for p in PROGRAMS if PROGRAMS[p]], ids=name_page)
def test_every_python_block_of_a_page_prints_what_the_page_says(
    found: Path, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    ended = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps([block.text for block, _ in PROGRAMS[found]]),
        cwd=tmp_path,
        env=clean_env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    for (block, expected), printed in zip(PROGRAMS[found], json.loads(ended.stdout), strict=True):
        place = f"{name_page(found)}:{block.line}"
        fits = agrees(expected, printed.splitlines(), is_ordered=True)
        assert fits, f"{place} prints:\n{printed}"


def test_the_page_of_the_python_api_shows_every_function() -> None:
    text = "".join(block.text for block, _ in PROGRAMS[ROOT / "docs/library.md"])
    functions = [name for name in ccloud_apply.__all__ if name.islower()]
    assert functions == ["apply", "drift", "export", "inventory", "load", "plan", "rehearse"]
    assert [name for name in functions if f"{name}(" not in text] == []
