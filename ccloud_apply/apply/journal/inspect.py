"""Journals for people: found in a work dir and read as far as they can be trusted.

Changes nothing and needs no lock; an apply may be writing to them meanwhile.
"""

from collections.abc import Collection
from pathlib import Path

from ccloud_apply.apply.journal.file import read_file
from ccloud_apply.apply.workdir.paths import ACCOUNT_DIGITS, JOURNALS, parse_journal_name
from ccloud_apply.errors import JournalError
from ccloud_apply.model.journal import JournalReading


def find_journals(folder: Path, stacks: Collection[str] | None = None) -> tuple[Path, ...]:
    """The journals in a work dir, in the order of the stacks; only of these stacks, if given.

    Raises JournalError for a folder that cannot be searched.
    """
    try:
        paths = tuple((folder / JOURNALS).iterdir())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise JournalError(f"{folder / JOURNALS} cannot be searched: {error.strerror}") from error
    named = sorted((name, path) for path in paths if (name := parse_journal_name(path.name)))
    return tuple(path for (stack, _), path in named if stacks is None or stack in stacks)


def read_journal(path: Path) -> JournalReading:
    """What a journal of `find_journals` says, and what is wrong with it."""
    stack, account = parse_journal_name(path.name) or ("", "")
    try:
        contents = read_file(path)
    except OSError as error:
        damage = f"it cannot be read: {error.strerror}"
        return JournalReading(path=str(path), stack=stack, account=account, damage=damage)
    damage = "" if contents.damage is None else str(contents.damage)
    if contents.count and (contents.stack, contents.account[:ACCOUNT_DIGITS]) != (stack, account):
        damage = damage or "it is the journal of another stack or account"
    return JournalReading(
        path=str(path),
        stack=contents.stack or stack,
        account=contents.account or account,
        entries=tuple(contents.entries.values()),
        is_torn=contents.is_torn,
        damage=damage or None,
    )
