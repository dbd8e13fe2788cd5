"""The line that says which account a document is about."""

from datetime import UTC, datetime

from ccloud_apply import __version__
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.account_line import account_line

READ_AT = datetime(2027, 1, 1, 3, 0, tzinfo=UTC)


def test_the_account_the_time_and_the_version_stand_on_one_line() -> None:
    account = PlanAccount(endpoint="https://api.example/v1", customer_id="4711", access_id="x")
    assert account_line(account, READ_AT) == (
        "Account https://api.example/v1 (customer 4711), read 2027-01-01 03:00 UTC,"
        f" ccloud-apply {__version__}"
    )


def test_a_customer_that_nobody_told_is_unknown() -> None:
    line = account_line(PlanAccount(endpoint="https://api.example/v1"), READ_AT)
    assert "(customer unknown)" in line


def test_an_account_that_nobody_told_is_unknown_and_a_time_is_left_out() -> None:
    assert account_line(None) == f"Account unknown, ccloud-apply {__version__}"


def test_what_the_account_says_of_itself_stays_on_the_line() -> None:
    account = PlanAccount(endpoint="https://api.example", customer_id="1\n::add-mask::x")
    assert account_line(account, READ_AT).isprintable()


def test_a_long_path_of_a_sandbox_is_whole() -> None:
    path = f"sandbox /srv/{'deep/' * 20}sandbox.db"
    assert path in account_line(PlanAccount(endpoint=path))
