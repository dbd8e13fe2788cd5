"""Masks secrets in texts of the API: the one place where what comes in is looked through for them.

Which texts an error quotes belongs to `error_mapping.py`.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from ccloud_apply.api.http.unescape import Reading, join_lines, unescape_all

MASK = "***"

SHORTEST_SECRET = 4
"""Shorter secrets are not masked: the gaps would garble the text and reveal the secret."""

SHORTEST_IN_ANSWERS = 16
"""Shorter secrets are masked in errors alone: in an answer they may be a word of the account, such
as the name in a server's tag, and a masked tag makes the server somebody else's."""

SHORTEST_LINE = 8
"""Shorter lines of a secret are not masked alone: they may be words that an error needs."""

SHORTEST_BASE64 = 7
"""A shorter part of the base64 of a secret may be a word that an error needs."""

SHORTEST_PART = 8
"""A shorter part of a secret may be a word that an error needs. Secrets that are shorter without
their spaces are not looked for across lines."""

LONGEST_PARTED = 4096
"""Longer secrets are whole files: their lines are masked, and no other part of them."""

_LONGEST_ESCAPE = 6
r"""The characters of one escape: `\u002f`."""


class Redactor:
    """Replaces each secret in a text, in every spelling in which it may be quoted."""

    def __init__(
        self, secrets: Iterable[str] = (), *, cut: Iterable[str] = (), mask: str = MASK
    ) -> None:
        """Of the secrets in `cut`, any part is masked too: an error may quote the beginning of a
        request, or the place around a mistake."""
        parted = [secret for secret in cut if len(secret) >= SHORTEST_SECRET]
        hidden = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET] + parted
        hidden += [line for secret in hidden for line in _lines(secret)]
        self._spellings = {spelling for secret in hidden for spelling in _spellings(secret)}
        plain = {unescape_all(secret).text for secret in hidden}
        self._plain = {text for text in plain if len(text) >= SHORTEST_SECRET}
        self._joined = _join_all(hidden)
        self._parts = "\0".join(_join_all(one for one in parted if len(one) <= LONGEST_PARTED))
        # What is left to look for in a text that has no escape and no space.
        self._odd = self._plain - self._spellings
        self._odd_joined = self._joined - self._spellings
        self._mask = mask

    def __call__(self, text: str) -> str:
        """The text with the mask in place of all that belongs to any secret: what two of them
        share, or what one leaves of another, is not seen either."""
        parts, end = [], 0
        for start, stop in self._find_hidden(text):
            parts += [text[end:start], self._mask]
            end = stop
        return "".join((*parts, text[end:])) if parts else text

    def _find_hidden(self, text: str) -> Iterator[tuple[int, int]]:
        """From where to where, in order; two that overlap are one."""
        found = [*_find_all(self._spellings, text)]
        plain = unescape_all(text)
        found += _find_in(plain, self._odd if plain.text == text else self._plain)
        joined = join_lines(plain)
        found += _find_in(joined, self._odd_joined if joined.text == text else self._joined)
        if self._parts:
            found += [joined.locate(*span) for span in self._find_parts(joined.text)]
        start = stop = 0
        for begin, end in sorted(found):
            if begin < stop:
                stop = max(stop, end)
                continue
            if stop:
                yield start, stop
            start, stop = begin, end
        if stop:
            yield start, stop

    def _find_parts(self, text: str) -> Iterator[tuple[int, int]]:
        at = 0
        while at + SHORTEST_PART <= len(text):
            end = at + SHORTEST_PART
            known = self._parts.find(text[at:end])
            if known < 0:
                at += 1
                continue
            rest = known + SHORTEST_PART
            while end < len(text) and self._parts[rest : rest + 1] == text[end]:
                end, rest = end + 1, rest + 1
            yield at, end
            at = end - SHORTEST_PART + 1

    def mask(self, value: Any) -> Any:
        """The JSON value with every text in it masked."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, list):
            return [self.mask(item) for item in value]
        if isinstance(value, dict):
            return {self(name): self.mask(item) for name, item in value.items()}
        return value


class Secrets:
    """The secrets of one client: what it was given, and every token that it obtained."""

    def __init__(self, *known: str | None) -> None:
        self._known: set[str] = set()
        self._marks: dict[str, tuple[re.Pattern[bytes], tuple[bytes, ...]]] = {}
        for secret in known:
            self.add(secret)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def add(self, secret: str | None) -> None:
        """From now on this is masked too."""
        if not secret or secret in self._known:
            return
        self._known.add(secret)
        if len(secret) >= SHORTEST_IN_ANSWERS:
            packed = tuple({text.encode() for text in _base64(secret)})
            self._marks[secret] = (_pattern(secret), packed)

    def mask_answer(self, value: Any, content: bytes) -> Any:
        """The JSON value of an answer without secrets; `content` is its body.

        Nearly no answer quotes one, so the body is searched before all the texts are looked at.
        """
        marks = self._marks.values()
        if not any(
            plain.search(content) or any(part in content for part in packed)
            for plain, packed in marks
        ):
            return value
        return Redactor(self._marks).mask(value)


def _find_all(needles: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
    """From where to where each of them stands in the text, in no order."""
    for needle in needles:
        at = text.find(needle)
        while at >= 0:
            yield at, at + len(needle)
            at = text.find(needle, at + 1)


def _find_in(reading: Reading, needles: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The same by the places of the original text."""
    for span in _find_all(needles, reading.text):
        yield reading.locate(*span)


def _join_all(secrets: Iterable[str]) -> set[str]:
    """The secrets and their base64 as they stand in a text whose lines were joined."""
    spellings = (text for one in secrets for text in (one, *_base64(one)))
    joined = {join_lines(unescape_all(text)).text for text in spellings}
    return {text for text in joined if len(text) >= SHORTEST_PART}


def _lines(secret: str) -> Iterator[str]:
    """The lines of a secret of several, such as user data: an error quotes the one it means."""
    if "\n" in secret.strip():
        lines = (line.strip() for line in secret.splitlines())
        yield from (line for line in lines if len(line) >= SHORTEST_LINE)


def _pattern(secret: str) -> re.Pattern[bytes]:
    """The secret, however what is neither letter nor digit is escaped: in JSON, URLs or PHP."""
    parts = re.split(r"([A-Za-z0-9]+)", secret)
    inner = parts[1:-1]  # the gaps at both ends prove nothing
    spelled = (
        part if at % 2 == 0 else f".{{1,{_LONGEST_ESCAPE * len(part)}}}?"
        for at, part in enumerate(inner)
    )
    return re.compile("".join(spelled).encode(), re.DOTALL)


def _base64(secret: str) -> Iterator[str]:
    """What every base64 of a text with the secret in it contains, wherever the secret stands, plain
    or as JSON spells it; a slash as JSON of PHP escapes it too."""
    yield base64.b64encode(secret.encode(errors="replace")).decode()
    for spelled in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
        yield from _within_base64(spelled.encode(errors="replace"))


def _within_base64(plain: bytes) -> Iterator[str]:
    for offset in range(3):  # three bytes are four characters
        packed = base64.b64encode(b"\0" * offset + plain).decode().rstrip("=")
        is_cut = (offset + len(plain)) % 3  # the last character holds bits of what follows
        inner = packed[offset + (offset > 0) : len(packed) - (is_cut > 0)]
        if len(inner) >= SHORTEST_BASE64:
            yield inner
            yield inner.replace("/", "\\/")
            yield inner.replace("+", "-").replace("/", "_")


def _spellings(secret: str) -> Iterator[str]:
    # Also without surrounding spaces: a message that begins with the secret was stripped.
    for text in (secret, secret.strip() or secret):
        yield text
        yield json.dumps(text)[1:-1]
        yield json.dumps(text)[1:-1].replace("/", "\\/")
        yield quote(text, safe="", errors="replace")
    yield from _base64(secret)
