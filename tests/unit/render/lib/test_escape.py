"""The gate through which foreign text goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.render.lib.escape import escape_line, escape_lines, escape_short, quote, shorten
from tests.support.render.harmless import assert_harmless
from tests.support.render.strategies import hostile_texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web 1, ünï, 東京, 🙂", "web 1, ünï, 東京, 🙂"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[31mred", "\\u{1b}[31mred"),
        ("\x9b2J\x7f\x00", "\\u{9b}2J\\u{7f}\\u{0}"),
        ("abc\u202edef\u2066", "abc\\u{202e}def\\u{2066}"),
        ("a\u200bb\ufeff\u2028", "a\\u{200b}b\\u{feff}\\u{2028}"),
        ("no\u00a0break", "no\\u{a0}break"),
        ("filler\u3164\u2800", "filler\\u{3164}\\u{2800}"),
        ("half \ud83d", "half \\u{d83d}"),
        ("\U000e0041tag", "\\u{e0041}tag"),
        ("a ##[group]b", "a \\u{23}#[group]b"),
        ("##vso[task.complete]", "\\u{23}#vso[task.complete]"),
        ("###teamcity[x]", "#\\u{23}#teamcity[x]"),
        ("## heading", "## heading"),
        ("::add-mask::x", "\\u{3a}:add-mask::x"),
        ("  ::error::", "  \\u{3a}:error::"),
        (":", "\\u{3a}"),
        ("10::1 a::b", "10::1 a::b"),
        ("", ""),
    ],
)
def test_what_commands_or_hides_becomes_visible(text: str, expected: str) -> None:
    assert escape_line(text) == expected


@given(hostile_texts | st.text())
def test_any_text_becomes_one_harmless_line(text: str) -> None:
    for line in (escape_line(text), escape_short(text), quote(text)):
        assert "\n" not in line
        assert_harmless(line)


@given(st.characters(codec="utf-8"))
def test_a_printable_character_stays_or_becomes_visible(character: str) -> None:
    assert escape_line(f"x{character}y").isprintable()


@given(hostile_texts)
def test_escaping_twice_is_escaping_once(text: str) -> None:
    assert escape_line(escape_line(text)) == escape_line(text)


def test_a_long_text_is_shortened_with_its_length() -> None:
    assert quote("x" * 1234) == f'"{"x" * 60}"… (1,234 characters)'
    assert escape_short("y" * 81) == f"{'y' * 60}… (81 characters)"
    assert shorten("z" * 80) == ("z" * 80, "")


def test_quoted_text_keeps_its_quotation_marks_and_backslashes_apart() -> None:
    assert quote('a "b" \\n\n') == '"a \\"b\\" \\\\n\\n"'


def test_lines_are_taken_apart_at_line_feeds_alone() -> None:
    assert escape_lines("a\r\nb\u2028c\rd\n") == ("a", "b\\u{2028}c\\rd")
