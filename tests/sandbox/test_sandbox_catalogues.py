"""Catalogues, prices, tasks of the account."""

import pytest

from tests.support.desk import Desk


def test_full_pools_are_listed_on_request_alone() -> None:
    desk = Desk()
    assert "pool_iw1_sas" not in [pool["tag"] for pool in desk.get("/ccloud/pools")]
    every = desk.get("/ccloud/pools?inactive=true")
    assert [pool["tag"] for pool in every if not pool["nagios_active"]] == ["pool_iw1_sas"]
    assert desk.get("/ccloud/pools/pool_iw1_sas")["nagios_active"] is False
    assert desk.send("GET", "/ccloud/pools/none").status_code == 404


def test_image_names_are_unique_and_least_disk_sizes_are_texts() -> None:
    images = Desk().get("/ccloud/os")
    assert len({image["name"] for image in images}) == len(images)
    assert {type(image["min_disk"]) for image in images} == {str}


@pytest.mark.parametrize(
    "path",
    ["/ccloud/os", "/ccloud/addons", "/ccloud/gpus", "/ccloud/rollouts", "/ccloud/network/subnets"],
)
def test_the_emulators_own_fields_are_not_shown(path: str) -> None:
    for entry in Desk().get(path):
        assert not [name for name in entry if name.startswith("_")]


def test_everything_has_a_price_that_a_quote_adds_up() -> None:
    desk = Desk()
    for pool in desk.get("/ccloud/pools?inactive=1"):
        assert desk.get(f"/ccloud/customers/prices/{pool['tag']}")["cores"] > 0
    quote = desk.done(
        "POST",
        "/ccloud/customers/quotes",
        {
            "pool": "pool_iw_ssd",
            "cores": 2,
            "memory": 4,
            "disk": 50,
            "ostype": "windows",
            "addons": [{"name": "cprotect"}, {"name": "backup", "count": 2}],
        },
    )
    assert quote["resources"] == {"cores": 9.0, "memory": 12.0, "disk": 6.0}
    assert quote["addons"]["backup"]["monthly_price"] == 10.0
    assert quote["licenses"] == {"Microsoft Windows Server Standard": 18.9}
    assert (quote["monthly_total"], quote["setup_fee_total"]) == (65.89, 9.99)


def test_a_quote_for_nothing_is_free_and_needs_no_license() -> None:
    body = {"pool": "pool_iw_ssd", "ostype": "Linux"}
    quote = Desk().done("POST", "/ccloud/customers/quotes", body)
    assert (quote["monthly_total"], quote["licenses"]) == (0, {})


def test_a_quote_for_what_does_not_exist_is_refused() -> None:
    desk = Desk()
    path = "/ccloud/customers/quotes"
    assert "pool" in desk.refused("POST", path, {})
    body = {"pool": "pool_iw_ssd", "addons": [{"name": "magic"}]}
    assert "addons.0.name" in desk.refused("POST", path, body)
    assert desk.send("GET", "/ccloud/customers/prices/none").status_code == 404


def test_an_account_without_limits_says_so() -> None:
    info = Desk().get("/ccloud/resource-info")
    assert info["resources_limited"] is False
    assert info["usage"] == {"cores": 10, "memory": 28, "disk": 370}


def test_tasks_come_newest_first_and_can_be_filtered() -> None:
    desk = Desk(fail=("stop-server:vs10002",))
    desk.run("POST", "/ccloud/servers/vs10001/state/stop")
    desk.run("POST", "/ccloud/servers/vs10002/state/stop")
    desk.done("PUT", "/ccloud/servers/vs10001/memory", {"memory": 32})

    def ids(query: str) -> list[int]:
        return [task["id"] for task in desk.get(f"/ccloud/tasks?{query}")]

    assert ids("") == [3, 2, 1]
    assert ids("status=processing") == [3]
    assert ids("status=failed") == [2]
    assert ids("action=stop-server") == [2, 1]
    assert ids("search=VS10001") == [3, 1]
    assert ids("search=hypervisor") == [2]
    assert ids("sort=id&order=asc") == [1, 2, 3]
    assert ids("limit=2") == [3, 2]
    assert ids("limit=2&page=2") == [1]
    assert [task["id"] for task in desk.get("/ccloud/servers/vs10001/tasks")] == [3, 1]


@pytest.mark.parametrize("task_id", ["99", "x", "9" * 30])
def test_an_unknown_task_is_not_found(task_id: str) -> None:
    assert Desk().send("GET", f"/ccloud/tasks/{task_id}").status_code == 404
