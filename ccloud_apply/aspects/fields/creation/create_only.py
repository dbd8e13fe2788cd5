"""The fields that only the create request can set: compare what can be read back.

Of these pool, type, description and image (through the image catalogue) can be compared; the API
never shows the others again. What a difference means (an error, a replacement, nothing) is the
server's `lifecycle.on_create_only_change` and is decided in `plan/diff/diff.py`. A server may be
destroyed for it, so a live value that cannot be told for certain is unknown, never a difference.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.aspects.base import (
    NO_CATALOGUES,
    Catalogues,
    Comparison,
    Difference,
    Unknown,
    clean_text,
)
from ccloud_apply.aspects.shapes import Block, CreateOnly, WriteOnly, WriteOnlyList, tell_doubt
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.model.results.plan import FieldChange

_SHOWN = 60
"""Characters of a text that a message repeats."""

_FILE_REFERENCE: Mapping[str, Any] = {
    "type": "object",
    "description": "The contents of a file, relative to this stack file's folder.",
    "required": ["file"],
    "additionalProperties": False,
    "properties": {"file": {"type": "string", "minLength": 1, "description": "Path of the file."}},
}
_SECRET_REFERENCE: Mapping[str, Any] = {
    "description": "A secret by reference; a stack file never contains its value.",
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
        {
            "type": "object",
            "description": "A new file, in which a password is made right before the server is"
            " created; relative to this stack file's folder.",
            "required": ["generate"],
            "additionalProperties": False,
            "properties": {
                "generate": {
                    "type": "string",
                    "minLength": 1,
                    "description": "Path of the file; with count or for_each it contains ${key}.",
                }
            },
        },
    ],
}


class Pool(CreateOnly):
    """The pool that the server runs in."""

    field = "pool"
    order = 1
    is_needed_to_create = True
    is_rename_evidence = True
    schema = {
        "type": "string",
        "minLength": 1,
        "description": "Tag of the pool (`ccloud-apply catalog pools`). Only set at create.",
        "examples": ["pool_iw_ssd"],
    }

    def find_doubt(self, live: Any, catalogues: Catalogues) -> str:
        if catalogues.pools is None:
            return ""
        if not catalogues.pools:
            return "and the pool catalogue cannot be read"
        is_known = any(pool.pool == live for pool in catalogues.pools)
        return "" if is_known else "which is in no entry of the pool catalogue"

    def live_shape(self, live: LiveServer) -> Mapping[str, Any]:
        return {"pool": live.pool}

    def change_shape(self, shape: Shape, change: FieldChange, catalogues: Catalogues) -> Shape:
        return replace(shape, pool=change.after or shape.pool)


class Type(CreateOnly):
    """Managed or unmanaged."""

    field = "type"
    order = 2
    is_needed_to_create = True
    is_rename_evidence = True
    schema = {
        "enum": ["managed", "unmanaged"],
        "description": "Whether the vendor manages the server. Only set at create.",
    }

    def find_doubt(self, live: Any, catalogues: Catalogues) -> str:
        is_known = live in self.schema["enum"]
        return "" if is_known else "which is not a type that a stack file can name"


class Description(Block, CreateOnly):
    """The server's description."""

    field = "description"
    order = 4
    file_order = -1
    schema = {
        "type": ["string", "null"],
        "description": "A description; null for none. Only set at create.",
    }

    def change(self, before: Any, after: Any, comparison: Comparison) -> Difference:
        """A text that comes back cut or respelled is the declared one: no server is replaced for
        it."""
        if before and after and _is_rewritten(before, after):
            doubt = "which is the declared one cut or in another spelling"
            unknown = Unknown(tell_doubt(self.field, comparison.live, _shorten(before), doubt))
            return self.leave_unknown(unknown, comparison)
        return super().change(before, after, comparison)


def _is_rewritten(told: str, declared: str) -> bool:
    """True if a platform that cuts, escapes or respaces texts may tell the declared one so."""
    spelled, meant = _plain(told), _plain(declared)
    return meant.startswith(spelled.removesuffix("…").removesuffix("...").rstrip())


def _plain(text: str) -> str:
    from html import unescape  # a table of all entities, for two texts that differ

    return " ".join(unescape(text).split()).casefold()


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class ImageAspect(CreateOnly):
    """The image: known through the catalogue, since a live server only shows its OS' name."""

    field = "image"
    tells_what_goes = True
    synonyms = ("os",)
    order = 3
    is_needed_to_create = True
    is_in_redeploy = True
    account_reads = frozenset({"list_os"})
    schema = {
        "type": "string",
        "minLength": 1,
        "description": "Image to install (`ccloud-apply catalog images`). Only set at create.",
        "examples": ["debian12_uefi"],
    }

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        """The one image of the catalogue that has the live system's name."""
        name = clean_text(live.os_name)
        if name is None:
            return Unknown(f"the API does not say which {self.field} {live.name} has")
        images = catalogues.images or ()
        found = {image.image for image in images if clean_text(image.name) == name}
        if len(found) != 1:
            return Unknown(tell_doubt(self.field, live, name, _doubt_image(found)))
        return found.pop()

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        if all(image.image != declared for image in comparison.catalogues.images or ()):
            what = f"image {declared} is not in the image catalogue, so image is not compared"
            return Difference(unknown=what)
        return super().compare(comparison)

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        """The first image of that name: the copy needs one, and shows the same system's name."""
        images = catalogues.images or ()
        return {self.field: next((i.image for i in images if i.name == live.os_name), None)}

    def live_shape(self, live: LiveServer) -> Mapping[str, Any]:
        return {"ostype": live.ostype}

    def change_shape(self, shape: Shape, change: FieldChange, catalogues: Catalogues) -> Shape:
        """The kind of system that it installs; None where the catalogue does not say."""
        images = catalogues.images or ()
        ostype = next((one.ostype for one in images if one.image == change.after), None)
        return replace(shape, ostype=ostype)


def _doubt_image(found: Collection[str]) -> str:
    if not found:
        return "which is in no entry of the image catalogue"
    return f"which is the name of {' and '.join(sorted(found))}"


class Rollouts(WriteOnlyList):
    """Software to install at create."""

    field = "rollouts"
    order = 7
    is_lost_by_redeploy = True
    schema = {
        "type": ["array", "null"],
        "items": {"type": "string", "minLength": 1},
        "uniqueItems": True,
        "description": "Rollouts to install (`ccloud-apply catalog rollouts`). Only set at create.",
        "examples": [["app_apache"]],
    }


class _Text(WriteOnly):
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
    is_in_redeploy = True
    schema = {
        "description": "Public SSH key, or {file: PATH}. Only set at create.",
        "anyOf": [{"type": ["string", "null"]}, _FILE_REFERENCE],
    }


class UserData(_Text):
    """Instructions for cloud-init."""

    field = "user_data"
    synonyms = ("cloud_init", "userdata")
    order = 9
    is_lost_by_redeploy = True
    schema = {
        "description": "Cloud-init instructions, or {file: PATH}. Only set at create.",
        "anyOf": [{"type": ["string", "null"]}, _FILE_REFERENCE],
    }


class Password(WriteOnly):
    """The first password of root or Administrator; a reference, never a value."""

    field = "password"
    order = 10
    is_in_redeploy = True
    is_sensitive = True
    schema = _SECRET_REFERENCE

    def normalise(self, value: Any, base: str) -> Reference:
        if "env" in value:
            return Reference(kind="env", name=value["env"], base=base, is_secret=True)
        if "generate" in value:
            return Reference(kind="generate", name=value["generate"], base=base, is_secret=True)
        return Reference(kind="file", name=value["file"], base=base, is_secret=True)

    def show(self, value: Any) -> Any:
        return {"sensitive": True}
