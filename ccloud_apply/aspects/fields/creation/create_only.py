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
from ccloud_apply.aspects.shapes import Block, CreateOnly, WriteOnlyList, tell_doubt
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.model.results.plan import FieldChange

_SHOWN = 60
"""Characters of a text that a message repeats."""


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
        "description": "managed: the vendor looks after the server. Only set at create.",
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
        "description": "Description; null for none. Only set at create.",
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
        found = catalogues.find_images(name)
        if len(found) != 1:
            return Unknown(tell_doubt(self.field, live, name, _doubt_image(found)))
        return next(iter(found))

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        if not comparison.catalogues.has_image(declared):
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
