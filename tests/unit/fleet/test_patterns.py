"""Patterns of stack files, and what their stars stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.patterns import PatternError, compile_pattern, fill, find_numbers

CASES = [
    ("customers/*/stacks/**/*.yaml", "customers/a/stacks/web.yaml", ("a", "web")),
    ("customers/*/stacks/**/*.yaml", "customers/a/stacks/x/y/web.yaml", ("a", "web")),
    ("customers/*/stacks/**/*.yaml", "customers/a/b/stacks/web.yaml", None),
    ("customers/*/stacks/**/*.yaml", "customers//stacks/web.yaml", ("", "web")),
    ("**/*.yaml", "web.yaml", ("web",)),
    ("**/*.yaml", "a/b.c/web.yaml", ("web",)),
    ("stacks", "stacks/deep/web.yaml", ()),
    ("stacks", "stacks2/web.yaml", None),
    ("stacks/**", "stacks/deep/web.yml", ()),
    ("web.yaml", "web.yaml", ()),
    ("web.yaml", "a/web.yaml", None),
    ("./stacks/*.yaml", "stacks/web.yaml", ("web",)),
    ("*-prod/[ab]?.yaml", "x-prod/b1.yaml", ("x",)),
    ("[!ab].yaml", "c.yaml", ()),
    ("[!ab].yaml", "a.yaml", None),
    ("*.yaml", "a\n.yaml", ("a\n",)),
    (".", "any/where.yaml", ()),
]


@pytest.mark.parametrize(("pattern", "path", "stars"), CASES)
def test_a_path_matches_as_a_whole_and_tells_its_stars(
    pattern: str, path: str, stars: tuple[str, ...] | None
) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.match(path) == stars
    assert stars is None or compiled.stars == len(stars)


@pytest.mark.parametrize(
    "pattern",
    [
        "/etc/*.yaml",
        "~/x",
        "../x/*.yaml",
        "a/../../x",
        "{a,b}/*.yaml",
        "!x",
        "a[b",
        "a[z-a]",
        "a\\b",
    ],
)
def test_a_pattern_that_leads_out_or_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_numbers_are_filled_in_and_nothing_else() -> None:
    assert fill("{1}-{2}/{x}", ("a", "b")) == "a-b/{x}"
    assert find_numbers("{1}-{12}{x}") == (1, 12)
    with pytest.raises(IndexError):
        fill("{3}", ("a",))


@given(st.text(alphabet="ab*?[]!/.-\n", max_size=12), st.text(alphabet="ab/.\n", max_size=12))
def test_any_pattern_is_refused_or_matches_nothing_that_leads_out(pattern: str, path: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return
    found = compiled.match(path)
    assert found is None or all("/" not in star for star in found)
