"""The text of a command line -> its words, as bash would split it. Pure."""

from typing import NamedTuple

_END = "\0"
"""Stands where the cursor is, so that a word that ends there is told from an empty one after it."""

_BREAKS = "=:@"
"""What parts the word under the cursor for bash, as far as COMP_WORDBREAKS has it."""


class Line(NamedTuple):
    """`words` are unquoted, and the last one ends at the cursor: it is empty after a space.
    `kept` is the beginning of the last word that bash keeps whatever is chosen."""

    words: tuple[str, ...]
    kept: str


def split_line(text: str, breaks: str) -> Line:
    """The words of a line that ends at the cursor; a quote may be open there."""
    import shlex

    lexer = shlex.shlex(text.replace(_END, "") + _END, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    is_quoted = False
    try:
        words.extend(lexer)
    except ValueError:  # an open quote, or a backslash at the end
        words.append(lexer.token)
        is_quoted = True
    words[-1] = words[-1].replace(_END, "")
    kept = "" if is_quoted else _find_kept(words[-1], breaks)
    return Line(words=tuple(words), kept=kept)


def _find_kept(word: str, breaks: str) -> str:
    at = max((word.rfind(sign) for sign in _BREAKS if sign in breaks), default=-1)
    return word[: at + 1]
