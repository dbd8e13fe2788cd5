"""Journals as text and as JSON."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.journal import Entry, Intent, JournalReading
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.other.journal_json import render_journals_json
from ccloud_apply.render.other.journal_text import render_journals
from tests.support.render.harmless import assert_harmless, without_colours
from tests.support.render.strategies import hostile_texts, values


def entry(number: int, step: str, **fields: object) -> Entry:
    names = ("closed_by", "closes")
    intent = Intent(
        step=step,
        server=step.partition("/")[0],
        operation="create server",
        operation_id="create_server",
        method="POST",
        path="/ccloud/servers",
        hostname=None,
        digest="9c1185a5c5e9fc54",
        **{name: fields.pop(name) for name in names if name in fields},  # type: ignore[arg-type]
    )
    time = "2027-01-01T12:00:00+00:00"
    return Entry(number=number, run="r", time=time, intent=intent, **fields)  # type: ignore[arg-type]


JOURNAL = JournalReading(
    path="web.jsonl",
    stack="web",
    account="0123456789ab",
    entries=(
        entry(1, "a/create", outcome="done", hostname="vs10001", task_id=16),
        entry(2, "b/create", task_id=17),
        entry(3, "c/create", outcome="unknown", error="no answer\nat all"),
        entry(4, "d/shutdown", outcome="done", closed_by="d/start"),
        entry(5, "e/create"),
        entry(6, "f/create", outcome="failed", error="no room"),
    ),
)


def test_what_is_unfinished_stands_first_with_what_will_be_done() -> None:
    unfinished, settled = render_journals([JOURNAL]).split("\n\n")
    lines = unfinished.splitlines()
    assert lines[0] == "Unfinished. The next apply of the stack handles it first:"
    cells = [[cell for cell in line.split("  ") if cell.strip()] for line in lines[2:]]
    assert [(row[2].strip(), row[6].strip(), row[7].strip()) for row in cells] == [
        ("b/create", "open", "looks at task 17"),
        ("c/create", "unknown", "asks the account whether it happened"),
        ("d/shutdown", "done", "does d/start"),
        ("e/create", "open", "asks the account whether it happened"),
    ]
    assert lines[3].endswith("no answer\\nat all")
    assert settled.splitlines()[0] == "Settled:"
    assert ["a/create" in settled, "f/create" in settled] == [True, True]
    assert settled.splitlines()[-1].endswith("failed   no room")


def test_nothing_is_said_to_be_nothing() -> None:
    assert render_journals([]) == "No journals.\n"
    empty = JournalReading(path="p", stack="web", account="0")
    assert render_journals([empty]) == "Nothing is unfinished.\n"


def test_json_has_every_field_of_an_entry() -> None:
    document = json.loads(render_journals_json([JOURNAL]))
    (journal,) = document["journals"]
    assert document["format_version"] == "1.0"
    assert {name: journal[name] for name in journal if name != "entries"} == {
        "path": "web.jsonl",
        "stack": "web",
        "account": "0123456789ab",
        "torn": False,
        "damage": None,
    }
    assert [entry["unfinished"] for entry in journal["entries"]] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]
    fields = (set(Intent.__dataclass_fields__) | set(Entry.__dataclass_fields__)) - {
        "intent",
        "is_closed",
        "baseline",
    }
    assert set(journal["entries"][0]) == fields | {"unfinished", "rests_on"}


_texts = st.none() | hostile_texts
_readings = st.builds(
    JournalReading,
    path=hostile_texts,
    stack=hostile_texts,
    account=hostile_texts,
    damage=_texts,
    entries=st.lists(
        st.builds(
            Entry,
            number=st.integers(),
            run=hostile_texts,
            time=hostile_texts,
            intent=st.builds(
                Intent,
                **dict.fromkeys(set(Intent.__dataclass_fields__) - {"baseline"}, hostile_texts),
                baseline=st.dictionaries(hostile_texts, values, max_size=2),
            ),
            task_id=st.none() | st.integers(),
            outcome=st.sampled_from([None, "done", "failed", "unknown"]),
            hostname=_texts,
            error=_texts,
        ),
        max_size=3,
    ).map(tuple),
)


@given(st.lists(_readings, max_size=2))
def test_no_journal_can_harm_the_reader(journals: list[JournalReading]) -> None:
    text = render_journals(journals)
    assert_harmless(text)
    assert without_colours(render_journals(journals, Style(is_coloured=True))) == text
    written = render_journals_json(journals)
    assert_harmless(written)
    assert len(json.loads(written)["journals"]) == len(journals)
