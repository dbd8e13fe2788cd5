"""Who has decided what: rows that are only ever added. `overview.py` lists them."""

import json
from collections.abc import Mapping
from typing import Any

from ccloud_apply.fleet.store.database import Transaction


async def write_audit(
    tx: Transaction,
    who: str,
    what: str,
    *,
    account: str | None = None,
    subject: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note what a person or program has decided, in the transaction that does it.

    `what` is a verb (`approve`, `pause`, `configure`), `subject` a stack, a source or a file. The
    detail must hold no secret.
    """
    await tx.execute(
        "insert into audit (time, who, what, account, subject, detail)"
        " values ({now}, :who, :what, :account, :subject, :detail)",
        who=who,
        what=what,
        account=account,
        subject=subject,
        detail=json.dumps(detail or {}, sort_keys=True),
    )
