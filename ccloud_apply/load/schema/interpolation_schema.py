"""The JSON Schema of values before interpolation, derived from that of the values afterwards."""

import re
from collections.abc import Mapping
from typing import Any

from ccloud_apply.load.schema.parts import Schema

INTERPOLATION = "#/$defs/interpolation"
EXPRESSION: Schema = {
    "type": "string",
    "pattern": "\\$\\{",
    "description": "A value with ${var.NAME}, ${stack}, ${env}, ${key}, ${index} or ${each.value}.",
}
"""The definition that INTERPOLATION leads to."""

_ANNOTATIONS = ("title", "description", "examples", "default", "errorMessage")


def allow_interpolation(schema: Mapping[str, Any], *, is_secret: bool = False) -> Schema:
    """The schema of the same value before interpolation.

    The value and all parts of it may also be `${...}`, unless free text allows that already. For
    a secret only the parts may: a secret is a reference, never a variable's value.
    """
    inner: Schema = dict(schema)
    for keyword in ("properties", "patternProperties"):
        if keyword in inner:
            inner[keyword] = {k: allow_interpolation(v) for k, v in inner[keyword].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(inner.get(keyword), Mapping):
            inner[keyword] = allow_interpolation(inner[keyword])
    if "propertyNames" in inner:
        inner["propertyNames"] = _forbid_interpolation(inner["propertyNames"])
    for keyword in ("anyOf", "oneOf"):
        if keyword in inner:
            # The union gets the alternative once, its branches do not.
            inner[keyword] = [allow_interpolation(b, is_secret=True) for b in inner[keyword]]
    if is_secret or _takes_any_text(schema):
        return inner
    outer = {word: inner.pop(word) for word in _ANNOTATIONS if word in inner}
    alternative = {"$ref": INTERPOLATION}
    if set(inner) == {"anyOf"}:
        return {**outer, "anyOf": [*inner["anyOf"], alternative]}
    if "errorMessage" in outer:
        inner["errorMessage"] = outer.pop("errorMessage")
    if "description" in outer:  # it also names the unit, which messages need
        inner["description"] = outer["description"]
    return {**outer, "anyOf": [inner, alternative]}


def _forbid_interpolation(names: Mapping[str, Any]) -> Schema:
    """The schema of keys in which nothing is filled in: a `${` would stay there unnoticed."""
    pattern = names.get("pattern")
    if pattern is not None and not re.search(pattern, "${var.x}"):
        return dict(names)
    return {**names, "not": {"pattern": "\\$\\{"}}


def _takes_any_text(schema: Mapping[str, Any]) -> bool:
    if {"enum", "const", "pattern", "maxLength", "format"} & schema.keys():
        return False
    types = schema.get("type", ())
    if types == "string" or (not isinstance(types, str) and "string" in types):
        return True
    return any(_takes_any_text(branch) for branch in schema.get("anyOf", ()))
