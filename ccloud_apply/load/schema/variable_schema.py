"""The JSON Schema of `variable_types`: a type is a word, a list with one type, or a mapping.

What a type means belongs to `load/stack/variable_types.py`.
"""

from ccloud_apply.load.schema.parts import Schema, ref

WORDS = ("string", "integer", "number", "boolean", "any")
VARIABLE_NAME: Schema = {
    "type": "string",
    "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$",
    "errorMessage": "must be a name of letters, digits, '_' and '-' that begins with a letter",
}
_TYPE = ref("variable_type")
_ATTRIBUTE = ref("variable_attribute")
_EXAMPLE = {
    "nodes": [{"name": "string", "disk": {"optional": "integer", "default": 50}}],
}


def variable_types() -> Schema:
    """The section itself: types by the name of a variable."""
    return {
        "type": ["object", "null"],
        "description": "The types of variables: a word such as string, [TYPE] for a list,"
        " {ATTRIBUTE: TYPE} for an object.",
        "examples": [_EXAMPLE],
        "propertyNames": VARIABLE_NAME,
        "additionalProperties": _TYPE,
    }


def variable_definitions() -> Schema:
    """The entries of `$defs` that `variable_types` refers to."""
    return {"variable_type": _type(), "variable_attribute": _attribute()}


def _type() -> Schema:
    return {
        "description": f"The type of a value: {', '.join(WORDS)}, [TYPE] or {{ATTRIBUTE: TYPE}}.",
        "examples": ["integer", ["string"], _EXAMPLE["nodes"][0]],
        "anyOf": [
            {
                "enum": list(WORDS),
                "errorMessage": f"must be {', '.join(WORDS[:-1])} or {WORDS[-1]}",
            },
            {
                "type": "array",
                "minItems": 1,
                "maxItems": 1,
                "items": _TYPE,
            },
            {
                "type": "object",
                "propertyNames": {
                    "type": "string",
                    "pattern": "^(\\*|(?!optional$)[A-Za-z_][A-Za-z0-9_-]*)$",
                    "errorMessage": "must be the name of an attribute, or '*' for all others;"
                    " {optional: TYPE} is for an attribute",
                },
                "properties": {
                    "*": {"description": "The type of all other attributes.", **_TYPE},
                },
                "additionalProperties": _ATTRIBUTE,
            },
        ],
    }


def _attribute() -> Schema:
    return {
        "description": "The type of an attribute, or {optional: TYPE, default: VALUE} for one that "
        "may be left out.",
        "examples": ["integer", {"optional": "integer", "default": 50}],
        "anyOf": [
            _TYPE,
            {
                "type": "object",
                "required": ["optional"],
                "additionalProperties": False,
                "properties": {
                    "optional": {"description": "The type of the attribute.", **_TYPE},
                    "default": {
                        "description": "The value of the attribute if it is left out; null if"
                        " there is no default.",
                        "examples": [50],
                    },
                },
            },
        ],
    }
