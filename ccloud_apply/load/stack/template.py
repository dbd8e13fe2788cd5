"""The file of `{template: FILE}`: where something is filled in, and the text for one server.

Secrets stay holes: they are filled in right before the request is sent. Reading the file belongs to
whoever calls.
"""

from collections.abc import Collection, Iterator

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.stack.interpolate import (
    Findings,
    InterpolationError,
    Scope,
    interpolate_text,
    parse_template,
)
from ccloud_apply.load.text.format_values import did_you_mean, escape
from ccloud_apply.load.text.node import Place, make_scalar
from ccloud_apply.model.declared.reference import Hole, indent

_OPENING = lazy_pattern(r"\$\$\{|\$\{")


@dataclass(frozen=True, slots=True)
class Slot:
    """One `${...}` of a template's file; `indent` is what its line begins with, if nothing else
    stands before it. `secret` is the name of the secret that it stands for, empty for others."""

    text: str
    place: Place
    indent: str = ""
    secret: str = ""


def split_template(text: str, path: str, findings: Findings) -> tuple[str | Slot, ...]:
    """The texts and slots of a template's file, in order; what cannot be read is told and left
    out."""
    parts: list[str | Slot] = []
    position = begin = 0  # `begin` is that of the line
    line = 1
    for opening, end in _find_slots(text):
        line += text.count("\n", position, opening)
        begin = max(begin, text.rfind("\n", position, opening) + 1)
        parts.append(text[position:opening])
        position = end
        written = text[opening:end]
        if written == "$${":
            parts.append("${")
            continue
        place = Place(path, line, opening - begin + 1, line, end - begin + 1)
        try:
            (expression,) = parse_template(written)
        except InterpolationError as error:
            findings.add(make_scalar(written, place), error)
            continue
        assert not isinstance(expression, str)
        is_secret = expression.root == "secret"
        if is_secret and len(expression.path) != 1:
            what, hint = f"{expression} names no secret", "a secret has one name: ${secret.NAME}"
            findings.add(
                make_scalar(written, place), InterpolationError("bad-interpolation", what, hint)
            )
            continue
        secret = expression.path[0] if is_secret else ""
        before = text[begin:opening]
        parts.append(Slot(written, place, "" if before.strip(" \t") else before, secret))
    parts.append(text[position:])
    return tuple(part for part in parts if part != "")


def fill_template(
    parts: tuple[str | Slot, ...], secrets: Collection[str], scope: Scope, findings: Findings
) -> tuple[str | Hole, ...]:
    """The text for the server of this scope; each wrong slot is told and left out."""
    filled: list[str | Hole] = []
    scope.budget.spend(1 + len(parts))
    for part in parts:
        if isinstance(part, str):
            filled.append(part)
            continue
        node = make_scalar(part.text, part.place)
        if not part.secret:
            text = interpolate_text(node, scope, findings)
            if text is not None:
                filled.append(indent(text, part.indent))
            continue
        try:
            _require_declared(part.secret, secrets)
        except InterpolationError as error:
            findings.add(node, error)
        filled.append(Hole(part.secret, part.indent))
    return tuple(filled)


def _require_declared(name: str, secrets: Collection[str]) -> None:
    if name not in secrets:
        what = f"${{secret.{escape(name)}}} is not declared under secrets of the template"
        hint = (
            did_you_mean(name, secrets) or "declare it: secrets: {NAME: {env: CCLOUD_SECRET_NAME}}"
        )
        raise InterpolationError("undefined-secret", what, hint)


def _find_slots(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while found := _OPENING.search(text, position):
        position = found.end()
        if found.group() == "${":
            end = text.find("}", position)
            line = text.find("\n", position)
            is_closed = end >= 0 and (line < 0 or end < line)
            position = end + 1 if is_closed else found.end()
        yield found.start(), position
