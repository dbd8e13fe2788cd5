"""The months that have a report, as text and as JSON."""

from collections.abc import Sequence

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import encode_account
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.json_text import dump_json


def render_reports(months: Sequence[str]) -> str:
    """A month a line, in the given order."""
    if not months:
        return "No reports.\n"
    return "".join(f"{escape_short(month)}\n" for month in months)


def render_reports_json(months: Sequence[str], account: PlanAccount | None = None) -> str:
    """`{"format_version", "account", "reports": ["2026-11"]}`."""
    document = {
        "format_version": FORMAT_VERSION,
        **encode_account(account),
        "reports": list(months),
    }
    return dump_json(document) + "\n"
