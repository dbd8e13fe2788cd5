"""Every kind of fault, met by a raw client; the clock is moved by hand."""

import base64
import json
from typing import Any

import httpx
import pytest

from ccloud_apply.sandbox.faults import ConnectionDropped, FaultPlan
from ccloud_apply.sandbox.faults.reply import HUGE_BYTES
from tests.support.desk import ORDER, Desk

GRANT = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "secret"}
CREATE = ("POST", "/ccloud/servers", ORDER)


def desk_with(*rules: dict[str, Any], seed: int = 1, **options: Any) -> Desk:
    return Desk(faults=FaultPlan.from_data({"seed": seed, "rules": list(rules)}), **options)


def rule(fault: dict[str, Any], operation: str = "*", when: Any = "always") -> dict[str, Any]:
    return {"operation": operation, "when": when, "fault": fault}


def send(desk: Desk, method: str, path: str, body: Any = None) -> httpx.Response:
    """A request whose answer need not be what the document says."""
    return desk.send(method, path, body, checked=False)


def dropped(desk: Desk, method: str, path: str, body: Any = None) -> str:
    """How the connection of a request ended."""
    with pytest.raises(ConnectionDropped) as caught:
        send(desk, method, path, body)
    return caught.value.phase


def hostnames(desk: Desk) -> list[str]:
    return [server["hostname"] for server in desk.get("/ccloud/servers")["data"]]


def notes(desk: Desk, hostname: str = "vs10002") -> Any:
    return desk.server(hostname)["data"]["notes"]


def status_of(desk: Desk, task_id: int) -> str:
    return str(desk.get(f"/ccloud/tasks/{task_id}")["status"])


# Lost and late answers


@pytest.mark.parametrize(("phase", "count"), [("connect", 3), ("before", 3), ("after", 4)])
def test_a_dropped_connection_ends_before_or_after_the_platform_acted(
    phase: str, count: int
) -> None:
    desk = desk_with(rule({"drop": phase}, "create_server"))
    assert dropped(desk, *CREATE) == phase
    assert len(hostnames(desk)) == count
    assert [entry.acted for entry in desk.app.state.sandbox.request_log] == [count == 4, False]


def test_an_answer_is_delayed_by_the_clock_and_the_platform_has_acted_before() -> None:
    desk = desk_with(rule({"delay": 90}, "create_server"))
    before = desk.clock.now()
    task_id = desk.done(*CREATE)["id"]
    assert (desk.clock.now() - before).total_seconds() == 90
    assert status_of(desk, task_id) == "done"


def test_the_owner_of_a_clock_decides_what_sleeping_is() -> None:
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    desk = desk_with(rule({"delay": 2.5}, "list_pools"))
    desk.clock.on_sleep = sleep
    before = desk.clock.now()
    desk.get("/ccloud/pools")
    assert slept == [2.5]
    assert desk.clock.now() == before


@pytest.mark.parametrize("answer", ["504", "drop"])
def test_a_late_request_is_acted_upon_after_its_connection_has_ended(answer: str) -> None:
    desk = desk_with(rule({"late": 30, "answer": answer}, "create_server"))
    if answer == "drop":
        assert dropped(desk, *CREATE) == "after"
    else:
        assert send(desk, *CREATE).status_code == 504
    desk.clock.advance(29)
    assert len(hostnames(desk)) == 3
    assert desk.app.state.fault_injector.late_requests == 1
    desk.clock.advance(1)
    assert len(hostnames(desk)) == 4
    assert desk.get("/ccloud/tasks")[0]["created_at"] == "2027-01-01T12:00:30.000000Z"
    late = [entry for entry in desk.app.state.sandbox.request_log if entry.origin == "late"]
    assert [(entry.acted, entry.task_ids) for entry in late] == [(True, (1,))]


def test_late_requests_and_ends_of_tasks_come_in_the_order_of_their_moments() -> None:
    desk = desk_with(rule({"late": 25}, "resize_server_cores"))
    path = "/ccloud/servers/vs10002"
    desk.done("PUT", f"{path}/memory", {"memory": 8})  # busy for 20 seconds
    send(desk, "PUT", f"{path}/cores", {"cores": 8})
    desk.clock.advance(100)
    data = desk.server("vs10002")["data"]
    assert (data["memory"], data["cores"]) == (8, 8)


def test_a_late_request_of_a_stranger_is_refused_at_once() -> None:
    desk = desk_with(rule({"late": 1}))
    headers = {"Accept": "application/json"}
    response = desk.send("POST", "/ccloud/servers", ORDER, headers=headers, checked=False)
    assert response.status_code == 401
    assert desk.app.state.fault_injector.late_requests == 0


# Statuses and bodies


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 401, 403, 404, 409, 422])
@pytest.mark.parametrize("acts", [True, False])
def test_an_error_is_answered_whether_the_platform_acted_or_not(status: int, acts: bool) -> None:
    desk = desk_with(rule({"status": status, "acts": acts}, "create_server"))
    response = send(desk, *CREATE)
    assert response.status_code == status
    assert response.json()["message"]
    assert len(hostnames(desk)) == (4 if acts else 3)


@pytest.mark.parametrize(
    ("value", "header"), [(30, "30"), ({"date": 90}, "Fri, 01 Jan 2027 12:01:30 GMT")]
)
def test_retry_after_comes_in_both_forms(value: Any, header: str) -> None:
    desk = desk_with(rule({"status": 503, "retry_after": value, "body": "html"}))
    response = send(desk, "GET", "/ccloud/pools")
    assert response.headers["retry-after"] == header
    assert response.headers["content-type"].startswith("text/html")
    assert "503 Service Unavailable" in response.text


@pytest.mark.parametrize(
    ("body", "content"),
    [("empty", b""), ("not-an-object", b"42"), ("missing-task-id", b"{}"), ("json", b'{"id":1}')],
)
def test_a_success_can_have_a_body_that_says_nothing(body: str, content: bytes) -> None:
    desk = desk_with(rule({"body": body}, "create_server"))
    response = send(desk, *CREATE)
    assert response.status_code == 201 or response.status_code == 200
    assert response.content == content
    assert len(hostnames(desk)) == 4


def test_a_list_can_look_whole_and_be_empty() -> None:
    desk = desk_with(rule({"body": "empty-list"}, "list_servers"))
    answer = send(desk, "GET", "/ccloud/servers").json()
    assert answer["data"] == []
    assert answer["meta"]["total"] == 0


@pytest.mark.parametrize("body", ["garbage", "html"])
def test_a_body_can_be_no_json_at_all(body: str) -> None:
    response = send(desk_with(rule({"body": body})), "GET", "/ccloud/pools")
    assert response.status_code == 200
    with pytest.raises(ValueError):
        response.json()


def test_an_empty_success_becomes_one_with_a_body() -> None:
    desk = desk_with(rule({"body": "html"}, "set_server_notes"))
    response = send(desk, "PUT", "/ccloud/servers/vs10002/notes", {"notes": "new"})
    assert (response.status_code, notes(desk)) == (200, "new")


def test_a_huge_body_is_the_same_value_with_many_spaces() -> None:
    desk = desk_with(rule({"body": "huge"}, when={"nth": 1}))
    response = send(desk, "GET", "/ccloud/pools")
    assert len(response.content) > HUGE_BYTES
    assert json.loads(response.content) == desk.get("/ccloud/pools")


def test_a_truncated_body_ends_with_its_connection() -> None:
    desk = desk_with(rule({"body": "truncated"}, "create_server"))
    assert dropped(desk, *CREATE) == "body"
    assert len(hostnames(desk)) == 4


def test_a_refusal_of_the_platform_is_answered_as_it_is() -> None:
    desk = desk_with(rule({"body": "garbage"}))
    assert send(desk, "GET", "/ccloud/servers/vs1").json()["message"]


def test_a_redirect_leads_to_a_login_page_and_nothing_is_done() -> None:
    desk = desk_with(rule({"redirect": True}, "create_server"))
    response = send(desk, *CREATE)
    assert (response.status_code, response.headers["location"]) == (302, "http://sandbox/login")
    assert len(hostnames(desk)) == 3


# Access


def test_every_token_expires_at_once_and_a_new_one_is_good() -> None:
    desk = desk_with(rule({"token_expires": True}, "list_pools", {"nth": 2}))

    def ask(token: str) -> int:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        return desk.send("GET", "/ccloud/pools", headers=headers).status_code

    old = [desk.done("POST", "/oauth/token", GRANT)["access_token"] for _ in range(2)]
    assert ask(old[0]) == 200
    assert [ask(token) for token in (*old, old[0])] == [401, 401, 401]
    assert ask(desk.done("POST", "/oauth/token", GRANT)["access_token"]) == 200


def test_a_static_token_is_refused_once() -> None:
    desk = desk_with(rule({"token_expires": True}, when={"nth": 1}))
    statuses = [desk.send("GET", "/ccloud/pools").status_code for _ in range(2)]
    assert statuses == [401, 200]


def test_a_limit_refuses_until_its_minute_is_over_and_tells_what_is_left() -> None:
    desk = desk_with(rule({"throttle": {"per_minute": 2}}, "list_*"))
    passed = [send(desk, "GET", "/ccloud/pools") for _ in range(2)]
    assert [response.headers["x-ratelimit-remaining"] for response in passed] == ["1", "0"]
    desk.clock.advance(20)
    refused = send(desk, "GET", "/ccloud/pools")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "40"
    assert refused.headers["x-ratelimit-limit"] == "2"
    assert refused.headers["x-ratelimit-reset"] == "1798804860"
    assert send(desk, "GET", "/ccloud/servers/vs10001").status_code == 200
    desk.clock.advance(40)
    assert send(desk, "GET", "/ccloud/pools").status_code == 200
    assert [met.fault for met in desk.app.state.sandbox.fault_log] == ["throttle 2"]


# What is read


def test_a_new_server_is_seen_late_in_list_and_by_itself() -> None:
    desk = desk_with(rule({"visibility_lag": 15}, "create_server"))
    task_id = desk.done(*CREATE)["id"]
    desk.clock.advance(54)  # 40 for the build, 15 for the lag
    assert status_of(desk, task_id) == "done"
    assert len(hostnames(desk)) == 3
    assert desk.get("/ccloud/servers")["meta"]["total"] == 3
    assert desk.send("GET", "/ccloud/servers/vs10004").status_code == 404
    desk.clock.advance(1)
    assert hostnames(desk)[-1] == "vs10004"


def test_a_lag_can_count_from_the_request() -> None:
    desk = desk_with(rule({"visibility_lag": 15, "since": "request"}, "create_server"))
    desk.done(*CREATE)
    assert len(hostnames(desk)) == 3
    desk.clock.advance(15)
    assert desk.server("vs10004")["build_in_progress"] is True


def test_a_changed_server_is_seen_as_it_was_and_writes_meet_the_truth() -> None:
    desk = desk_with(rule({"visibility_lag": 10}, when={"nth": 1}))
    path = "/ccloud/servers/vs10002/notes"
    desk.done("PUT", path, {"notes": "first"})
    desk.clock.advance(4)
    desk.done("PUT", path, {"notes": "second"})
    assert notes(desk) is None
    desk.clock.advance(6)
    assert notes(desk) == "second"


def test_two_lags_of_one_server_show_the_older_past_for_the_longer_time() -> None:
    desk = desk_with(rule({"visibility_lag": 10}, "set_server_notes"))
    path = "/ccloud/servers/vs10002/notes"
    desk.done("PUT", path, {"notes": "first"})
    desk.clock.advance(8)
    desk.done("PUT", path, {"notes": "second"})
    desk.clock.advance(9)
    assert notes(desk) is None
    desk.clock.advance(1)
    assert notes(desk) == "second"


@pytest.mark.parametrize("behind", ["list", "detail"])
def test_the_list_and_the_server_by_itself_can_be_behind_apart(behind: str) -> None:
    desk = desk_with(rule({"visibility_lag": 10, "of": [behind]}, "resize_server_cores"))
    desk.done("PUT", "/ccloud/servers/vs10002/cores", {"cores": 4})
    desk.clock.advance(25)

    def cores() -> dict[str, int]:
        listed = {row["hostname"]: row for row in desk.get("/ccloud/servers")["data"]}
        one = desk.server("vs10002")
        return {"list": listed["vs10002"]["data"]["cores"], "detail": one["data"]["cores"]}

    assert {name for name, value in cores().items() if value == 4} == {"list", "detail"} - {behind}
    desk.clock.advance(10)
    assert cores() == {"list": 4, "detail": 4}


def test_a_deleted_server_is_still_seen() -> None:
    desk = desk_with(rule({"visibility_lag": 30}, "delete_server"))
    desk.done("DELETE", "/ccloud/servers/vs10002", {"hostname": "vs10002"})
    desk.clock.advance(40)
    assert desk.server("vs10002")["deletion_in_progress"] is False
    assert "vs10002" in hostnames(desk)
    desk.clock.advance(5)
    assert "vs10002" not in hostnames(desk)


def test_tags_can_be_seen_late_alone() -> None:
    desk = desk_with(rule({"visibility_lag": 60, "of": ["tags"], "since": "request"}))
    desk.done("POST", "/ccloud/servers", {**ORDER, "tags": ["mine"]})
    assert desk.server("vs10004")["tags"] == []
    assert desk.get("/ccloud/servers?tag=mine")["data"] == []
    desk.clock.advance(60)
    assert desk.server("vs10004")["tags"] == ["mine"]


def test_a_task_can_be_unknown_for_a_while() -> None:
    lag = {"visibility_lag": 20, "of": ["task"], "since": "request"}
    desk = desk_with(rule(lag, "create_server"))
    task_id = desk.done(*CREATE)["id"]
    assert desk.send("GET", f"/ccloud/tasks/{task_id}").status_code == 404
    assert desk.get("/ccloud/tasks") == []
    assert "vs10004" in hostnames(desk)
    desk.clock.advance(20)
    assert status_of(desk, task_id) == "processing"


@pytest.mark.parametrize(
    ("shift", "second"), [("skip", ["vs10004"]), ("double", ["vs10002", "vs10003"])]
)
def test_a_row_is_missing_or_there_twice_where_a_page_begins(shift: str, second: list[str]) -> None:
    desk = desk_with(rule({"page_shift": shift}, "list_servers"))
    desk.create()
    pages = [desk.get(f"/ccloud/servers?limit=2&page={page}") for page in (1, 2)]
    shown = [[server["hostname"] for server in page["data"]] for page in pages]
    assert shown == [["vs10001", "vs10002"], second]
    assert [page["meta"]["total"] for page in pages] == [4, 4]


# Tasks


def test_a_stuck_task_ends_when_the_faults_do() -> None:
    desk = desk_with(rule({"stuck_task": True}, "create_server"))
    task_id = desk.done(*CREATE)["id"]
    desk.clock.advance(1_000_000)
    assert status_of(desk, task_id) == "processing"
    desk.app.state.sandbox.options.faults.disable()
    assert status_of(desk, task_id) == "done"


def test_a_task_of_a_late_request_can_be_stuck_too() -> None:
    desk = desk_with(rule({"late": 5}, "create_server"), rule({"stuck_task": True}))
    send(desk, *CREATE)
    desk.clock.advance(1_000_000)
    assert status_of(desk, 1) == "processing"
    desk.app.state.sandbox.options.faults.disable()
    assert status_of(desk, 1) == "done"


def test_a_task_can_take_so_many_seconds_more() -> None:
    desk = desk_with(rule({"stuck_task": 100}, "create_server"))
    task_id = desk.done(*CREATE)["id"]
    desk.clock.advance(139)
    assert status_of(desk, task_id) == "processing"
    desk.clock.advance(1)
    assert status_of(desk, task_id) == "done"


@pytest.mark.parametrize(("leaves", "count"), [("nothing", 3), ("server", 4), ("critical", 4)])
def test_a_failed_create_leaves_nothing_or_half_a_server(leaves: str, count: int) -> None:
    fault = {"failing_task": "no space left", "leaves": leaves}
    desk = desk_with(rule(fault, "create_server"))
    order = {**ORDER, "disks": [50, 60], "tags": ["mine"]}
    task = desk.run("POST", "/ccloud/servers", order)
    assert (task["status"], task["error_message"]) == ("failed", "no space left")
    assert len(hostnames(desk)) == count
    if leaves == "server":
        server = desk.server("vs10004")
        assert server["build_in_progress"] is False
        assert (server["data"]["disk"], server["tags"]) == (50, ["mine"])
    if leaves == "critical":
        server = desk.server("vs10004")
        assert (server["data"]["disk"], server["tags"]) == (110, ["mine"])
        assert desk.get("/ccloud/servers/vs10004/state") == {"state": "Critical"}


def test_a_failed_task_can_quote_its_request() -> None:
    message = "no {x}: {body} or {body:base64}"
    desk = desk_with(rule({"failing_task": message}, "resize_server_cores"))
    task = desk.run("PUT", "/ccloud/servers/vs10002/cores", {"cores": 8})
    before, _, packed = task["error_message"].partition(" or ")
    assert before.startswith("no {x}: ")
    assert json.loads(before.removeprefix("no {x}: ")) == {"cores": 8}
    assert json.loads(base64.b64decode(packed)) == {"cores": 8}


def test_a_failed_change_leaves_the_server_as_it_was() -> None:
    desk = desk_with(rule({"failing_task": "why not", "leaves": "server"}))
    task = desk.run("PUT", "/ccloud/servers/vs10002/cores", {"cores": 8})
    assert task["status"] == "failed"
    assert desk.server("vs10002")["data"]["cores"] == 2


def test_a_task_can_be_shown_with_a_word_that_nobody_knows() -> None:
    desk = desk_with(rule({"task_status": "pondering"}, "*_task*", {"until": 2}))
    desk.done(*CREATE)
    assert send(desk, "GET", "/ccloud/tasks/1").json()["status"] == "pondering"
    assert send(desk, "GET", "/ccloud/tasks").json()[0]["status"] == "pondering"
    assert status_of(desk, 1) == "processing"
    assert send(desk, "GET", "/ccloud/tasks/9").status_code == 404


def test_a_write_without_a_task_can_be_ignored() -> None:
    desk = desk_with(rule({"ignore": True}, "set_server_notes"))
    desk.done("PUT", "/ccloud/servers/vs10002/notes", {"notes": "new"})
    assert notes(desk) is None
    assert [entry.acted for entry in desk.app.state.sandbox.request_log] == [False, False]


def test_a_task_can_end_as_done_without_having_done_anything() -> None:
    desk = desk_with(rule({"ignore": True}))
    assert desk.run("PUT", "/ccloud/servers/vs10002/cores", {"cores": 8})["status"] == "done"
    assert desk.server("vs10002")["data"]["cores"] == 2
    assert desk.run("DELETE", "/ccloud/servers/vs10002", {"hostname": "vs10002"})["id"] == 2
    assert desk.server("vs10002")["deletion_in_progress"] is False
    assert desk.run(*CREATE)["status"] == "done"
    assert len(hostnames(desk)) == 3


# Somebody else

VS2 = "/ccloud/servers/vs10002"


@pytest.mark.parametrize(
    ("action", "found"),
    [
        ({"action": "set_notes", "notes": "mine now"}, "mine now"),
        ({"action": "add_tag", "tag": "seen"}, ["production", "seen"]),
        ({"action": "remove_tag", "tag": "prod*"}, []),
        ({"action": "resize", "cores": 8}, 8),
        ({"action": "shutdown"}, "Off"),
        ({"action": "delete"}, None),
        ({"action": "create_twin"}, ["intranet", "intranet"]),
    ],
)
def test_somebody_else_acts_before_the_request_is_handled(
    action: dict[str, Any], found: Any
) -> None:
    fault = {"other_actor": {**action, "server": "intra*"}}
    desk = desk_with(rule(fault, "list_pools"))
    desk.get("/ccloud/pools")
    desk.clock.advance(100)
    rows = [row for row in desk.get("/ccloud/servers")["data"] if row["custom_name"] == "intranet"]
    match action["action"]:
        case "set_notes":
            assert rows[0]["data"]["notes"] == found
        case "add_tag" | "remove_tag":
            assert rows[0]["tags"] == found
        case "resize":
            assert rows[0]["data"]["cores"] == found
        case "shutdown":
            assert desk.get(f"{VS2}/state")["state"] == found
        case "delete":
            assert rows == []
        case "create_twin":
            assert [row["custom_name"] for row in rows] == found
            assert rows[0]["tags"] == rows[1]["tags"]
    log = [entry for entry in desk.app.state.sandbox.request_log if entry.origin == "other"]
    assert [entry.acted for entry in log] == [True]
    assert {task["username"] for task in desk.get("/ccloud/tasks")} <= {"colleague@example.com"}


def test_somebody_else_starts_a_server_that_is_off() -> None:
    desk = desk_with(rule({"other_actor": {"action": "start", "server": "vs10002"}}, "list_pools"))
    desk.send("POST", f"{VS2}/state/shutdown")
    desk.clock.advance(100)
    assert desk.get(f"{VS2}/state")["state"] == "Off"
    desk.get("/ccloud/pools")
    desk.clock.advance(100)
    assert desk.get(f"{VS2}/state")["state"] == "Running"


def test_somebody_else_is_refused_what_everybody_is_refused() -> None:
    desk = desk_with(
        rule({"other_actor": {"action": "resize", "cores": 900, "server": "vs10002"}}),
        rule({"other_actor": {"action": "resize", "cores": 1, "server": "nothing*"}}),
        rule({"other_actor": {"action": "remove_tag", "tag": "nothing", "server": "vs10002"}}),
    )
    desk.get("/ccloud/pools")
    log = [entry for entry in desk.app.state.sandbox.request_log if entry.origin == "other"]
    assert [(entry.acted, entry.status) for entry in log] == [(False, 422)]


# What is told of a server


def test_a_server_is_brought_into_a_state_that_nobody_can_ask_for() -> None:
    desk = desk_with(
        rule({"server_state": "Paused", "server": "intra*"}, "list_pools", {"nth": 1}),
        rule({"server_state": "Critical", "server": "vs10003"}, "list_pools", {"nth": 1}),
    )
    assert desk.get(f"{VS2}/state")["state"] == "Running"
    desk.get("/ccloud/pools")
    states = [desk.get(f"/ccloud/servers/vs1000{i}/state")["state"] for i in (1, 2, 3)]
    assert states == ["Running", "Paused", "Critical"]
    assert send(desk, "POST", f"{VS2}/state/shutdown").status_code == 422
    assert send(desk, "POST", "/ccloud/servers/vs10003/state/start").status_code == 422
    assert desk.run("POST", f"{VS2}/state/start")["status"] == "done"
    assert desk.get(f"{VS2}/state")["state"] == "Running"


def test_an_answer_tells_something_else_of_the_servers_that_fit() -> None:
    desk = desk_with(
        rule({"tells": {"data.memory": None, "tags": ["odd"]}, "server": "intra*"}, "list_servers"),
        rule({"lacks": ["data.notes"], "server": "vs10003"}, "list_servers"),
        rule({"tells": {"state": "Saved"}, "server": "vs10002"}, "get_server_state"),
        rule({"tells": {"size": None}}, "list_server_disks"),
    )
    first, second, third = send(desk, "GET", "/ccloud/servers").json()["data"]
    assert (first["data"]["memory"], "notes" in first["data"]) == (16, True)
    assert (second["data"]["memory"], second["tags"]) == (None, ["odd"])
    assert "notes" not in third["data"]
    assert send(desk, "GET", f"{VS2}/state").json() == {"state": "Saved"}
    assert send(desk, "GET", "/ccloud/servers/vs10001/state").json() == {"state": "Running"}
    disks = send(desk, "GET", f"{VS2}/disks").json()
    assert {disk["size"] for disk in disks} == {None}
    assert desk.run("PUT", f"{VS2}/memory", {"memory": 8})["status"] == "done"
