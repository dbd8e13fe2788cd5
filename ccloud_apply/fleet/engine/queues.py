"""Which queue a job waits in, and which queues a worker looks at. Pure.

A queue for each account lets a worker that has the credentials of some accounts leave the others
alone; the polls of sources have one for themselves.
"""

import fnmatch
import hashlib
from collections.abc import Iterable, Sequence

from ccloud_apply.fleet.engine.port import Job

SOURCES = "sources"
"""The queue of polls."""

_DIGITS = 24
"""Of the digest. PostgreSQL's channels have at most 63 bytes, with 23 for procrastinate's prefix; a
longer name fails the insert of the job."""


def account_queue(account: str) -> str:
    """The queue of an account's sweeps and runs; short, whatever the account is called."""
    digest = hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()
    return f"account-{digest[:_DIGITS]}"


def queue_of(job: Job) -> str:
    """The queue that this job waits in."""
    return SOURCES if job.kind == "poll" else account_queue(job.account)


def match_accounts(accounts: Iterable[str], globs: Sequence[str]) -> tuple[str, ...]:
    """The accounts that one of the globs matches, sorted; all of them without a glob."""
    return tuple(
        sorted(
            account
            for account in accounts
            if not globs or any(fnmatch.fnmatchcase(account, glob) for glob in globs)
        )
    )


def choose_queues(accounts: Iterable[str], globs: Sequence[str]) -> tuple[str, ...] | None:
    """The queues of a worker that was given these globs of accounts; None is every queue.

    One with globs takes no polls: it may have the credentials of some repositories only.
    """
    if not globs:
        return None
    return tuple(account_queue(account) for account in match_accounts(accounts, globs))
