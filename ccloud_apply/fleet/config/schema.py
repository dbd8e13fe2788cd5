"""The JSON Schema of fleet.yaml: its root, accounts and sources.

Rules, and what is told to whom, are in `schema_rules.py`. What a schema cannot say is in
`build.py`.
"""

from functools import cache

from ccloud_apply.fleet.config.schema_parts import NAME, TEXT, duration, reference, section, text
from ccloud_apply.fleet.config.schema_rules import (
    keep_schema,
    label_names,
    notify_schema,
    rules_schema,
)
from ccloud_apply.fleet.config.schema_web import web_schema
from ccloud_apply.load.schema.parts import Schema

FLEET_FILE = "fleet.yaml"
_SECRET_PREFIX = "^[A-Z_][A-Z0-9_]*_$"  # noqa: S105 - the form of a variable's name


@cache
def build_fleet_schema() -> Schema:
    """The schema of fleet.yaml. Cached: callers must not change it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ccloud-apply fleet",
        "description": f"The file {FLEET_FILE}: accounts, where their stacks come from, and what"
        " happens to them. Secrets are references.",
        "type": "object",
        "required": ["accounts", "sources"],
        "additionalProperties": False,
        "properties": {
            "database": reference(
                "Where the address of the PostgreSQL database is, postgresql://...; left out:"
                " SQLite in the work dir, and one process.",
                env="FLEET_DATABASE_URL",
            ),
            "lease": duration("How long a worker that is silent keeps a stack.", "60s"),
            "accounts": {
                "type": "object",
                "description": "Accounts by name.",
                "examples": [{"customer-a": {"endpoint": "sandbox"}}],
                "propertyNames": NAME,
                "additionalProperties": _account(),
            },
            "sources": {
                "type": "array",
                "description": "Where stack files come from.",
                "examples": [[{"folder": "stacks"}]],
                "minItems": 1,
                "items": _source(),
            },
            "rules": rules_schema(),
            "notify": notify_schema(),
            "keep": keep_schema(),
            "web": web_schema(),
        },
        "$defs": {},
    }


def _account() -> Schema:
    return {
        **section(
            "One account, and how it is reached.",
            {
                "endpoint": text(
                    "The address of the API, or sandbox for the embedded one.",
                    "https://ccenter.internet1.de/api/v1",
                    "sandbox",
                ),
                "client_id": reference("The client id.", env="CUSTOMER_A_ID"),
                "client_secret": reference("Its secret.", file="/run/secrets/customer-a"),
                "token": reference("A token, instead of both.", env="CUSTOMER_A_TOKEN"),
                "ca_file": text("Certificates instead of the system's.", "ca.pem"),
                "proxy": reference("The address of a proxy.", env="CUSTOMER_A_PROXY"),
                "limits": _limits(),
                "sweep": section(
                    "The look at the whole account: one read for all of its stacks.",
                    {"every": duration("How often.", "30m")},
                ),
                "secrets": _secrets(),
                "sandbox_db": text("The file of the embedded API's data.", "sandbox.db"),
                "sandbox_speed": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 100000,
                    "description": "How many times faster than the platform its tasks run.",
                    "examples": [20],
                },
            },
        ),
        "examples": [{"endpoint": "sandbox"}],
    }


def _limits() -> Schema:
    return section(
        "What the account takes from all workers together.",
        {
            "requests_per_second": {
                "type": "number",
                "minimum": 0.1,
                "maximum": 10000,
                "description": "Most requests per second; left out: the platform's limit alone.",
                "examples": [10],
            },
            "runs": _count("Most stacks that are worked on at a time.", 4),
            "creates": _count("Most servers that are created at a time.", 10),
            "concurrency": {
                "type": "integer",
                "minimum": 1,
                "maximum": 256,
                "description": "Most requests of one worker at a time.",
                "examples": [16],
            },
        },
    )


def _count(description: str, default: int) -> Schema:
    return {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "description": description,
        "default": default,
    }


def _secrets() -> Schema:
    return section(
        "What the account's stacks may name as secrets.",
        {
            "prefix": {
                "type": "string",
                "pattern": _SECRET_PREFIX,
                "errorMessage": "must be the beginning of variables' names: A-Z, 0-9 and _, with _"
                " at its end",
                "description": "How the variables begin that these stacks, and no others, see as"
                " CCLOUD_SECRET_.",
                "examples": ["CUSTOMER_A_SECRET_"],
            },
            "commands": {
                "type": "array",
                "description": "Beginnings of the commands that a secret may come from; without"
                " them no command is run, whatever a project file says.",
                "examples": [[["sops", "decrypt"]]],
                "items": {
                    "type": "array",
                    "description": "A command and its first arguments, a text for each.",
                    "minItems": 1,
                    "items": TEXT,
                },
            },
            "variables": {
                "type": "array",
                "description": "Variables that these commands get, beside PATH and HOME.",
                "examples": [["VAULT_ADDR"]],
                "uniqueItems": True,
                "items": {
                    "type": "string",
                    "pattern": "^(?!CCLOUD_)[A-Za-z_][A-Za-z0-9_]*$",
                    "errorMessage": "must be the name of a variable that does not begin with"
                    " CCLOUD_",
                },
            },
        },
    )


def _source() -> Schema:
    return {
        **section(
            "A repository of Git, or a folder.",
            {
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
                    "description": "signed: a commit counts only with a signature that Git takes"
                    " for good.",
                    "default": "none",
                },
                "signers": text("The file of allowed signers, for signatures by ssh.", "signers"),
                "token": reference("A token for https, as a password.", env="GIT_TOKEN"),
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
                "webhook": section(
                    "What the host of the repository may call.",
                    {"secret": reference("With what it signs.", env="HOOK_SECRET")},
                    ("secret",),
                ),
            },
        ),
        "examples": [{"folder": "stacks"}],
    }
