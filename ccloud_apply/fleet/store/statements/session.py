"""Who is signed in on the page: a row for each browser, known by the digest of its secret."""

import json
from collections.abc import Sequence

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who signed in, and how: `way` is `oidc`, or `token:` with the token's name and digest."""

    name: str
    groups: tuple[str, ...]
    way: str


async def add_session(tx: Transaction, id: str, session: Session, *, life_s: float) -> None:
    """Keep a session for so many seconds, and forget those that have ended."""
    await tx.execute("delete from session where until <= {now}")
    await tx.execute(
        "insert into session (id, name, member_of, way, until) values"
        " (:id, :name, :member_of, :way, {now} + cast(:life as double precision))",
        id=id,
        name=session.name,
        member_of=json.dumps(session.groups),
        way=session.way,
        life=life_s,
    )


async def find_session(tx: Transaction, id: str) -> Session | None:
    """The session with this id, None if there is none or it has ended."""
    row = await tx.fetch_one(
        "select name, member_of, way from session where id = :id and until > {now}", id=id
    )
    if row is None:
        return None
    groups: Sequence[str] = json.loads(row["member_of"])
    return Session(name=row["name"], groups=tuple(groups), way=row["way"])


async def end_session(tx: Transaction, id: str) -> None:
    """Forget it: its browser is signed out."""
    await tx.execute("delete from session where id = :id", id=id)
