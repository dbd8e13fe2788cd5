"""What a server gets for its first start: the key and the password of the first login, cloud-init.

The API never shows any of it again. What a reference refers to is read right before the request.
"""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.base import Problem
from ccloud_apply.aspects.lib.references import (
    FILE_REFERENCE,
    SECRET_REFERENCE,
    TEMPLATE_REFERENCE,
    read_secret,
)
from ccloud_apply.aspects.shapes import WriteOnly
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.reference import Reference, Template
from ccloud_apply.model.diagnostic import Severity

_PRIVATE_KEY = lazy_pattern(r"---- ?BEGIN [^\n-]*PRIVATE KEY|PuTTY-User-Key-File-")
"""How one begins, in the formats of OpenSSH and OpenSSL, of SSH.COM, and of PuTTY."""

_BYTE_ORDER_MARK = "\ufeff"

_WINDOWS = ("#ps1", "rem cmd", "<powershell>", "<script>")
"""How scripts for Windows begin (cloudbase-init)."""


class _Text(WriteOnly):
    """A text that may stand in a file of its own, which may be a template."""

    def normalise(self, value: Any, base: str) -> Any:
        if not isinstance(value, Mapping):
            return value or None
        if "file" in value:
            return Reference(kind="file", name=value["file"], base=base)
        secrets = (value.get("secrets") or {}).items()
        named = tuple((name, read_secret(secret, base)) for name, secret in secrets)
        return Template(value["template"], base, named)

    def show(self, value: Any) -> Any:
        return str(value) if isinstance(value, Reference | Template) else value


class SshKey(_Text):
    """The public key for the first login, or several, one a line."""

    field = "sshkey"
    synonyms = ("ssh_key", "ssh_keys", "public_key")
    order = 8
    is_in_redeploy = True
    schema = {
        "description": "Public SSH key, a list of them, {file: PATH} or {template: PATH}. Only set"
        " at create.",
        "anyOf": [
            {"type": ["string", "null"]},
            {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "uniqueItems": True,
            },
            FILE_REFERENCE,
            TEMPLATE_REFERENCE,
        ],
    }

    def normalise(self, value: Any, base: str) -> Any:
        if isinstance(value, list):
            return "\n".join(key.strip() for key in value) or None
        return super().normalise(value, base)

    def check_text(self, text: str, subject: str) -> tuple[Problem, ...]:
        """A private key is never sent."""
        if not _PRIVATE_KEY.search(text):
            return ()
        hint = "name the public key, whose file ends with .pub as a rule"
        return (Problem(code="private-sshkey", what=f"{subject} is a private key", hint=hint),)


class UserData(_Text):
    """Instructions for cloud-init."""

    field = "user_data"
    synonyms = ("cloud_init", "userdata")
    order = 9
    is_lost_by_redeploy = True
    schema = {
        "description": "Cloud-init instructions, {file: PATH} or {template: PATH}. Only set at"
        " create.",
        "anyOf": [{"type": ["string", "null"]}, FILE_REFERENCE, TEMPLATE_REFERENCE],
    }

    def check_text(self, text: str, subject: str) -> tuple[Problem, ...]:
        """What keeps cloud-init from understanding a text that looks right in an editor."""
        found: list[tuple[str, str]] = []
        if text.startswith(_BYTE_ORDER_MARK):
            what = "begins with a byte order mark, so cloud-init does not recognise its first line"
            found.append((what, "save it as UTF-8 without a byte order mark"))
        if "\r" in text and not text.lstrip(_BYTE_ORDER_MARK).startswith(_WINDOWS):
            what = "has the line ends of Windows (CRLF), with which scripts fail on Linux"
            found.append((what, "save it with the line ends of Unix (LF)"))
        return tuple(
            Problem(
                code="user-data-encoding",
                what=f"{subject} {what}",
                hint=hint,
                severity=Severity.WARNING,
            )
            for what, hint in found
        )


class Password(WriteOnly):
    """The first password of root or Administrator; a reference, never a value."""

    field = "password"
    order = 10
    is_in_redeploy = True
    is_sensitive = True
    schema = SECRET_REFERENCE

    def normalise(self, value: Any, base: str) -> Reference:
        return read_secret(value, base)

    def show(self, value: Any) -> Any:
        return {"sensitive": True}
