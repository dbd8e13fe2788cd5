"""The text of a line -> its words, as bash would split it."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.cli.completion.words import split_line

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ccloud-apply", ("ccloud-apply",)),
        ("ccloud-apply ", ("ccloud-apply", "")),
        ("ccloud-apply pl", ("ccloud-apply", "pl")),
        ("ccloud-apply plan my\\ fi", ("ccloud-apply", "plan", "my fi")),
        ("ccloud-apply plan my\\ ", ("ccloud-apply", "plan", "my ")),
        ("ccloud-apply plan 'my fi", ("ccloud-apply", "plan", "my fi")),
        ('ccloud-apply plan "my fi', ("ccloud-apply", "plan", "my fi")),
        ("ccloud-apply plan 'my file'", ("ccloud-apply", "plan", "my file")),
        ("ccloud-apply plan my\\", ("ccloud-apply", "plan", "my")),
        ("ccloud-apply # plan", ("ccloud-apply", "#", "plan")),
    ],
)
def test_a_line_is_split_as_bash_does(text: str, words: tuple[str, ...]) -> None:
    assert split_line(text, BREAKS).words == words


@pytest.mark.parametrize(
    ("text", "breaks", "kept"),
    [
        ("ccloud-apply plan --format=js", BREAKS, "--format="),
        ("ccloud-apply plan --format=js", " \t\n", ""),
        ("ccloud-apply plan --write=html=pl", BREAKS, "--write=html="),
        ("ccloud-apply fleet status account:sh", BREAKS, "account:"),
        ("ccloud-apply fleet status account:sh", BREAKS.replace(":", ""), ""),
        ("ccloud-apply api x -f user_data=@f", BREAKS, "user_data=@"),
        ("ccloud-apply plan --format='js", BREAKS, ""),
        ("ccloud-apply plan stacks", BREAKS, ""),
    ],
)
def test_what_bash_keeps_of_a_word_ends_at_its_last_break(
    text: str, breaks: str, kept: str
) -> None:
    assert split_line(text, breaks).kept == kept


@given(st.lists(st.text(min_size=1), min_size=1))
def test_words_that_were_quoted_come_back_as_they_were(words: list[str]) -> None:
    words = [word.replace("\0", "") or "x" for word in words]
    assert split_line(shlex.join(words), BREAKS).words == tuple(words)


@given(st.text())
def test_no_text_stops_it(text: str) -> None:
    assert split_line(text, BREAKS).words
