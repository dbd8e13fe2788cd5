"""Follows a hint to the letter, as somebody does who believes what the program says.

A hint offers text to write in one of these forms: `write TEXT`, `did you mean "TEXT"?`, and `KEY is
there already: remove this key`. Any other hint is a sentence, which a person follows.
"""

import re

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic

_WRITE = re.compile(r"write (?P<text>.+?)(?: without quotes| to keep it as text)?")
_MEANT = re.compile(r'did you mean "(?P<text>.+)"\?')
_REMOVE = re.compile(r".+ is already set: remove this key")
_QUOTED = re.compile(r'"([^"]+)"')
_EXPRESSION = re.compile(r"\$\{[^}]*\}")


def offers(hint: str) -> list[str]:
    """The texts that a hint offers, each of which has to work; none for a sentence."""
    found = _WRITE.fullmatch(hint) or _MEANT.fullmatch(hint)
    return found["text"].split(" or ") if found else []


def is_mechanical(hint: str) -> bool:
    """True for a hint that `follow` can follow."""
    return bool(offers(hint) or _REMOVE.fullmatch(hint))


def follow(text: str, diagnostic: Diagnostic) -> list[str]:
    """The file after what the hint says was done at the diagnostic's place, one for each way."""
    source = diagnostic.source
    assert source is not None
    if _REMOVE.fullmatch(diagnostic.hint):
        lines = text.splitlines(keepends=True)
        return ["".join(lines[: source.line - 1] + lines[source.line :])]
    start, end = _span(text, source)
    place = text[start:end]
    return [
        text[:start] + _replace(place, diagnostic, offered) + text[end:]
        for offered in offers(diagnostic.hint)
    ]


def _replace(place: str, diagnostic: Diagnostic, offered: str) -> str:
    """The offered text in place of what the sentence talks of: an expression, a word, or all."""
    named = _EXPRESSION.match(diagnostic.what)
    if named and named[0] in place and _WRITE.fullmatch(diagnostic.hint):
        return place.replace(named[0], offered)
    if "${" in place and diagnostic.what.startswith("a ${"):
        return place.replace("${", "$${")
    for word in _QUOTED.findall(diagnostic.what):
        if word in place and _MEANT.fullmatch(diagnostic.hint):
            return place.replace(word, offered)
    return offered


def _span(text: str, source: SourceRange) -> tuple[int, int]:
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    start = starts[source.line - 1] + source.column - 1
    end = starts[source.end_line - 1] + source.end_column - 1
    return start, end
