"""Signing in, and requests that never reach a handler."""

import pytest

from tests.support.desk import Desk

JSON = {"Accept": "application/json"}
GRANT = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "secret"}


def test_a_token_opens_the_account_until_it_expires() -> None:
    desk = Desk()
    token = desk.send("POST", "/oauth/token", GRANT, headers={}).json()
    headers = {**JSON, "Authorization": f"Bearer {token['access_token']}"}
    assert desk.send("GET", "/ccloud/pools", headers=headers).status_code == 200
    desk.clock.advance(token["expires_in"])
    assert desk.send("GET", "/ccloud/pools", headers=headers).status_code == 401


def test_a_task_names_the_client_that_started_it() -> None:
    desk = Desk()
    token = desk.send("POST", "/oauth/token", GRANT).json()["access_token"]
    headers = {**JSON, "Authorization": f"Bearer {token}"}
    desk.send("POST", "/ccloud/servers/vs10001/state/stop", headers=headers)
    assert desk.get("/ccloud/tasks")[0]["username"] == "me"


def test_a_form_is_taken_for_a_token_too() -> None:
    content = b"grant_type=client_credentials&client_id=me&client_secret=x"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = Desk().send("POST", "/oauth/token", content=content, headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("grant", [{}, {"grant_type": "password"}])
def test_another_grant_is_a_bad_request(grant: dict[str, str]) -> None:
    response = Desk().send("POST", "/oauth/token", {**GRANT, "grant_type": None, **grant})
    assert response.status_code == 400
    assert response.json()["error"] == "unsupported_grant_type"


def test_a_scope_that_is_no_text_is_a_bad_request() -> None:
    response = Desk().send("POST", "/oauth/token", {**GRANT, "scope": {}})
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
    assert response.json()["hint"] == "Check the `scope` parameter"


@pytest.mark.parametrize("content", [b"", b"[null]", b'"x"', b"7", b"{"])
def test_a_body_that_is_no_object_never_empties_a_list(content: bytes) -> None:
    desk = Desk()
    before = desk.server("vs10001")["tags"]
    response = desk.send("POST", "/ccloud/servers/vs10001/tags", content=content)
    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["body"]
    assert desk.server("vs10001")["tags"] == before


@pytest.mark.parametrize("content", [b"{", b"W\x1b", b"[]", b"7"])
def test_a_malformed_body_never_removes_a_name(content: bytes) -> None:
    desk = Desk()
    response = desk.send("PUT", "/ccloud/servers/vs10001/customname", content=content)
    assert response.status_code == 422
    assert desk.server("vs10001")["custom_name"] == "shop database"


@pytest.mark.parametrize("field", ["client_id", "client_secret"])
def test_missing_credentials_are_unauthorized(field: str) -> None:
    response = Desk().send("POST", "/oauth/token", {**GRANT, field: ""})
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}])
def test_a_call_without_a_known_token_is_unauthenticated(sent: dict[str, str]) -> None:
    response = Desk().send("GET", "/ccloud/servers", headers={**JSON, **sent})
    assert response.status_code == 401
    assert response.json() == {"message": "Unauthenticated."}


def test_a_browser_without_a_token_is_sent_to_the_login_page() -> None:
    response = Desk().send("GET", "/ccloud/servers", headers={})
    assert response.status_code == 302
    assert response.headers["location"] == "http://sandbox/login"


def test_an_unknown_path_is_not_found_and_a_wrong_method_not_allowed() -> None:
    desk = Desk()
    assert desk.send("GET", "/ccloud/nothing").status_code == 404
    response = desk.send("PATCH", "/ccloud/servers")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


def test_paths_are_served_below_the_prefix_alone() -> None:
    assert Desk().send("GET", "http://sandbox/ccloud/pools").status_code == 404


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'"x"', b'{"memory": NaN}', b'{"memory": "\\ud800"}', b"[" * 9999]
)
def test_a_malformed_body_counts_as_an_empty_one(content: bytes) -> None:
    response = Desk().send("PUT", "/ccloud/servers/vs10001/memory", content=content)
    assert response.status_code == 422
    assert response.json() == {
        "message": "The memory field is required.",
        "errors": {"memory": "The memory field is required."},
    }


def test_validation_texts_come_as_lists_if_asked_for() -> None:
    response = Desk(error_lists=True).send("POST", "/ccloud/servers", {})
    assert response.json()["errors"]["pool"] == ["The pool field is required."]
    assert response.json()["message"] == "The pool field is required. (and 5 more errors)"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=x", "limit"),
        ("limit=0", "limit"),
        ("page=" + "9" * 40, "page"),
        ("build_in_progress=maybe", "build_in_progress"),
        ("sort=cores", "sort"),
        ("order=up", "order"),
    ],
)
def test_a_query_value_that_makes_no_sense_is_refused(query: str, field: str) -> None:
    assert list(Desk().refused("GET", f"/ccloud/servers?{query}")) == [field]
