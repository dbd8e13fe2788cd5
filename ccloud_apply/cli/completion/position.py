"""The words of a command line -> what stands at its end: a command, an option, or a value. Pure.

What a value may be belongs to `values.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Entry = Mapping[str, Any]
"""A command, an option or an argument, as `commands.json` has it."""

OPTION: Entry = {"takes": "option"}
"""What is completed is the name of an option."""

COMMAND: Entry = {"takes": "command"}
"""What is completed is the name of a command."""

_NOTHING: Entry = {"takes": ""}


class Position(NamedTuple):
    """What is completed, and what was given before it.

    `wanted` says what it is, `kept` is the beginning of the word that is no part of it (`--env=`),
    and `partial` the rest. `given` has values by what they are, flags by their names.
    """

    command: Entry
    options: Sequence[Entry]
    wanted: Entry
    kept: str
    partial: str
    given: Mapping[str, Sequence[str]]

    def values_of(self, takes: str) -> Sequence[str]:
        """What was given of this kind, in the order of the line."""
        return self.given.get(takes, ())


def find_position(root: Entry, words: Sequence[str]) -> Position:
    """What the last of these words is, which may be empty. They follow the program's name."""
    walk = _Walk(root)
    for word in words[:-1]:
        walk.take(word)
    return walk.end(words[-1] if words else "")


class _Walk:
    def __init__(self, root: Entry) -> None:
        self.root = root
        self.command = root
        self.given: dict[str, list[str]] = {}
        self.pending: Entry | None = None
        self.arguments = 0
        self.ends_options = False

    @property
    def options(self) -> Sequence[Entry]:
        """Those of the command, then those that all commands take."""
        if self.command is self.root:
            return tuple(self.root["options"])
        own = self.command.get("options", ())
        flags = {flag for option in own for flag in option["flags"]}
        shared = (o for o in self.root["options"] if not flags.intersection(o["flags"]))
        return (*own, *(option for option in shared if "is_root" not in option))

    def take(self, word: str) -> None:
        if self.pending is not None:
            self._note(self.pending, word)
            self.pending = None
        elif word == "--" and not self.ends_options:
            self.ends_options = True
        elif self._is_option(word):
            self._take_option(word)
        elif "commands" in self.command:
            self.command = self.command["commands"].get(word, {})
            self.arguments = 0
        else:
            self._note(self._argument(), word)
            self.arguments += 1

    def end(self, word: str) -> Position:
        wanted, kept = self._find_wanted(word)
        return Position(
            command=self.command,
            options=[o for o in self.options if o.get("is_many") or not self._has(o)],
            wanted=wanted,
            kept=kept,
            partial=word[len(kept) :],
            given=self.given,
        )

    def _find_wanted(self, word: str) -> tuple[Entry, str]:
        """What the last word is, and the part of it that is not completed."""
        if self.pending is not None:
            return self.pending, ""
        if not self.command:  # a command that does not exist
            return _NOTHING, ""
        if word == "-" and not self.ends_options:
            return OPTION, ""
        if self._is_option(word):
            return self._find_in_option(word)
        return (COMMAND if "commands" in self.command else self._argument()), ""

    def _find_in_option(self, word: str) -> tuple[Entry, str]:
        name, equals, _ = _split_option(word)
        if not equals:
            return OPTION, ""
        option = self._find(name)
        if option is None or "takes" not in option:
            return _NOTHING, ""
        return option, f"{name}=" if word.startswith("--") else name

    def _is_option(self, word: str) -> bool:
        return word.startswith("-") and word != "-" and not self.ends_options

    def _find(self, flag: str) -> Entry | None:
        return next((option for option in self.options if flag in option["flags"]), None)

    def _take_option(self, word: str) -> None:
        name, equals, value = _split_option(word)
        option = self._find(name)
        if option is None:
            return
        if "takes" not in option:
            self._note_flag(option)
            if equals and not word.startswith("--"):
                self._take_option(f"-{value}")  # flags of one letter in one word
        elif equals:
            self._note(option, value)
        else:
            self._note_flag(option)
            self.pending = option

    def _argument(self) -> Entry:
        """The argument that comes next."""
        arguments = self.command.get("arguments", ())
        if self.arguments < len(arguments):
            return arguments[self.arguments]  # type: ignore[no-any-return]
        if arguments and arguments[-1].get("is_many"):
            return arguments[-1]  # type: ignore[no-any-return]
        return _NOTHING

    def _note(self, entry: Entry, value: str) -> None:
        self.given.setdefault(entry["takes"], []).append(value)
        if "flags" in entry:
            self._note_flag(entry)

    def _note_flag(self, option: Entry) -> None:
        self.given.setdefault(option["flags"][-1], [])

    def _has(self, option: Entry) -> bool:
        return option["flags"][-1] in self.given


def _split_option(word: str) -> tuple[str, str, str]:
    """The flag, whether a value follows in the same word (empty if not), and that value."""
    if word.startswith("--"):
        return word.partition("=")
    return word[:2], word[2:3], word[2:]
