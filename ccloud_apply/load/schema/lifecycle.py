"""The part of the stack's JSON Schema that says how a server may be changed."""

from collections.abc import Mapping

from ccloud_apply.aspects.base import Aspect
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.load.schema.parts import RETIRE, Schema
from ccloud_apply.model.limits import DEFAULT_LIMITS, SNAPSHOT_BEFORE


def build_lifecycle_schema() -> Schema:
    """The schema of a server's `lifecycle` after interpolation."""
    return {
        "type": "object",
        "description": "How the server may be changed.",
        "additionalProperties": False,
        "properties": {
            "prevent_destroy": {
                "type": "boolean",
                "default": False,
                "description": "true: block every plan that destroys, replaces or reinstalls the"
                " server, or deletes one of its disks. Also kept as a tag.",
            },
            "ignore_changes": _ignore_changes(),
            "retire": {
                **RETIRE,
                "description": "A server that leaves the file is shut down first, and destroyed"
                " after this number of days. Also kept as a tag.",
            },
            "on_create_only_change": {
                "enum": ["error", "replace", "ignore", "redeploy"],
                "default": "error",
                "description": "What happens if a field changes that can only be set at create."
                " error: the plan fails. replace: the server is destroyed and created again."
                " ignore: the difference stays. redeploy: only for image; the system disk is"
                " reinstalled.",
            },
            "resize": {
                "enum": ["online", "offline"],
                "default": "online",
                "description": "How the server is resized. offline: it is shut down, resized and"
                " started again.",
            },
            "snapshot_before": {
                "type": "array",
                "description": "Kinds of change before which a snapshot is taken.",
                "examples": [["resize", "disks"]],
                "uniqueItems": True,
                "items": {
                    "enum": list(SNAPSHOT_BEFORE),
                    "description": "A kind of change. A snapshot taken before replace or destroy"
                    " is deleted together with the server.",
                },
            },
            "keep": {
                "type": "integer",
                "minimum": 1,
                "maximum": DEFAULT_LIMITS.snapshots - 1,
                "limitedBy": "snapshots",
                "description": "How many snapshots of snapshot_before are kept; all of them if"
                " left out.",
            },
        },
    }


def _ignore_changes() -> Schema:
    return {
        "type": "array",
        "description": "Fields, or parts of fields, whose differences are ignored.",
        "examples": [["notes", "addons.backup", "disks.2"]],
        "items": {
            "anyOf": [
                *_ignored_names(),
                {
                    "type": "object",
                    "description": "A field, or a part of one, that is ignored until a day, or"
                    " for a reason.",
                    "required": ["field"],
                    "additionalProperties": False,
                    "properties": {
                        "field": {
                            "description": "A field's name, or a part of it.",
                            "anyOf": _ignored_names(),
                            "errorMessage": _tell_rule(),
                        },
                        "until": {
                            "type": "string",
                            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                            "errorMessage": "must be a day, such as 2026-12-31",
                            "description": "The last day on which it is ignored, in UTC.",
                            "examples": ["2026-12-31"],
                        },
                        "reason": {
                            "type": "string",
                            "pattern": "\\S",
                            "errorMessage": "must not be empty",
                            "description": "The reason, which the plan shows.",
                            "examples": ["load test"],
                        },
                    },
                },
            ],
            "errorMessage": _tell_rule(),
        },
    }


def _tell_rule() -> str:
    return f"must be the name of a field, or a part of one: {_spell_parts()}"


def _spell_parts() -> str:
    return ", ".join(f"{name}.{aspect.part}" for name, aspect in _find_parts().items())


def _find_parts() -> Mapping[str, Aspect]:
    return {name: aspect for name, aspect in sorted(ASPECTS.items()) if aspect.part}


def _ignored_names() -> list[Schema]:
    """A field, or a part of one of those that have parts."""
    found = _find_parts().items()
    parts = "|".join(rf"{name}\.{aspect.part_pattern}" for name, aspect in found)
    return [
        {
            "enum": sorted(ASPECTS),
            "description": "A field's name.",
            "errorMessage": _tell_rule(),
        },
        {
            "type": "string",
            "pattern": f"^({parts})$",
            "description": f"A part of a field: {_spell_parts()}.",
            "errorMessage": _tell_rule(),
        },
    ]
