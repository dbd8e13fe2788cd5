"""The one gate through which text from the account or a stack file reaches a line of output.

Names, notes, tags and error messages are written by others: they may hold terminal escapes, line
breaks, characters that turn the writing direction, and commands that a build runner would execute
(GitHub: `::command::` at the start of a line and `##[command]` anywhere in it; Azure: `##vso[`;
TeamCity: `##teamcity[`). Our own colours are added afterwards, by `style.py`.
"""

from ccloud_apply.lazy_pattern import lazy_pattern

MAX_LENGTH = 80
"""Characters of a value that are shown whole."""
_RUNNER_COMMAND = lazy_pattern(r"##(?=\w*\[)")
_COMMAND_START = lazy_pattern(r"^( *):(?=:| *$)")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# Letters, marks and symbols that no terminal draws; `isprintable` takes them for visible.
_INVISIBLE = lazy_pattern("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0]")


def _escape_character(character: str) -> str:
    if character.isprintable() and not _INVISIBLE.match(character):
        return character
    return _NAMED.get(character) or f"\\u{{{ord(character):x}}}"


def escape_line(text: str) -> str:
    """The text as a part of one line: nothing in it moves the cursor, hides or commands.

    Control and format characters, lone surrogates and every white space but the space become
    visible (`\\n`, `\\u{1b}`). What a build runner would take for a command is broken.
    """
    if not text.isprintable() or _INVISIBLE.search(text):
        text = "".join(map(_escape_character, text))
    if "##" in text:
        text = _RUNNER_COMMAND.sub(r"\\u{23}#", text)
    return _COMMAND_START.sub(r"\1\\u{3a}", text)


def shorten(text: str, length: int = MAX_LENGTH) -> tuple[str, str]:
    """The text, or its start where it is longer than `length`; and a remark on what is missing.

    The cut is long enough that the remark never takes more room than what it replaces.
    """
    if len(text) <= length:
        return text, ""
    return text[: length * 3 // 4], f"… ({len(text):,} characters)"


def escape_short(text: str, length: int = MAX_LENGTH) -> str:
    """The text as a part of one line, shortened with a remark where it is too long."""
    shown, remark = shorten(text, length)
    return escape_line(shown) + remark


def escape_lines(text: str) -> tuple[str, ...]:
    """The lines of a text, each escaped. The caller puts a margin before every line."""
    return tuple(map(escape_line, text.replace("\r\n", "\n").removesuffix("\n").split("\n")))


def quote(text: str) -> str:
    """The text in quotation marks as a part of one line, shortened where it is too long."""
    shown, remark = shorten(text)
    escaped = escape_line(shown.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{escaped}"{remark}'
