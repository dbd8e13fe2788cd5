"""By what an account is known: its customer, wherever and however it is reached."""

import json
from pathlib import Path

import pytest

from ccloud_apply.apply.workdir.accounts import (
    AccountIds,
    account_id,
    build_account_ids,
)
from ccloud_apply.apply.workdir.customers import forget_customer, read_customer, write_customer

VENDOR = "https://ccenter.example/api/v1"
ELSEWHERE = "https://other-name.example/api/v1"
LOCAL = "http://127.0.0.1:8080/api/v1"


def ids(
    endpoint: str = VENDOR,
    client: str | None = "c1",
    token: str | None = None,
    customer: str | None = "K1",
) -> AccountIds:
    return build_account_ids(endpoint, client, token, customer_id=customer)


@pytest.mark.parametrize(
    "other",
    [
        ids(client="c2"),
        ids(client=None, token="t"),
        ids("HTTPS://CCenter.example:443/api/v1/"),
        ids(ELSEWHERE),
    ],
)
def test_one_customer_is_one_account(other: AccountIds) -> None:
    assert other.journal == ids().journal
    assert other.slots == ids().slots
    assert set(other.locks) & set(ids().locks) >= {ids().journal}


def test_two_customers_of_one_address_have_nothing_in_common() -> None:
    other = ids(client="c2", customer="K2")
    assert other.journal != ids().journal
    assert other.slots != ids().slots
    assert not set(other.locks) & set(ids().locks)


def test_a_customer_that_nobody_tells_is_known_by_address_and_access() -> None:
    unknown = ids(customer=None)
    assert unknown.journal == unknown.slots == account_id(VENDOR, "c1")
    assert unknown.locks == (account_id(VENDOR, "c1"),)
    assert ids(client="c2", customer=None).journal != unknown.journal


def test_who_knows_the_customer_and_who_does_not_have_a_lock_in_common() -> None:
    assert set(ids().locks) & set(ids(customer=None).locks)
    assert ids(customer=None).journal in ids().earlier


def test_journals_of_earlier_versions_are_looked_for_under_both_of_their_names() -> None:
    spelled = build_account_ids("HTTPS://A.example/v1", "c1", None, customer_id="K1")
    assert len(spelled.earlier) == 2
    assert spelled.earlier[0] == account_id("https://a.example/v1", "c1")


def test_addresses_of_this_machine_have_journals_of_their_own_and_one_lock() -> None:
    """They may be sandboxes, which all have one customer, or ways to one account."""
    one, two = ids(LOCAL), ids("http://localhost:9090/api/v1")
    assert one.journal != two.journal
    assert set(one.locks) & set(two.locks)
    assert one.slots == two.slots
    assert ids("http://LOCALHOST:8080/api/v1/").journal == one.journal


@pytest.mark.parametrize(
    ("endpoint", "is_own"),
    [
        (LOCAL, True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:80/v1", True),
        ("https://LocalHost/v1", True),
        (VENDOR, False),
        ("https://10.0.0.1/v1", False),
        ("sandbox /tmp/a.db", False),
    ],
)
def test_an_address_of_this_machine_is_told(endpoint: str, is_own: bool) -> None:
    assert (ids(endpoint).journal != ids(VENDOR).journal) is is_own


def test_a_customer_is_noted_for_its_access_alone(tmp_path: Path) -> None:
    access, other = "a" * 64, "a" * 12 + "b" * 52
    assert read_customer(tmp_path, access) is None
    write_customer(tmp_path, access, "K1")
    assert read_customer(tmp_path, access) == "K1"
    assert read_customer(tmp_path, other) is None, "only the beginning of its id is in the name"
    (file,) = (tmp_path / "customer").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    forget_customer(tmp_path, access)
    forget_customer(tmp_path, access)
    assert read_customer(tmp_path, access) is None


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, b"\xff".decode("latin-1")])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    write_customer(tmp_path, "a" * 64, "K1")
    (file,) = (tmp_path / "customer").iterdir()
    file.write_text(text, encoding="utf-8")
    assert read_customer(tmp_path, "a" * 64) is None
    file.write_text(json.dumps({"access": "a" * 64, "customer_id": 5}), encoding="utf-8")
    assert read_customer(tmp_path, "a" * 64) is None


def test_a_work_dir_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    write_customer(blocked, "a" * 64, "K1")
    assert read_customer(blocked, "a" * 64) is None
