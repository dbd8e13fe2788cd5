"""The account that benchmarks talk to answers as the API does, and is the one asked for."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.account_spec import Spec, from_json, place_servers, write_stacks
from benchmarks.inputs import load
from benchmarks.platform import Platform
from benchmarks.request_log import count_by_operation
from tests.support.desk import ORDER, check_reply

NOW_S = 1_800_000_000.0
SERVERS = "/api/v1/ccloud/servers"


def ask(platform: Platform, target: str, *, at_s: float = NOW_S) -> Any:
    status, body = platform.answer("GET", f"/api/v1{target}", b"", at_s)
    assert status == 200
    reply = httpx.Response(status, content=body, headers={"Content-Type": "application/json"})
    check_reply("GET", target.partition("?")[0], reply)
    return json.loads(body)


def hostnames(platform: Platform, query: str) -> list[str]:
    return [row["hostname"] for row in ask(platform, f"/ccloud/servers?{query}")["data"]]


def create(platform: Platform, *, at_s: float, tags: list[str]) -> int:
    body = json.dumps({**ORDER, "tags": tags}).encode()
    status, answer = platform.answer("POST", SERVERS, body, at_s)
    assert status == 200
    number: int = json.loads(answer)["id"]
    return number


def test_the_servers_of_the_files_are_spread_over_the_account() -> None:
    spec = Spec(stacks=2, servers=3, others=18, unmanaged=2)
    placed = list(place_servers(spec))
    own = [place for place, (stack, _) in enumerate(placed) if str(stack).startswith("fleet")]
    assert own == [0, 4, 8, 12, 16, 20]
    assert [placed[place] for place in own[2:4]] == [
        ("fleet-0000", "s00002"),
        ("fleet-0001", "s00000"),
    ]
    assert placed[-2:] == [(None, "s00000"), (None, "s00001")]
    assert len(set(placed)) == 26


def test_the_files_have_the_stacks_of_the_account(tmp_path: Path) -> None:
    spec = from_json(Spec(stacks=2, servers=3, is_empty=True).to_json())
    write_stacks(spec, tmp_path)
    stacks = [load(path.read_bytes()) for path in sorted(tmp_path.iterdir())]
    assert [stack.name for stack in stacks] == ["fleet-0000", "fleet-0001"]
    assert [len(stack.servers) for stack in stacks] == [3, 3]
    assert list(place_servers(spec)) == []


def test_the_server_list_comes_in_pages_and_by_tag() -> None:
    platform = Platform(Spec(servers=3, others=247))
    first = ask(platform, "/ccloud/servers?limit=1000&page=1&sort=id&order=asc")
    assert (len(first["data"]), first["meta"]["last_page"], first["meta"]["total"]) == (100, 3, 250)
    assert hostnames(platform, "limit=100&page=3")[-1] == "vs10250"
    assert hostnames(platform, "limit=100&page=4") == []
    assert hostnames(platform, "limit=2&order=desc") == ["vs10250", "vs10249"]
    assert hostnames(platform, "tag=stack:fleet") == ["vs10001", "vs10085", "vs10168"]
    assert hostnames(platform, "tag=stack:fleet&limit=2&page=2") == ["vs10168"]
    assert hostnames(platform, "tag=stack:flee") == []


def test_a_create_takes_what_is_drawn_and_its_task_tells_when_it_is_done() -> None:
    platform = Platform(Spec(servers=2, task_s=(4, 12)))
    task = create(platform, at_s=NOW_S, tags=["stack:new", "server:a"])
    (length_s,) = platform.lengths_s
    assert 4 <= length_s <= 12
    (row,) = ask(platform, "/ccloud/servers?tag=server:a")["data"]
    assert row["build_in_progress"] is True
    assert [t["id"] for t in ask(platform, "/ccloud/tasks?status=processing")] == [task]
    later_s = NOW_S + length_s
    assert ask(platform, "/ccloud/tasks?status=processing", at_s=later_s) == []
    assert ask(platform, "/ccloud/tasks?status=failed", at_s=later_s) == []
    told = ask(platform, f"/ccloud/tasks/{task}", at_s=later_s)
    assert (told["status"], told["hostname"]) == ("done", "vs10003")
    (row,) = ask(platform, "/ccloud/servers?tag=stack:new", at_s=later_s)["data"]
    assert row["build_in_progress"] is False


def test_creates_of_the_same_moment_are_counted() -> None:
    platform = Platform(Spec(task_s=(10, 10)))
    for at_s in (NOW_S, NOW_S + 1, NOW_S + 10.5, NOW_S + 30):
        create(platform, at_s=at_s, tags=[])
    assert platform.most_creates == 2
    assert platform.lengths_s == [10] * 4


@pytest.mark.parametrize("part", ["disks", "bootorder", "dvds", "network", "snapshots"])
def test_the_parts_of_a_server_are_those_of_the_document(part: str) -> None:
    platform = Platform(Spec(servers=1))
    assert isinstance(ask(platform, f"/ccloud/servers/vs10001/{part}"), list)
    assert platform.answer("GET", f"{SERVERS}/vs99999/{part}", b"", NOW_S)[0] == 404


def test_requests_are_counted_by_operation_and_lists_by_the_kind_of_tag() -> None:
    assert count_by_operation(
        [
            "GET /api/v1/ccloud/servers?page=1&limit=100",
            "GET /api/v1/ccloud/servers?tag=stack%3Aweb&page=1",
            "GET /api/v1/ccloud/servers?tag=stack:app",
            "GET /api/v1/ccloud/servers/vs1/disks",
            "POST /api/v1/ccloud/servers",
        ]
    ) == {
        "create_server": 1,
        "list_server_disks": 1,
        "list_servers": 1,
        "list_servers?tag=stack:": 2,
    }
