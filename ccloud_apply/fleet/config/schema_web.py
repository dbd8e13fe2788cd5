"""The JSON Schema of fleet.yaml: who may use the page."""

from ccloud_apply.fleet.config.schema_parts import NAME, TEXT, reference, section, text
from ccloud_apply.fleet.model.access import ROLES
from ccloud_apply.fleet.model.config import SCOPES
from ccloud_apply.load.schema.parts import Schema

APPROVER = "approver"
"""Another spelling of the role `approve`."""


def web_schema() -> Schema:
    """The section `web`."""
    return section(
        "The page: without auth it serves this machine alone.",
        {
            "auth": section(
                "How people and programs sign in.",
                {"oidc": _oidc(), "proxy": _proxy(), "tokens": _tokens()},
            ),
            "url": text(
                "Where people find the page; with https its cookies never leave it.",
                "https://fleet.example.com",
            ),
            "hosts": {
                "type": "array",
                "description": "More names under which the page may be asked for; others are"
                " refused.",
                "examples": [["fleet.internal"]],
                "uniqueItems": True,
                "items": {
                    "type": "string",
                    "pattern": "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
                    "errorMessage": "must be the name of a host, without a port",
                },
            },
            "roles": section(
                "Who may do what.", {role: _holders(role) for role in (*ROLES, APPROVER)}
            ),
        },
    )


def _oidc() -> Schema:
    return section(
        "OpenID Connect.",
        {
            "issuer": text("The address of the issuer.", "https://id.example.com"),
            "client_id": text("The client id of the page.", "fleet"),
            "client_secret": reference("Its secret.", env="OIDC_SECRET"),
            "name_claim": {
                **text(
                    "The claim with a person's name, which the issuer keeps unique; email counts"
                    " once it is verified.",
                    "preferred_username",
                ),
                "default": "preferred_username",
            },
            "scopes": {
                "type": "array",
                "description": "What the sign-in asks for.",
                "default": list(SCOPES),
                "minItems": 1,
                "contains": {"const": "openid"},
                "errorMessage": "must contain openid",
                "items": {
                    "type": "string",
                    "pattern": "^[!#-\\[\\]-~]+$",
                    "errorMessage": "must be a scope, without spaces",
                },
            },
            "groups_claim": {**text("The claim with the groups.", "groups"), "default": "groups"},
        },
        ("issuer", "client_id", "client_secret"),
    )


def _proxy() -> Schema:
    return section(
        "A proxy that has signed people in.",
        {
            "from": {
                "type": "array",
                "description": "Addresses or networks of the proxy; from others the header does"
                " not count.",
                "examples": [["10.0.0.5"]],
                "minItems": 1,
                "items": TEXT,
            },
            "header": {
                **_header("The header with the person's name."),
                "default": "X-Forwarded-User",
            },
            "groups_header": _header("The header with the person's groups."),
        },
        ("from",),
    )


def _header(description: str) -> Schema:
    return {
        "type": "string",
        "pattern": "^[A-Za-z][A-Za-z0-9-]*$",
        "errorMessage": "must be the name of a header",
        "description": description,
        "examples": ["X-Forwarded-Groups"],
    }


def _tokens() -> Schema:
    return {
        "type": "array",
        "description": "Tokens of programs and people, each by its SHA-256.",
        "minItems": 1,
        "maxItems": 500,
        "items": section(
            "One token.",
            {
                "name": {**NAME, "description": "Whose it is.", "examples": ["ci"]},
                "sha256": {
                    "type": "string",
                    "pattern": "^[0-9a-f]{64}$",
                    "errorMessage": "must be the SHA-256 of a token: 64 hexadecimal digits in lower"
                    " case",
                    "description": "What `printf %s TOKEN | sha256sum` prints.",
                },
                "roles": {
                    "type": "array",
                    "description": "What it may do; after @ may stand a pattern of accounts.",
                    "examples": [["see"]],
                    "minItems": 1,
                    "uniqueItems": True,
                    "items": {
                        "type": "string",
                        "pattern": f"^(?:{'|'.join(ROLES)})(?:@\\S+)?$",
                        "errorMessage": "must be see, approve or administer, and may have"
                        " @ACCOUNTS after it",
                    },
                },
            },
            ("name", "sha256"),
        ),
    }


def _holders(role: str) -> Schema:
    return {
        "type": "array",
        "description": f"Who may {role}: user:NAME, group:NAME or *; after @ may stand a pattern of"
        " accounts.",
        "examples": [["group:ops"]],
        "uniqueItems": True,
        "items": {
            "type": "string",
            "pattern": "^(?:\\*|(?:user|group):\\S.*)(?:@\\S+)?$",
            "errorMessage": "must be user:NAME, group:NAME or *, and may have @ACCOUNTS after it",
        },
    }
