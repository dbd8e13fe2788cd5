"""The JSON Schema of fleet.yaml: where stack files come from."""

from ccloud_apply.fleet.config.schema_parts import NAME, TEXT, duration, reference, section, text
from ccloud_apply.fleet.config.schema_rules import label_names
from ccloud_apply.load.schema.parts import Schema


def build_source_schema() -> Schema:
    """One entry of `sources`."""
    keys = {**_place(), **_stacks(), "webhook": _webhook()}
    return {
        **section("A repository of Git, or a folder.", keys),
        "examples": [{"folder": "stacks"}],
    }


def _place() -> Schema:
    return {
        "name": {
            **NAME,
            "description": "What it is called; left out: the last part of its address.",
            "examples": ["customers"],
        },
        "git": text(
            "The address of a repository: https, ssh, or a path.",
            "https://git.example.com/customers.git",
        ),
        "folder": text("A folder, relative to fleet.yaml.", "stacks"),
        "ref": {
            "type": "string",
            "pattern": "^(?!-)(?!.*(?:\\.\\.|//|/\\.|\\.lock$|/$|\\.$))[A-Za-z0-9._/+-]+$",
            "errorMessage": "must be the name of a branch or tag, or HEAD",
            "description": "A branch or a tag.",
            "default": "HEAD",
            "examples": ["main"],
        },
        "poll": duration("How often it is looked at.", "5m"),
        "verify": {
            "enum": ["none", "signed"],
            "description": "signed: a commit counts only with a signature that Git takes for good.",
            "default": "none",
        },
        "signers": text("The file of allowed signers, for signatures by ssh.", "signers"),
        "token": reference("A token for https, as a password.", env="GIT_TOKEN"),
    }


def _stacks() -> Schema:
    return {
        "stacks": {
            "type": "array",
            "description": "Which files are stacks: files, folders and patterns below its"
            " top. ** is any number of folders.",
            "examples": [["customers/*/stacks/**/*.yaml"]],
            "minItems": 1,
            "uniqueItems": True,
            "items": TEXT,
        },
        "account": text(
            "The account of its stacks; {1} is what the first * of the pattern stands"
            " for. Left out: the only one.",
            "{1}",
            "customer-a",
        ),
        "env": text("The environment of its project files.", "prod"),
        "labels": {
            "type": "object",
            "description": "What its stacks are found by; {1} as in account.",
            "examples": [{"tier": "production"}],
            "propertyNames": label_names(),
            "additionalProperties": {
                "type": "string",
                "pattern": "^[^\\s=,:][^=,]{0,99}$",
                "errorMessage": "must be a text of at most 100 characters without = and ,",
            },
        },
    }


def _webhook() -> Schema:
    return section(
        "What the host of the repository may call.",
        {"secret": reference("With what it signs.", env="HOOK_SECRET")},
        ("secret",),
    )
