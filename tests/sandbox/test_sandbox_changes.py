"""Changes of a server: sizes, disks, tags, addons, texts, power."""

from typing import Any

import pytest

from tests.support.desk import ORDER, Desk

SERVER = "/ccloud/servers/vs10001"
GIB = 1024**3


def disks(desk: Desk) -> list[tuple[str, int]]:
    return [(disk["id"], disk["size"]) for disk in desk.get(f"{SERVER}/disks")]


# Cores and memory


def test_a_resize_lands_when_its_task_is_done_and_leaves_the_server_running() -> None:
    desk = Desk()
    task_id = desk.done("PUT", f"{SERVER}/memory", {"memory": 32})["id"]
    desk.clock.advance(19)
    assert desk.server("vs10001")["data"]["memory"] == 16
    desk.clock.advance(1)
    assert desk.server("vs10001")["data"]["memory"] == 32
    assert desk.get(f"/ccloud/tasks/{task_id}")["action"] == "resize-server"
    assert desk.get(f"{SERVER}/state") == {"state": "Running"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory", 0),
        ("memory", 513),
        ("memory", 8589934592),
        ("memory", "8"),
        ("memory", 8.5),
        ("memory", True),
        ("memory", None),
        ("memory", 10**40),
        ("cores", 0),
        ("cores", 65),
        ("cores", [2]),
    ],
)
def test_a_size_out_of_bounds_or_in_the_wrong_unit_is_refused(field: str, value: Any) -> None:
    assert set(Desk().refused("PUT", f"{SERVER}/{field}", {field: value})) == {field}


def test_a_platform_that_wants_servers_off_for_a_resize_refuses_running_ones() -> None:
    desk = Desk(resize_needs_off=True)
    assert "hostname" in desk.refused("PUT", f"{SERVER}/cores", {"cores": 8})
    desk.run("POST", f"{SERVER}/state/shutdown")
    desk.run("PUT", f"{SERVER}/cores", {"cores": 8})
    assert desk.get(f"{SERVER}/state") == {"state": "Off"}


@pytest.mark.parametrize(
    ("option", "path", "body"),
    [
        ("max_cores", f"{SERVER}/cores", {"cores": 8}),
        ("max_memory_gb", f"{SERVER}/memory", {"memory": 8}),
        ("max_disk_gb", f"{SERVER}/disks/sc0s1", {"size": 8000}),
    ],
)
def test_what_a_server_can_have_is_an_option(option: str, path: str, body: dict[str, int]) -> None:
    (name, most) = next(iter(body.items()))
    desk = Desk(**{option: most})
    assert desk.run("PUT", path, body)["status"] == "done"
    assert list(desk.refused("PUT", path, {name: most + 1})) == [name]


def test_how_many_disks_and_snapshots_a_server_has_is_an_option() -> None:
    desk = Desk(max_disks=6, max_snapshots=2, snapshot_pause_s=0)
    hostname = desk.create(disks=[10] * 5)
    many = f"/ccloud/servers/{hostname}"
    desk.run("POST", f"{many}/disks", {"size": GIB})
    assert list(desk.refused("POST", f"{many}/disks", {"size": GIB})) == ["size"]
    for name in ("first", "second"):
        desk.run("POST", f"{many}/snapshots", {"name": name})
    assert list(desk.refused("POST", f"{many}/snapshots", {"name": "third"})) == ["name"]


@pytest.mark.parametrize(
    ("kept", "state", "disk"), [("half", "Off", 50), ("critical", "Critical", 110)]
)
def test_a_platform_may_keep_the_server_of_a_failed_build(kept: str, state: str, disk: int) -> None:
    desk = Desk(fail=("create-server",), failed_build=kept)
    task = desk.run("POST", "/ccloud/servers", {**ORDER, "disks": [50, 60], "tags": ["mine"]})
    assert task["status"] == "failed"
    server = desk.server("vs10004")
    assert (server["data"]["disk"], server["tags"]) == (disk, ["mine"])
    assert desk.get("/ccloud/servers/vs10004/state") == {"state": state}


def test_a_platform_may_tell_a_password_once() -> None:
    desk = Desk(password_shown="once")
    assert desk.server("vs10001")["credentials_available"]
    (told,) = desk.get(f"{SERVER}/password")
    assert told["password"]
    assert desk.get(f"{SERVER}/password") == []
    assert not desk.server("vs10001")["credentials_available"]


def test_a_restore_may_switch_the_server_off_and_take_newer_snapshots_with_it() -> None:
    desk = Desk(
        restored_state="Off", restored_newer="removed", restored_active=False, snapshot_pause_s=0
    )
    for name in ("first", "second"):
        desk.run("POST", f"{SERVER}/snapshots", {"name": name})
    first, _ = desk.get(f"{SERVER}/snapshots")
    desk.run("POST", f"{SERVER}/snapshots/{first['id']}")
    (left,) = desk.get(f"{SERVER}/snapshots")
    assert (left["name"], left["active"]) == ("first", False)
    assert desk.get(f"{SERVER}/state") == {"state": "Off"}


def test_a_platform_may_cut_texts_without_a_word() -> None:
    desk = Desk(text_limit=5)
    order = {**ORDER, "description": "front end", "custom_name": "web server"}
    desk.run("POST", "/ccloud/servers", order)
    server = desk.server("vs10004")
    assert (server["data"]["description"], server["custom_name"]) == ("front", "web s")
    desk.done("PUT", f"{SERVER}/customname", {"name": "another"})
    desk.done("PUT", f"{SERVER}/notes", {"notes": "Owner: me"})
    server = desk.server("vs10001")
    assert (server["custom_name"], server["data"]["notes"]) == ("anoth", "Owner")


def test_a_failed_task_changes_nothing_and_says_why() -> None:
    desk = Desk(fail=("resize-server:vs10001",))
    task = desk.run("PUT", f"{SERVER}/memory", {"memory": 32})
    assert task["status"] == "failed"
    assert "resize-server failed" in task["error_message"]
    assert desk.server("vs10001")["data"]["memory"] == 16
    other = desk.run("PUT", "/ccloud/servers/vs10002/memory", {"memory": 32})
    assert other["status"] == "done"


# Disks


def test_disks_are_added_in_bytes_and_grown_in_gb() -> None:
    desk = Desk()
    assert disks(desk) == [("sc0s0", 50), ("sc0s1", 200)]
    task = desk.run("POST", f"{SERVER}/disks", {"size": 20 * GIB})
    assert task["action"] == "add-disk-server"
    desk.run("PUT", f"{SERVER}/disks/sc0s0", {"size": 60})
    assert disks(desk) == [("sc0s0", 60), ("sc0s1", 200), ("sc0s2", 20)]
    assert desk.server("vs10001")["data"]["disk"] == 280


def test_disk_sizes_can_be_shown_in_bytes() -> None:
    assert disks(Desk(disk_size_unit="bytes"))[0] == ("sc0s0", 50 * GIB)


@pytest.mark.parametrize("size", [0, 50, GIB - 1, GIB + 1, 5121 * GIB, "20"])
def test_a_new_disk_whose_size_cannot_be_bytes_is_refused(size: Any) -> None:
    assert set(Desk().refused("POST", f"{SERVER}/disks", {"size": size})) == {"size"}


def test_a_size_in_gb_for_a_new_disk_is_told_the_least_number_of_bytes() -> None:
    errors = Desk().refused("POST", f"{SERVER}/disks", {"size": 50})
    assert errors == {"size": "The size must be at least 1073741824 bytes."}


@pytest.mark.parametrize("size", [49, 1, 0, 5121, 60 * GIB, "60"])
def test_a_disk_never_shrinks_and_grows_in_gb_alone(size: Any) -> None:
    assert set(Desk().refused("PUT", f"{SERVER}/disks/sc0s0", {"size": size})) == {"size"}


def test_a_disks_own_size_again_changes_nothing() -> None:
    desk = Desk()
    assert desk.run("PUT", f"{SERVER}/disks/sc0s0", {"size": 50})["status"] == "done"
    assert disks(desk) == [("sc0s0", 50), ("sc0s1", 200)]


def test_a_server_has_at_most_five_disks_and_keeps_the_first() -> None:
    desk = Desk()
    for _ in range(3):
        desk.run("POST", f"{SERVER}/disks", {"size": GIB})
    assert "size" in desk.refused("POST", f"{SERVER}/disks", {"size": GIB})
    assert "id" in desk.refused("DELETE", f"{SERVER}/disks/sc0s0")
    assert desk.run("DELETE", f"{SERVER}/disks/sc0s2")["action"] == "delete-disk-server"
    assert [name for name, _ in disks(desk)] == ["sc0s0", "sc0s1", "sc0s3", "sc0s4"]
    desk.run("POST", f"{SERVER}/disks", {"size": 2 * GIB})
    assert disks(desk)[-1] == ("sc0s2", 2)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_unknown_disk_is_not_found(method: str) -> None:
    body = {"size": 60} if method == "PUT" else None
    assert Desk().send(method, f"{SERVER}/disks/sc0s9", body).status_code == 404


# Tags


def test_setting_tags_replaces_the_list_and_keeps_the_accounts_spelling() -> None:
    desk = Desk()
    desk.done("POST", f"{SERVER}/tags", {"tags": ["Production", " web ", "web", "stack:a"]})
    assert desk.get(f"{SERVER}/tags") == ["production", "web", "stack:a"]
    assert "stack:a" in desk.get("/ccloud/tags")
    desk.done("POST", f"{SERVER}/tags", {"tags": []})
    assert desk.server("vs10001")["tags"] == []


def test_tags_are_emptied_by_delete_and_by_a_request_without_them() -> None:
    desk = Desk()
    desk.done("DELETE", f"{SERVER}/tags")
    assert desk.get(f"{SERVER}/tags") == []
    desk.done("POST", "/ccloud/servers/vs10002/tags", {})
    assert desk.get("/ccloud/servers/vs10002/tags") == []


@pytest.mark.parametrize("tag", ["two words", "späti", "a,b", "", "a/b", 7])
def test_a_tag_that_is_no_word_is_refused_and_the_others_stay(tag: Any) -> None:
    desk = Desk()
    assert "tags.1" in desk.refused("POST", f"{SERVER}/tags", {"tags": ["ok", tag]})
    assert desk.get(f"{SERVER}/tags") == ["production", "database"]


# Addons


def test_an_addon_is_set_counted_and_removed() -> None:
    desk = Desk()
    desk.done("PUT", "/servers/vs10001/addons/backup")
    desk.done("PUT", "/servers/vs10001/addons/cprotect", {"count": 1, "description": None})
    desk.done("PUT", "/servers/vs10001/addons/backup", {"count": 3})
    desk.done("DELETE", "/servers/vs10001/addons/monitoring")
    assert desk.server("vs10001")["data"]["addons"] == [
        {"name": "cprotect", "count": 1},
        {"name": "backup", "count": 3},
    ]
    assert desk.send("DELETE", "/servers/vs10001/addons/monitoring").status_code == 404


@pytest.mark.parametrize(
    ("hostname", "addon", "count"),
    [
        ("vs10001", "magic", 1),
        ("vs10001", "legacy_firewall", 1),
        ("vs10001", "antivirus", 1),
        ("vs10001", "backup", 0),
        ("vs10001", "backup", 51),
        ("vs10001", "gpu_nvidia_a2_16gb", 1),
        ("vs10002", "monitoring", 1),
    ],
)
def test_an_addon_that_cannot_be_had_is_refused(hostname: str, addon: str, count: int) -> None:
    desk = Desk()
    assert "addon" in desk.refused("PUT", f"/servers/{hostname}/addons/{addon}", {"count": count})


def test_an_addon_that_cannot_be_deleted_stays() -> None:
    desk = Desk()
    desk.done("PUT", "/servers/vs10001/addons/ddos_protection")
    assert "addon" in desk.refused("DELETE", "/servers/vs10001/addons/ddos_protection")


def test_gpus_run_out_across_servers() -> None:
    desk = Desk()
    name = desk.create(pool="pool_iw3_ssd_gpu", addons=[{"name": "gpu_nvidia_a2_16gb", "count": 3}])
    left = {gpu["addon_name"]: gpu["count"] for gpu in desk.get(f"/ccloud/servers/{name}/gpus")}
    assert left == {"gpu_amd_barco_mxrt_5450_1024mb_bios": 8, "gpu_nvidia_a2_16gb": 1}
    other = desk.create(pool="pool_iw3_ssd_gpu")
    addon = f"/servers/{other}/addons/gpu_nvidia_a2_16gb"
    assert "addon" in desk.refused("PUT", addon, {"count": 2})
    desk.done("PUT", addon, {"count": 1})
    desk.done("PUT", f"/servers/{name}/addons/gpu_nvidia_a2_16gb", {"count": 3})
    assert desk.get(f"{SERVER}/gpus") == []


# Notes and names


def test_notes_are_trimmed_and_deleted() -> None:
    desk = Desk()
    desk.done("PUT", f"{SERVER}/notes", {"notes": "  a\n b \n"})
    assert desk.server("vs10001")["data"]["notes"] == "a\n b"
    assert "notes" in desk.refused("PUT", f"{SERVER}/notes", {"notes": "  "})
    desk.done("DELETE", f"{SERVER}/notes")
    desk.done("DELETE", f"{SERVER}/notes")
    assert desk.server("vs10001")["data"]["notes"] is None


@pytest.mark.parametrize("body", [{"name": " shop "}, "shop"])
def test_a_custom_name_is_taken_as_an_object_or_as_a_text(body: Any) -> None:
    desk = Desk()
    desk.done("PUT", f"{SERVER}/customname", body)
    assert desk.server("vs10001")["custom_name"] == "shop"


@pytest.mark.parametrize("body", [None, {}, {"name": None}, {"name": ""}, ""])
def test_a_custom_name_that_is_not_set_is_removed(body: Any) -> None:
    desk = Desk()
    desk.done("PUT", f"{SERVER}/customname", body)
    assert desk.server("vs10001")["custom_name"] is None


@pytest.mark.parametrize("name", [5, ["x"], "x" * 256])
def test_a_custom_name_that_is_no_short_text_is_refused(name: Any) -> None:
    assert "name" in Desk().refused("PUT", f"{SERVER}/customname", {"name": name})


# Power


@pytest.mark.parametrize(
    ("action", "task_action"),
    [("stop", "stop-server"), ("shutdown", "stop-server"), ("shutdown-force", "stop-server")],
)
def test_a_running_server_is_switched_off_and_on_again(action: str, task_action: str) -> None:
    desk = Desk()
    assert desk.run("POST", f"{SERVER}/state/{action}")["action"] == task_action
    assert desk.get(f"{SERVER}/state") == {"state": "Off"}
    for refused in (action, "reset"):
        assert "action" in desk.refused("POST", f"{SERVER}/state/{refused}")
    assert desk.run("POST", f"{SERVER}/state/start")["action"] == "start-server"
    assert desk.get(f"{SERVER}/state") == {"state": "Running"}
    assert "action" in desk.refused("POST", f"{SERVER}/state/start")


def test_a_reset_leaves_the_server_running_and_an_unknown_action_is_refused() -> None:
    desk = Desk()
    assert desk.run("POST", f"{SERVER}/state/reset")["action"] == "restart-server"
    assert desk.get(f"{SERVER}/state") == {"state": "Running"}
    assert "action" in desk.refused("POST", f"{SERVER}/state/pause")


# Reinstalling


def test_a_redeploy_changes_system_and_password_and_keeps_the_data_disks() -> None:
    desk = Desk()
    body = {"image": "ubuntu24_uefi", "password": " new password "}
    desk.run("POST", "/servers/vs10001/redeploy", body)
    assert desk.server("vs10001")["data"]["os_name"] == "Linux Ubuntu 24.04"
    assert desk.get(f"{SERVER}/password") == [{"username": "root", "password": " new password "}]
    assert disks(desk) == [("sc0s0", 50), ("sc0s1", 200)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "image"),
        ({"image": "debian99"}, "image"),
        ({"image": "ubuntu24_uefi", "password": "short"}, "password"),
        ({"image": "windows2022_uefi"}, "image"),
    ],
)
def test_a_redeploy_that_cannot_be_is_refused(body: dict[str, str], field: str) -> None:
    desk = Desk(seed="empty")
    name = desk.create(disks=[20])
    assert field in desk.refused("POST", f"/servers/{name}/redeploy", body)


@pytest.mark.parametrize(
    ("method", "place"),
    [("GET", ""), ("PUT", "/memory"), ("GET", "/disks"), ("GET", "/tasks"), ("DELETE", "/tags")],
)
def test_an_unknown_server_is_not_found(method: str, place: str) -> None:
    body = {"memory": 1} if method == "PUT" else None
    response = Desk().send(method, f"/ccloud/servers/vs99999{place}", body)
    assert response.status_code == 404
    assert response.json() == {"message": "The server vs99999 could not be found."}
