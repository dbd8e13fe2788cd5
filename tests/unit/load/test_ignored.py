"""`lifecycle.ignore_changes` as a file writes it."""

from datetime import date

import pytest

from ccloud_apply.model.declared.ignored import IgnoredChange
from tests.unit.load.conftest import Load

HEAD = "stack: shop\nvariables: {end: 2026-12-31, why: ''}\nservers:\n  web:\n"
WEB = f"{HEAD}    lifecycle: {{ignore_changes: "
RULE = "must be the name of a field, or a part of one: addons.NAME, disks.N, tags.GLOB"


def test_fields_parts_ends_and_reasons_are_read_with_their_places(load: Load) -> None:
    entries = (
        "[notes, addons.backup-daily, disks.2, 'tags.backup:*', {field: tags.x?},"
        " {field: memory, until: '${var.end}', reason: \" load\\ntest \"}]"
    )
    loaded = load(f"{WEB}{entries}}}\n")
    assert loaded.stack is not None
    found = loaded.stack.servers[0].lifecycle.ignore_changes
    assert found == (
        IgnoredChange(field="notes"),
        IgnoredChange(field="addons", part="backup-daily"),
        IgnoredChange(field="disks", part="2"),
        IgnoredChange(field="tags", part="backup:*"),
        IgnoredChange(field="tags", part="x?"),
        IgnoredChange(field="memory", until=date(2026, 12, 31), reason="load\ntest"),
    )
    places = [one.source for one in found]
    assert all(place is not None and place.line == 5 for place in places)
    assert len({place.column for place in places if place is not None}) == len(found)


@pytest.mark.parametrize(
    ("entry", "what", "hint"),
    [
        ("memry", f'{RULE}, not "memry"', 'did you mean "memory"?'),
        ("memory.2", f'{RULE}, not "memory.2"', 'did you mean "memory"?'),
        ("addons.", f'{RULE}, not "addons."', 'did you mean "addons"?'),
        ("disks.0", f'{RULE}, not "disks.0"', 'did you mean "disks"?'),
        ("'disks.*'", f'{RULE}, not "disks.*"', 'did you mean "disks"?'),
        ("7", f"{RULE}, not 7", ""),
        ("{until: 2026-12-31}", '"field" is missing', ""),
        ("{field: nots}", f'{RULE}, not "nots"', 'did you mean "notes"?'),
        ("{field: notes, til: 2026-12-31}", "unknown key", 'did you mean "until"?'),
        (
            "{field: notes, until: 31.12.2026}",
            'must be a day, such as 2026-12-31, not "31.12.2026"',
            "",
        ),
        ("{field: notes, until: 2026}", "must be a day, such as 2026-12-31, not 2026", ""),
        ("{field: notes, until: 2026-02-30}", '"2026-02-30" is not a day of the calendar', ""),
        ("{field: notes, reason: ' '}", 'must not be empty, not " "', ""),
        ("{field: notes, reason: 7}", "must be text, not 7", 'write "7"'),
        (
            "notes, {field: notes, until: 2026-12-31}",
            '"notes" is listed twice, with different last days',
            "remove one of them",
        ),
    ],
)
def test_what_is_wrong_in_an_entry_is_told_at_its_place(
    load: Load, entry: str, what: str, hint: str
) -> None:
    loaded = load(f"{WEB}[{entry}]}}\n")
    (found,) = loaded.diagnostics
    assert loaded.stack is None
    assert (found.what, found.hint) == (what, hint)
    assert found.where.startswith("servers.web.lifecycle.ignore_changes[")
    assert found.source is not None
    assert found.source.line == 5


def test_a_server_replaces_the_ignored_changes_of_the_defaults(load: Load) -> None:
    loaded = load(
        "stack: shop\n"
        "defaults: {lifecycle: {ignore_changes: [{field: notes, until: 2026-12-31}]}}\n"
        "servers:\n  web: {}\n  db: {lifecycle: {ignore_changes: [tags]}}\n"
    )
    assert loaded.stack is not None
    found = {
        one.key: [e.name for e in one.lifecycle.ignore_changes] for one in loaded.stack.servers
    }
    assert found == {"web": ["notes"], "db": ["tags"]}
