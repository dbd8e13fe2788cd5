"""Validates fault rules against `schemas/faults.schema.json`, and words what is wrong.

Works on values: a place is a path of keys and numbers. Files belong to file.py.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from ccloud_apply.schemas import read_schema

SCHEMA = "faults.schema.json"
Path = tuple[str | int, ...]


class FaultDataError(ValueError):
    """Invalid fault rules; `problems` has the path and the message of each mistake."""

    def __init__(self, problems: Sequence[tuple[Path, str]]) -> None:
        super().__init__("; ".join(f"{show_path(path)}{text}" for path, text in problems))
        self.problems = tuple(problems)


def show_path(path: Path) -> str:
    """`rules[0].fault: `, or nothing for the root."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"{shown.lstrip('.')}: " if shown else ""


def check_data(data: Any) -> None:
    """Raises FaultDataError for a value that violates the schema."""
    if _compiled().is_valid(data):
        return
    problems = sorted(_find_problems(data), key=lambda problem: [str(part) for part in problem[0]])
    raise FaultDataError(problems)


@cache
def _compiled() -> Any:
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(read_schema(SCHEMA))


def _find_problems(data: Any) -> Iterator[tuple[Path, str]]:
    # This library is slow to import, and only needed to explain a violation.
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(read_schema(SCHEMA)).iter_errors(data):
        yield tuple(error.absolute_path), _word(error)


def _word(error: Any) -> str:
    schema, value = error.schema, error.instance
    if error.validator == "additionalProperties":
        return "; ".join(
            _word_unknown(str(key), list(schema["properties"]))
            for key in value
            if key not in schema["properties"]
        )
    if error.validator == "oneOf":
        kinds = [branch["required"][0] for branch in schema["oneOf"]]
        named = [kind for kind in kinds if kind in value]
        found = f"{' and '.join(named)} are two faults" if named else "no fault is named"
        return f"{found}; name one of {', '.join(kinds)}"
    if error.validator == "anyOf":
        return f"one of {', '.join(branch['required'][0] for branch in schema['anyOf'])} is missing"
    if error.validator == "dependentRequired":
        wanted = schema["dependentRequired"]
        return "; ".join(
            f"{name} goes with {needs[0]} alone"
            for name, needs in wanted.items()
            if name in value and needs[0] not in value
        )
    if error.validator == "type":
        kinds = error.validator_value
        return f"must be of type {kinds if isinstance(kinds, str) else ' or '.join(kinds)}"
    return str(error.message)


def _word_unknown(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"there is no key {key!r}" + (f"; did you mean {close[0]}?" if close else "")
