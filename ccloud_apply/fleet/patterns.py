"""Patterns of a source's stack files, and what their stars stand for. Pure.

`*` is any text inside one name, `**` any number of folders, `?` one character, `[abc]` one of
these. A pattern that has none of these and names no YAML file is a folder.
"""

import re
from functools import cache

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern

_NUMBER = lazy_pattern(r"\{(\d{1,3})\}")
_SUFFIXES = (".yaml", ".yml")
_MAX_PARTS = 30
_MAX_ANY = 4
"""Most `**` of a pattern: time grows with the depth of a path to the power of it."""
MAX_DEPTH = 50
"""Most folders of a path that is looked at: a repository can have paths of thousands."""


class PatternError(ValueError):
    """A pattern that means nothing; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern: `stars` is how many `*` it has, `**` not counted."""

    text: str
    regex: re.Pattern[str]
    stars: int

    def match(self, path: str) -> tuple[str, ...] | None:
        """What each `*` stands for in this path, which has `/`; None if it does not match, or has
        more than `MAX_DEPTH` folders."""
        if path.count("/") > MAX_DEPTH:
            return None
        found = self.regex.fullmatch(path)
        return None if found is None else found.groups()


@cache
def compile_pattern(text: str) -> Pattern:
    """The pattern. Raises PatternError."""
    if text.startswith(("/", "~")) or "\\" in text:
        raise PatternError(f"{text} is not a path below the source's top")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise PatternError(f"{text} leaves the source")
    if "{" in text or text.startswith("!"):
        raise PatternError("braces and exclusions are not supported: write an entry for each")
    is_folder = not parts or (not re.search(r"[*?\[]", text) and not text.endswith(_SUFFIXES))
    if is_folder or parts[-1] == "**":
        parts = [*(part for part in parts if is_folder or part is not parts[-1]), "**", ""]
    if len(parts) > _MAX_PARTS or parts.count("**") > _MAX_ANY:
        raise PatternError(f"it has more than {_MAX_PARTS} parts, or more than {_MAX_ANY} **")
    regex = "".join(
        "(?:[^/]+/)*" if part == "**" else _translate(part) + ("" if at == len(parts) - 1 else "/")
        for at, part in enumerate(parts)
    )
    try:
        return Pattern(text, re.compile(regex, re.DOTALL), _count_stars(parts))
    except re.error:
        raise PatternError(f"{text} has a [ ] that means nothing") from None


def find_numbers(text: str) -> tuple[int, ...]:
    """The numbers that stand in braces: `{1}`."""
    return tuple(int(number) for number in _NUMBER.findall(text))


def fill(text: str, stars: tuple[str, ...]) -> str:
    """The text with what the stars stand for. Raises LookupError for a number without a star."""
    return _NUMBER.sub(lambda found: stars[int(found[1]) - 1], text)


def _count_stars(parts: list[str]) -> int:
    return sum(
        len(re.sub(r"\[[^\]]*\]", "", part).split("*")) - 1 for part in parts if part != "**"
    )


def _translate(part: str) -> str:
    """One name of a path as a regular expression; empty for any name."""
    if not part:
        return "[^/]+"
    pieces: list[str] = []
    at = 0
    while at < len(part):
        char, at = part[at], at + 1
        if char == "*":
            pieces.append("([^/]*)")
        elif char == "?":
            pieces.append("[^/]")
        elif char == "[":
            end = part.find("]", at + 1)
            if end < 0:
                raise PatternError(f"{part} has a [ without a ]")
            inside, at = part[at:end], end + 1
            negated = inside[:1] in ("!", "^")
            body = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside[1:] if negated else inside)
            pieces.append(f"(?!/)[{'^' if negated else ''}{body}]")
        else:
            pieces.append(re.escape(char))
    return "".join(pieces)
