"""Validates plain values against the stack's schema, and finds every violation.

jsonschema-rs decides whether a value is valid, and is fast. Only for an invalid one, jsonschema
looks for the violations, and skips every part that jsonschema-rs finds valid. So a million valid
values cost little. Violations come one by one, so the caller can stop early. Their wording belongs
to `explain.py`.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.schema.interpolation_schema import INTERPOLATION
from ccloud_apply.load.schema.project_schema import build_project_schema
from ccloud_apply.load.schema.stack_schema import (
    build_base_schema,
    build_file_schema,
    build_strict_schema,
)
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits, apply_limits

_NAMES: Mapping[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One place of a value that violates the schema.

    `keyword` is the keyword that failed, or `unknown-key`, `bad-key` or `union` (no alternative has
    the value's type). `schema` is the subschema with that keyword. `siblings` are the keys beside
    an unknown one.
    """

    path: tuple[str | int, ...]
    keyword: str
    schema: Mapping[str, Any]
    value: Any
    siblings: Collection[str] = ()


class Checker:
    """One schema, compiled once per process."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self._compiled: dict[int, Any] = {}
        self._first: Mapping[str, Any] | None = None
        self._validator: Any = None

    def fits(self, value: Any) -> bool:
        """True if the value is valid."""
        return self.fits_part(self._leave_out(value), value)

    def _leave_out(self, value: Any) -> Mapping[str, Any]:
        """The schema, without the sections that the first value lacks, for this one and all that
        have no others: most stacks have few, and compiling takes twice as long with all."""
        sections = self.schema.get("properties")
        if not isinstance(value, dict) or sections is None:
            return self.schema
        if self._first is None:
            has = {name: part for name, part in sections.items() if name in value}
            self._first = {**self.schema, "properties": has}
        is_alike = value.keys() & sections.keys() <= self._first["properties"].keys()
        return self._first if is_alike else self.schema

    def fits_part(self, part: Mapping[str, Any], value: Any) -> bool:
        """True if the value is valid against a subschema of this schema."""
        found = self._compiled.get(id(part))
        if found is None:
            from jsonschema_rs import Draft202012Validator

            found = Draft202012Validator({"$defs": self.schema["$defs"], **part})
            self._compiled[id(part)] = found
        return bool(found.is_valid(value))

    def find_violations(self, value: Any) -> Iterator[Violation]:
        """Every violation, lazily; at least one if `fits` is False."""
        if self.fits(value):
            return
        count = 0
        for count, error in enumerate(self._explainer().iter_errors(value), start=1):  # noqa: B007
            yield Violation(
                path=tuple(error.absolute_path),
                keyword=str(error.validator),
                schema=error.schema if isinstance(error.schema, Mapping) else {},
                value=error.instance,
                siblings=getattr(error, "siblings", ()),
            )
        if not count:
            yield Violation(path=(), keyword="schema", schema=self.schema, value=value)

    def resolve(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """The target of a subschema that is a `$ref`; any other subschema itself."""
        while "$ref" in part:
            part = self.schema["$defs"][part["$ref"].rpartition("/")[2]]
        return part

    def takes(self, part: Mapping[str, Any], value: Any) -> bool:
        """True if the subschema accepts values of this type."""
        part = self.resolve(part)
        if "anyOf" in part or "oneOf" in part:
            branches = part.get("anyOf") or part["oneOf"]
            return any(self.takes(b, value) for b in branches if b.get("$ref") != INTERPOLATION)
        if "enum" in part:
            return type(value) in {type(option) for option in part["enum"]}
        types = part.get("type", ())
        name = _NAMES[type(value)]
        names = {name, "number"} if name == "integer" else {name}
        return not types or bool(names & ({types} if isinstance(types, str) else set(types)))

    def _explainer(self) -> Any:
        if self._validator is None:
            from jsonschema import validators

            extend: Any = validators.extend
            keywords = _Keywords(self).as_mapping()
            self._validator = extend(validators.Draft202012Validator, keywords)(self.schema)
        return self._validator


def file_checker(limits: Limits = DEFAULT_LIMITS) -> Checker:
    """For a stack file as written, before interpolation."""
    return _build_checker("", limits)


def server_checker(limits: Limits = DEFAULT_LIMITS) -> Checker:
    """For one server's values after interpolation."""
    return _build_checker("server", limits)


def base_checker(limits: Limits = DEFAULT_LIMITS) -> Checker:
    """For a file that others extend, as written."""
    return _build_checker("base", limits)


def policy_checker() -> Checker:
    """For the policy after interpolation."""
    return section_checker("policy")


def project_checker(limits: Limits = DEFAULT_LIMITS) -> Checker:
    """For a project file, whose `defaults` are as written, before interpolation."""
    return _build_checker("project", limits)


def section_checker(name: str) -> Checker:
    """For a section of the file, such as `stack` or `moved`, after interpolation."""
    return _build_checker(name, DEFAULT_LIMITS)


@cache
def _build_checker(name: str, limits: Limits) -> Checker:
    if name == "base":
        return Checker(apply_limits(build_base_schema(), limits))
    if not name:
        return Checker(apply_limits(build_file_schema(), limits))
    if name == "project":
        return Checker(apply_limits(build_project_schema(), limits))
    definitions = apply_limits(build_strict_schema(), limits)["$defs"]
    return Checker({"$ref": f"#/$defs/{name}", "$defs": definitions})


class _Keywords:
    """Replacements of jsonschema's recursive keywords that skip the valid parts of a value."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    def as_mapping(self) -> dict[str, Callable[..., Iterator[Any]]]:
        """The keywords that replace jsonschema's own."""
        return {
            "properties": self._properties,
            "additionalProperties": self._additional,
            "propertyNames": self._names,
            "items": self._items,
            "anyOf": self._union,
            "oneOf": self._union,
            "pattern": _pattern,
            "uniqueItems": _unique,
        }

    def _walk(self, validator: Any, part: Any, value: Any, step: Any) -> Iterator[Any]:
        if not self._checker.fits_part(part, value):
            yield from validator.descend(value, part, path=step)

    def _properties(self, validator: Any, parts: Any, value: Any, schema: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            for name, part in parts.items():
                if name in value:
                    yield from self._walk(validator, part, value[name], name)

    def _additional(self, validator: Any, part: Any, value: Any, schema: Any) -> Iterator[Any]:
        if not isinstance(value, dict):
            return
        known = schema.get("properties", {})
        for name in value:
            if name in known:
                continue
            if part is False:
                error = _make_error("unknown-key", name, value[name], schema, step=name)
                error.siblings = tuple(value)
                yield error
            else:
                yield from self._walk(validator, part, value[name], name)

    def _names(self, validator: Any, part: Any, value: Any, schema: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            for name in value:
                if not self._checker.fits_part(part, name):
                    yield _make_error("bad-key", name, name, part, step=name)

    def _items(self, validator: Any, part: Any, value: Any, schema: Any) -> Iterator[Any]:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._walk(validator, part, item, index)

    def _union(self, validator: Any, branches: Any, value: Any, schema: Any) -> Iterator[Any]:
        if any(self._checker.fits_part(branch, value) for branch in branches):
            return
        branch = _choose_branch(self._checker, branches, value)
        if branch is None:
            yield _make_error("union", "", value, schema)
        else:
            yield from validator.descend(value, branch)


def _choose_branch(checker: Checker, branches: Any, value: Any) -> Any:
    """The alternative that was probably meant: of the value's type, with the most of its keys."""
    fitting = [
        branch
        for branch in branches
        if branch.get("$ref") != INTERPOLATION and checker.takes(branch, value)
    ]
    if isinstance(value, dict):
        fitting.sort(key=lambda b: -len(checker.resolve(b).get("properties", {}).keys() & value))
    return fitting[0] if fitting else None


def _make_error(keyword: str, text: str, value: Any, schema: Any, *, step: Any = None) -> Any:
    from jsonschema import ValidationError

    path = () if step is None else (step,)
    error = ValidationError(text, path=path, validator=keyword)
    error.instance, error.schema = value, schema
    return error


def _pattern(validator: Any, pattern: Any, value: Any, schema: Any) -> Iterator[Any]:
    # Python's $ also matches before a final line feed, JSON Schema's does not.
    exact = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(value, str) and not re.search(exact, value):
        yield _make_error("pattern", "", value, schema)


def _unique(validator: Any, is_unique: Any, value: Any, schema: Any) -> Iterator[Any]:
    if not (is_unique and isinstance(value, list)):
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        spelled = f"{type(item).__name__}:{item!r}"
        if spelled in seen:
            yield _make_error("uniqueItems", "", item, schema, step=index)
        seen.add(spelled)
