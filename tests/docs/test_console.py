"""Every `console` block of a page is run against the sandbox; it prints what the page says.

One page is one session: its blocks run in order in one folder, which has a copy of examples/ and
the files that the page writes (`<!-- file: NAME -->` before a block). `...` in an expected line
stands for any text, a line of dots alone for any lines. Durations are not compared. What apply and
destroy tell comes in any order. With --update-cases the pages are rewritten.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccloud_apply.cli.main import run
from tests.conftest import ROOT
from tests.support.command import write_command
from tests.support.docs.pages import Block, find_blocks, find_pages, name_page

PATIENCE_S = 120
PROMPT = "$ "
ANY_TEXT = "..."
_UNORDERED = re.compile(r"ccloud-apply\b.*(?<![-\w])(?:apply|destroy)\b")
_DURATION = re.compile(r"\b(?:\d+h \d\dm|\d+m \d\ds|\d+(?:\.\d+)?s)(?=[ .,]|$)")
_DIRECT = re.compile(r"ccloud-apply(?! __complete| .*\bfleet\b) [-\w./:=, @+\"']+")
"""A line that needs no shell."""

SESSIONS = [
    page
    for page in find_pages()
    if any(block.language == "console" for block in find_blocks(page.read_text(encoding="utf-8")))
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command line of a block, with what the page says it prints."""

    line: str
    output: tuple[str, ...]


def find_commands(block: Block) -> Iterator[Command]:
    line = ""
    output: list[str] = []
    for text in block.lines:
        if text.startswith(PROMPT):
            if line:
                yield Command(line=line, output=tuple(output))
            line, output = text.removeprefix(PROMPT), []
        else:
            output.append(text)
    if line:
        yield Command(line=line, output=tuple(output))


class Session:
    """A shell in a folder of its own, in which `ccloud-apply` is this checkout's."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        tools = write_command(folder / "tools")
        self.folder = folder / "work"
        shutil.copytree(ROOT / "examples", self.folder / "examples")
        self._env = {**env, "PATH": f"{tools}:{env['PATH']}"}
        self._printed = folder / "printed.txt"
        self._code = 0

    def run(self, line: str) -> tuple[str, ...]:
        """Run a command line; what it prints on both streams, without spaces at the ends."""
        if _DIRECT.fullmatch(line) and not os.environ.get("CCLOUD_TEST_COMMAND"):
            printed = self._call(shlex.split(line)[1:])
        else:
            printed = self._start(line)
        return tuple(text.rstrip() for text in printed.rstrip("\n").splitlines())

    def _call(self, arguments: Sequence[str]) -> str:
        """The same within this process: what it does not share with a shell's is its start."""
        self._printed.write_bytes(b"")
        with ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.chdir(self.folder)
            for name in os.environ.keys() - self._env.keys():
                patch.delenv(name)
            for name, value in self._env.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", stack.enter_context(Path(os.devnull).open()))
            # Both in one file, each with the buffer that it has where it is no terminal.
            for name, buffer in (("stdout", -1), ("stderr", 1)):
                opened = self._printed.open("a", buffering=buffer, encoding="utf-8")
                patch.setattr(sys, name, stack.enter_context(opened))
            self._code = run(arguments)
        return self._printed.read_text(encoding="utf-8")

    def _start(self, line: str) -> str:
        ended = subprocess.run(
            ["sh", "-c", f"(exit {self._code})\n{line}"],
            cwd=self.folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        self._code = ended.returncode
        return ended.stdout


def mask(lines: Sequence[str]) -> list[str]:
    return [_DURATION.sub("TIME", line.rstrip()) for line in lines]


def pattern_of(line: str) -> str:
    if line == ANY_TEXT:
        return r"(?:[^\n]*\n)*"
    return "[^\n]*".join(re.escape(part) for part in line.split(ANY_TEXT)) + "\n"


def agrees(expected: Sequence[str], printed: Sequence[str], *, is_ordered: bool) -> bool:
    wanted, found = mask(expected), mask(printed)
    if not is_ordered:
        wanted, found = sorted(wanted), sorted(found)
    pattern = "".join(map(pattern_of, wanted))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in found)) is not None


@pytest.mark.parametrize("page", SESSIONS, ids=name_page)
def test_every_command_of_a_page_prints_what_the_page_says(
    page: Path, tmp_path: Path, clean_env: dict[str, str], update_cases: bool
) -> None:
    speed = {} if update_cases else {"CCLOUD_SANDBOX_SPEED": "2000"}
    session = Session(tmp_path, {**clean_env, **speed})
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    shift = 0
    for block in find_blocks(text):
        if block.file is not None:
            file = session.folder / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        if block.language != "console":
            continue
        recorded: list[str] = []
        for command in find_commands(block):
            printed = session.run(command.line)
            fits = agrees(command.output, printed, is_ordered=not _UNORDERED.search(command.line))
            kept = command.output if fits else printed
            recorded += [PROMPT + command.line, *kept]
            if not update_cases:
                place = f"{name_page(page)}:{block.line}: {PROMPT}{command.line}"
                assert fits, "\n".join([place, *printed])
        if update_cases:
            start = block.line - 1 + shift
            lines[start : start + len(block.lines)] = recorded
            shift += len(recorded) - len(block.lines)
    if update_cases:
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_readme_and_the_guides_have_commands_that_are_run() -> None:
    names = {name_page(page) for page in SESSIONS}
    assert {"README.md", "docs/quickstart.md"} <= names


@pytest.mark.parametrize("page", SESSIONS, ids=name_page)
def test_a_page_edits_files_in_a_way_that_works_on_macos_too(page: Path) -> None:
    blocks = find_blocks(page.read_text(encoding="utf-8"))
    lines = [command.line for block in blocks for command in find_commands(block)]
    assert [line for line in lines if re.search(r"\bsed\b.* (?:-i|--in-place) ", line)] == []
