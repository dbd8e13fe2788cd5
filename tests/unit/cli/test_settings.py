"""Flags and environment -> Settings."""

import pytest

from ccloud_apply.api.proxy import choose_proxy
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.errors import UsageError
from ccloud_apply.workflows.account.connection import DEFAULT_ENDPOINT
from ccloud_apply.workflows.account.endpoint import check_endpoint

CREDENTIALS = {"CCLOUD_CLIENT_ID": "me", "CCLOUD_CLIENT_SECRET": "s3cret-value"}


def flags(
    endpoint: str | None = None, *, is_sandbox: bool = False, is_verbose: bool = False
) -> Flags:
    value = Flags()
    value.endpoint, value.is_sandbox, value.is_verbose = endpoint, is_sandbox, is_verbose
    return value


def test_without_a_word_the_platform_is_meant() -> None:
    settings = read_settings(flags(), CREDENTIALS, None)
    assert settings.connection.endpoint == DEFAULT_ENDPOINT
    assert not settings.connection.is_sandbox
    assert (settings.settle_s, settings.grace_s) == (20, 180)


@pytest.mark.parametrize("flag", [flags(is_sandbox=True), flags("sandbox")])
def test_the_sandbox_needs_no_credentials_and_does_not_wait(flag: Flags) -> None:
    settings = read_settings(flag, {}, None)
    assert settings.connection.is_sandbox
    assert (settings.settle_s, settings.grace_s) == (0, 0)
    assert settings.connection.sandbox_db == ".ccloud-apply/sandbox.db"


def test_the_environment_can_ask_for_the_sandbox() -> None:
    assert read_settings(flags(), {"CCLOUD_ENDPOINT": "sandbox"}, None).connection.is_sandbox


def test_a_flag_wins_over_the_environment() -> None:
    environment = {**CREDENTIALS, "CCLOUD_ENDPOINT": "sandbox"}
    settings = read_settings(flags("https://other.example/api/v1/"), environment, None)
    assert settings.connection.endpoint == "https://other.example/api/v1"
    assert not settings.connection.is_sandbox


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("https://proxy.example", "https://proxy.example"),
        ("", None),
    ],
)
def test_a_proxy_without_a_scheme_is_one_of_http(given: str, read: str | None) -> None:
    assert choose_proxy("https://api.example", {"HTTPS_PROXY": given}) == read


def test_sandbox_and_endpoint_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        read_settings(flags("https://x.example", is_sandbox=True), {}, None)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:8080/api/v1",
        "http://127.9.9.9",
        "http://[::1]:80/api/v1",
        "http://localhost",
        "http://LOCALHOST:1",
        "https://ccenter.example/api/v1/",
    ],
)
def test_https_and_the_loopback_range_are_allowed(endpoint: str) -> None:
    assert check_endpoint(endpoint, origin="--endpoint") == endpoint.rstrip("/")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://ccenter.example/api/v1",
        "http://10.0.0.1",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://0.0.0.0",
    ],
)
def test_http_that_leaves_the_machine_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError, match="in the clear"):
        check_endpoint(endpoint, origin="--endpoint")


@pytest.mark.parametrize(
    "endpoint",
    ["ftp://x.example", "x.example", "https://", "https://x:port/", "https://a b/", "https://x\n"],
)
def test_what_is_no_address_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError, match="--endpoint: not an address"):
        check_endpoint(endpoint, origin="--endpoint")


def test_an_address_with_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        check_endpoint("https://me:hunter22@x.example", origin="CCLOUD_ENDPOINT")
    assert "hunter22" not in caught.value.message + caught.value.hint


def test_missing_credentials_name_the_variables_and_the_way_out() -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(flags(), {}, None)
    for word in ("CCLOUD_CLIENT_ID", "CCLOUD_CLIENT_SECRET", "CCLOUD_TOKEN", "--sandbox"):
        assert word in caught.value.hint


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("CCLOUD_CLIENT_ID", "CCLOUD_CLIENT_SECRET"),
        ("CCLOUD_CLIENT_SECRET", "CCLOUD_CLIENT_ID"),
    ],
)
def test_half_of_the_credentials_names_the_other_half(given: str, missing: str) -> None:
    with pytest.raises(UsageError, match=f"{missing} is not"):
        read_settings(flags(), {given: "x"}, None)


@pytest.mark.parametrize("token", ["abc\n", "ab\ncd", " abc", "tök", "a\x00b"])
def test_a_token_with_a_stray_character_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(flags(), {"CCLOUD_TOKEN": token}, None)
    assert "CCLOUD_TOKEN" in caught.value.message
    assert token.strip() not in caught.value.message + caught.value.hint


def test_no_credential_is_in_the_repr() -> None:
    settings = read_settings(flags(), {**CREDENTIALS, "CCLOUD_TOKEN": "t0ken-value"}, None)
    assert "s3cret-value" not in repr(settings)
    assert "t0ken-value" not in repr(settings)


@pytest.mark.parametrize(("text", "expected"), [(None, 32), ("", 32), ("1", 1), (" 256 ", 256)])
def test_the_most_requests_at_a_time_come_from_the_environment(
    text: str | None, expected: int
) -> None:
    environment = {} if text is None else {"CCLOUD_CONCURRENCY": text}
    assert read_settings(flags(is_sandbox=True), environment, None).connection.concurrency == (
        expected
    )


@pytest.mark.parametrize("text", ["0", "257", "-1", "1.5", "many", "1e2", "9" * 5000, "१"])
def test_another_number_of_requests_at_a_time_is_an_error(text: str) -> None:
    with pytest.raises(UsageError, match="CCLOUD_CONCURRENCY must be a whole number from 1 to 256"):
        read_settings(flags(is_sandbox=True), {"CCLOUD_CONCURRENCY": text}, None)


@pytest.mark.parametrize("name", ["CCLOUD_SETTLE", "CCLOUD_GRACE", "CCLOUD_SANDBOX_SPEED"])
@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf"])
def test_a_number_that_is_none_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        read_settings(flags(is_sandbox=True), {name: value}, None)
