"""A file with one very long text is loaded or refused in no more time than any
other: nobody keeps a pipeline busy for hours with a line."""

import pytest

from ccloud_apply.load.write.dump import dump_value
from tests.fuzz.trial import cpu_limit
from tests.unit.load.test_load_laws import check_law, load_text

LONG = 250_000
"""Characters: about as many as a text may have."""
SERVER = "stack: w\nservers:\n  a: {type: unmanaged, pool: p, image: i, memory: 4, disks: [50], "


@pytest.mark.parametrize(
    ("field", "is_refused"),
    [
        (f"cores: '1{' ' * LONG}x'", True),
        (f"cores: '{'9' * LONG}'", True),
        (f"cores: '{'${var.x' * (LONG // 7)}'", True),
        (f"cores: 2, sshkey: '{'-----BEGIN ' * (LONG // 11)}'", False),
        (f"cores: 2, notes: '{'$${' * (LONG // 3)}'", False),
        (f"cores: 2, user_data: '{'----BEGIN PRIVATE ' * (LONG // 18)}'", False),
        (f"cores: 2, power: '{'off ' * (LONG // 4)}'", True),
    ],
    ids=["blanks", "digits", "openings", "keys", "escapes", "user-data", "words"],
)
def test_a_stack_with_one_very_long_text_is_loaded_or_refused(field: str, is_refused: bool) -> None:
    with cpu_limit(20):
        loaded = load_text(f"{SERVER}{field}}}\n")
    check_law(loaded)
    assert (loaded.stack is None) is is_refused


def test_notes_of_nothing_but_line_breaks_are_written_to_a_stack_file() -> None:
    with cpu_limit(20):
        text = dump_value("\n" * LONG + "x")
    assert text
