"""Whether a saved plan is for this account: unknown is never equal."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.plan.same_account import find_other_account, normalise_endpoint

URL = "https://ccenter.internet1.de/api/v1"
MADE_FOR = PlanAccount(endpoint=URL, customer_id="K1", access_id="sha256:a")


def is_other(saved: PlanAccount | None, this: PlanAccount, *, is_read: bool = True) -> bool:
    return find_other_account(saved, this, is_read=is_read) is not None


def test_another_endpoint_is_another_account_whoever_the_customer_is_and_both_are_named() -> None:
    here = replace(MADE_FOR, endpoint="https://other.example/api/v1")
    for this, is_read in ((here, True), (replace(here, customer_id=None), False)):
        words = find_other_account(MADE_FOR, this, is_read=is_read)
        assert words is not None
        assert f"made for the account at {URL} (customer K1)" in words
        assert "this is the account at https://other.example/api/v1" in words


def test_another_customer_is_another_account_and_both_are_named() -> None:
    words = find_other_account(MADE_FOR, replace(MADE_FOR, customer_id="K2"), is_read=True)
    assert words is not None
    assert "(customer K1)" in words
    assert "(customer K2)" in words


def test_a_customer_may_use_another_client() -> None:
    assert not is_other(MADE_FOR, replace(MADE_FOR, access_id="sha256:b"))


@pytest.mark.parametrize(
    ("before", "after"), [(None, None), ("K1", None), (None, "K1")], ids=["both", "now", "then"]
)
def test_where_a_customer_is_unknown_the_client_has_to_be_the_same(
    before: str | None, after: str | None
) -> None:
    saved, this = replace(MADE_FOR, customer_id=before), replace(MADE_FOR, customer_id=after)
    assert not is_other(saved, this)
    words = find_other_account(saved, replace(this, access_id="sha256:b"), is_read=True)
    assert words is not None
    assert "another client id or token" in words


def test_two_accounts_of_which_nothing_is_known_are_not_the_same() -> None:
    nobody = PlanAccount(endpoint=URL)
    assert is_other(nobody, nobody)


def test_a_plan_that_names_no_account_is_for_none() -> None:
    assert "does not say" in (find_other_account(None, MADE_FOR, is_read=False) or "")


def test_a_customer_that_is_still_to_be_read_may_explain_another_client() -> None:
    this = replace(MADE_FOR, customer_id=None, access_id="sha256:b")
    assert not is_other(MADE_FOR, this, is_read=False)
    assert is_other(MADE_FOR, this, is_read=True)
    assert is_other(replace(MADE_FOR, customer_id=None), this, is_read=False)


@given(
    host=st.sampled_from(
        ["ccenter.internet1.de", "localhost", "127.0.0.1", "[::1]", "[2001:db8::1]"]
    ),
    path=st.sampled_from(["", "/api/v1", "/API/v1"]),
    scheme=st.sampled_from(["http", "https"]),
    is_loud=st.booleans(),
    has_port=st.booleans(),
    has_slash=st.booleans(),
)
def test_every_spelling_of_an_endpoint_is_the_same(
    host: str, path: str, scheme: str, is_loud: bool, has_port: bool, has_slash: bool
) -> None:
    port = (":80" if scheme == "http" else ":443") if has_port else ""
    start = f"{scheme}://{host}"
    spelling = f"{start.upper() if is_loud else start}{port}{path}{'/' if has_slash else ''}"
    assert normalise_endpoint(spelling) == normalise_endpoint(f"{start}{path}")
    assert normalise_endpoint(normalise_endpoint(spelling)) == normalise_endpoint(spelling)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]"])
def test_this_machine_has_several_names(host: str) -> None:
    same = normalise_endpoint("http://localhost:8080/api/v1")
    assert normalise_endpoint(f"http://{host}:8080/api/v1") == same
    assert normalise_endpoint(f"http://{host}:8081/api/v1") != same


@pytest.mark.parametrize(
    "other",
    [
        "http://ccenter.internet1.de/api/v1",
        "https://ccenter.internet1.de:8443/api/v1",
        "https://ccenter.internet1.de/api/V1",
        "https://ccenter.internet2.de/api/v1",
        "http://127.0.0.2/api/v1",
        "https://ccenter.internet1.de:99999/api/v1",
        "https://[ccenter.internet1.de/api/v1",
        "sandbox /a/b.db",
        "sandbox /a/B.db",
    ],
)
def test_what_may_be_another_account_is_not_made_the_same(other: str) -> None:
    known = [URL, "http://127.0.0.1/api/v1", "sandbox /a/c.db"]
    assert normalise_endpoint(other) not in [normalise_endpoint(url) for url in known]
    assert len({normalise_endpoint(f"sandbox /a/{name}.db") for name in "bB"}) == 2
