"""`ccloud-apply __complete SHELL ...`: what a shell's script asks for at every TAB.

bash gives its line as far as the cursor and its COMP_WORDBREAKS, zsh gives the words, and fish
gives the last one as it is written, with quotes. The answer is text:

    open, or nothing        whether something may follow in the same word
    the part of the word that stays
    the part that is completed
    the endings of names of files that may stand there too, `any` for all,
                            `/` for folders alone
    for bash alone: how much of the completed part it keeps by itself, in characters
    a value a line, for zsh and fish with a tab and a few words on it

The scripts are in `scripts/`.
"""

import os
import signal
import sys
from collections.abc import Sequence
from json import loads
from pathlib import Path

from ccloud_apply.cli.completion.offer import Offer
from ccloud_apply.cli.completion.position import find_position
from ccloud_apply.cli.completion.values import make_offer
from ccloud_apply.cli.completion.words import split_line

WORK_S = 3
"""No TAB costs more of a processor than this: then nothing is offered."""

LIMIT_S = 30
"""No TAB takes longer than this, whatever is slow, such as a disk or all that runs beside it."""

_MAX_HELP = 80


def answer(arguments: Sequence[str]) -> int:
    """Write what may stand at the end of a line, and give back the exit code."""
    if hasattr(signal, "setitimer"):
        for timer, number, seconds in (
            (signal.ITIMER_PROF, signal.SIGPROF, WORK_S),
            (signal.ITIMER_REAL, signal.SIGALRM, LIMIT_S),
        ):
            signal.signal(number, lambda number, frame: os._exit(1))
            signal.setitimer(timer, seconds)
    # The bytes of a name that is no UTF-8 come back as they were given.
    sys.stdout.buffer.write(complete(*arguments).encode(errors="surrogateescape"))
    return 0


def complete(shell: str, *given: str) -> str:
    """The answer to one request."""
    words, dropped = given, ""
    if shell == "bash":
        words, dropped = split_line(*given)
    elif shell == "fish":
        words = (*given[:-1], split_line(given[-1], "").words[-1])
    offer = make_offer(find_position(read_commands(), words[1:]))
    partial = given[-1][len(offer.kept) :] if shell == "fish" else offer.partial
    endings = " ".join(ending or "any" for ending in offer.files)
    kept = offer.kept[len(dropped) :]
    lines = ["open" if offer.is_open else "", kept, partial, endings]
    if shell == "bash":
        lines.append(str(max(0, len(dropped) - len(offer.kept))))
    lines += _write_values(offer, dropped, has_help=shell != "bash")
    return "".join(f"{line}\n" for line in lines)


def _write_values(offer: Offer, dropped: str, *, has_help: bool) -> Sequence[str]:
    texts = [f"{offer.kept}{value.text}"[len(dropped) :] for value in offer.values]
    if not has_help:
        return texts
    return [
        f"{text}\t{_shorten(value.help)}" for text, value in zip(texts, offer.values, strict=True)
    ]


def _shorten(text: str) -> str:
    """On one line, and no longer than fits beside a value."""
    line = " ".join(text.split())
    line = "".join(char for char in line if char.isprintable())
    return line if len(line) <= _MAX_HELP else f"{line[: _MAX_HELP - 3].rstrip()}..."


def read_commands() -> dict[str, object]:
    """Every command with its options and arguments, as completion knows them."""
    file = Path(__file__).with_name("commands.json")
    commands: dict[str, object] = loads(file.read_text(encoding="utf-8"))
    return commands
