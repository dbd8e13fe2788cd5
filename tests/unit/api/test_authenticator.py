"""Tokens: asked for once, renewed in time, replaced once after a 401, told to nobody."""

import asyncio
import json

import httpx
import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.errors import AuthError, DecodeError, StatusError
from tests.support.scripted_network import SECRET, TOKEN, Network, reply, talk

CREDENTIALS = {"client_id": "my-client", "client_secret": SECRET}
STATE = {"state": "Running"}


class Platform:
    """Hands out numbered tokens; accepts the newest, once `is_strict`."""

    def __init__(self, *, expires_in: object = 3600, is_strict: bool = True) -> None:
        self.issued = 0
        self.expires_in = expires_in
        self.is_strict = is_strict

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.1)
        if request.url.path.endswith("/oauth/token"):
            self.issued += 1
            token = {"access_token": f"t{self.issued}", "expires_in": self.expires_in}
            return reply(body={"token_type": "Bearer", **token})
        if self.is_strict and request.headers["Authorization"] != f"Bearer t{self.issued}":
            return reply(401, {"message": "Unauthenticated."})
        if request.method == "PUT":
            return reply(body={"id": 9})
        return reply(body=STATE)


async def read(client: Client) -> str:
    return await client.get_server_state("vs1")


async def read_many(client: Client) -> None:
    await asyncio.gather(*(read(client) for _ in range(20)))


def test_credentials_are_exchanged_for_a_token_as_documented() -> None:
    network = Network(Platform())
    assert talk(network, read, **CREDENTIALS) == "Running"
    sign_in, request = network.seen
    assert json.loads(sign_in.content) == {
        "grant_type": "client_credentials",
        "client_id": "my-client",
        "client_secret": SECRET,
        "scope": "*",
    }
    assert "Authorization" not in sign_in.headers
    assert request.headers["Authorization"] == "Bearer t1"


def test_twenty_first_requests_ask_for_one_token() -> None:
    platform = Platform()
    talk(Network(platform), read_many, **CREDENTIALS)
    assert platform.issued == 1


def test_twenty_refused_requests_ask_for_one_new_token() -> None:
    platform = Platform()

    async def withdraw(client: Client) -> None:
        await read(client)
        platform.issued += 1  # the token that the client holds is not the newest any more
        await read_many(client)
        assert client.requests_by_operation["create_token"] == 2

    talk(Network(platform), withdraw, **CREDENTIALS)


def test_a_write_is_repeated_once_after_a_401_because_it_was_refused_unseen() -> None:
    platform = Platform()

    async def write(client: Client) -> None:
        await read(client)
        platform.issued += 1
        path = "/ccloud/servers/vs1/memory"
        assert (await client.send("resize_server_memory", "PUT", path, {"memory": 8})).task_id == 9

    talk(Network(platform), write, **CREDENTIALS)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_change_that_was_lost_before_a_401_may_have_happened(status: int) -> None:
    def sign_in(number: int) -> httpx.Response:
        return reply(body={"access_token": f"t{number}"})

    answers: list[httpx.Response | Exception]
    answers = [sign_in(1), httpx.ReadError("gone"), reply(401), sign_in(2), reply(status)]
    if status == 400:  # of the sign-in
        answers[3:] = [reply(400)]

    async def delete(client: Client) -> None:
        await client.send("delete_server_notes", "DELETE", "/ccloud/servers/vs1/notes", None)

    if status == 404:  # what was lost had deleted them
        talk(Network(answers), delete, **CREDENTIALS)
        return
    with pytest.raises(StatusError, match=str(status)) as caught:
        talk(Network(answers), delete, **CREDENTIALS)
    assert caught.value.maybe_done


@pytest.mark.parametrize(("lifetime_s", "renewed_after_s"), [(3600, 2880), (200, 140), (50, 25)])
def test_a_token_is_renewed_before_it_ends(lifetime_s: int, renewed_after_s: int) -> None:
    platform = Platform(expires_in=lifetime_s, is_strict=False)

    async def wait(client: Client) -> None:
        await read(client)
        await asyncio.sleep(renewed_after_s - 1)
        await read(client)
        assert platform.issued == 1
        await asyncio.sleep(1)
        await read(client)
        assert platform.issued == 2

    talk(Network(platform), wait, **CREDENTIALS)


@pytest.mark.parametrize("lifetime", [None, "a year", 0, -5, [], "1e999"])
def test_a_token_without_a_readable_end_is_used_until_it_is_refused(lifetime: object) -> None:
    platform = Platform(expires_in=lifetime)
    talk(Network(platform), read_many, **CREDENTIALS)
    assert platform.issued == 1


def test_a_write_whose_check_needs_a_new_token_waits_for_no_other_request() -> None:
    async def write_and_read(client: Client) -> None:
        async def check() -> None:
            await asyncio.sleep(40)
            await read(client)

        async def read_meanwhile() -> None:
            await asyncio.sleep(30)  # it is this one that asks for the next token
            await read(client)

        path = "/ccloud/servers/vs1/memory"
        writing = client.send("resize_server_memory", "PUT", path, {"memory": 8}, before_each=check)
        async with asyncio.timeout(100):
            await asyncio.gather(writing, read_meanwhile())

    platform = Platform(expires_in=50, is_strict=False)
    talk(Network(platform), write_and_read, **CREDENTIALS, concurrency=1)


def test_a_401_with_a_fresh_token_too_is_an_error_after_one_repetition() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth/token"):
            return reply(body={"access_token": "t", "expires_in": 60})
        return reply(401, {"message": "Unauthenticated."})

    network = Network(answer)
    with pytest.raises(AuthError, match="Unauthenticated") as caught:
        talk(network, read, **CREDENTIALS)
    assert caught.value.hint
    assert network.lines.count("GET /ccloud/servers/vs1/state") == 2


def test_a_refused_fixed_token_is_an_error_with_the_way_out() -> None:
    network = Network([reply(401, {"message": "Unauthenticated."})])
    with pytest.raises(AuthError) as caught:
        talk(network, read)
    assert "CCLOUD_TOKEN" in caught.value.hint
    assert len(network.seen) == 1


def test_a_refused_fixed_token_is_replaced_where_there_are_credentials_too() -> None:
    network = Network(Platform())
    assert talk(network, read, token=TOKEN, **CREDENTIALS) == "Running"
    assert network.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("status", [400, 401])
def test_wrong_credentials_are_tried_once_however_many_wait(status: int) -> None:
    body = {"error": "invalid_client", "error_description": "Client authentication failed"}
    network = Network(lambda _: reply(status, body))

    async def all_fail(client: Client) -> None:
        results = await asyncio.gather(*(read(client) for _ in range(9)), return_exceptions=True)
        for error in results:
            assert isinstance(error, StatusError)
            assert "Client authentication failed" in str(error)
            assert "CCLOUD_CLIENT_SECRET" in error.hint

    talk(network, all_fail, **CREDENTIALS)
    assert network.lines == ["POST /oauth/token"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "it is missing"),
        ([], "it is missing"),
        ("t", "it is missing"),
        ({"access_token": None}, "it is missing"),
        ({"access_token": 5}, "it is not text"),
        ({"access_token": ""}, "it is empty"),
        ({"access_token": "   "}, "it is empty"),
        ({"access_token": "a\nb: c"}, "it contains a blank or another character"),
        ({"access_token": "hidden hidden"}, "it contains a blank or another character"),
        ({"access_token": " hidden"}, "it contains a blank or another character"),
        ({"access_token": "hidden\u00e4"}, "it contains a blank or another character"),
    ],
)
def test_an_answer_without_a_usable_token_is_an_error_that_says_why(body: object, why: str) -> None:
    with pytest.raises(DecodeError, match=f"no usable access_token: {why}") as caught:
        talk(Network([reply(body=body)]), read, **CREDENTIALS)
    assert "hidden" not in str(caught.value)
