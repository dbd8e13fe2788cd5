"""A request by hand on the wire: what is sent, what comes back, and what nobody may see of it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from ccloud_apply.api.by_hand import Exchange
from ccloud_apply.api.client import Client
from ccloud_apply.errors import AuthError, DecodeError, TransportError
from ccloud_apply.load.request.document import describe_operation, read_operations
from tests.support.scripted_network import SECRET, TOKEN, Network, reply, talk

ALL = read_operations()
MEMORY = "/ccloud/servers/a/memory"
STATE = "/ccloud/servers/a/state"


def ask(name: str, path: str, **words: Any) -> Callable[[Client], Awaitable[Exchange]]:
    operation = describe_operation(ALL[name])
    return lambda client: client.by_hand.exchange(operation, path, **{"query": {}, **words})


def list_all(name: str) -> Callable[[Client], Awaitable[Any]]:
    operation, is_paged = describe_operation(ALL[name]), ALL[name].is_paged
    return lambda client: client.by_hand.list_rows(operation, operation.path, {}, is_paged=is_paged)


def test_an_answer_has_its_status_headers_and_value() -> None:
    network = Network([reply(200, {"state": "Off"}, X_Part="one")])
    got = talk(network, ask("get_server_state", STATE, query={"x": "1"}))
    assert (got.status, got.value, got.has_body, got.error) == (200, {"state": "Off"}, True, None)
    assert ("x-part", "one") in got.headers
    assert network.seen[0].url.query == b"x=1"
    assert network.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert network.seen[0].headers["accept"] == "application/json"


def test_null_is_a_body_and_an_empty_one_is_none() -> None:
    network = Network([reply(200, b"null"), reply(204)])
    got = talk(network, ask("get_server_snapshot_schedule", f"{STATE}/x"))
    assert (got.value, got.has_body) == (None, True)
    got = talk(network, ask("delete_server_tags", "/ccloud/servers/a/tags"))
    assert (got.status, got.value, got.has_body) == (204, None, False)


def test_a_file_comes_as_its_bytes() -> None:
    content = b"%PDF-1.4 \xff\x00 %%EOF"
    network = Network([reply(200, content)])
    got = talk(network, ask("get_report", "/ccloud/customers/reports/2026-10"))
    assert got.value == content
    assert network.seen[0].headers["accept"] == "application/json, application/pdf"


@pytest.mark.parametrize("content", [b"<html>login", b'{"message": "no"}', b"%PDF-1.4 cut o"])
def test_what_is_no_whole_file_is_an_error(content: bytes) -> None:
    with pytest.raises(DecodeError, match="PDF"):
        talk(Network([reply(200, content)]), ask("get_report", "/ccloud/customers/reports/2026-10"))


def test_an_answer_that_is_not_documented_may_be_empty() -> None:
    for content, value in ((b"", None), (b'{"a": 1}', {"a": 1})):
        got = talk(Network([reply(200, content)]), ask("get_config", "/ccloud/config"))
        assert (got.value, got.has_body) == (value, bool(content))


def test_no_content_answers_a_read_and_costs_one_request() -> None:
    network = Network([reply(204)])
    got = talk(
        network, ask("get_server_snapshot_schedule", "/ccloud/servers/a/snapshots/scheduled")
    )
    assert (got.status, got.value, got.has_body) == (204, None, False)
    network = Network([reply(204)])
    assert talk(network, lambda client: client.get_server_snapshot_schedule("a")) is None
    assert len(network.seen) == 1
    with pytest.raises(DecodeError):  # a list that is not told is not an empty one
        talk(Network([reply(204)]), lambda client: client.list_servers())


@pytest.mark.parametrize(
    ("content", "value", "has_body"),
    [(b'{"message": "no"}', {"message": "no"}, True), (b"<html>", None, False), (b"", None, False)],
)
def test_a_refusal_is_an_answer_too(content: bytes, value: Any, has_body: bool) -> None:
    got = talk(Network([reply(422, content)]), ask("resize_server_memory", MEMORY, body={}))
    assert (got.status, got.value, got.has_body) == (422, value, has_body)
    assert got.error is not None
    assert got.error.status == 422


def test_neither_body_nor_headers_of_any_answer_have_a_secret() -> None:
    sent = "what-was-sent-as-password"
    quoting = {"message": f"{TOKEN} {SECRET} {sent}", "errors": {sent: [f"{sent} is simple"]}}
    headers = {"Set_Cookie": "session=1", "X_Request": f"of {TOKEN}", "X_Auth_Token": "abc"}
    for status in (422, 200):
        network = Network([reply(status, quoting, **headers)])
        got = talk(
            network,
            ask("redeploy_server", "/servers/a/redeploy", body={"password": sent}, secrets=(sent,)),
            client_id="c",
            client_secret=SECRET,
            token=TOKEN,
        )
        seen = json.dumps([got.value, got.headers])
        assert [
            secret for secret in (TOKEN, SECRET, sent, "session=1", "abc") if secret in seen
        ] == []
        assert "***" in seen
        assert sent not in repr(got) + str(got.error)


def test_signing_in_by_hand_takes_one_request_and_keeps_its_token() -> None:
    network = Network([reply(200, {"access_token": "the-new-token-of-all"})])
    body = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "a-secret"}
    got = talk(
        network,
        ask("create_token", "/oauth/token", body=body),
        client_id="c",
        client_secret=SECRET,
    )
    assert got.value == {"access_token": "the-new-token-of-all"}
    assert network.lines == ["POST /oauth/token"]
    assert "authorization" not in network.seen[0].headers


def test_a_sign_in_that_is_refused_is_no_answer_to_the_request() -> None:
    network = Network(lambda request: reply(401, {"error": "invalid_client"}))
    with pytest.raises(AuthError) as raised:
        talk(network, ask("get_server_state", STATE), client_id="c", client_secret=SECRET)
    assert raised.value.path == "/oauth/token"
    assert network.lines == ["POST /oauth/token"]


@pytest.mark.parametrize(
    ("name", "path", "times"),
    [
        ("restore_server_snapshot", "/ccloud/servers/a/snapshots/b", 1),
        ("delete_server_tags", "/ccloud/servers/a/tags", 1),
        ("get_config", "/ccloud/config", 3),
    ],
)
def test_what_no_table_judges_is_sent_again_if_it_reads_alone(
    name: str, path: str, times: int
) -> None:
    network = Network(lambda request: httpx.ReadError("broke off"))
    with pytest.raises(TransportError) as raised:
        talk(network, ask(name, path), retries=2)
    assert len(network.seen) == times
    assert raised.value.maybe_done == (times == 1)


def test_a_web_page_in_place_of_an_answer_is_an_error() -> None:
    with pytest.raises(DecodeError):
        talk(Network([reply(200, b"<html>login")]), ask("get_config", "/ccloud/config"))


def test_an_answer_that_nobody_could_get_through_is_an_error_and_leaves_a_change_in_doubt() -> None:
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    with pytest.raises(DecodeError, match="nested too deeply") as raised:
        talk(Network([reply(200, deep)]), ask("resize_server_memory", MEMORY, body={}))
    assert raised.value.maybe_done
    got = talk(Network([reply(422, deep)]), ask("resize_server_memory", MEMORY, body={}))
    assert (got.value, got.has_body) == (None, False)
    for name in ("list_gpus", "list_tasks"):
        with pytest.raises(DecodeError, match="nested too deeply"):
            talk(Network([reply(200, b"[" + deep + b"]")]), list_all(name))


def test_each_attempt_is_checked_right_before() -> None:
    checks: list[tuple[int, bool]] = []
    throttled = reply(429, {}, Retry_After="1")
    network = Network([throttled, reply(503, {}), httpx.ReadError("x"), reply(204)])

    async def check(is_in_doubt: bool) -> None:
        checks.append((len(network.seen), is_in_doubt))

    path = "/ccloud/servers/a/notes"
    got = talk(
        network,
        ask("set_server_notes", path, body={"notes": ""}, before_each=check),
        retries=3,
    )
    assert got.status == 204
    assert checks == [(0, False), (1, False), (2, True), (3, True)]


@pytest.mark.parametrize(
    ("name", "path", "answer", "rows"),
    [
        ("list_reports", "/ccloud/customers/reports", [["2026-10"]], ("2026-10",)),
        ("list_os", "/ccloud/os", {"image": "x"}, ({"image": "x"},)),
        ("list_gpus", "/ccloud/gpus", {"data": [{"id": 1}]}, ({"id": 1},)),
    ],
)  # fmt: skip
def test_a_list_is_one_whatever_form_it_has(name: str, path: str, answer: Any, rows: Any) -> None:
    operation = describe_operation(ALL[name])
    got = talk(
        Network([reply(200, answer)]),
        lambda client: client.by_hand.list_rows(operation, path, {}, is_paged=False),
    )
    assert got == rows


def test_all_pages_of_a_list_are_one_and_null_is_no_list() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        rows = [{"id": page * 2 - 1}, {"id": page * 2}]
        return reply(200, {"data": rows, "meta": {"last_page": 3, "total": 6}})

    operation = describe_operation(ALL["list_servers"])
    got = talk(
        Network(answer),
        lambda client: client.by_hand.list_rows(operation, operation.path, {}, is_paged=True),
    )
    assert [row["id"] for row in got] == [1, 2, 3, 4, 5, 6]
    gpus = describe_operation(ALL["list_gpus"])
    with pytest.raises(DecodeError):
        talk(
            Network([reply(200, b"null")]),
            lambda client: client.by_hand.list_rows(gpus, gpus.path, {}, is_paged=False),
        )
