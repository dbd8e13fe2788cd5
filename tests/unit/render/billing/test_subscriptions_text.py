"""Subscriptions as text, word by word."""

import pytest

from ccloud_apply.model.live.billing import SubscriptionContents, SubscriptionContract
from ccloud_apply.render.billing.subscriptions_text import (
    render_subscription,
    render_subscriptions,
    summarize,
)


@pytest.mark.parametrize(("cores", "expected"), [(1, "1 core,"), (2, "2 cores,")])
def test_one_core_is_no_plural(cores: int, expected: str) -> None:
    contents = SubscriptionContents(cores=cores, memory_gb=1)
    assert expected in summarize(SubscriptionContract(id=1, name="S", contents=contents))


def test_its_end_is_told_in_the_style_of_all_times_wherever_it_is_told() -> None:
    contract = SubscriptionContract(id=1, name="S", end_date="2027-12-31T23:00:00+01:00")
    for text in (
        summarize(contract),
        render_subscription(contract),
        render_subscriptions([contract]),
    ):
        assert "2027-12-31 22:00 UTC" in text
