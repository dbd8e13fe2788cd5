"""Words a violation of the schema as a readable sentence, with a hint how to fix it.

The value of a sensitive field is never shown: it may be the secret itself. Finding violations
belongs to `validate.py`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.schema.interpolation_schema import INTERPOLATION
from ccloud_apply.load.schema.server_schema import SERVER_ONLY
from ccloud_apply.load.schema.stack_schema import BASE_KEYS, build_strict_schema
from ccloud_apply.load.schema.validate import Checker, Violation
from ccloud_apply.load.text.format_values import did_you_mean, escape, guess, join_words, quote
from ccloud_apply.load.text.scalar import resolve_scalar
from ccloud_apply.model.limits import offer_limit

Explanation = tuple[str, str, str]
"""Code, sentence and hint."""

FROM_ENVIRONMENT = frozenset(
    (
        *("endpoint", "url", "api", "api_url", "base_url", "provider", "credentials", "username"),
        *("client_id", "client_secret", "token", "access_token", "api_token"),
    )
)
"""Keys that other tools have for what no file of ours holds."""
FROM_ENVIRONMENT_HINT = (
    "the endpoint and the credentials come from the environment only: CCLOUD_ENDPOINT, "
    "CCLOUD_CLIENT_ID and CCLOUD_CLIENT_SECRET, or CCLOUD_TOKEN"
)
_SYNONYMS: Mapping[str, str] = {
    **{word: name for name, aspect in ASPECTS.items() for word in aspect.synonyms},
    "host": "hostname",  # a key of a server, but no managed field, so no aspect names it
}
"""Words that other tools use for a key, and the key."""
_FIELD_DEPTHS: Mapping[str | int, int] = {"servers": 2, "templates": 2, "defaults": 1}
"""At which step of a path the name of a field stands."""
_LIMITS: Mapping[tuple[str, str], str] = {("disks", "maxItems"): "CCA107"}
"""Limits of the platform that the schema states: their check's code, by field and keyword."""
_SECRET_RULE = "must be a reference; a stack file never contains a secret"  # noqa: S105
_SECRET_HINT = "write {env: CCLOUD_SECRET_NAME} or {file: PATH}"  # noqa: S105
_NUMBER_IN_TEXT = lazy_pattern(r"\s*(\d{1,9})(?:\s*(g|gb|gib))?\s*", re.IGNORECASE)
_KEEPS_TYPE = (
    "a ${...} on its own keeps the type of its value; inside a longer text it becomes text"
)
_IN_A_LIST = lazy_pattern(r"[A-Za-z0-9_.@+-]{1,40}|[A-Za-z][A-Za-z0-9_.:@+-]{0,38}[A-Za-z0-9]")
"""What can stand in [ ] without quotes."""
_TYPE_NAMES: Mapping[str, str] = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def explain(
    violation: Violation,
    checker: Checker,
    path: Sequence[str | int],
    written: str = "",
    *,
    is_computed: bool = False,
) -> Explanation:
    """Code, sentence and hint for a violation; `path` begins at the file's root.

    `written` is the value as the file spells it, where it is a plain one: `01` for the number 1.
    `is_computed`: the file has a `${...}` in its place. A hint that offers a text to write offers
    one that the schema takes, and never one in place of what is computed.
    """
    if _is_secret(path):
        return _explain_secret(violation)
    if violation.keyword == "unknown-key":
        return "unknown-key", "unknown key", _explain_unknown(path, violation)
    if violation.keyword == "bad-key":
        return "bad-key", f"the key {_rule(violation.schema)}", _plain_hint(violation.value)
    if violation.keyword == "required":
        missing = [f'"{n}"' for n in violation.schema["required"] if n not in violation.value]
        verb = "is" if len(missing) == 1 else "are"
        return "missing-key", f"{join_words(missing, 'and')} {verb} missing", ""
    if violation.keyword in {"type", "union", "enum"}:
        code, what, hint = _explain_type(violation, checker, written)
        return code, what, (_KEEPS_TYPE if hint else "") if is_computed else hint
    worded = _WORDED.get(violation.keyword)
    what = worded(violation) if worded else "does not fit the stack's schema"
    hint = _plain_hint(violation.value) if violation.keyword == "pattern" else ""
    name = str(path[-1]) if path else ""
    if violation.keyword in ("maximum", "maxItems") and "limitedBy" in violation.schema:
        hint = offer_limit(violation.schema["limitedBy"])
    return _LIMITS.get((name, violation.keyword), "bad-value"), what, hint


def _plain_hint(value: Any) -> str:
    return "${...} is not allowed here" if isinstance(value, str) and "${" in value else ""


def _is_secret(path: Sequence[str | int]) -> bool:
    depth = _FIELD_DEPTHS.get(path[0]) if path else None
    if depth is None:
        return False
    fields = path[depth : depth + 1]
    if "secrets" in path[2:5]:  # those of a template
        return True
    return any(
        isinstance(name, str) and name in ASPECTS and ASPECTS[name].is_sensitive for name in fields
    )


def _explain_secret(violation: Violation) -> Explanation:
    if violation.keyword == "pattern":
        what = "must name an environment variable that begins with CCLOUD_SECRET_ (A-Z, 0-9, _)"
        return "bad-reference", what, ""
    if violation.keyword == "bad-key":
        return "bad-key", f"the key {_rule(violation.schema)}", ""
    if violation.keyword in {"unknown-key", "required"}:
        return "bad-reference", "must name exactly one secret", _SECRET_HINT
    return "literal-secret", _SECRET_RULE, _SECRET_HINT


def _explain_unknown(path: Sequence[str | int], violation: Violation) -> str:
    name = str(path[-1])
    known = violation.schema.get("properties", {})
    root = build_strict_schema()["properties"]
    if len(path) == 1 and name.lower() in FROM_ENVIRONMENT:
        return FROM_ENVIRONMENT_HINT
    is_shared = path[0] in ("defaults", "templates")
    if is_shared and len(path) == _FIELD_DEPTHS[path[0]] + 1 and name in SERVER_ONLY:
        return f"{name} belongs to one server, under servers:"
    if len(path) == 1 and name in root and tuple(known) == BASE_KEYS:
        return (
            f"{name} belongs to a stack, and other files extend this one: it shares"
            f" {join_words([key for key in known if key != 'extends'], 'and')}"
        )
    if len(path) == 1 and (name in ASPECTS or name in SERVER_ONLY or name == "lifecycle"):
        return f"{name} belongs to a server, under servers:"
    if path[0] == "servers" and len(path) == 3 and name in root:
        return f"{name} belongs to the stack: write it without indentation"
    if tuple(known) == ("file",) and name in {"template", "secrets"}:
        return "name a file as it is, {file: PATH}, or a template, not both"
    if tuple(known) == ("file",) and name in {"env", "command"}:
        secrets = "{NAME: {env: CCLOUD_SECRET_NAME}}"
        return f"a secret goes into a template: {{template: FILE, secrets: {secrets}}}"
    synonym = _SYNONYMS.get(name.lower().replace("-", "_"), "")
    meant = synonym if synonym in known else guess(name, known)
    if meant in violation.siblings:
        return f"{meant} is already set: remove this key"
    return f'did you mean "{meant}"?' if meant else f"known keys: {', '.join(known)}"


def _explain_type(violation: Violation, checker: Checker, written: str) -> Explanation:
    value = violation.value
    hint = ""
    if violation.keyword == "enum" and isinstance(value, str):
        hint = did_you_mean(value, [str(option) for option in violation.schema["enum"]])
    elif not isinstance(value, list | dict | None):
        written = quote(value) if isinstance(value, str) or not written else written
        offers = _offer(value, written)
        offered = (text for text, meant in offers if checker.fits_part(violation.schema, meant))
        hint = next((f"write {text}" for text in offered), "")
    code = "bad-value" if violation.keyword == "enum" else "wrong-type"
    expected = expect(violation.schema, checker)
    return code, f"must be {expected}, not {_spell(value, written)}", hint


def _spell(value: Any, written: str) -> str:
    is_plain = isinstance(value, bool | int | float)
    return escape(written) if is_plain and written else quote(value)


def _offer(value: str | bool | float, written: str) -> Iterator[tuple[str, Any]]:
    """What may have been meant by a plain value of the wrong type: as text, and as it is read."""
    number = _NUMBER_IN_TEXT.fullmatch(value) if isinstance(value, str) else None
    if number:
        rest = "" if number[2] else " without quotes"
        yield f"{number[1].lstrip('0') or '0'}{rest}", int(number[1])
    if not isinstance(value, str):
        yield f'"{written}"', written
        yield f"[{written}]", [value]
        yield f'["{written}"]', [written]
        return
    parts = [part.strip() for part in value.split(",")]
    if all(map(_IN_A_LIST.fullmatch, parts)):
        yield f"[{', '.join(parts)}]", list(map(resolve_scalar, parts))


def expect(part: Mapping[str, Any], checker: Checker) -> str:
    """The values that a part of the schema accepts: `a whole number of GB`."""
    part = checker.resolve(part)
    told, _, rule = str(part.get("errorMessage", "")).partition("must be ")
    if rule and not told:  # "must not be empty" is a rule, and no kind of value
        return rule
    if "enum" in part:
        return join_words([str(option) for option in part["enum"]])
    branches = part.get("anyOf") or part.get("oneOf")
    if branches:
        words = [expect(b, checker) for b in branches if b.get("$ref") != INTERPOLATION]
        return join_words(list(dict.fromkeys(words)))
    types = part.get("type", "object")
    names = [types] if isinstance(types, str) else types
    words = [_TYPE_NAMES[name] + _unit(part, " of GB") for name in names]
    if part.get("required") and "object" in names:
        words[-1] += f" with {join_words(part['required'], 'and')}"
    return join_words(words)


def _unit(part: Mapping[str, Any], unit: str) -> str:
    """The unit, if the number's description names it."""
    is_size = part.get("type") == "integer" and "GB" in part.get("description", "")
    return unit if is_size else ""


def _rule(part: Mapping[str, Any]) -> str:
    pattern = f"must match {part['pattern']}" if "pattern" in part else "is not allowed"
    return str(part.get("errorMessage", pattern))


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _minimum(v: Violation) -> str:
    return f"must be at least {v.schema['minimum']}{_unit(v.schema, ' GB')}, not {quote(v.value)}"


def _maximum(v: Violation) -> str:
    return f"must be at most {v.schema['maximum']}{_unit(v.schema, ' GB')}, not {quote(v.value)}"


_WORDED: Mapping[str, Callable[[Violation], str]] = {
    "minimum": _minimum,
    "maximum": _maximum,
    "pattern": lambda v: f"{_rule(v.schema)}, not {quote(v.value)}",
    "minLength": lambda v: "must not be empty",
    "maxLength": lambda v: f"must have at most {v.schema['maxLength']} characters",
    "minItems": lambda v: f"must have at least {_entries(v.schema['minItems'])}",
    "maxItems": lambda v: f"must have at most {_entries(v.schema['maxItems'])}, not {len(v.value)}",
    "uniqueItems": lambda v: f"{quote(v.value)} is listed twice",
    "not": lambda v: str(v.schema["not"].get("errorMessage", "does not fit the stack's schema")),
}
