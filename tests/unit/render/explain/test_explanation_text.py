"""An explanation as text, sentence by sentence."""

import pytest

from ccloud_apply.model.results.explanation import Explanation, NextPlan
from ccloud_apply.model.results.plan import Action, ServerPlan
from ccloud_apply.render.explain.text import render_explanation


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (("db",), "! not made while db is not compared"),
        (("db", "cache"), "! not made while db, cache are not compared"),
    ],
)
def test_what_a_server_waits_for_is_named(others: tuple[str, ...], expected: str) -> None:
    waiting = ServerPlan(key="web", hostname=None, action=Action.UPDATE, rests_on=others)
    text = render_explanation(Explanation(status="declared", plan=NextPlan(server=waiting)))
    assert expected in text
