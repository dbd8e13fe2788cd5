"""The simulation of GitLab's `rules` says what GitLab says."""

import pytest

from tests.support.gitlab.expression import ParseError, is_true


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$A == $B", True),  # both are not set
        ('$A != "x"', True),
        ("$A == null", True),
        ("$A =~ /x/", False),
        ('$X == "1" || $A && $A', True),
        ('($X == "1" || $A) && $A', False),
        ("$X", True),
        ("$A", False),
        ('"a" == "a" && $X =~ /^[12]$/', True),
    ],
)
def test_the_simulation_reads_expressions_as_gitlab_does(expression: str, expected: bool) -> None:
    assert is_true(expression, {"X": "1"}) == expected


@pytest.mark.parametrize("expression", ["$X = 1", "$X ==", "($X", "$X main", "$X =~ main"])
def test_the_simulation_refuses_an_expression_that_gitlab_refuses(expression: str) -> None:
    with pytest.raises(ParseError):
        is_true(expression, {"X": "1"})
