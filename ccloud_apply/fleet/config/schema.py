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
                "A reference to the address of the PostgreSQL database, postgresql://..."
                " Without it,"
                " the fleet is one process with SQLite in the work dir.",
                env="FLEET_DATABASE_URL",
            ),
            "lease": duration(
                "How long a stack waits for a worker that has stopped responding.", "60s"
            ),
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
            "An account and its credentials.",
            {
                "endpoint": text(
                    "The address of the API, or sandbox for the embedded one.",
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
                    "A file of certificate authorities to trust instead of those of the system.",
                    "ca.pem",
                ),
                "proxy": reference(
                    "A reference to the address of a proxy.", env="CUSTOMER_A_PROXY"
                ),
                "limits": _limits(),
                "sweep": section(
                    "The sweep: one read of the account, which compares all of its stacks.",
                    {"every": duration("How often the account is swept.", "30m")},
                ),
                "secrets": _secrets(),
                "sandbox_db": text(
                    "For endpoint: sandbox, the file with the sandbox's data.", "sandbox.db"
                ),
                "sandbox_speed": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 100000,
                    "description": "For endpoint: sandbox, how many times faster than on the"
                    " platform tasks run.",
                    "examples": [20],
                },
            },
        ),
        "examples": [{"endpoint": "sandbox"}],
    }


def _limits() -> Schema:
    return section(
        "Limits for the account, shared by all workers.",
        {
            "requests_per_second": {
                "type": "number",
                "minimum": 0.1,
                "maximum": 10000,
                "description": "The most requests per second. Without it, only the platform's"
                " limit applies.",
                "examples": [10],
            },
            "runs": _count("The most stacks that are worked on at the same time.", 4),
            "creates": _count("The most servers that are created at the same time.", 10),
            "concurrency": {
                "type": "integer",
                "minimum": 1,
                "maximum": 256,
                "description": "The most requests that one worker sends at the same time.",
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
        "The secrets that stacks of the account may use.",
        {
            "prefix": {
                "type": "string",
                "pattern": _SECRET_PREFIX,
                "errorMessage": "must be the beginning of variables' names: A-Z, 0-9 and _, with _"
                " at its end",
                "description": "The prefix of the variables that only stacks of this account"
                " see. They see"
                " them as CCLOUD_SECRET_...",
                "examples": ["CUSTOMER_A_SECRET_"],
            },
            "commands": {
                "type": "array",
                "description": "How the commands begin that may provide secrets. No other"
                " command is"
                " run, whatever a project file allows.",
                "examples": [[["sops", "decrypt"]]],
                "items": {
                    "type": "array",
                    "description": "A command and its first arguments, each as a text of its own.",
                    "minItems": 1,
                    "items": TEXT,
                },
            },
            "variables": {
                "type": "array",
                "description": "Environment variables that these commands get, in addition to"
                " PATH and HOME.",
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
