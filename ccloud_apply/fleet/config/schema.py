"""The JSON Schema of fleet.yaml: its root and accounts.

Rules, and what is told to whom, are in `schema_rules.py`. What a schema cannot say is in
`build.py`.
"""

from functools import cache

from ccloud_apply.fleet.config.schema_parts import NAME, TEXT, duration, reference, section, text
from ccloud_apply.fleet.config.schema_rules import keep_schema, notify_schema, rules_schema
from ccloud_apply.fleet.config.schema_sources import build_source_schema
from ccloud_apply.fleet.config.schema_web import web_schema
from ccloud_apply.fleet.model.config import FLEET_FILE
from ccloud_apply.load.schema.parts import Schema

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
                "items": build_source_schema(),
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
