"""The request that a call becomes, and the door that it leaves by."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.connection import Connection
from ccloud_apply.api.http.exchange import Call, build_request
from ccloud_apply.api.http.httpcore_door import HttpcoreDoor
from ccloud_apply.api.http.httpx_door import HttpxDoor
from ccloud_apply.api.http.opening import open_door
from ccloud_apply.operations import OPERATIONS
from tests.support.scripted_network import Network

ENDPOINT = "https://api.example/api/v1/"


def call(operation_id: str, path: str = "/ccloud/servers", **fields: object) -> Call:
    return Call(operation=OPERATIONS[operation_id], path=path, **fields)  # type: ignore[arg-type]


def test_a_read_is_a_path_below_the_endpoint_with_its_query_and_token() -> None:
    query = {"tag": "stack:a b&c", "page": "2"}
    request = build_request(ENDPOINT, call("list_servers", query=query, token="t"))
    assert request.target == "/api/v1/ccloud/servers?tag=stack%3Aa%20b%26c&page=2"
    assert (request.method, request.content, request.is_write) == ("GET", None, False)
    assert request.headers["Authorization"] == "Bearer t"
    assert request.headers["Accept"] == "application/json"
    assert "Bearer" not in repr(request)


def test_a_write_has_its_body_as_json() -> None:
    body = {"notes": "ä\n", "n": 1}
    request = build_request(ENDPOINT, call("create_server", body=body))
    assert json.loads(request.content or b"") == body
    assert request.headers["Content-Type"] == "application/json"
    assert request.is_write
    assert "notes" not in repr(request)


@given(st.text(max_size=30))
def test_any_path_is_one_word_of_a_request_line(text: str) -> None:
    target = build_request(ENDPOINT, call("list_servers", f"/{text}".replace("\ud800", ""))).target
    assert target.isascii()
    assert target.isprintable()
    assert not {" ", "#"} & {*target}


def test_the_door_is_sockets_but_for_a_proxy_another_name_and_an_api_in_the_process() -> None:
    def open_for(**settings: str) -> object:
        settings = {"endpoint": "https://api.example/api/v1", **settings}
        return open_door(Connection(**settings), None)  # type: ignore[arg-type]

    assert isinstance(open_for(), HttpcoreDoor)
    assert isinstance(open_for(proxy="http://127.0.0.1:1"), HttpxDoor)
    assert isinstance(open_for(endpoint="https://bücher.example/api"), HttpxDoor)
    inside = open_door(Connection(endpoint=ENDPOINT), Network([]))
    assert isinstance(inside, HttpxDoor)


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("https://api.example/api/v1", "api.example"),
        ("https://api.example:443/", "api.example"),
        ("https://API.example:8443/", "api.example:8443"),
        ("http://127.0.0.1:8080/api", "127.0.0.1:8080"),
        ("http://[::1]:8080/api", "[::1]:8080"),
        ("http://localhost/", "localhost"),
    ],
)
def test_the_host_is_named_as_requests_name_it(endpoint: str, name: str) -> None:
    assert HttpcoreDoor(endpoint, None).name == name


def test_a_signed_call_differs_in_its_token_alone() -> None:
    async def check() -> None:
        """Nothing to check."""

    given: dict[str, Any] = {
        "query": {"a": "b"},
        "body": {"c": 1},
        "before_each": check,
        "on_response": print,
    }
    plain = call("create_server", **given)
    signed = plain.sign("t")
    assert signed == dataclasses.replace(plain, token="t")
    unset = [one.name for one in dataclasses.fields(plain) if getattr(plain, one.name) is None]
    assert unset == ["token"], "a new field needs a value here"
