"""`rules: if`, as GitLab evaluates it.

After https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions: a variable that is not
set is null, which equals another one that is not set; `=~` of null is false; `&&` binds tighter
than `||`.
"""

import re
from collections.abc import Mapping

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<variable>\$\w+) | (?P<string>"[^"]*"|'[^']*') | (?P<regex>/(?:\\.|[^/\\])+/i?)
        | (?P<null>null\b) | (?P<operator>==|!=|=~|!~|&&|\|\||\(|\))
    )""",
    re.VERBOSE,
)


class ParseError(Exception):
    """The expression is none; GitLab refuses the whole configuration."""


def is_true(expression: str, variables: Mapping[str, str]) -> bool:
    """Whether the expression holds for these variables."""
    tokens = _tokens(expression)
    parser = _Parser(tokens, variables)
    value = parser.either()
    if parser.at != len(tokens):
        raise ParseError(expression)
    return bool(value)


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = expression.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise ParseError(f"{expression}: nothing that is known at {text[at:]!r}")
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], variables: Mapping[str, str]) -> None:
        self.tokens = tokens
        self.variables = variables
        self.at = 0

    def either(self) -> bool:
        value = self.both()
        while self._take("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> bool:
        value = self.comparison()
        while self._take("&&"):
            other = self.comparison()
            value = value and other
        return value

    def comparison(self) -> bool:
        if self._take("("):
            value = self.either()
            if not self._take(")"):
                raise ParseError("a parenthesis is not closed")
            return value
        left = self._value()
        if self._take("=="):
            return left == self._value()
        if self._take("!="):
            return left != self._value()
        if self._take("=~"):
            return self._matches(left)
        if self._take("!~"):
            return not self._matches(left)
        return bool(left)

    def _matches(self, text: str | None) -> bool:
        kind, pattern = self._next()
        if kind != "regex":
            raise ParseError(f"{pattern} is not a regular expression")
        flags = re.IGNORECASE if pattern.endswith("i") else re.NOFLAG
        return text is not None and bool(re.search(pattern.rstrip("i")[1:-1], text, flags))

    def _value(self) -> str | None:
        kind, text = self._next()
        match kind:
            case "variable":
                return self.variables.get(text[1:])
            case "string":
                return text[1:-1]
            case "null":
                return None
            case _:
                raise ParseError(f"{text} is not a value")

    def _next(self) -> tuple[str, str]:
        if self.at == len(self.tokens):
            raise ParseError("the expression ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, operator: str) -> bool:
        if self.tokens[self.at : self.at + 1] == [("operator", operator)]:
            self.at += 1
            return True
        return False
