"""The months that have a report, as text and as JSON."""

from collections.abc import Sequence

from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.account_json import dump_of_account
from ccloud_apply.render.lib.escape import escape_short


def render_reports(months: Sequence[str]) -> str:
    """A month a line, in the given order."""
    if not months:
        return "No reports.\n"
    return "".join(f"{escape_short(month)}\n" for month in months)


def render_reports_json(months: Sequence[str], account: PlanAccount | None = None) -> str:
    """`{"format_version", "account", "reports": ["2026-11"]}`."""
    return dump_of_account(account, {"reports": list(months)})
