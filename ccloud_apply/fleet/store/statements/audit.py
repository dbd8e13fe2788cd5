"""Who has decided what: rows that are only ever added."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ccloud_apply.fleet.store.database import Row, Transaction


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


async def list_audit(
    tx: Transaction,
    *,
    account: str | None = None,
    subject: str | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> Sequence[Row]:
    """The newest first; `before_id` is the last id of the page before. `detail` is JSON."""
    return await tx.fetch(
        "select id, time, who, what, account, subject, detail from audit"
        " where (cast(:account as text) is null or account = :account)"
        " and (cast(:subject as text) is null or subject = :subject)"
        " and (cast(:before_id as bigint) is null or id < :before_id)"
        " order by id desc limit :limit",
        account=account,
        subject=subject,
        before_id=before_id,
        limit=limit,
    )
