"""The readings of pages: what a list tells of them, and what it refuses."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from ccloud_apply.sandbox.faults.plan import FaultPlan
from ccloud_apply.sandbox.options import read_reading, readings
from tests.support.desk import Desk


def desk_of(count: int, **options: Any) -> Desk:
    desk = Desk(page_limit=2, **options)
    for _ in range(count - 3):
        desk.create()
    return desk


def names(answer: dict[str, Any]) -> list[str]:
    return [server["hostname"] for server in answer["data"]]


def test_links_with_a_cursor_lead_through_the_list_and_a_page_is_not_looked_at() -> None:
    desk = desk_of(5, pagination="cursor")
    first = desk.get("/ccloud/servers?page=2")
    assert names(first) == ["vs10001", "vs10002"]
    assert "total" not in first["meta"]
    second = desk.get(first["links"]["next"].partition("/api/v1")[2])
    assert names(second) == ["vs10003", "vs10004"]
    third = desk.get(second["links"]["next"].partition("/api/v1")[2])
    assert (names(third), third["links"]["next"]) == (["vs10005"], None)


def test_a_token_says_that_there_is_more_and_gives_no_link() -> None:
    desk = desk_of(3, pagination="token")
    cursor = urlsafe_b64encode(b"page:2").decode()
    first = desk.get("/ccloud/servers")
    assert first == {"data": first["data"], "has_more": True, "next_cursor": cursor}
    last = desk.get(f"/ccloud/servers?cursor={cursor}")
    assert (names(last), last["has_more"], last["next_cursor"]) == (["vs10003"], False, None)


def test_a_page_can_be_ignored_without_a_word() -> None:
    desk = desk_of(3, pagination="ignored")
    assert desk.get("/ccloud/servers?page=2") == desk.get("/ccloud/servers?page=1")
    assert names(desk.get("/ccloud/servers?page=2&limit=1")) == ["vs10001"]


@pytest.mark.parametrize("pagination", ["meta", "cursor"])
def test_lists_that_are_shown_whole_can_come_in_pages_of_the_same_kind(pagination: str) -> None:
    desk = desk_of(3, pagination=pagination, wrapped_lists=True)
    answer = desk.send("GET", "/ccloud/os", checked=False).json()
    assert len(answer["data"]) == 2
    assert "/ccloud/os?" in answer["links"]["next"]
    assert desk_of(3).get("/ccloud/os")[:2] == answer["data"]


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize("name", ["limit", "sort"])
def test_limit_and_sort_can_be_refused_in_every_list(name: str, status: int) -> None:
    desk = Desk(**{f"refused_{name}": status})
    for path in ("/ccloud/servers", "/ccloud/tasks"):
        query = f"{name}={'5' if name == 'limit' else 'id'}"
        assert desk.send("GET", f"{path}?{query}", checked=False).status_code == status
        assert desk.send("GET", path).status_code == 200


def test_the_readings_are_read_from_texts() -> None:
    assert "pagination" in readings()
    assert "db" not in readings()
    assert read_reading("pagination", "links") == "links"
    assert read_reading("page_limit", "2") == 2
    assert read_reading("error_lists", "true") is True
    assert read_reading("refused_limit", "422") == 422
    assert read_reading("refused_limit", "none") is None
    assert read_reading("shortest_task_s", "1.5") == 1.5
    assert read_reading("shortest_task_s", "none") is None


@pytest.mark.parametrize(
    ("name", "text", "possible"),
    [
        ("pagination", "none", "meta, links, bare, cursor, token, ignored"),
        ("page_limit", "many", "a whole number"),
        ("error_lists", "perhaps", "true, false"),
        ("refused_sort", "404", "400, 422, 500"),
        ("longest_task_s", "nan", "a number, 0 or more"),
        ("longest_task_s", "-1", "a number, 0 or more"),
    ],
)
def test_what_is_no_value_of_a_reading_is_refused_with_what_is(
    name: str, text: str, possible: str
) -> None:
    with pytest.raises(ValueError, match=possible):
        read_reading(name, text)


@pytest.mark.parametrize("name", ["db", "nothing", ""])
def test_what_is_no_reading_has_no_value(name: str) -> None:
    with pytest.raises(KeyError):
        read_reading(name, "1")


def test_a_server_can_leave_the_list_while_another_one_comes() -> None:
    rules = [{"operation": "list_servers", "fault": {"page_shift": "swap"}}]
    desk = Desk(faults=FaultPlan.from_data({"rules": rules}))
    desk.create()
    pages = [desk.get(f"/ccloud/servers?limit=2&page={page}") for page in (1, 2)]
    shown = [[server["hostname"] for server in page["data"]] for page in pages]
    assert shown == [["vs10001", "vs10002"], ["vs10004", "vs1000004"]]
    assert [page["meta"]["total"] for page in pages] == [4, 4]
    assert pages[1]["data"][1]["tags"] == []
