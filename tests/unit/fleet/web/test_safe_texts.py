"""Texts that anybody can send: hosts, cookies, places to go to, origins."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.fleet.web.auth.pages import safe_place
from ccloud_apply.fleet.web.auth.tokens import read_bearer
from ccloud_apply.fleet.web.guard.cookies import SESSION, Cookies
from ccloud_apply.fleet.web.guard.forms import comes_from_us, parse_form
from ccloud_apply.fleet.web.guard.hosts import find_host, is_own

OWN = "https://fleet.example.com/"
TRICKY = st.text(st.sampled_from("/\\.:@%?#&=abfnt \t\r\n\0é"), max_size=30)


@given(TRICKY | st.text())
def test_after_the_sign_in_nobody_leaves_the_page(text: str) -> None:
    place = safe_place(text)
    # Browsers drop tabs and line feeds, and read \ as /.
    as_browsers = place.replace("\\", "/")
    assert place.isprintable()
    assert urlsplit(urljoin(OWN, as_browsers)).netloc == "fleet.example.com"


@given(st.text(), st.text())
def test_any_host_is_a_name_or_none(text: str, port: str) -> None:
    for header in (text, f"{text}:{port}"):
        host = find_host(header)
        assert host is None or "/" not in host
        assert not is_own(host, frozenset()) or host is not None


@given(TRICKY | st.text())
def test_a_cookie_is_read_as_it_was_set_or_not_at_all(header: str) -> None:
    cookies = Cookies(is_https=True)
    found = cookies.read(header, SESSION)
    assert found is None or f"__Host-fleet-session={found}" in header
    told = cookies.set(SESSION, "s3cret", max_age_s=60).partition(";")[0]
    assert cookies.read(f"a=b; {told}; c=d", SESSION) == "s3cret"
    assert cookies.read(f"{told}; {told}", SESSION) is None


@given(st.binary(max_size=200))
def test_any_body_is_a_form_or_none(body: bytes) -> None:
    found = parse_form("application/x-www-form-urlencoded; charset=utf-8", body)
    assert found is None or all(isinstance(text, str) for text in found.values())


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "a"}, True),
        ({"host": "a", "origin": "http://a"}, True),
        ({"host": "A:80", "origin": "http://a:80"}, True),
        ({"host": "internal:8090", "origin": "https://fleet.example.com"}, True),
        ({"host": "a", "origin": "http://a", "sec-fetch-site": "none"}, True),
        ({"host": "a", "origin": ""}, False),
        ({"host": "", "origin": ""}, False),
        ({"origin": "null"}, False),
        ({"host": "null", "origin": "null"}, False),
        ({"host": "a", "origin": "http://a.evil.example"}, False),
        ({"host": "a", "origin": "http://a", "sec-fetch-site": "cross-site"}, False),
        ({"host": "a", "origin": "http://a", "sec-fetch-site": "SAME-ORIGIN"}, False),
    ],
)
def test_a_form_of_another_place_is_known_by_what_the_browser_says(
    headers: dict[str, str], expected: bool
) -> None:
    assert comes_from_us(headers, "https://fleet.example.com") is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Bearer abc"], "abc"),
        (["Bearer " + "gr\u00fc".encode().decode("latin-1")], "gr\u00fc"),
        (["bearer  abc "], "abc"),
        ([], None),
        ([""], None),
        (["Bearer"], None),
        (["Basic abc"], None),
        (["Bearer a", "Bearer b"], None),
    ],
)
def test_a_token_is_read_from_one_header_of_its_scheme(
    headers: list[str], expected: str | None
) -> None:
    assert read_bearer(headers) == expected
