"""Catalogues of the account as JSON."""

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import encode_account, encode_value
from ccloud_apply.model.results.listing import Listing
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.json_text import dump_json


def render_catalog_json(listing: Listing, account: PlanAccount | None = None) -> str:
    """`{"format_version", "account", KIND: [...]}` with the unchanged rows."""
    document = {
        "format_version": FORMAT_VERSION,
        **encode_account(account),
        listing.kind: encode_value(listing.rows),
    }
    return dump_json(document) + "\n"
