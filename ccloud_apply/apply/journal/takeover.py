"""The journals of one stack and account in a work dir, and how several of them become one.

An earlier version named them otherwise, and so does a run that does not know the customer. What
they have open is one account's, so the next run has to know all of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ccloud_apply.apply.journal.failed_creates import find_failed_creates
from ccloud_apply.apply.journal.file import JournalFile
from ccloud_apply.apply.journal.record import Contents, add_record, entry_records, run_record
from ccloud_apply.apply.journal.trust import ALONE, require_trust
from ccloud_apply.apply.workdir.open_files import hint_for
from ccloud_apply.apply.workdir.paths import journal_path
from ccloud_apply.errors import JournalError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.journal import Entry, find_unclosed


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundJournal:
    """A journal that is there, open."""

    path: Path
    file: JournalFile
    contents: Contents


def open_found(folder: Path, *, accounts: Sequence[str], stack: str) -> list[FoundJournal]:
    """The stack's journals of these accounts that are there, in this order.

    Raises JournalError for one that is damaged, of another stack, account or later version, or not
    our own; then none is open.
    """
    found: list[FoundJournal] = []
    try:
        for account in dict.fromkeys(accounts):
            path = journal_path(folder, account=account, stack=stack)
            opened = _open_file(path)
            if opened is None:
                continue
            file, contents = opened
            found.append(FoundJournal(path=path, file=file, contents=contents))
            require_trust(path, contents, account=account, stack=stack)
    except JournalError:
        for journal in found:
            journal.file.close()
        raise
    return found


def merge(path: Path, found: Sequence[FoundJournal], *, account: str, stack: str) -> FoundJournal:
    """One journal at this path with all that is not settled in these and all that they have learnt;
    they are gone afterwards.

    A crash in between leaves some of them beside it: then the same is merged once more, and an
    entry that is there twice is looked for twice. Raises OSError.
    """
    header = run_record(
        run="merged",
        stack=stack,
        account=account,
        high_water_mark=min(journal.contents.high_water_mark for journal in found),
        learnt=_unite_learnt(found),
    )
    records = [header]
    last = 0
    for journal in found:
        for entry in find_unsettled(tuple(journal.contents.entries.values())):
            last = max(last + 1, entry.number)
            records += entry_records(replace(entry, number=last))
    file = JournalFile.create(path, records)
    contents = Contents(is_torn=any(journal.contents.is_torn for journal in found))
    for number, record in enumerate(records, start=1):
        add_record(contents, {"n": number, **record})
    for journal in found:
        journal.file.close()
        if journal.path != path:
            journal.path.unlink(missing_ok=True)
    return FoundJournal(path=path, file=file, contents=contents)


def _unite_learnt(found: Sequence[FoundJournal]) -> dict[str, Any]:
    """All that they have learnt. What was added and did not show may stand in any of them."""
    learnt: dict[str, Any] = {}
    for journal in found:
        for name, value in journal.contents.learnt.items():
            known = learnt.setdefault(name, value)
            if isinstance(known, list) and isinstance(value, list):
                learnt[name] = [*known, *(each for each in value if each not in known)]
    return learnt


def has_unsettled(journal: FoundJournal) -> bool:
    """True if a later run has to know something of it."""
    contents = journal.contents
    return bool(contents.learnt or find_unsettled(tuple(contents.entries.values())))


def find_unsettled(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """What a later run has to know: open and unclosed entries, what closes one of them, and the
    creates whose half made server may still turn up."""
    unclosed = {entry.number for entry in find_unclosed(entries)}
    failed = {entry.number for entry in find_failed_creates(entries)}
    kept = {e.number: e for e in entries if e.is_open or e.number in unclosed | failed}
    waiting = {(entry.intent.server, entry.intent.step) for entry in kept.values()}
    return tuple(
        entry
        for entry in entries
        if entry.number in kept
        or (entry.outcome == "done" and (entry.intent.server, entry.intent.closes) in waiting)
    )


def _open_file(path: Path) -> tuple[JournalFile, Contents] | None:
    try:
        return JournalFile.open(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalError(
            f"the journal {path} cannot be read: {error.strerror or type(error).__name__}",
            hint=hint_for(error, f"move it away to continue without it: {ALONE}"),
        ) from error
