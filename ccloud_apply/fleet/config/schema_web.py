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
        "The page of the fleet. Without auth, it serves only this machine.",
        {
            "auth": section(
                "How people and programs sign in.",
                {"oidc": _oidc(), "proxy": _proxy(), "tokens": _tokens()},
            ),
            "url": text(
                "The address at which people find the page. If it is https, cookies are never"
                " sent over plain HTTP.",
                "https://fleet.example.com",
            ),
            "hosts": {
                "type": "array",
                "description": "Further host names under which the page may be requested; all"
                " others are refused.",
                "examples": [["fleet.internal"]],
                "uniqueItems": True,
                "items": {
                    "type": "string",
                    "pattern": "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
                    "errorMessage": "must be the name of a host, without a port",
                },
            },
            "roles": section(
                "Who has which role.", {role: _holders(role) for role in (*ROLES, APPROVER)}
            ),
        },
    )


def _oidc() -> Schema:
    return section(
        "Sign in with OpenID Connect.",
        {
            "issuer": text("The URL of the OpenID Connect issuer.", "https://id.example.com"),
            "client_id": text("The client id of the page at the issuer.", "fleet"),
            "client_secret": reference("A reference to the client secret.", env="OIDC_SECRET"),
            "name_claim": {
                **text(
                    "The claim with a person's name, which must be unique at the issuer. email is"
                    " accepted only if it is verified.",
                    "preferred_username",
                ),
                "default": "preferred_username",
            },
            "scopes": {
                "type": "array",
                "description": "The scopes that the sign-in requests.",
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
            "groups_claim": {
                **text("The claim with a person's groups.", "groups"),
                "default": "groups",
            },
        },
        ("issuer", "client_id", "client_secret"),
    )


def _proxy() -> Schema:
    return section(
        "Trust a proxy that signs people in and sends their names in a header.",
        {
            "from": {
                "type": "array",
                "description": "Addresses or networks of the proxy. The header of any other"
                " sender is ignored.",
                "examples": [["10.0.0.5"]],
                "minItems": 1,
                "items": TEXT,
            },
            "header": {
                **_header("The header with the name of the person."),
                "default": "X-Forwarded-User",
            },
            "groups_header": _header("The header with the groups of the person."),
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
        "description": "Tokens of programs and people, each by its SHA-256 digest.",
        "minItems": 1,
        "maxItems": 500,
        "items": section(
            "A token.",
            {
                "name": {
                    **NAME,
                    "description": "The name of the token's owner.",
                    "examples": ["ci"],
                },
                "sha256": {
                    "type": "string",
                    "pattern": "^[0-9a-f]{64}$",
                    "errorMessage": "must be the SHA-256 of a token: 64 hexadecimal digits in lower"
                    " case",
                    "description": "The SHA-256 digest of the token, as `printf %s TOKEN |"
                    " sha256sum` prints it (on macOS: `shasum -a 256`).",
                },
                "roles": {
                    "type": "array",
                    "description": "What the token may do. @PATTERN after a role limits it to the"
                    " accounts that match.",
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
    verb = "approve" if role == APPROVER else role
    return {
        "type": "array",
        "description": f"Who may {verb}: user:NAME, group:NAME or *. @PATTERN after an entry limits"
        " it to the accounts that match.",
        "examples": [["group:ops"]],
        "uniqueItems": True,
        "items": {
            "type": "string",
            "pattern": "^(?:\\*|(?:user|group):\\S.*)(?:@\\S+)?$",
            "errorMessage": "must be user:NAME, group:NAME or *, and may have @ACCOUNTS after it",
        },
    }
