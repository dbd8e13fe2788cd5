"""The first line of a document: which account it is about, when that was read, and by what version.

A document outlives the terminal that it was made on: without this line nobody can tell which
account's plan or drift they hold. Markup, and escaping for it, belong to the formats.
"""

from datetime import datetime

from ccloud_apply import __version__
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.money import format_amount

MAX_ENDPOINT = 200
"""The path of a sandbox's data is longer than a name."""


def account_line(
    account: PlanAccount | None, read_at: datetime | None = None, env: str | None = None
) -> str:
    """`Account https://... (customer 4711), environment prod, read 2027-01-01 03:00 UTC, ...`.

    One harmless line. What nobody told is called unknown; a time or an environment that is None is
    left out.
    """
    name = "unknown"
    if account is not None:
        customer = "unknown" if account.customer_id is None else escape_short(account.customer_id)
        name = f"{escape_short(account.endpoint, MAX_ENDPOINT)} (customer {customer})"
    read = "" if read_at is None else f", read {moment_words(read_at)}"
    where = "" if env is None else f", environment {escape_short(env)}"
    return f"Account {name}{where}{read}, ccloud-apply {__version__}"


def invoice_line(preview: str | None, currency: str | None = None) -> str:
    """`Preview of this month's invoice: 976.20 EUR for the whole account`; empty for None."""
    if preview is None:
        return ""
    amount = format_amount(preview, currency)
    return f"Preview of this month's invoice: {amount} for the whole account"
