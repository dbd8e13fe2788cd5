"""Servers into a file that people wrote: nothing of theirs moves."""

import difflib

import pytest

from ccloud_apply.load.text.parse import parse_document
from ccloud_apply.load.write.insert import NotInsertableError, insert_servers

NEW = {"mail": {"hostname": "vs7", "notes": "one\ntwo\n", "tags": ["a"]}}
FILE = """\
# Our shop.
stack: shop   # the name

servers:
  # front end
  web:
    cores: 2     # small

    notes: |
      Owner: us

  # the database
  db: {hostname: vs1}   # by hand
  # nothing below

# what may happen
policy: {max_destroy: 1}
"""


def added(before: str, after: str) -> list[str]:
    """The lines that came; none may have gone."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert [line for line in lines if line.startswith("- ")] == []
    return [line[2:] for line in lines if line.startswith("+ ")]


def plain(text: str) -> object:
    value, diagnostics = parse_document(text, "f")
    assert diagnostics == ()
    return value


def test_the_new_servers_stand_behind_the_last_one_and_before_what_follows() -> None:
    text = insert_servers(FILE, NEW)
    assert added(FILE, text) == [
        "  mail:",
        "    hostname: vs7",
        "    notes: |",
        "      one",
        "      two",
        "    tags: [a]",
    ]
    lines = text.splitlines()
    assert lines.index("  mail:") == lines.index("  # nothing below") + 1
    document = plain(text)
    assert isinstance(document, dict)
    assert list(document["servers"]) == ["web", "db", "mail"]
    assert document["servers"]["mail"] == NEW["mail"]


@pytest.mark.parametrize("indent", [1, 2, 3, 4, 8])
def test_the_files_own_indentation_is_kept(indent: int) -> None:
    before = f"stack: s\nservers:\n{' ' * indent}a: {{hostname: vs1}}\n"
    text = insert_servers(before, NEW)
    assert f"\n{' ' * indent}mail:\n" in text
    assert plain(text) == {"stack": "s", "servers": {"a": {"hostname": "vs1"}, **NEW}}


def test_line_ends_and_a_missing_last_one_are_no_matter() -> None:
    windows = insert_servers(FILE.replace("\n", "\r\n"), NEW)
    assert windows == insert_servers(FILE, NEW).replace("\n", "\r\n")
    assert insert_servers(FILE.rstrip("\n"), NEW) == insert_servers(FILE, NEW)


@pytest.mark.parametrize(
    "before",
    [
        "stack: s\n",
        "---\nstack: s\n# the end\n",
        "stack: s\n...\n",
        "servers:\n  a: {hostname: vs1}\nstack: s",
        "stack: s\nservers:\n  a:\n    hostname: vs1\n...\n",
        "stack: s\nservers:\n  a:\n    notes: |\n      x\n\n\n",
    ],
)
def test_wherever_servers_stand_they_are_read_with_the_new_ones(before: str) -> None:
    text = insert_servers(before, NEW)
    added(before.rstrip("\n"), text)
    document, old = plain(text), plain(before)
    assert isinstance(document, dict)
    assert isinstance(old, dict)
    assert document == {**old, "servers": {**old.get("servers", {}), **NEW}}


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("{stack: s, servers: {a: {hostname: vs1}}}\n", "start of a line"),
        ("stack: s\nservers: {a: {hostname: vs1}}\n", "are in braces"),
        ("stack: s\nservers: {}\n", "are empty: remove the line 2"),
        ("stack: s\nservers:\n", "are empty: remove the line 2"),
        ("stack: [\n", "not a valid stack file"),
        ("- a\n", "not a valid stack file"),
        ("", "not a valid stack file"),
    ],
)
def test_a_form_that_has_no_place_for_them_is_refused(before: str, why: str) -> None:
    with pytest.raises(NotInsertableError, match=why):
        insert_servers(before, NEW)


def test_a_remark_stands_before_its_server_in_the_indentation_of_the_file() -> None:
    text = insert_servers("stack: s\nservers:\n    a: {}\n", {"b": {"notes": "x"}}, {"b": "seen"})
    assert text == "stack: s\nservers:\n    a: {}\n    # seen\n    b:\n      notes: x\n"
