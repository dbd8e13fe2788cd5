"""Catalogues of the account as JSON."""

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import encode_value
from ccloud_apply.model.results.listing import Listing
from ccloud_apply.render.lib.json_text import dump_json


def render_catalog_json(listing: Listing) -> str:
    """`{"format_version", KIND: [...]}` with the unchanged rows."""
    document = {"format_version": FORMAT_VERSION, listing.kind: encode_value(listing.rows)}
    return dump_json(document) + "\n"
