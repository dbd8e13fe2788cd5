"""As much of GitHub's expressions as our workflows use, by the documented rules.

A word that is not known is an error: what a workflow says is read or refused, never guessed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Contexts = Mapping[str, Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<word>[A-Za-z_][\w-]*)"
    r"|(?P<sign>&&|\|\||==|!=|>=|<=|[!<>().,*\[\]]))"
)
_HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS = ("always", "success", "failure", "cancelled")


@dataclass(frozen=True, slots=True)
class Status:
    """How the job, or the steps so far, stand."""

    has_failed: bool = False
    is_cancelled: bool = False

    def ask(self, name: str) -> bool:
        """What a function of this name says."""
        return {
            "always": True,
            "success": not self.has_failed and not self.is_cancelled,
            "failure": self.has_failed,
            "cancelled": self.is_cancelled,
        }[name]


class _Parser:
    def __init__(self, text: str, contexts: Contexts, status: Status) -> None:
        self._tokens = _split(text)
        self._contexts = contexts
        self._status = status

    def parse(self) -> Any:
        value = self._or()
        assert not self._tokens, f"not understood: {self._tokens}"
        return value

    def _take(self, *signs: str) -> str | None:
        if self._tokens and self._tokens[0] in [("sign", sign) for sign in signs]:
            return self._tokens.pop(0)[1]
        return None

    def _or(self) -> Any:
        value = self._and()
        while self._take("||"):
            other = self._and()
            value = value if is_true(value) else other
        return value

    def _and(self) -> Any:
        value = self._compare()
        while self._take("&&"):
            other = self._compare()
            value = other if is_true(value) else value
        return value

    def _compare(self) -> Any:
        value = self._not()
        while sign := self._take("==", "!=", ">", "<", ">=", "<="):
            value = _COMPARE[sign](value, self._not())
        return value

    def _not(self) -> Any:
        return not is_true(self._not()) if self._take("!") else self._access()

    def _access(self) -> Any:
        value = self._primary()
        while True:
            if self._take("."):
                value = self._member(value)
            elif self._take("["):
                key = self._or()
                assert self._take("]")
                value = value.get(key) if isinstance(value, Mapping) else None
            else:
                return value

    def _member(self, value: Any) -> Any:
        if self._take("*"):
            return list(value.values()) if isinstance(value, Mapping) else value
        _, name = self._tokens.pop(0)
        if isinstance(value, list):
            return [one.get(name) for one in value if isinstance(one, Mapping)]
        return value.get(name) if isinstance(value, Mapping) else None

    def _primary(self) -> Any:
        if self._take("("):
            value = self._or()
            assert self._take(")")
            return value
        kind, word = self._tokens.pop(0)
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "number":
            return int(word)
        assert kind == "word", word
        if self._take("("):
            return self._call(word)
        if word in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word]
        assert word in self._contexts, f"there is no context {word} here"
        return self._contexts[word]

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._take(")"):
            arguments.append(self._or())
            self._take(",")
        if name in STATUS:
            assert not arguments
            return self._status.ask(name)
        return _FUNCTIONS[name](*arguments)


def _split(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None, f"not understood: {text[at:]}"
        kind = found.lastgroup
        assert kind is not None
        tokens.append((kind, found[kind]))
        at = found.end()
    return tokens


def is_true(value: Any) -> bool:
    """Falsy are false, 0, the empty text and null."""
    return value not in (False, 0, "", None)


def to_text(value: Any) -> str:
    """A value within a text."""
    if value is None:
        return ""
    return f"{value}".lower() if isinstance(value, bool) else f"{value}"


def _number(value: Any) -> float:
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _equal(one: Any, other: Any) -> bool:
    """Texts are equal whatever their case; values of two kinds are compared as numbers."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return _number(one) == _number(other)


def _join(values: Sequence[Any], by: str = ",") -> str:
    return by.join(map(to_text, values))


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda one, other: not _equal(one, other),
    ">": lambda one, other: _number(one) > _number(other),
    "<": lambda one, other: _number(one) < _number(other),
    ">=": lambda one, other: _number(one) >= _number(other),
    "<=": lambda one, other: _number(one) <= _number(other),
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"join": _join}


def evaluate(text: str, contexts: Contexts, status: Status | None = None) -> Any:
    """The value of one expression, without its braces."""
    return _Parser(text, contexts, status or Status()).parse()


def fill(value: Any, contexts: Contexts) -> str:
    """A text of a workflow with its expressions replaced."""
    return _HOLE.sub(lambda found: to_text(evaluate(found[1], contexts)), to_text(value))


def holds(condition: Any, contexts: Contexts, status: Status) -> bool:
    """Whether `if:` lets a step or a job run; without a function of its status, only in success."""
    text = to_text(condition).strip()
    if text.startswith("${{") and text.endswith("}}"):
        text = text[3:-2]
    if not re.search(rf"\b(?:{'|'.join(STATUS)})\(", text):
        text = f"success() && ({text})" if text else "success()"
    return is_true(evaluate(text, contexts, status))
