"""Which account a project expects, and what is held where nobody knows which one it is."""

from typing import Any

import pytest

from ccloud_apply.model.declared.project import Environment, ExpectedAccount, Project
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Policy
from ccloud_apply.plan.expected_account import (
    accounts_at,
    describe_expected,
    expected_customers,
)
from tests.support.builders import COMPLETE, account, live, plan, spec, stack

URL = "https://ccenter.internet1.de/api/v1"
PLACE = SourceRange("ccloud-apply.yaml", 2, 10)
DOUBT = "customer K1 is expected, and nobody says whose this is"


def expect(customer: str | None = None, endpoint: str | None = None) -> ExpectedAccount:
    return ExpectedAccount(customer_id=customer, endpoint=endpoint, source=PLACE)


def project(own: ExpectedAccount | None = None, **accounts: ExpectedAccount | None) -> Project:
    environments = {
        name: Environment(name=name, source=PLACE, account=one) for name, one in accounts.items()
    }
    return Project(
        name="shop",
        path="ccloud-apply.yaml",
        source=PLACE,
        account=own,
        environments=environments,
    )


@pytest.mark.parametrize(
    ("expected", "endpoint", "is_there"),
    [
        (URL, URL, True),
        (URL, f"{URL}/", True),
        (URL, "https://CCENTER.internet1.de:443/api/v1", True),
        (URL, "https://other.example/api/v1", False),
        (URL, "sandbox /tmp/sandbox.db", False),
        (None, "sandbox /tmp/sandbox.db", True),
        ("sandbox", "sandbox /tmp/sandbox.db", True),
        ("sandbox", "https://sandbox/api/v1", False),
        ("http://localhost:8080/api/v1", "http://127.0.0.1:8080/api/v1", True),
        ("http://localhost:8080/api/v1", "http://127.0.0.1:8081/api/v1", False),
    ],
)
def test_an_endpoint_is_the_expected_one_in_each_spelling_of_it_and_no_other(
    expected: str | None, endpoint: str, is_there: bool
) -> None:
    assert bool(accounts_at([expect("K1", expected)], endpoint)) is is_there


def test_of_several_expected_accounts_those_at_the_endpoint_count() -> None:
    prod, staging = expect("K1", URL), expect("K2", "sandbox")
    assert expected_customers(accounts_at([prod, staging], URL)) == frozenset({"K1"})


def test_an_account_that_is_expected_by_its_endpoint_alone_may_be_any_customers() -> None:
    assert expected_customers([expect("K1"), expect(None, URL)]) is None
    assert expected_customers([]) is None


def test_what_is_expected_is_told_with_its_place() -> None:
    words = describe_expected([expect("K1", URL), expect("K2")])
    place = "(ccloud-apply.yaml:2)"
    assert words == f"customer K1 at {URL} {place}, customer K2 {place}"


def test_an_environment_overrides_the_parts_of_the_projects_account_that_it_says() -> None:
    found = project(expect("K1", URL), prod=expect("K2"), staging=None)
    assert found.accounts_of("prod") == (expect("K2", URL),)
    assert found.accounts_of("staging") == (expect("K1", URL),)
    assert found.accounts_of(None) == (expect("K1", URL),)


def test_without_an_environment_each_account_that_one_of_them_names_will_do() -> None:
    one, other = expect("K1"), expect("K2")
    assert project(prod=one, staging=other).accounts_of(None) == (one, other)
    assert project(prod=one, staging=None).accounts_of(None) == ()
    assert project(prod=one, staging=None).accounts_of("staging") == ()


def held(*servers: Any, lives: Any = (), **options: Any) -> tuple[list[str], list[str]]:
    """The codes of what holds the plan, and of its warnings."""
    desired = stack(*servers, policy=Policy(max_destroy=9))
    built, _ = plan(desired, account(*lives), account_doubt=DOUBT, **options)
    return [d.code for d in built.held], [d.code for d in built.warnings]


def test_nothing_is_created_in_an_account_that_nobody_knows_unless_that_is_accepted() -> None:
    assert held(spec("web", **COMPLETE)) == (["account-unknown"], [])
    assert held(spec("web", **COMPLETE), is_account_accepted=True) == ([], ["account-not-told"])


def test_nothing_is_destroyed_there_either_by_no_command() -> None:
    lives = [live(key="web"), live(10002, key="db")]
    assert held(spec("db"), lives=lives) == (["account-unknown"], [])
    assert held(spec("db"), spec("web"), lives=lives, is_destroy=True)[0] == ["account-unknown"]


def test_a_plan_that_only_changes_something_there_has_a_warning() -> None:
    assert held(spec("web", notes="x"), lives=[live(key="web")]) == ([], ["account-not-told"])


def test_a_plan_without_changes_says_nothing_of_it() -> None:
    assert held(spec("web"), lives=[live(key="web")]) == ([], [])


def test_what_is_held_is_named_with_the_way_out() -> None:
    built, _ = plan(stack(spec("web", **COMPLETE)), account(), account_doubt=DOUBT)
    (found,) = built.held
    assert found.what == f"{DOUBT}; web would be created or destroyed there"
    assert "--account-unknown-ok" in found.hint
