"""The part of the stack's JSON Schema that says what a server is, and what servers share.

Each aspect contributes the part of its field; how a server may be changed is in `lifecycle.py`.
"""

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.schema.parts import TEMPLATE_NAME, Schema, ref
from ccloud_apply.model.limits import MAX_COUNT

SERVER_ONLY = ("enabled", "count", "for_each", "template", "hostname", "depends_on")
"""Keys of a server that cannot stand in `defaults` or in a template."""


def build_server_schema() -> Schema:
    """An entry of `servers`."""
    names = (*SERVER_ONLY, *sorted(ASPECTS), "lifecycle")
    needed = ", ".join(name for name, aspect in ASPECTS.items() if aspect.is_needed_to_create)
    return {
        "type": ["object", "null"],
        "description": "A server, or several with count or for_each. A field that is left out is"
        f" not managed. A new server needs {needed}.",
        "additionalProperties": False,
        "properties": {name: ref(name) for name in names},
    }


def build_defaults_schema() -> Schema:
    """The section `defaults`."""
    return {
        "type": ["object", "null"],
        "description": "Fields of every server. A server's own fields override them: mappings are"
        " merged, tags are combined, and everything else is replaced.",
        "additionalProperties": False,
        "properties": {name: ref(name) for name in (*sorted(ASPECTS), "lifecycle")},
    }


def build_templates_schema() -> Schema:
    """The section `templates`."""
    fields = build_defaults_schema()["properties"]
    return {
        "type": ["object", "null"],
        "description": "Named sets of fields, which servers use with template.",
        "examples": [{"small": {"cores": 2, "memory": 4, "disks": [50]}}],
        "propertyNames": TEMPLATE_NAME,
        "additionalProperties": {
            "type": ["object", "null"],
            "description": "Fields of each server that uses the template.",
            "additionalProperties": False,
            "properties": fields,
        },
    }


def build_server_only_schemas() -> Schema:
    """The keys of SERVER_ONLY, by name."""
    return {
        "enabled": {
            "type": "boolean",
            "default": True,
            "description": "false: the server is not declared, as if its entry were deleted.",
        },
        "template": {
            "description": "The name of a template under templates:, or a list of names."
            " Templates override defaults, later ones override earlier ones, and the server's"
            " own fields override all of them.",
            "examples": ["small", ["small", "public"]],
            "anyOf": [
                TEMPLATE_NAME,
                {"type": "array", "items": TEMPLATE_NAME, "uniqueItems": True},
                {"type": "null"},
            ],
        },
        "count": {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_COUNT,
            "description": "The number of servers: KEY-1, KEY-2, ... ${index} counts from 1.",
        },
        "for_each": {
            "description": "One server for each entry of a list of words or of a mapping:"
            " KEY-ENTRY. ${each.key} and ${each.value} give the entry. With count, that many"
            " servers for each entry: KEY-ENTRY-1, KEY-ENTRY-2, ...",
            "examples": [["a", "b"], {"small": {"cores": 1}}],
            "anyOf": [
                {"type": "array", "items": {"type": "string", "minLength": 1}},
                {"type": "object"},
            ],
        },
        "hostname": {
            "type": "string",
            "pattern": "^[A-Za-z0-9._-]{1,253}$",
            "errorMessage": "must be a server's hostname, such as vs10042",
            "description": "Hostname of an existing server to adopt.",
            "examples": ["vs10042"],
        },
        "depends_on": {
            "type": ["array", "null"],
            "description": "Keys of servers that are created before this one and destroyed after"
            " it.",
            "examples": [["db"]],
            "uniqueItems": True,
            "items": ref("key"),
        },
    }
