"""Real shells on a terminal of their own: a line is typed, TAB pressed, and the words are read.

Nothing is known here of what is completed.
"""

import os
import pty
import re
import select
import shutil
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_SETUP = {
    "bash": (
        "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'",
        "bind 'set completion-query-items 0'; bind 'set page-completions off'",
    ),
    "zsh": (
        "bindkey -e; unsetopt beep; setopt no_list_beep; zstyle ':completion:*' list-prompt ''",
        "autoload -Uz compinit; compinit -u -D",
    ),
}
_START = {"bash": ("--norc", "--noprofile", "-i"), "zsh": ("-f", "-i")}
_WORDS = "words() { printf '\\n<<%s' \"$#\"; printf '|%s' \"$@\"; printf '>>\\n'; }"
_TOLD = re.compile(r"<<\d+\|(.*?)>>", re.DOTALL)
_PATIENCE_S = 60


def find_shell(name: str) -> str | None:
    """The path of a shell; None where it is not installed."""
    return shutil.which(name)


class Shell:
    """A shell that waits for a line."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._said = ""

    def run(self, *lines: str) -> None:
        """Type lines, and wait until the last one was run."""
        self._type("".join(f"{line}\r" for line in (*lines, "words 'r''eady'")))
        self._wait(re.compile(r"<<1\|ready>>"))

    def complete(self, line: str, rest: str = "") -> list[str]:
        """The words that the line comes to after one TAB, as a command would get them, with `rest`
        typed behind it."""
        self._type(f"{line}\t{rest}\x01words \x05\r")
        return self._wait(_TOLD)[1].split("|")

    def offers(self, line: str) -> str:
        """What the terminal shows once TAB was pressed twice."""
        self._await_prompt()  # before it, the terminal itself takes ^U and removes the line
        self._type(f"{line}\t\t\x15words 'd''one'\r")
        told = self._wait(re.compile(r"(.*)<<1\|done>>", re.DOTALL))
        return told[1]

    def _await_prompt(self) -> None:
        """Wait until the shell reads each key by itself."""
        until = time.monotonic() + _PATIENCE_S
        while termios.tcgetattr(self._terminal)[3] & termios.ICANON:
            assert time.monotonic() < until, "the shell shows no prompt"
            time.sleep(0.01)

    def _type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _wait(self, wanted: re.Pattern[str]) -> re.Match[str]:
        until = time.monotonic() + _PATIENCE_S
        while True:
            found = wanted.search(self._said)
            if found is not None:
                self._said = self._said[found.end() :]
                return found
            readable, _, _ = select.select([self._terminal], [], [], 1)
            if readable:
                self._said += os.read(self._terminal, 65536).decode("utf-8", "replace")
            elif time.monotonic() > until:
                raise AssertionError(f"the shell did not answer: {self._said[-2000:]}")


@contextmanager
def start_shell(name: str, folder: Path, env: Mapping[str, str], script: str) -> Iterator[Shell]:
    """A shell in this folder that has run the script."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [find_shell(name) or name, *_START[name]],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={**env, "TERM": "xterm", "PS1": "> ", "LINES": "500", "COLUMNS": "300"},
        start_new_session=True,
        preexec_fn=None,
    )
    os.close(theirs)
    shell = Shell(ours)
    try:
        shell.run(_WORDS, *_SETUP[name], script)
        yield shell
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def offered_by_fish(folder: Path, env: Mapping[str, str], script: str, line: str) -> list[str]:
    """What fish offers for a line, without the words beside it."""
    ended = subprocess.run(
        [
            find_shell("fish") or "fish",
            "--no-config",
            "-c",
            f"{script}\ncomplete -C $argv[1]",
            line,
        ],
        cwd=folder,
        env=dict(env),
        capture_output=True,
        check=True,
        text=True,
    )
    assert ended.stderr == ""
    return [row.partition("\t")[0] for row in ended.stdout.splitlines()]
