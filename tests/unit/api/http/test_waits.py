"""What a person is told while requests wait: what for, and how long."""

import asyncio
from collections.abc import Iterable

import httpx

from ccloud_apply.api.client import Client
from ccloud_apply.errors import ApiError
from tests.support.scripted_network import Network, reply, server, talk

OK = {"data": [server(1)], "meta": {"last_page": 1, "total": 1}}


def told(script: Iterable[httpx.Response | Exception], **settings: object) -> list[str]:
    lines: list[str] = []

    async def read(client: Client) -> None:
        client.tell_waits(lines.append)
        try:
            await client.list_servers()
        except ApiError:
            lines.append("error")

    talk(Network(script), read, **settings)
    return lines


def test_a_429_without_retry_after_says_what_is_waited_for_and_how_long() -> None:
    lines = told([*(reply(429) for _ in range(4)), reply(body=OK)])
    # Half of 5, 10, 20 and 40 seconds: the first is too short to be told.
    assert lines == [
        "list servers (GET /ccloud/servers): 429 Too Many Requests; trying again in 5 s",
        "list servers (GET /ccloud/servers): 429 Too Many Requests; trying again in 10 s",
        "list servers (GET /ccloud/servers): 429 Too Many Requests; trying again in 20 s",
    ]


def test_retry_after_is_told_too_and_a_short_one_is_not() -> None:
    (line,) = told([reply(429, Retry_After="90"), reply(body=OK)])
    assert line.endswith("trying again in 90 s")
    assert told([reply(429, Retry_After="2"), reply(body=OK)]) == []


def test_many_short_waits_of_one_request_are_told_once_they_add_up() -> None:
    lines = told([*(reply(429, Retry_After="3") for _ in range(6)), reply(body=OK)])
    assert len(lines) == 2
    assert all("429 Too Many Requests; trying again in 3 s" in line for line in lines)


def test_repetitions_after_a_failure_of_the_platform_are_told() -> None:
    lines = told([*(reply(503, b"<html>") for _ in range(5)), reply(body=OK)], retries=6)
    assert lines[-1].startswith("list servers (GET /ccloud/servers): 503 Service Unavailable")
    lines = told([*(httpx.ReadTimeout("x") for _ in range(6)), reply(body=OK)], retries=6)
    assert "no answer from api.example within 30 seconds; trying again in" in lines[0]


def test_the_end_of_the_limit_of_requests_is_told() -> None:
    limited = reply(
        body={"data": [server(1)], "meta": {"last_page": 2, "total": 2}},
        X_RateLimit_Remaining="0",
        X_RateLimit_Reset="1798761645",
        Date="Fri, 01 Jan 2027 00:00:00 GMT",
    )
    second = reply(body={"data": [server(2)], "meta": {"last_page": 2, "total": 2}})
    (line,) = told([limited, second])
    assert "last request that the API's limit allows; the next one goes out in 45 s" in line


def test_an_answer_that_does_not_come_is_told_after_ten_seconds() -> None:
    async def late(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(25)
        return reply(body=OK)

    lines: list[str] = []

    async def read(client: Client) -> None:
        client.tell_waits(lines.append)
        await client.list_servers()

    talk(Network(late), read)
    assert lines == [
        "list servers (GET /ccloud/servers): no answer for 10 s; waiting 20 s more at most"
    ]


def test_many_requests_that_wait_for_the_same_say_so_once() -> None:
    lines: list[str] = []
    refused = 16

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal refused
        refused -= 1
        await asyncio.sleep(1)
        return reply(429, Retry_After="30") if refused >= 0 else reply(body={"state": "Running"})

    async def read(client: Client) -> None:
        client.tell_waits(lines.append)
        await asyncio.gather(*(client.get_server_state(f"vs{n}") for n in range(20)))

    talk(Network(answer), read)
    assert len(lines) == 1, "sixteen were refused"


def test_nothing_is_told_while_nothing_is_waited_for() -> None:
    assert told([reply(body=OK)]) == []
