"""Where the files of a stack are in the work dir: one name for each stack and account.

Nothing is opened here.
"""

from pathlib import Path

from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_pattern import lazy_pattern

JOURNALS = "journal"
LOCKS = "lock"
ACCOUNT_DIGITS = 12
"""Digits of the account's id in the name of a file."""

_NAME = lazy_pattern(rf"([a-z0-9-]{{1,100}})-([0-9a-f]{{{ACCOUNT_DIGITS}}})\.jsonl")


def journal_path(folder: Path, *, account: str, stack: str) -> Path:
    """The stack's journal. Raises ApplyError for a stack whose name would lead somewhere else."""
    return folder / JOURNALS / f"{_name(stack, account)}.jsonl"


def lock_path(folder: Path, *, account: str, stack: str) -> Path:
    """The file that is locked while the stack is applied. Raises ApplyError as above."""
    return folder / LOCKS / f"{_name(stack, account)}.lock"


def parse_journal_name(name: str) -> tuple[str, str] | None:
    """The stack and the beginning of the account's id; None for what is no journal."""
    match = _NAME.fullmatch(name)
    return None if match is None else (match[1], match[2])


def _name(stack: str, account: str) -> str:
    name = f"{stack}-{account[:ACCOUNT_DIGITS]}"
    if parse_journal_name(f"{name}.jsonl") is None:
        raise ApplyError("the name of the stack cannot be that of a file in the work dir")
    return name
