"""Patterns that are compiled when they are first used."""

import re
from typing import Any

import pytest

from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.yaml_library import yaml

METHODS = ("match", "fullmatch", "search", "split", "findall")


@pytest.mark.parametrize("text", ["", "ab", "AB1", "x-ab-y\n", "äb"])
@pytest.mark.parametrize("name", METHODS)
def test_a_lazy_pattern_answers_as_the_compiled_one(name: str, text: str) -> None:
    def plain(found: Any) -> Any:
        return (found.span(), found.groups()) if isinstance(found, re.Match) else found

    lazy, compiled = lazy_pattern("(a)(b)", re.IGNORECASE), re.compile("(a)(b)", re.IGNORECASE)
    for _ in range(2):
        assert plain(getattr(lazy, name)(text)) == plain(getattr(compiled, name)(text))
    assert [m.span() for m in lazy.finditer(text)] == [m.span() for m in compiled.finditer(text)]
    assert lazy.sub("<>", text) == compiled.sub("<>", text)
    assert (lazy.pattern, lazy.flags, lazy.groups) == ("(a)(b)", compiled.flags, 2)


def test_a_pattern_of_bytes_is_one_too() -> None:
    assert lazy_pattern(rb"a+").findall(b"baab") == [b"aa"]


def test_nothing_is_compiled_before_it_is_used() -> None:
    broken = lazy_pattern("(")
    with pytest.raises(re.error):
        broken.search("x")


def test_the_library_of_yaml_reads_the_same_with_its_reader_in_python() -> None:
    """Its patterns are lazy too, and only what is written in Python uses them."""
    text = "a: [1, 0x10, yes, 2001-12-14, 1:30, .inf, ~, 'text']\nb: |\n  lines\n"
    assert yaml.load(text, Loader=yaml.SafeLoader) == yaml.load(text, Loader=yaml.CSafeLoader)
    with pytest.raises(yaml.reader.ReaderError):
        yaml.load("a: \x00", Loader=yaml.SafeLoader)
    assert isinstance(re.compile("a"), re.Pattern)
