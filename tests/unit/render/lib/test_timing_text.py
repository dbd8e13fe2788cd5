"""How long something takes, in words."""

import pytest

from ccloud_apply.model.results.plan import Action, ServerPlan
from ccloud_apply.model.results.timing import ApplyLength
from ccloud_apply.render.lib.timing_text import downtime_total_words, length_line, span_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (121, "3 min"),
        (7140, "119 min"),
        (7141, "2 h"),
        (7201, "2 h 1 min"),
    ],
)
def test_a_span_is_never_shorter_than_it_is(seconds: int, words: str) -> None:
    assert span_words(seconds) == words


def server(seconds: int | None, key: str = "db") -> ServerPlan:
    return ServerPlan(
        key=key, hostname=key, action=Action.UPDATE, has_downtime=True, downtime_s=seconds
    )


def test_the_total_says_the_sum_the_longest_and_what_is_unknown() -> None:
    assert downtime_total_words([server(30)]) == "about 30 s"
    two = [server(30), server(60)]
    assert downtime_total_words(two) == "about 90 s in all, the longest 60 s"
    more = [*two, server(None)]
    assert (
        downtime_total_words(more) == "about 90 s in all, the longest 60 s; unknown for 1 of them"
    )
    assert downtime_total_words([server(None)]) == "of unknown length"


def test_a_length_says_what_tells_it_and_what_does_not() -> None:
    told = ApplyLength(seconds=90, tasks=1, source="sandbox")
    assert length_line(told) == (
        "Expected length of the apply: about 90 s, by 1 earlier task of the sandbox"
    )
    partly = ApplyLength(seconds=90, tasks=2, unknown=("a\nb", "start"))
    line = length_line(partly)
    assert line.startswith("Expected length of the apply: at least 90 s, by 2 earlier tasks")
    assert line.endswith("start")
    assert "\n" not in line


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert length_line(None) == ""
    assert length_line(ApplyLength(seconds=None, unknown=("start",))) == ""
