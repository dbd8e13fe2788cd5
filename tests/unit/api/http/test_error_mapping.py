"""What errors say: the operation, the API's own words in all their shapes, and never a secret."""

import base64
import itertools
import json
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.api.http.error_mapping import MAX_TEXT
from ccloud_apply.errors import (
    ApiError,
    AuthError,
    DecodeError,
    InvalidError,
    NotFoundError,
    StatusError,
)
from tests.support.scripted_network import SECRET, TOKEN, Network, reply, talk

PASSWORD = "correct horse battery"


async def resize(client: Client) -> None:
    path = "/ccloud/servers/vs10001/memory"
    await client.send("resize_server_memory", "PUT", path, {"memory": 65, "password": PASSWORD})


def refuse(status: int, body: Any = None) -> StatusError:
    with pytest.raises(StatusError) as caught:
        talk(Network([reply(status, body)]), resize, retries=0)
    return caught.value


def test_an_error_names_operation_request_status_and_fields() -> None:
    body = {"message": "The given data was invalid.", "errors": {"memory": "must be at most 64"}}
    error = refuse(422, body)
    assert str(error) == (
        "resize memory (PUT /ccloud/servers/vs10001/memory): 422: "
        "The given data was invalid. memory: must be at most 64"
    )
    assert isinstance(error, InvalidError)
    assert error.fields == {"memory": ("must be at most 64",)}
    assert (error.operation, error.method) == ("resize memory", "PUT")


@pytest.mark.parametrize(
    ("body", "says", "fields"),
    [
        ({"message": "No.", "errors": {"a": ["x", "y"]}}, "No. a: x, y", {"a": ("x", "y")}),
        ({"message": "No", "errors": {"a.0": "x", "b": "z"}}, "No. a.0: x; b: z", None),
        (
            {"message": "x (and 1 more error)", "errors": {"a": ["x"], "b": ["y"]}},
            "a: x; b: y",
            None,
        ),
        ({"error": {"errors": {"a": "x"}, "code": 7, "msg": "Bad"}}, "Bad. a: x", {"a": ("x",)}),
        ({"error": {"errors": {}, "code": 7, "msg": "Bad"}}, "Bad", {}),
        ({"error": {"errors": ["x", "y"], "msg": None}}, "x, y", {"": ("x", "y")}),
        ({"message": "Unauthenticated."}, "Unauthenticated.", {}),
        (
            {"error": "e", "error_description": "why", "hint": "try", "message": "m"},
            "why (try)",
            {},
        ),
        ({"error": "invalid_client"}, "invalid_client", {}),
        ({}, "I'm a Teapot", {}),
        ([1, 2], "I'm a Teapot", {}),
        (b"<html>502</html>", "I'm a Teapot (a web page)", {}),
        (b"", "I'm a Teapot", {}),
        (b"{", "I'm a Teapot", {}),
        ({"message": {"a": 1}, "errors": {"a": {"b": 1}, "c": None, "d": 5}}, "d: 5", None),
    ],
)
def test_every_shape_of_an_error_body_is_read(
    body: Any, says: str, fields: dict[str, tuple[str, ...]] | None
) -> None:
    error = refuse(418, body)
    assert str(error).split("418: ")[1] == says
    assert fields is None or error.fields == fields


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthError), (403, AuthError), (404, NotFoundError), (422, InvalidError)],
)
def test_each_status_has_its_class(status: int, kind: type[StatusError]) -> None:
    assert type(refuse(status)) is kind


def test_an_unknown_status_is_named_as_one() -> None:
    assert "an unknown status" in str(refuse(499))


@pytest.mark.parametrize(
    "body", [{"message": "The route oauth/token could not be found."}, b"<html>404</html>"]
)
def test_an_address_that_is_not_that_of_an_api_says_what_to_check(body: Any) -> None:
    assert "CCLOUD_ENDPOINT" in refuse(404, body).hint
    assert refuse(404, {"message": "No query results."}).hint == ""


def test_a_redirect_is_not_followed_and_says_what_to_check() -> None:
    network = Network([httpx.Response(302, headers={"location": "https://evil.example/login"})])
    with pytest.raises(StatusError) as caught:
        talk(network, resize)
    assert "CCLOUD_ENDPOINT" in caught.value.hint
    assert len(network.seen) == 1
    assert "evil.example" not in str(caught.value)


def test_what_the_api_says_is_bounded() -> None:
    body = {"message": "m" * 5000, "errors": {f"f{n}": ["t" * 900] * 50 for n in range(500)}}
    error = refuse(422, body)
    assert len(str(error)) < MAX_TEXT + 100
    assert sum(len(text) for texts in error.fields.values() for text in texts) <= 20 * 5 * MAX_TEXT


def spell(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
    yield base64.b64encode(secret.encode()).decode()


def whole(error: BaseException) -> str:
    """All that a careless log could show of an exception."""
    shown = [str(error), repr(error), repr(vars(error))]
    shown += traceback.format_exception(error)
    for other in (error.__cause__, error.__context__):
        if other is not None:
            shown.append(whole(other))
    return "\n".join(shown)


OURS = "resize memory (PUT /ccloud/servers/vs10001/memory)"


def is_secret(text: str) -> bool:
    """A secret of stars could come together anew from the stars that stand in for it, and a plain
    word or a part of the request's path may be one of our own."""
    is_ours = text.replace("_", "").replace(" ", "").isalpha() or text in OURS
    return len(text.strip()) > 5 and "*" not in text and not is_ours


@example(secret=" 00000\x1b", before="", status=400, shape=0)
@given(
    secret=st.text(min_size=6, max_size=60).filter(is_secret),
    before=st.text(max_size=600),
    status=st.sampled_from([400, 401, 403, 404, 422, 429, 500]),
    shape=st.integers(0, 4),
)
def test_no_error_repeats_a_secret_however_the_api_spells_it(
    secret: str, before: str, status: int, shape: int
) -> None:
    for spelling in spell(secret):
        text = f"{before}{spelling}!"
        bodies: list[Any] = [
            {"message": text},
            {"message": "no", "errors": {text: [text, "x"]}},
            {"error": {"msg": text, "errors": {"a": text}}},
            {"error": text, "error_description": text, "hint": text},
            {"errors": [text]},
        ]
        network = Network(itertools.repeat(reply(status, bodies[shape])))
        with pytest.raises(ApiError) as caught:
            talk(network, resize, client_id="c", client_secret=secret, token=TOKEN, retries=0)
        error = caught.value
        assert isinstance(error, StatusError)
        texts = (text for texts in error.fields.values() for text in texts)
        for said in (str(error), error.hint, *error.fields, *texts):
            assert spelling not in said


@pytest.mark.parametrize("secret", [TOKEN, SECRET, PASSWORD])
def test_a_secret_is_in_no_exception_and_no_repr_whatever_goes_wrong(secret: str) -> None:
    login: dict[str, Any] = {"token": TOKEN, "retries": 0}
    if secret == SECRET:
        login |= {"client_id": "c", "client_secret": SECRET}
    body = {"message": f"bad {secret}", "errors": {"x": [f"{secret} is wrong"]}}
    answers: list[httpx.Response | Exception] = [
        *(reply(status, body) for status in (302, 400, 401, 403, 404, 422, 429, 500, 503)),
        reply(200, f"<html>{secret}".encode()),
        reply(200, f"{secret} {{".encode()),
        reply(200, {"id": secret}),
        reply(200, {secret: secret}),
        httpx.ConnectError(f"cannot connect with {secret}"),
        httpx.ReadError(f"reset {secret}"),
        httpx.ProxyError(f"407 {secret}"),
        httpx.LocalProtocolError(f"Illegal header value {secret}"),
    ]
    for answer in answers:
        network = Network(itertools.repeat(answer))
        with pytest.raises(ApiError) as caught:
            talk(network, resize, **login)
        assert secret not in whole(caught.value)


def test_no_repr_of_the_clients_own_values_shows_a_secret() -> None:
    proxy = f"http://u:{PASSWORD}@p"
    connection = Connection(
        endpoint="https://x", client_id="c", client_secret=SECRET, token=TOKEN, proxy=proxy
    )
    for secret in (SECRET, TOKEN, PASSWORD):
        assert secret not in repr(connection)


def test_a_value_that_cannot_be_read_names_operation_request_and_place() -> None:
    network = Network([reply(body=[{"id": "sc0s0", "size": []}])])
    with pytest.raises(DecodeError) as caught:
        talk(network, lambda client: client.list_server_disks("vs10001"))
    assert str(caught.value) == (
        "list disks (GET /ccloud/servers/vs10001/disks): "
        "[0].size: expected a whole number, got a list"
    )
    assert not caught.value.maybe_done
