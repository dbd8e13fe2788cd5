"""The fields that only the create request can set: compare what can be read back.

Of these pool, type, description and image (through the image catalogue) can be compared; the API
never shows the others again. What a difference means (an error, a replacement, nothing) is the
server's `lifecycle.on_create_only_change` and is decided in `plan/diff.py`. A server may be
destroyed for it, so a live value that cannot be told for certain is unknown, never a difference.
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ccloud_apply.aspects.base import EQUAL, Aspect, Comparison, Difference, clean_text
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import FieldChange

_FILE_REFERENCE: Mapping[str, Any] = {
    "type": "object",
    "description": "The contents of a file, relative to this stack file's folder.",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {"file": {"type": "string", "minLength": 1, "description": "Path of the file."}},
}
_SECRET_REFERENCE: Mapping[str, Any] = {
    "description": "A secret by reference; its value never stands in a stack file.",
    "oneOf": [
        {
            "type": "object",
            "description": f"An environment variable whose name begins with {SECRET_PREFIX}.",
            "required": ["env"],
            "additionalProperties": False,
            "properties": {
                "env": {
                    "type": "string",
                    "pattern": f"^{SECRET_PREFIX}[A-Z0-9_]+$",
                    "description": "Name of the variable.",
                    "errorMessage": f"must be a name that begins with {SECRET_PREFIX}",
                }
            },
        },
        _FILE_REFERENCE,
    ],
}


class CreateOnly(Aspect):
    """A field of the create request, sent as it stands and never compared."""

    is_create_only = True

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {} if value is None else {self.field: value}


class _Comparable(CreateOnly):
    """A create-only field that the server list shows."""

    live_name: ClassVar[str] = ""

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        live = clean_text(getattr(comparison.live, self.live_name or self.field))
        if live == declared:
            return EQUAL
        if live is None and self.field not in self.facts:
            return _leave_unknown(self.field, comparison.live, None)
        doubt = "" if live is None else self._find_doubt(live, comparison)
        if doubt:
            return _leave_unknown(self.field, comparison.live, live, doubt)
        change = FieldChange(field=self.field, before=live, after=declared, forces_replace=True)
        return Difference(changes=(change,))

    def _find_doubt(self, live: str, comparison: Comparison) -> str:
        """Why a live value other than the declared one may be no difference, or an empty text."""
        return ""


def _leave_unknown(field: str, server: LiveServer, live: str | None, doubt: str = "") -> Difference:
    """The field counts neither as equal nor as different."""
    told = (
        f"the API does not say which {field} {server.name} has"
        if live is None
        else f"the API tells the {field} of {server.name} as '{live}', {doubt}"
    )
    return Difference(unknown=f"{told}, so {field} is not compared")


class Pool(_Comparable):
    """The pool that the server runs in."""

    field = "pool"
    order = 1
    schema = {
        "type": "string",
        "minLength": 1,
        "description": "Tag of the pool (`ccloud-apply catalog pools`). Only set at create.",
        "examples": ["pool_iw_ssd"],
    }

    def _find_doubt(self, live: str, comparison: Comparison) -> str:
        if comparison.pools is None:
            return ""
        if not comparison.pools:
            return "and the pool catalogue cannot be read"
        is_known = any(pool.pool == live for pool in comparison.pools)
        return "" if is_known else "which is in no entry of the pool catalogue"


class Type(_Comparable):
    """Managed or unmanaged."""

    field = "type"
    order = 2
    schema = {
        "enum": ["managed", "unmanaged"],
        "description": "Whether the vendor manages the server. Only set at create.",
    }

    def _find_doubt(self, live: str, comparison: Comparison) -> str:
        is_known = live in self.schema["enum"]
        return "" if is_known else "which is no type that a stack file can name"


class Description(_Comparable):
    """The server's description."""

    field = "description"
    order = 4
    facts = frozenset({"description"})
    schema = {
        "type": ["string", "null"],
        "description": "A description; null for none. Only set at create.",
    }

    def normalise(self, value: Any, base: str) -> str | None:
        return clean_text(value)


class ImageAspect(CreateOnly):
    """The image: compared through the catalogue, since a live server only shows its OS' name."""

    field = "image"
    synonyms = ("os", "template")
    order = 3
    account_reads = frozenset({"list_os"})
    schema = {
        "type": "string",
        "minLength": 1,
        "description": "Image to install (`ccloud-apply catalog images`). Only set at create.",
        "examples": ["debian12_uefi"],
    }

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        images = comparison.images or ()
        os_name = clean_text(comparison.live.os_name)
        if all(image.image != declared for image in images):
            what = f"image {declared} is not in the image catalogue, so image is not compared"
            return Difference(unknown=what)
        found = {image.image for image in images if clean_text(image.name) == os_name}
        if os_name is None or len(found) != 1:
            doubt = _doubt_image(found)
            return _leave_unknown(self.field, comparison.live, os_name, doubt)
        (before,) = found
        if before == declared:
            return EQUAL
        change = FieldChange(field=self.field, before=before, after=declared, forces_replace=True)
        return Difference(changes=(change,))


def _doubt_image(found: Collection[str]) -> str:
    if not found:
        return "which is in no entry of the image catalogue"
    return f"which is the name of {' and '.join(sorted(found))}"


class _List(CreateOnly):
    """A list, sent only where something is in it."""

    def normalise(self, value: Any, base: str) -> tuple[Any, ...]:
        return tuple(value or ())

    def show(self, value: Any) -> Any:
        return list(value)

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {self.field: list(value)} if value else {}


class Subnets(_List):
    """The server's subnets."""

    field = "subnets"
    order = 5
    schema = {
        "type": ["array", "null"],
        "items": {"type": "integer", "minimum": 0},
        "maxItems": 2,
        "uniqueItems": True,
        "description": "Ids of at most one IPv4 and one IPv6 subnet. Only set at create.",
    }


class SubnetsIntern(_List):
    """The subnets of a pfSense system's LAN interface."""

    field = "subnets_intern"
    order = 6
    schema = {
        "type": ["array", "null"],
        "items": {"type": "integer", "minimum": 0},
        "maxItems": 2,
        "uniqueItems": True,
        "description": "Subnet ids of the LAN interface (pfSense only). Only set at create.",
    }


class Rollouts(_List):
    """Software to install at create."""

    field = "rollouts"
    order = 7
    schema = {
        "type": ["array", "null"],
        "items": {"type": "string", "minLength": 1},
        "uniqueItems": True,
        "description": "Rollouts to install (`ccloud-apply catalog rollouts`). Only set at create.",
        "examples": [["app_apache"]],
    }


class _Text(CreateOnly):
    """A text that may stand in a file of its own."""

    def normalise(self, value: Any, base: str) -> Any:
        if isinstance(value, Mapping):
            return Reference(kind="file", name=value["file"], base=base)
        return value or None

    def show(self, value: Any) -> Any:
        return str(value) if isinstance(value, Reference) else value


class SshKey(_Text):
    """The public key for the first login."""

    field = "sshkey"
    synonyms = ("ssh_key", "ssh_keys", "public_key")
    order = 8
    schema = {
        "description": "Public SSH key, or {file: PATH}. Only set at create.",
        "anyOf": [{"type": ["string", "null"]}, _FILE_REFERENCE],
    }


class UserData(_Text):
    """Instructions for cloud-init."""

    field = "user_data"
    synonyms = ("cloud_init", "userdata")
    order = 9
    schema = {
        "description": "Cloud-init instructions, or {file: PATH}. Only set at create.",
        "anyOf": [{"type": ["string", "null"]}, _FILE_REFERENCE],
    }


class Password(CreateOnly):
    """The first password of root or Administrator; a reference, never a value."""

    field = "password"
    order = 10
    is_sensitive = True
    schema = _SECRET_REFERENCE

    def normalise(self, value: Any, base: str) -> Reference:
        if "env" in value:
            return Reference(kind="env", name=value["env"], base=base, is_secret=True)
        return Reference(kind="file", name=value["file"], base=base, is_secret=True)

    def show(self, value: Any) -> Any:
        return {"sensitive": True}
