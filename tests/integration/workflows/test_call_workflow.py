"""A request by hand from its check to its answer, where the platform or a person is in the way."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest

from ccloud_apply.errors import (
    ApplyError,
    AuthError,
    DecodeError,
    HeldError,
    NotFoundError,
    TransportError,
    UnknownOutcomeError,
)
from ccloud_apply.load.request.build import NO_BODY, Given, build_request
from ccloud_apply.load.request.target import find_target
from ccloud_apply.model.documented import ApiAnswer, ApiRequest
from ccloud_apply.workflows.account.connection import Connection
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.call.call import CallOptions, call_operation
from tests.support.scripted_network import Network, connect, reply, server
from tests.support.virtual_time import VirtualClock, run_virtually

NOTES = ("PUT", "/ccloud/servers/vs1/notes")
MEMORY = ("PUT", "/ccloud/servers/vs1/memory")
SECRET = "a-secret-of-the-environment"


def build(method: str, path: str, body: Any = NO_BODY) -> ApiRequest:
    request, found = build_request(find_target((method, path)), Given(body=body))
    assert request is not None, found
    return request


def call(
    network: Network, request: ApiRequest, *, secret: str = "", **options: Any
) -> tuple[ApiAnswer, list[str]]:
    """The answer, and the notes that were made of it. `secret` is one of the environment."""
    notes: list[str] = []

    async def work() -> ApiAnswer:
        async with connect(network, retries=1) as client:
            run = Run(
                client=client,
                clock=VirtualClock(),
                connection=Connection(),
                environment={"CCLOUD_SECRET_A": secret},
            )
            return await call_operation(run, request, CallOptions(**options), note=notes.append)

    return run_virtually(work()), notes


def owned(**fields: Any) -> httpx.Response:
    return reply(200, server(1, **fields))


def test_a_change_is_sent_once_its_server_is_known_to_be_nobodys() -> None:
    network = Network([owned(), reply(204)])
    answer, _ = call(network, build(*NOTES, {"notes": "x"}))
    assert (answer.status, answer.has_body) == (204, False)
    assert network.lines == ["GET /ccloud/servers/vs1", "PUT /ccloud/servers/vs1/notes"]


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (["stack:shop", "server:web"], "belongs to stack shop as web"),
        (["stack:shop"], "belongs to stack shop as no key"),
        (["server:web"], "carries server:web, which only ccloud-apply sets"),
        (["Stack:shop"], "carries Stack:shop"),
        (["prevent-destroy"], "carries prevent-destroy"),
        (["incomplete"], "carries incomplete"),
        ("web,stack:shop,server:web", "carries web,stack:shop,server:web"),
        ([" stack:shop"], "carries"),
    ],
)
def test_every_tag_of_ours_holds_a_change(tags: Any, why: str) -> None:
    network = Network([owned(tags=tags)])
    with pytest.raises(HeldError) as raised:
        call(network, build(*NOTES, {"notes": "x"}))
    assert why in raised.value.diagnostics[0].what
    assert network.lines == ["GET /ccloud/servers/vs1"]


def test_a_server_whose_tags_are_not_told_counts_as_owned() -> None:
    told = server(1)
    del told["tags"]
    with pytest.raises(HeldError, match="not known whose"):
        call(Network([reply(200, told)]), build(*NOTES, {"notes": "x"}))


def test_an_answer_about_another_server_is_no_answer() -> None:
    with pytest.raises(HeldError, match="another server"):
        call(Network([owned(hostname="vs2")]), build(*NOTES, {"notes": "x"}))


@pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (403, AuthError)])
def test_what_is_not_there_or_not_ours_to_see_is_no_guard(
    status: int, kind: type[Exception]
) -> None:
    network = Network([reply(status, {"message": "no"})])
    with pytest.raises(kind):
        call(network, build(*NOTES, {"notes": "x"}))
    assert len(network.seen) == 1


def test_the_owner_is_read_again_before_another_attempt() -> None:
    throttled = reply(429, {}, Retry_After="1")
    network = Network([owned(), throttled, owned(tags=["stack:shop"])])
    with pytest.raises(HeldError):
        call(network, build(*NOTES, {"notes": "x"}))
    assert [line.partition(" ")[0] for line in network.lines] == ["GET", "PUT", "GET"]


ALL_OF = ("POST", "/subscriptions/1/export/all")


def test_what_may_change_every_server_is_held_by_one_that_is_owned_or_not_known() -> None:
    request = build(*ALL_OF, {"target_subscription": "S1"})
    free = reply(200, {"data": [server(1)], "meta": {"total": 1, "last_page": 1}})
    network = Network([free, reply(204)])
    assert call(network, request)[0].status == 204
    rows = [server(1), server(2, tags=["stack:shop", "server:web"])]
    owned_one = reply(200, {"data": rows, "meta": {"total": 2, "last_page": 1}})
    with pytest.raises(HeldError, match="1 server of the account may belong to a stack: vs2"):
        call(Network([owned_one]), request)
    with pytest.raises(HeldError, match="not known whose they are"):
        call(Network([reply(200, b"<html>")]), request)
    with pytest.raises(AuthError):
        call(Network([reply(403, {"message": "no"})]), request)


def test_a_new_server_may_wish_for_a_name_and_not_for_tags_of_ours() -> None:
    body = {
        "pool": "p",
        "cores": 1,
        "memory": 1,
        "disks": [1],
        "image": "i",
        "type": "managed",
        "hostname": "vs1",
    }
    network = Network([reply(200, {"id": 1})])
    assert call(network, build("POST", "/ccloud/servers", body))[0].value == {"id": 1}
    assert network.lines == ["POST /ccloud/servers"]
    # The platform trims, and may split.
    for tag in ("stack:x", " Server:x ", "prevent-destroy", "\u200bstack:x", "web,stack:x"):
        with pytest.raises(HeldError, match="this tag says"):
            call(Network([]), build("POST", "/ccloud/servers", {**body, "tags": [tag]}))


def test_a_hostname_of_a_body_is_looked_at_as_the_platform_reads_it() -> None:
    request = build("POST", "/subscriptions/1/import", {"hostname": " vs1\n"})
    network = Network([owned(tags=["stack:shop", "server:web"])])
    with pytest.raises(HeldError, match="belongs to stack shop as web"):
        call(network, request)
    assert network.lines == ["GET /ccloud/servers/vs1"]


def test_a_lost_answer_is_said_with_what_to_look_at() -> None:
    network = Network([owned(), httpx.ReadError("broke off")])
    with pytest.raises(TransportError) as raised:
        call(network, build(*MEMORY, {"memory": 8}))
    assert raised.value.maybe_done
    assert raised.value.hint == ("look at the tasks before you send it again: ccloud-apply tasks")


@pytest.mark.parametrize(
    "lost", [reply(502, b"<html>"), reply(500, {"message": "Server Error"}), reply(200, b"<html>")]
)
def test_a_failure_that_may_have_been_a_success_says_so(lost: httpx.Response) -> None:
    network = Network([owned(), lost])
    try:
        problem = call(network, build(*MEMORY, {"memory": 8}))[0].problem
        assert problem is not None
        what, hint = problem.what, problem.hint
    except DecodeError as error:
        what, hint = error.message, error.hint
    assert what.endswith("; the platform may have acted all the same")
    assert hint.endswith("look at the tasks before you send it again: ccloud-apply tasks")
    assert len(network.seen) == 2


@pytest.mark.parametrize(
    "look", [owned(tags=["stack:shop"]), reply(422, {"message": "no"}), reply(404, {})]
)
def test_what_holds_a_second_attempt_never_says_that_nothing_was_sent(look: httpx.Response) -> None:
    network = Network([owned(), reply(503, b"<html>"), look])
    with pytest.raises(UnknownOutcomeError) as raised:
        call(network, build(*NOTES, {"notes": "x"}))
    assert "was sent and may have been done; it is not sent again" in raised.value.message
    assert "nothing was sent" not in raised.value.message
    assert "ccloud-apply tasks" in raised.value.hint


def test_what_is_gone_when_it_is_deleted_again_is_said_to_be_done() -> None:
    network = Network([owned(), httpx.ReadError("broke off"), owned(), reply(404, {})])
    answer, notes = call(network, build("DELETE", "/ccloud/servers/vs1/notes"))
    assert answer.problem is None
    assert notes == [
        "delete_server_notes was sent again because its answer was lost: it had been done by then"
    ]


def test_who_interrupts_a_change_is_told_that_it_may_have_been_done() -> None:
    def told(path: tuple[str, str], body: Any) -> list[str]:
        notes: list[str] = []

        async def work() -> None:
            is_asked = asyncio.Event()

            async def answer(request: httpx.Request) -> httpx.Response:
                if request.method == "GET" and body is not NO_BODY:
                    return owned()
                is_asked.set()
                await asyncio.sleep(20)
                return reply(204)

            async with connect(Network(answer)) as client:
                run = Run(client=client, clock=VirtualClock(), connection=Connection())
                task = asyncio.ensure_future(
                    call_operation(run, build(*path, body), CallOptions(), note=notes.append)
                )
                await is_asked.wait()
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

        run_virtually(work())
        return notes

    (note,) = told(MEMORY, {"memory": 8})
    assert note.startswith("resize_server_memory was on its way, and may have been done")
    assert told(("GET", "/ccloud/servers/vs1/state"), NO_BODY) == []


def test_a_wait_needs_the_id_of_a_task() -> None:
    network = Network([owned(), reply(200, {"job_id": "x"})])
    with pytest.raises(ApplyError, match="names no task"):
        call(network, build(*MEMORY, {"memory": 8}), wait_s=60)


def test_a_wait_never_takes_the_end_of_one_task_for_that_of_two() -> None:
    network = Network([owned(), reply(200, [{"id": 7}, {"id": 8}])])
    with pytest.raises(ApplyError, match="names 2 tasks, and --wait waits for one: 7, 8"):
        call(network, build(*MEMORY, {"memory": 8}), wait_s=60)
    assert len(network.seen) == 2


def test_a_wait_takes_the_task_in_whatever_form_it_is_named() -> None:
    drive = ("POST", "/ccloud/servers/vs1/dvds")
    task = {"id": 7, "action": "add-dvd", "status": "done", "hostname": "vs1"}
    network = Network([owned(), reply(200, [{"id": 7}]), reply(200, [task])])
    answer, notes = call(network, build(*drive, {"name": "x.iso"}), wait_s=60)
    assert (answer.value["id"], answer.value["status"], answer.problem) == (7, "done", None)
    assert notes == ["task 7 is running; waiting 60 s at most"]


def test_a_status_that_the_document_does_not_have_is_told_while_it_is_waited_for() -> None:
    task = {"id": 7, "action": "add-dvd", "hostname": "vs1"}
    told = [reply(200, [{**task, "status": status}]) for status in ("queued", "queued", "done")]
    network = Network([owned(), reply(200, {"id": 7}), *told])
    answer, notes = call(network, build(*MEMORY, {"memory": 8}), wait_s=60)
    assert answer.value["status"] == "done"
    assert notes[1:] == ['task 7 has the unknown status "queued", still waiting']


def test_secrets_of_the_environment_are_masked_but_in_the_secret_that_was_asked_for() -> None:
    state = build("GET", "/ccloud/servers/vs1/notes".replace("notes", "tags"))
    answer, _ = call(Network([reply(200, [SECRET])]), state, secret=SECRET)
    assert answer.value == ["***"]
    answer, _ = call(Network([reply(200, [SECRET])]), state, secret=SECRET, is_paginated=True)
    assert answer.value == ["***"]
    password = build("GET", "/ccloud/servers/vs1/password")
    answer, _ = call(Network([reply(200, [{"password": SECRET}])]), password, secret=SECRET)
    assert answer.value == [{"password": SECRET}]
