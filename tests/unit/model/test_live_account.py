"""What an account says of itself."""

from dataclasses import replace

import pytest

from tests.support.builders import account, live


@pytest.mark.parametrize(
    ("of_servers", "customer"),
    [
        ([], None),
        ([None], None),
        (["K1", "K1"], "K1"),
        (["K1", None], "K1"),
        (["K1", "K2"], None),
    ],
)
def test_the_customer_is_known_only_if_the_servers_agree(
    of_servers: list[str | None], customer: str | None
) -> None:
    servers = [replace(live(n), customer_id=each) for n, each in enumerate(of_servers, 1)]
    assert account(*servers).customer_id == customer
