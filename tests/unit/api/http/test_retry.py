"""What is sent again and what is not, how long is waited, and what an error then says."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from ccloud_apply.api.client import Client, Reply
from ccloud_apply.errors import (
    ApiError,
    DecodeError,
    InvalidError,
    StatusError,
    ThrottledError,
    TransportError,
)
from tests.support.scripted_network import Network, connect, reply, server, talk
from tests.support.virtual_time import START, run_virtually

UNSENT = httpx.ConnectError("refused")
CUT = httpx.ReadError("connection reset")
STATE = {"state": "Running"}


async def read(client: Client) -> str:
    return await client.get_server_state("vs1")


async def read_twice(client: Client) -> None:
    await read(client)
    await read(client)


async def set_notes(client: Client) -> Reply:
    body = {"notes": "x"}
    return await client.send("set_server_notes", "PUT", "/ccloud/servers/vs1/notes", body)


async def delete_notes(client: Client) -> Reply:
    return await client.send("delete_server_notes", "DELETE", "/ccloud/servers/vs1/notes", None)


async def resize(client: Client) -> Reply:
    body = {"memory": 8}
    return await client.send("resize_server_memory", "PUT", "/ccloud/servers/vs1/memory", body)


def fail(network: Network, what: Callable[[Client], Awaitable[Any]], **settings: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        talk(network, what, **settings)
    return caught.value


@pytest.mark.parametrize("trouble", [UNSENT, CUT, *map(reply, (500, 502, 503, 504))])
def test_a_read_is_repeated_after_any_trouble(trouble: httpx.Response | Exception) -> None:
    network = Network([trouble, reply(body=STATE)])
    assert talk(network, read) == "Running"


@pytest.mark.parametrize("trouble", [UNSENT, CUT, *map(reply, (502, 503, 504))])
def test_an_absolute_write_is_repeated_after_a_lost_answer(
    trouble: httpx.Response | Exception,
) -> None:
    network = Network([trouble, reply(204)])
    assert talk(network, set_notes) == Reply(task_id=None, value=None)


def test_an_absolute_write_is_repeated_after_a_500_which_may_come_after_it_was_done() -> None:
    network = Network([reply(500, {"message": "Server Error"}), reply(204)])
    assert talk(network, set_notes) == Reply(task_id=None, value=None)


@pytest.mark.parametrize("trouble", [CUT, *map(reply, (500, 502, 503, 504))])
def test_a_request_that_starts_a_task_is_sent_once_and_may_have_happened(
    trouble: httpx.Response | Exception,
) -> None:
    network = Network([trouble])
    error = fail(network, resize)
    assert error.maybe_done
    assert len(network.seen) == 1


@pytest.mark.parametrize(
    "trouble", [UNSENT, httpx.ConnectTimeout("slow"), reply(429, retry_after="1")]
)
def test_a_request_that_starts_a_task_is_repeated_where_it_never_arrived(
    trouble: httpx.Response | Exception,
) -> None:
    network = Network([trouble, reply(body={"id": 7})])
    assert talk(network, resize).task_id == 7


def test_a_request_that_never_arrived_in_any_attempt_cannot_have_happened() -> None:
    network = Network([UNSENT] * 3)
    error = fail(network, resize, retries=2)
    assert isinstance(error, TransportError)
    assert not error.maybe_done
    assert len(network.seen) == 3


def test_a_write_that_was_lost_once_may_have_happened_although_later_attempts_never_arrived() -> (
    None
):
    error = fail(Network([CUT, UNSENT, UNSENT]), set_notes, retries=2)
    assert error.maybe_done


@pytest.mark.parametrize("status", [400, 403, 404, 409, 419, 422, 302])
def test_a_definite_refusal_is_never_repeated_and_changed_nothing(status: int) -> None:
    for what in (read, set_notes, resize):
        network = Network([reply(status, {"message": "no"})])
        error = fail(network, what)
        assert isinstance(error, StatusError)
        assert error.status == status
        assert not error.maybe_done


def test_a_delete_that_was_lost_and_then_finds_nothing_has_succeeded() -> None:
    assert talk(Network([CUT, reply(404, {"message": "gone"})]), delete_notes).value is None


def test_a_delete_that_finds_nothing_at_once_is_an_error() -> None:
    error = fail(Network([reply(404, {"message": "no such server"})]), delete_notes)
    assert "no such server" in str(error)


def test_waiting_times_double_and_are_spread_by_chance() -> None:
    network = Network([UNSENT] * 5)
    fail(network, read)
    gaps = [after - before for before, after in zip(network.times, network.times[1:], strict=False)]
    assert gaps == [0.5, 1, 2, 4]


def test_the_time_that_a_503_asks_for_is_waited() -> None:
    network = Network([reply(503, retry_after="20"), reply(body=STATE)])
    talk(network, read)
    assert network.times == [0, 20]


@pytest.mark.parametrize(
    "wish", ["30", "Fri, 01 Jan 2027 00:00:30 GMT", "Fri, 01 Jan 2027 00:00:30"]
)
def test_the_time_that_a_429_asks_for_is_waited_in_every_spelling(wish: str) -> None:
    network = Network([reply(429, retry_after=wish), reply(body=STATE)])
    talk(network, read)
    assert network.times == [0, 30]


@pytest.mark.parametrize(
    "wish",
    [
        "",
        "soon",
        "-5",
        "1.5",
        "99999999999999999999",
        "Mon, 99 x",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    ],
)
def test_an_unreadable_or_endless_wish_ends_in_a_wait_or_an_error(wish: str) -> None:
    network = Network([reply(429, retry_after=wish)] * 50)
    error = fail(network, read)
    assert isinstance(error, ThrottledError)
    assert len(network.seen) <= 13


def test_a_429_without_a_wish_backs_off() -> None:
    network = Network([reply(429), reply(429), reply(body=STATE)])
    talk(network, read)
    assert network.times == [0, 2.5, 7.5]


def test_a_wish_of_more_than_two_minutes_is_told_and_not_waited_for() -> None:
    network = Network([reply(429, {"message": "Too Many Attempts."}, retry_after="900")])
    error = fail(network, resize)
    assert isinstance(error, ThrottledError)
    assert error.retry_after_s == 900
    assert "900 seconds" in error.hint
    assert not error.maybe_done
    assert network.times == [0]


def test_no_request_leaves_while_the_api_asks_for_a_pause() -> None:
    limited = iter([reply(429, retry_after="60")])

    async def many(client: Client) -> None:
        await asyncio.gather(*(client.get_server_state(f"vs{n}") for n in range(20)))

    network = Network(lambda _: next(limited, None) or reply(body=STATE))
    talk(network, many, concurrency=1)
    assert network.times == [0, *[60] * 20]


@pytest.mark.parametrize("date", ["Fri, 01 Jan 2027 00:00:00 GMT", "nonsense", ""])
def test_no_request_leaves_once_the_last_one_of_the_window_is_used_up(date: str) -> None:
    reset = str(int(START.timestamp()) + 45)
    headers = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": reset, "date": date}
    network = Network([reply(200, STATE, **headers), reply(200, STATE)])
    talk(network, read_twice)
    assert network.times == [0, 45]


def test_the_end_of_a_window_is_told_by_the_apis_clock_and_not_by_ours() -> None:
    day_ahead = START + timedelta(days=1)
    headers = {
        "x_ratelimit_remaining": "0",
        "x_ratelimit_reset": str(int(day_ahead.timestamp()) + 30),
        "date": format_datetime(day_ahead, usegmt=True),
    }
    network = Network([reply(200, STATE, **headers), reply(200, STATE)])
    talk(network, read_twice)
    assert network.times == [0, 30]


@pytest.mark.parametrize(
    ("remaining", "reset"),
    [("1", "9999999999"), ("0", ""), ("0", "soon"), ("0", "1"), ("", "9999999999")],
)
def test_what_says_nothing_about_a_used_up_window_delays_nothing(
    remaining: str, reset: str
) -> None:
    headers = {"x_ratelimit_remaining": remaining, "x_ratelimit_reset": reset}
    network = Network([reply(200, STATE, **headers), reply(200, STATE)])
    talk(network, read_twice)
    assert network.times == [0, 0]


def test_a_request_has_a_total_time_however_slowly_its_answer_drips() -> None:
    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                await asyncio.sleep(1)
                yield b" "

    network = Network(lambda _: httpx.Response(200, stream=Drip()))
    error = fail(network, resize, timeout_s=5)
    assert isinstance(error, TransportError)
    assert error.maybe_done
    assert "no answer from api.example within 5 seconds" in str(error)


def test_an_answer_without_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccloud_apply.api.http.httpx_door.MAX_BODY_BYTES", 1000)
    error = fail(Network([reply(body=b" " * 1001)]), read)
    assert "larger than" in str(error)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><title>Login</title>", "a web page instead of JSON"),
        (b"", "an empty answer where a value is due"),
        (b'{"state": NaN}', "not JSON"),
        (b'{"state": Infinity}', "not JSON"),
        (b'{"state": 1e400}', "not JSON"),
        (b'{"state": "Run', "not JSON"),
        (b'\xef\xbb\xbf{"state": "Running"}', "not JSON"),
        (b'{"state": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "not JSON"),
    ],
)
def test_a_success_that_is_not_strict_json_is_unreadable(body: bytes, says: str) -> None:
    error = fail(Network([reply(body=body)]), read, retries=0)
    assert isinstance(error, DecodeError)
    assert says in str(error)


def test_a_read_whose_json_broke_off_is_repeated_but_a_web_page_is_not() -> None:
    assert talk(Network([reply(body=b'{"sta'), reply(body=STATE)]), read) == "Running"
    assert "CCLOUD_ENDPOINT" in fail(Network([reply(body=b"<html>")]), read).hint


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"job": 5}', b'{"id": null}', b"<html>"])
def test_a_write_without_its_task_id_may_have_happened(body: bytes) -> None:
    error = fail(Network([reply(body=body)]), resize)
    assert isinstance(error, DecodeError)
    assert error.maybe_done


@pytest.mark.parametrize("body", [{"id": 5}, [{"id": 5}], {"id": "5"}, {"data": {"id": 5}}])
def test_a_task_id_is_found_in_a_list_of_one_and_in_an_object(body: Any) -> None:
    assert talk(Network([reply(201, body)]), resize).task_id == 5


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_success_counts_where_nothing_is_due(status: int) -> None:
    assert talk(Network([reply(status)]), set_notes).task_id is None


def test_a_login_page_is_no_success_even_where_nothing_is_due() -> None:
    assert fail(Network([reply(200, b"<html>login")]), set_notes).maybe_done


def test_requests_are_counted_with_their_repetitions_by_operation() -> None:
    async def count(client: Client) -> None:
        await read(client)
        await set_notes(client)
        assert client.requests == 3
        assert client.requests_by_operation == {"get_server_state": 2, "set_server_notes": 1}

    talk(Network([CUT, reply(body=STATE), reply(204)]), count)


def test_no_more_than_the_allowed_number_of_requests_are_under_way() -> None:
    under_way = most = 0

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(1)
        under_way -= 1
        return reply(body=STATE)

    async def many(client: Client) -> None:
        await asyncio.gather(*(client.get_server_state(f"vs{n}") for n in range(30)))

    talk(Network(answer), many, concurrency=7)
    assert most == 7


def test_a_cancelled_request_is_cancelled_at_once() -> None:
    async def run() -> None:
        network = Network(lambda _: asyncio.sleep(3600, reply()))
        async with connect(network) as client:
            task = asyncio.ensure_future(read(client))
            await asyncio.sleep(1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.get_running_loop().time() < 2

    run_virtually(run())


@pytest.mark.parametrize(
    "path",
    [
        "/ccloud/servers/../memory",
        "/ccloud/servers/./memory",
        "/ccloud/servers//memory",
        "/ccloud/servers/{hostname}/memory",
        "/ccloud/servers/vs1/memory?x=1",
        "/ccloud/servers/vs1#/memory",
        "/ccloud/servers/vs1/cores",
        "/ccloud/servers/vs1/disks/memory",
        "/ccloud/servers/vs1\n/memory",
    ],
)
def test_a_path_that_is_not_the_operations_own_is_never_sent(path: str) -> None:
    network = Network([])
    with pytest.raises(ValueError, match="is not a request of resize_server_memory"):
        talk(network, lambda c: c.send("resize_server_memory", "PUT", path, {"memory": 8}))
    assert network.seen == []


@pytest.mark.parametrize("hostname", ["..", ".", ""])
def test_a_hostname_of_dots_is_never_sent(hostname: str) -> None:
    network = Network([])
    with pytest.raises(ValueError):
        talk(network, lambda client: client.get_server(hostname))
    assert network.seen == []


def test_a_server_list_that_cannot_be_sorted_is_read_unsorted() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "sort" in request.url.params:
            return reply(422, {"message": "no", "errors": {"sort": ["cannot sort by id"]}})
        return reply(body={"data": [server(1)], "meta": {"last_page": 1, "total": 1}})

    assert len(talk(Network(answer), lambda client: client.list_servers())) == 1


def test_a_server_list_that_is_refused_unsorted_too_is_an_error() -> None:
    network = Network(lambda _: reply(422, {"message": "no"}))
    with pytest.raises(InvalidError):
        talk(network, lambda client: client.list_servers())
    assert len(network.seen) == 2
