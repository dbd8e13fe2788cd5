"""JSON as text that is safe in a terminal and in a build runner's log."""

import json
from json.encoder import encode_basestring_ascii
from typing import Any

from ccloud_apply.lazy_pattern import lazy_pattern

_HASH_BEFORE_HASH = lazy_pattern("#(?=#)")


def dump_json(document: Any, *, indent: int | None = 2) -> str:
    """The document as ASCII. Whatever a terminal or a runner would obey is escaped in strings.

    Raises ValueError for numbers that JSON does not have, TypeError for values that are not JSON.
    """
    if indent:
        text = _Writer(" " * indent).write(document, "\n")
    else:
        text = json.dumps(document, allow_nan=False)
    # Both occur only inside strings, where the escapes mean the same.
    text = text.replace("\x7f", "\\u007f")
    return _HASH_BEFORE_HASH.sub(r"\\u0023", text)


class _Writer:
    """Writes what `json.dumps` writes with an indentation, in half the time: that one hands
    each piece of text up through all levels, and has no quick way for it."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._encode = encode_basestring_ascii

    def write(self, value: Any, line: str) -> str:
        """The text of a value; `line` is a line break and the indentation that it has itself."""
        kind = type(value)
        if kind is str:
            return self._encode(value)
        if kind is dict and value:
            inner, encode, write = line + self._step, self._encode, self.write
            parts = [
                f"{encode(name if type(name) is str else self._spell(name))}: {write(item, inner)}"
                for name, item in value.items()
            ]
            return f"{{{inner}{f',{inner}'.join(parts)}{line}}}"
        if (kind is list or kind is tuple) and value:
            inner = line + self._step
            texts = [self.write(item, inner) for item in value]
            return f"[{inner}{f',{inner}'.join(texts)}{line}]"
        if value is None or kind is bool:
            return _WORDS[value]
        return str(value) if kind is int else self._write_other(value, line)

    def _write_other(self, value: Any, line: str) -> str:
        """A number with a fraction, an empty list or mapping, and what is a kind of these types."""
        if isinstance(value, dict) and value:
            return self.write(dict(value), line)
        if isinstance(value, list | tuple) and value:
            return self.write(list(value), line)
        return json.dumps(value, allow_nan=False)

    def _spell(self, name: Any) -> str:
        """The text of a key that is no plain text."""
        spelled: str = next(iter(json.loads(json.dumps({name: None}, allow_nan=False))))
        return spelled


_WORDS = {None: "null", True: "true", False: "false"}
