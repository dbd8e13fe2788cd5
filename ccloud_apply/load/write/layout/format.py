"""A text in the one layout, and the proof that it says the same.

`fmt` works with this function alone. Which files there are belongs to the workflow.
"""

from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.node import Node, Place
from ccloud_apply.load.text.parse import parse
from ccloud_apply.load.write.layout.draw import draw
from ccloud_apply.load.write.layout.order import Kind, sort_keys
from ccloud_apply.load.write.layout.read import UnreadableLayoutError, comment_texts, read_layout
from ccloud_apply.model.diagnostic import Diagnostic, has_errors
from ccloud_apply.model.results.formatting import FormattedFile

_ANY_BREAK = lazy_pattern("\r\n?")
_NO_TEXT = lazy_pattern("[\x85\u2028\u2029\ufeff]")
"""Characters that YAML takes for line breaks, and byte order marks within a text."""


def format_text(content: bytes, path: str, kind: Kind) -> FormattedFile:
    """The file's text in the one layout: every comment in it, every value as it was.

    Nothing is raised for what is wrong in the file; a text that cannot be laid out has diagnostics.
    A byte order mark goes, and every line ends with a line feed.
    """
    root, diagnostics = parse(content, path)
    if has_errors(diagnostics):
        return FormattedFile(path=path, diagnostics=diagnostics)
    text = _ANY_BREAK.sub("\n", content.decode("utf-8-sig"))
    special = _NO_TEXT.search(text)
    if special:
        what = (
            f"it has the character U+{ord(special.group()):04X}, which YAML does not take for text"
        )
        return _refuse(path, text, special.start(), what)
    try:
        document = read_layout(text)
    except UnreadableLayoutError as error:
        return _refuse(path, text, error.index, str(error))
    if document is None:
        after = _strip(text) if root is None else text
    else:
        sort_keys(document, kind)
        after = draw(document)
    again, problems = parse(after, path)
    if problems or not _is_same(root, again) or comment_texts(text) != comment_texts(after):
        what = "its layout cannot be changed without changing what it says"
        return _refuse(path, text, 0, what)
    return FormattedFile(path=path, before=content.decode("utf-8"), after=after)


def _refuse(path: str, text: str, index: int, what: str) -> FormattedFile:
    line = text.count("\n", 0, index) + 1
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    diagnostic = Diagnostic(
        code="not-formatted",
        what=f"the file is not formatted: {what}",
        hint="change this part, or leave the file out",
        source=Place(path, line, column, line, column),
    )
    return FormattedFile(path=path, diagnostics=(diagnostic,))


def _strip(text: str) -> str:
    """A text without entries: comments and empty lines."""
    lines = [line.rstrip() for line in text.split("\n")]
    stripped = "\n".join(lines).strip("\n")
    return f"{stripped}\n" if stripped else ""


def _is_same(first: Node | None, second: Node | None) -> bool:
    """True for the same values, spelled the same way; keys of a mapping in any order."""
    if first is None or second is None:
        return first is second
    one: Any = first.value
    other: Any = second.value
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_is_same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)
