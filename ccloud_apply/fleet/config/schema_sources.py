"""The JSON Schema of fleet.yaml: where stack files come from."""

from ccloud_apply.fleet.config.schema_parts import NAME, TEXT, duration, reference, section, text
from ccloud_apply.fleet.config.schema_rules import label_names
from ccloud_apply.load.schema.parts import Schema


def build_source_schema() -> Schema:
    """One entry of `sources`."""
    keys = {**_place(), **_stacks(), "webhook": _webhook()}
    return {
        **section("A Git repository, or a folder.", keys),
        "examples": [{"folder": "stacks"}],
    }


def _place() -> Schema:
    return {
        "name": {
            **NAME,
            "description": "The name of the source; default: the last part of its address, and"
            " env.",
            "examples": ["customers"],
        },
        "git": text(
            "The address of a Git repository: https, ssh, or a path.",
            "https://git.example.com/customers.git",
        ),
        "folder": text(
            "A folder with stack files; a relative path starts at fleet.yaml.", "stacks"
        ),
        "ref": {
            "type": "string",
            "pattern": "^(?!-)(?!.*(?:\\.\\.|//|/\\.|\\.lock$|/$|\\.$))[A-Za-z0-9._/+-]+$",
            "errorMessage": "must be the name of a branch or tag, or HEAD",
            "description": "The branch or tag to use.",
            "default": "HEAD",
            "examples": ["main"],
        },
        "poll": duration("How often the source is polled.", "5m"),
        "verify": {
            "enum": ["none", "signed"],
            "description": "signed: a commit is used only if `git verify-commit` accepts its"
            " signature.",
            "default": "none",
        },
        "signers": text("The file of allowed signers, for SSH signatures.", "signers"),
        "token": reference(
            "A reference to a token, which is sent as the https password.", env="GIT_TOKEN"
        ),
    }


def _stacks() -> Schema:
    return {
        "stacks": {
            "type": "array",
            "description": "Which files are stacks: files, folders and patterns, relative to the"
            " top of the source. * stands for any text within a name, ** for any number of"
            " folders.",
            "examples": [["customers/*/stacks/**/*.yaml"]],
            "minItems": 1,
            "uniqueItems": True,
            "items": TEXT,
        },
        "account": text(
            "The account of its stacks; may be left out if there is only one. {1} is the text"
            " that the first * of the pattern matched.",
            "{1}",
            "customer-a",
        ),
        "env": text("The environment of the project files.", "prod"),
        "labels": {
            "type": "object",
            "description": "Labels of its stacks, which rules and selectors match. May contain"
            " {1}, as in account.",
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
        "Accept webhooks from the repository's host, so that a push is noticed at once.",
        {
            "secret": reference(
                "A reference to the secret with which the host signs its webhooks.",
                env="HOOK_SECRET",
            )
        },
        ("secret",),
    )
