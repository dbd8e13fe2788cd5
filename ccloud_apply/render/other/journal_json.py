"""Journals as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.journal import JournalReading, encode_intent
from ccloud_apply.render.lib.json_text import dump_json


def render_journals_json(journals: Sequence[JournalReading]) -> str:
    """`{"format_version", "journals": [...]}`, each with all its entries in their order."""
    document = {"format_version": FORMAT_VERSION, "journals": list(map(encode_journal, journals))}
    return dump_json(document) + "\n"


def encode_journal(journal: JournalReading) -> dict[str, Any]:
    """One journal with all its entries in their order."""
    unfinished = {entry.number for entry in journal.unfinished}
    entries = []
    for entry in journal.entries:
        fields = asdict(entry)
        fields.pop("intent")
        del fields["is_closed"]
        entries.append(
            {**encode_intent(entry.intent), **fields, "unfinished": entry.number in unfinished}
        )
    return {
        "path": journal.path,
        "stack": journal.stack,
        "account": journal.account,
        "torn": journal.is_torn,
        "damage": journal.damage,
        "entries": entries,
    }
