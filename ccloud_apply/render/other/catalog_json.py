"""Catalogues of the account as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from ccloud_apply.model.documents.codec import FORMAT_VERSION, encode_value
from ccloud_apply.render.lib.json_text import dump_json


def render_catalog_json(kind: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """`{"format_version", KIND: [...]}` with the rows as they are."""
    return dump_json({"format_version": FORMAT_VERSION, kind: encode_value(rows)}) + "\n"
