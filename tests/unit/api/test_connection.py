"""Where credentials may be sent to, and how TLS is set up."""

import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.api.http.tls import find_tls
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import UsageError


def open_client(**settings: Any) -> Client:
    settings = {"endpoint": "https://api.example/api/v1", "token": "t", **settings}
    return Client(Connection(**settings), clock=SystemClock())


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://ccenter.internet1.de/api/v1",
        "http://127.0.0.1:8080/api/v1",
        "http://127.9.9.9/api/v1",
        "http://[::1]:8080/api/v1",
        "http://localhost:1/api/v1",
    ],
)
def test_tls_or_this_machine_itself_are_endpoints(endpoint: str) -> None:
    open_client(endpoint=endpoint)


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://me:password@127.0.0.1:1",
        "me:password@127.0.0.1:1",
        "http://me:password@127.0.0.1:99999",
        "http://me:password@ä..example",
        "http://[::1",
        "http://",
    ],
)
def test_what_is_no_proxy_is_refused_and_not_quoted(proxy: str) -> None:
    with pytest.raises(UsageError, match="the proxy is not a URL") as caught:
        open_client(proxy=proxy)
    assert "HTTPS_PROXY" in caught.value.hint
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://ccenter.internet1.de/api/v1",
        "http://127.0.0.1.evil.example/api/v1",
        "http://localhost.evil.example/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "https://user:password@api.example/api/v1",
        "https://api.example/api/v1?x=1",
        "https://api.example/api/v1#x",
        "https://",
        "ftp://api.example/",
        "file:///etc/passwd",
        "api.example/api/v1",
        "https://[::1/",
        "https://api.example:99999/",
        "https://ä..example/",
        "",
    ],
)
def test_any_other_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_client(endpoint=endpoint)
    assert caught.value.hint
    assert "password@" not in str(caught.value)


@pytest.mark.parametrize("token", ["a b", "a\n", "ä", "a\x00"])
def test_a_token_that_cannot_be_a_header_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(UsageError, match="CCLOUD_TOKEN") as caught:
        open_client(token=token)
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"token": None},
        {"token": ""},
        {"token": None, "client_id": "c"},
        {"token": None, "client_id": "c", "client_secret": ""},
        {"concurrency": 0},
        {"concurrency": 257},
        {"concurrency": 1.5},
        {"retries": -1},
        {"timeout_s": 0},
    ],
)
def test_missing_credentials_and_impossible_numbers_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        open_client(**settings)


def test_tls_always_verifies_and_is_not_old() -> None:
    context = find_tls("https://api.example", None, None)
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_plain_endpoint_costs_no_tls_context() -> None:
    assert find_tls("http://127.0.0.1", None, None) is None


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_named(tmp_path: Path, text: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if text is not None:
        ca_file.write_text(text)
    with pytest.raises(UsageError, match=r"ca\.pem") as caught:
        open_client(ca_file=str(ca_file))
    assert "SSL_CERT_FILE" in caught.value.hint


def test_importing_the_client_brings_no_server_no_schema_and_no_http_library() -> None:
    code = (
        "import sys, ccloud_apply.api.client, ccloud_apply.api.account_reader; "
        "heavy = {'starlette', 'uvicorn', 'jsonschema', 'jsonschema_rs', 'deepdiff', 'yaml', "
        "'sqlite3', 'httpx', 'httpcore', 'anyio', 'h11'}; print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
