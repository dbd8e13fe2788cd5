"""Questions at a terminal: a text, a number, a choice, each asked until it is answered.

What is asked belongs to whoever asks. An end of input ends the command, with nothing done.
"""

from collections.abc import Callable, Sequence

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.lib.table import render_table

_MAX_ROWS = 50

Check = Callable[[str], str]
"""What is wrong with an answer, as a sentence; an empty text if nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Names to choose from, each with the further cells of its row."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The first cell of each row."""
        return tuple(row[0] for row in self.rows)


class Interview:
    """Asks a person, on standard error."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    @property
    def _style(self) -> Style:
        return Style(self._terminal.has_coloured_errors)

    def tell(self, text: str) -> None:
        """Say something before a question; the text is escaped already."""
        self._terminal.write_note(text)

    async def text(self, question: str, default: str, check: Check) -> str:
        """An answer that the check lets pass; an empty one is the default."""
        offered = f" [{escape_short(default)}]" if default else ""
        while True:
            line = await self._terminal.ask_line(f"{self._style.bold(question)}{offered}:")
            if line is None:
                raise UsageError(
                    "standard input has ended before all was answered; nothing was written"
                )
            answer = line or default
            problem = check(answer) if answer else "an answer is needed"
            if not problem:
                return answer
            self.tell(f"  {self._style.yellow(escape_line(problem))}")

    async def number(self, question: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""

        def check(answer: str) -> str:
            is_number = answer.isascii() and answer.isdigit() and len(answer) < 10
            if is_number and least <= int(answer) <= most:
                return ""
            return f"write a number from {least:,} to {most:,}"

        return int(await self.text(question, str(default), check))

    async def choice(self, question: str, choices: Choices, default: str) -> str:
        """One of the names, by itself or by its number in the list."""
        names = choices.names
        rows = [(str(n), *row) for n, row in enumerate(choices.rows, start=1)]
        self.tell("")
        self.tell(render_table(("", *choices.headers), rows[:_MAX_ROWS], self._style).rstrip())
        if len(rows) > _MAX_ROWS:
            self.tell(f"… and {len(rows) - _MAX_ROWS:,} more, which can be named")

        def check(answer: str) -> str:
            if answer in names or _read_place(answer, names) is not None:
                return ""
            return f"write a number from 1 to {len(names):,}, or a name of the list"

        answer = await self.text(question, default, check)
        if answer in names:
            return answer
        place = _read_place(answer, names)
        assert place is not None
        return names[place]

    async def confirm(self, question: str) -> bool:
        """Yes, which an empty answer means too, or no."""
        words = {"y": True, "yes": True, "n": False, "no": False}

        def check(answer: str) -> str:
            return "" if answer.lower() in words else "write y or n"

        return words[(await self.text(f"{question} (y, n)", "y", check)).lower()]


def _read_place(answer: str, names: Sequence[str]) -> int | None:
    if not (answer.isascii() and answer.isdigit() and len(answer) < 10):
        return None
    return int(answer) - 1 if 1 <= int(answer) <= len(names) else None
