"""Words a violation of the schema of fleet.yaml. What stands where a reference belongs is never
shown: it may be the secret itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from ccloud_apply.fleet.config.schema import build_fleet_schema
from ccloud_apply.fleet.config.schema_parts import REFERENCE_HINT, REFERENCE_RULE
from ccloud_apply.load.schema.explain import Explanation, explain
from ccloud_apply.load.schema.parts import Schema
from ccloud_apply.load.schema.validate import Checker, Violation
from ccloud_apply.load.text.format_values import guess, join_words

_REFERENCE_KEYS = frozenset({"env", "file", "command"})
_ELSEWHERE: Mapping[str, str] = {
    "accounts": "accounts:",
    "git": "sources:, in an entry",
    "folder": "sources:, in an entry",
    "endpoint": "accounts:, in an entry",
    "mode": "rules:, in an entry",
    "stacks": "sources:, in an entry",
    "every": "rules:, in an entry",
}


def explain_fleet(
    violation: Violation, checker: Checker, path: Sequence[str | int], written: str = ""
) -> Explanation:
    """Code, sentence and hint for a violation; `path` begins at the file's root."""
    if is_reference(path):
        return _explain_reference(violation, path)
    if violation.keyword == "unknown-key":
        return "unknown-key", "unknown key", _explain_unknown(path, violation)
    if violation.keyword == "minProperties":
        return "bad-value", "must not be empty", ""
    if violation.keyword == "exclusiveMinimum":
        return "bad-value", f"must be more than {violation.schema['exclusiveMinimum']}", ""
    return explain(violation, checker, path, written)


def is_reference(path: Sequence[str | int]) -> bool:
    """True for a place of the schema where a reference belongs, or a part of one."""
    part: Any = build_fleet_schema()
    for step in path:
        if set(part.get("properties", ())) == _REFERENCE_KEYS:
            return True
        if isinstance(step, int):
            part = part.get("items", {})
        else:
            others = part.get("additionalProperties")
            fallback: Schema = others if isinstance(others, dict) else {}
            part = part.get("properties", {}).get(step, fallback)
    return set(part.get("properties", ())) == _REFERENCE_KEYS


def _explain_reference(violation: Violation, path: Sequence[str | int]) -> Explanation:
    inner = [step for step in path[-2:] if step in _REFERENCE_KEYS]
    if violation.keyword in ("unknown-key", "minProperties", "maxProperties"):
        return "bad-reference", "must name exactly one secret", REFERENCE_HINT
    if not inner:
        return "literal-secret", REFERENCE_RULE, REFERENCE_HINT
    words = {
        "env": "must be the name of a variable: letters, digits and _",
        "file": "must be the path of a file",
        "command": "must be a list: a program and its arguments, a text for each",
    }
    return "bad-reference", words[str(inner[-1])], ""


def _explain_unknown(path: Sequence[str | int], violation: Violation) -> str:
    name = str(path[-1])
    known = violation.schema.get("properties", {})
    meant = guess(name, known)
    if meant in violation.siblings:
        return f"{meant} is already set: remove this key"
    if meant:
        return f'did you mean "{meant}"?'
    if len(path) == 1 and name in _ELSEWHERE:
        return f"{name} belongs under {_ELSEWHERE[name]}"
    return f"known keys: {join_words(tuple(known), 'and')}"
