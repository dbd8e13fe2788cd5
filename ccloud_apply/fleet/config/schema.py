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
        "description": f"The file {FLEET_FILE}: accounts, the sources of their stacks, and rules."
        " It contains references to secrets, never a secret.",
        "type": "object",
        "required": ["accounts", "sources"],
        "additionalProperties": False,
        "properties": {
            "database": reference(
                "A reference to the address of a PostgreSQL database, postgresql://... Without"
                " it, the fleet uses SQLite in CCLOUD_WORK_DIR, and only one process can work.",
                env="FLEET_DATABASE_URL",
            ),
            "lease": duration("How long a worker that does not answer keeps its stack.", "60s"),
            "accounts": {
                "type": "object",
                "description": "Accounts by name.",
                "examples": [{"customer-a": {"endpoint": "sandbox"}}],
                "propertyNames": NAME,
                "additionalProperties": _account(),
            },
            "sources": {
                "type": "array",
                "description": "The folders and Git repositories that contain stack files.",
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
            "One account, and how to reach it.",
            {
                "endpoint": text(
                    "The address of the API; sandbox for the embedded API.",
                    "https://ccenter.internet1.de/api/v1",
                    "sandbox",
                ),
                "client_id": reference("A reference to the client id.", env="CUSTOMER_A_ID"),
                "client_secret": reference(
                    "A reference to the client secret.", file="/run/secrets/customer-a"
                ),
                "token": reference(
                    "A reference to a token, instead of client_id and client_secret.",
                    env="CUSTOMER_A_TOKEN",
                ),
                "ca_file": text(
                    "A file with certificate authorities to trust, instead of the system's.",
                    "ca.pem",
                ),
                "proxy": reference(
                    "A reference to the address of a proxy; default: HTTPS_PROXY.",
                    env="CUSTOMER_A_PROXY",
                ),
                "limits": _limits(),
                "sweep": section(
                    "The comparison of all stacks with one read of the account.",
                    {
                        "every": duration(
                            "How often all stacks are compared with the account.", "30m"
                        )
                    },
                ),
                "secrets": _secrets(),
                "sandbox_db": text(
                    "For the endpoint sandbox: the file with the data of the embedded API.",
                    "sandbox.db",
                ),
                "sandbox_speed": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 100000,
                    "description": "For the endpoint sandbox: how many times faster than the"
                    " platform its tasks run.",
                    "examples": [20],
                },
            },
        ),
        "examples": [{"endpoint": "sandbox"}],
    }


def _limits() -> Schema:
    return section(
        "The limits of the account, for all workers together.",
        {
            "requests_per_second": {
                "type": "number",
                "minimum": 0.1,
                "maximum": 10000,
                "description": "The maximum number of requests per second of all workers"
                " together. Without it, only the platform's own limit applies.",
                "examples": [10],
            },
            "runs": _count("The maximum number of stacks that run at the same time.", 4),
            "creates": _count("The maximum number of servers in creation at the same time.", 10),
            "concurrency": {
                "type": "integer",
                "minimum": 1,
                "maximum": 256,
                "description": "The maximum number of requests of one worker at the same time.",
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
        "Which secrets the account's stacks may use.",
        {
            "prefix": {
                "type": "string",
                "pattern": _SECRET_PREFIX,
                "errorMessage": "must be the beginning of variables' names: A-Z, 0-9 and _, with _"
                " at its end",
                "description": "The account's stacks see the variables with this prefix, and no"
                " others, as CCLOUD_SECRET_*.",
                "examples": ["CUSTOMER_A_SECRET_"],
            },
            "commands": {
                "type": "array",
                "description": "How the commands that a secret may come from must begin. Only"
                " this list counts, not the project file: without it, no command is run.",
                "examples": [[["sops", "decrypt"]]],
                "items": {
                    "type": "array",
                    "description": "A program and its first arguments, each as one text.",
                    "minItems": 1,
                    "items": TEXT,
                },
            },
            "variables": {
                "type": "array",
                "description": "Variables that these commands get, in addition to basic ones such"
                " as PATH and HOME.",
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
