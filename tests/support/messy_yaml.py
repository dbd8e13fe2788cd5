"""Writes plain values as YAML that no two people would write alike: for laws about its layout."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from hypothesis import strategies as st

_COMMENTS = ("#", "# note", "#: a", "# {x: [", "#  - y: 'z", "# ü # twice")


def messy_texts(documents: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """Texts of these documents, which are mappings or lists."""

    def write(document: Any, seed: int) -> str:
        random = Random(seed)
        writer = _Writer(random)
        writer.comments("")
        if random.random() < 0.2:
            writer.lines.append("---")
        writer.block(document, random.randrange(3))
        writer.comments(" " * random.randrange(6))
        newline = random.choice(["\n", "\n", "\r\n"])
        return newline.join([*writer.lines, ""])

    return st.builds(write, documents, st.integers(0, 2**32))


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []

    def block(self, value: Any, column: int) -> None:
        """A mapping or a list at this column; an empty one, and sometimes others, in brackets."""
        if not value:
            self.lines.append(" " * column + self.flow(value))
            return
        pairs = value.items() if isinstance(value, Mapping) else ((None, item) for item in value)
        for key, part in pairs:
            self.comments(" " * self.random.choice([column, column, column + 1, column + 4]))
            start = "-" if key is None else f"{self.scalar(key, is_key=True)}:"
            self.entry(" " * column + start, part, column, is_item=key is None)

    def entry(self, start: str, value: Any, column: int, *, is_item: bool) -> None:
        """A key or dash with its value."""
        pick = self.random.random()
        if not isinstance(value, Mapping | list):
            self.text(start, value, column)
        elif pick < 0.25 or (not value and pick < 0.6):
            self.lines.append(f"{start} {self.flow(value)}{self.end()}")
        elif pick < 0.4 or not value:
            self.open_flow(f"{start} ", value, column)
        else:
            is_indentless = isinstance(value, list) and not is_item and self.random.random() < 0.4
            self.lines.append(start + self.end())
            self.block(value, column if is_indentless else column + self.random.randint(1, 4))

    def text(self, start: str, value: Any, column: int) -> None:
        """A scalar: beside its key, under it, or as a block of lines."""
        is_block = isinstance(value, str) and value and self.random.random() < 0.5
        if is_block and value.isprintable() and value == value.strip():
            style = self.random.choice(["|-", ">-", "|2-", "|"]) if value else "|"
            indent = 2 if "2" in style else self.random.randint(1, 4)
            if style == "|":
                self.lines.append(start + " |-" + self.end())
            else:
                self.lines.append(f"{start} {style}{self.end()}")
            self.lines.append(" " * (column + indent) + value)
        elif self.random.random() < 0.15:
            self.lines.append(start + self.end())
            self.comments(" " * (column + 2))
            self.lines.append(" " * (column + 2) + self.scalar(value) + self.end())
        else:
            self.lines.append(f"{start} {self.scalar(value)}{self.end()}")

    def open_flow(self, start: str, value: Any, column: int) -> None:
        """Brackets over several lines."""
        is_mapping = isinstance(value, Mapping)
        self.lines.append(start + ("{" if is_mapping else "[") + self.end())
        pairs = value.items() if isinstance(value, Mapping) else ((None, item) for item in value)
        for key, part in pairs:
            name = "" if key is None else f"{self.scalar(key, is_key=True)}: "
            self.comments(" " * (column + 3))
            end = self.random.choice([",", " , ", ","]) + self.end()
            self.lines.append(" " * (column + 2) + name + self.flow(part) + end)
        self.comments(" " * (column + 2))
        self.lines.append(" " * (column + 1) + ("}" if is_mapping else "]") + self.end())

    def flow(self, value: Any) -> str:
        """The value in brackets on one line."""
        comma = self.random.choice([",", ", ", " ,  "])
        if isinstance(value, Mapping):
            parts = [f"{self.scalar(k, is_key=True)}: {self.flow(v)}" for k, v in value.items()]
            return self.random.choice(["{%s}", "{ %s }"]) % comma.join(parts)
        if isinstance(value, list):
            return self.random.choice(["[%s]", "[ %s ]"]) % comma.join(map(self.flow, value))
        return self.scalar(value)

    def scalar(self, value: Any, *, is_key: bool = False) -> str:
        """A scalar that any YAML reader takes for this value."""
        if not isinstance(value, str):
            return json.dumps(value)
        is_plain = value.isascii() and value.isalnum() and value[0].isalpha() and len(value) > 5
        if is_plain and value not in ("false", "False", "FALSE"):
            return self.random.choice([value, f"'{value}'"])
        if value.isprintable() and self.random.random() < 0.5 and (value or not is_key):
            return "'" + value.replace("'", "''") + "'"
        return json.dumps(value)

    def comments(self, indent: str) -> None:
        """Perhaps empty lines and comments on lines of their own."""
        while self.random.random() < 0.25:
            is_blank = self.random.random() < 0.4
            self.lines.append(" " if is_blank else indent + self.random.choice(_COMMENTS))

    def end(self) -> str:
        """What stands at the end of a line: spaces, or a comment."""
        pick = self.random.random()
        if pick < 0.15:
            return " " * self.random.randint(1, 9) + self.random.choice(_COMMENTS)
        return "  " if pick < 0.25 else ""
