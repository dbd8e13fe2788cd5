"""Catalogues of the account as JSON."""

from ccloud_apply.model.documents.encode import encode_value
from ccloud_apply.model.results.listing import Listing
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.account_json import dump_of_account


def render_catalog_json(listing: Listing, account: PlanAccount | None = None) -> str:
    """`{"format_version", "account", KIND: [...]}` with the unchanged rows."""
    return dump_of_account(account, {listing.kind: encode_value(listing.rows)})
