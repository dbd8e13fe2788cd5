"""Who may do what: roles, grants, and globs of accounts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.model.access import (
    ROLES,
    Grant,
    Person,
    find_grants,
    find_unmatched,
    is_name,
    split_accounts,
    token_grants,
)
from ccloud_apply.fleet.model.config import HashedToken, WebConfig

ACCOUNTS = ("customer-a", "customer-b", "own")


def person(*grants: Grant) -> Person:
    return Person(name="anna", way="oidc", grants=grants)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("group:ops", ("group:ops", "*")),
        ("*", ("*", "*")),
        ("*@customer-*", ("*", "customer-*")),
        ("user:anna@customer-a", ("user:anna", "customer-a")),
        ("user:anna@example.com", ("user:anna@example.com", "*")),
        ("user:anna@example.com@customer-*", ("user:anna@example.com", "customer-*")),
        ("user:anna@shop.example", ("user:anna", "shop.example")),
        ("user:anna@shop.example@*", ("user:anna@shop.example", "*")),
    ],
)
def test_a_glob_of_accounts_follows_the_last_at_sign_unless_it_is_a_mail_address(
    text: str, expected: tuple[str, str]
) -> None:
    assert split_accounts(text, (*ACCOUNTS, "shop.example")) == expected


def test_a_role_includes_the_lesser_ones_and_no_greater() -> None:
    approver = person(Grant("approve", "customer-*"))
    assert approver.may("see", "customer-a")
    assert approver.may("approve", "customer-b")
    assert not approver.may("administer", "customer-a")
    assert not approver.may("see", "own")
    assert approver.choose("approve", ACCOUNTS) == ("customer-a", "customer-b")
    assert not approver.may_everywhere("see")
    assert person(Grant("see")).may_everywhere("see")


def test_grants_add_up_over_name_and_groups_and_nobody_gets_anothers() -> None:
    web = WebConfig(
        roles={
            "see": ("*",),
            "approve": ("group:ops@customer-*",),
            "administer": ("user:anna@own",),
        }
    )
    anna = find_grants(web, ACCOUNTS, "anna", ["ops"])
    assert set(anna) == {Grant("see"), Grant("approve", "customer-*"), Grant("administer", "own")}
    assert find_grants(web, ACCOUNTS, "eve", []) == (Grant("see"),)
    assert find_grants(web, ACCOUNTS, "ops", []) == (Grant("see"),)  # a user is no group
    assert find_grants(web, ACCOUNTS, "anna@own", []) == (Grant("see"),)
    assert find_grants(WebConfig(), ACCOUNTS, "anna", ["ops"]) == ()


def test_a_token_has_the_roles_that_stand_beside_it_and_no_others() -> None:
    assert token_grants(("see", "approve@customer-*")) == (
        Grant("see"),
        Grant("approve", "customer-*"),
    )
    assert token_grants(("root", "")) == ()


@given(
    role=st.sampled_from(ROLES),
    account=st.sampled_from(ACCOUNTS),
    glob=st.sampled_from(("*", "customer-*", "customer-a", "own", "o?n", "nobody")),
    held=st.sampled_from(ROLES),
)
def test_whoever_has_a_role_has_the_lesser_ones_in_the_same_accounts(
    role: Any, account: str, glob: str, held: Any
) -> None:
    someone = person(Grant(held, glob))
    for lesser in ROLES[: ROLES.index(role) + 1]:
        assert not someone.may(role, account) or someone.may(lesser, account)
    if someone.may(role, account):
        assert account in someone.choose("see", ACCOUNTS)


def test_a_glob_that_matches_no_account_is_found_with_its_place() -> None:
    web = WebConfig(
        roles={"see": ("*", "group:ops@customr-*"), "approve": ("user:anna@localhost",)},
        tokens=(HashedToken(name="ci", sha256="0" * 64, roles=("see", "approve@nobody")),),
    )
    assert list(find_unmatched(web, ACCOUNTS)) == [
        (("web", "roles", "see", 1), "customr-*"),
        (("web", "roles", "approve", 0), "localhost"),
        (("web", "auth", "tokens", 0, "roles", 1), "nobody"),
    ]


@pytest.mark.parametrize("text", ["", " anna", "a\nb", "a\x00", "local", "token:ci", "a" * 201])
def test_a_name_that_is_invisible_too_long_or_the_audits_own_is_no_name(text: str) -> None:
    assert not is_name(text)
    assert is_name("Anna Möller <anna@example.com>")
