"""What every text output has to be, whatever it was made of."""

import re

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_RUNNER_COMMAND = re.compile(r"##\w*\[")


def without_colours(text: str) -> str:
    """The text without our own escapes."""
    return _COLOUR.sub("", text)


def assert_harmless(text: str) -> None:
    """Nothing in the text moves a cursor, hides, turns around or commands a build runner."""
    assert _FORBIDDEN.search(text) is None
    assert _RUNNER_COMMAND.search(text) is None
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))
    text.encode("utf-8")
