"""The inventory for other tools: no text of others becomes a line, an option or a formula."""

import csv
import ipaddress
import json
import re
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.inventory import Inventory, InventoryServer, Standing
from ccloud_apply.render.inventory.ansible import render_inventory_ansible
from ccloud_apply.render.inventory.csv_table import render_inventory_csv
from ccloud_apply.render.inventory.hosts import render_inventory_hosts
from ccloud_apply.render.inventory.prometheus import render_inventory_prometheus
from ccloud_apply.render.inventory.ssh_config import render_inventory_ssh_config
from ccloud_apply.render.inventory.text import render_inventory
from tests.support.examples import examples
from tests.support.render.inventories import (
    BUILDING,
    FOREIGN,
    GOING,
    MISSING,
    OLD,
    WEB_2,
    full_inventory,
    hostile_inventories,
)

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
_PROMETHEUS_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def ansible(inventory: Inventory, **options: Any) -> Any:
    return json.loads(render_inventory_ansible(inventory, **options))


def of(*servers: InventoryServer) -> Inventory:
    return replace(full_inventory(), servers=servers)


def read_ssh_config(text: str) -> dict[str, str]:
    """What ssh would take for a host's name and address; anything else fails."""
    found: dict[str, str] = {}
    name = ""
    for line in text.split("\n"):
        words = line.split()
        if not words or line.lstrip().startswith("#"):
            continue
        assert len(words) == 2, line
        if words[0] == "Host":
            name = words[1]
            assert not set(name) & set("*?!,\"'")
        else:
            assert words[0] == "HostName"
            found[name] = str(ipaddress.ip_address(words[1]))
    return found


def reached(inventory: Inventory) -> dict[str, str]:
    return {s.name: s.address for s in inventory.hosts if s.address is not None}


@thorough
@given(hostile_inventories)
def test_the_ssh_config_has_the_hosts_with_addresses_and_no_other_option(
    inventory: Inventory,
) -> None:
    assert read_ssh_config(render_inventory_ssh_config(inventory)) == reached(inventory)


@thorough
@given(hostile_inventories)
def test_a_line_of_the_hosts_file_is_an_address_and_a_name(inventory: Inventory) -> None:
    lines = render_inventory_hosts(inventory).split("\n")
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    found: dict[str, list[str]] = {}
    for address, name in pairs:
        found.setdefault(name, []).append(str(ipaddress.ip_address(address)))
    assert {name: addresses[0] for name, addresses in found.items()} == reached(inventory)


@thorough
@given(hostile_inventories)
def test_every_row_of_the_csv_has_every_column_and_no_cell_is_a_formula(
    inventory: Inventory,
) -> None:
    head, *rows = csv.reader(StringIO(render_inventory_csv(inventory)))
    assert len(rows) == len(inventory.servers)
    for row, server in zip(rows, inventory.servers, strict=True):
        cells = dict(zip(head, row, strict=True))
        assert (cells["status"], cells["name"]) == (server.status.value, server.name)
        assert not any(cell.strip()[:1] in ("=", "+", "-", "@") and cell.strip() for cell in row)
        assert not any(sign in cell for cell in row for sign in "\r\n\t")


@thorough
@given(hostile_inventories)
def test_both_forms_of_the_ansible_inventory_have_every_host_in_the_same_groups(
    inventory: Inventory,
) -> None:
    script, tree = ansible(inventory), ansible(inventory, is_file=True)["all"]
    names = {server.name for server in inventory.hosts}
    assert set(script["_meta"]["hostvars"]) == set(tree["hosts"]) == names
    groups = {g: set(v["hosts"]) for g, v in script.items() if g not in ("_meta", "all")}
    assert names == set().union(*groups.values())
    assert {g: set(v["hosts"]) for g, v in tree["children"].items()} == {
        group: hosts for group, hosts in groups.items() if group != "ungrouped"
    }
    assert all(re.fullmatch(r"\w+", group) for group in groups)
    assert set(script["all"]["children"]) == set(groups)


@thorough
@given(hostile_inventories)
def test_file_sd_has_a_target_with_valid_labels_for_each_address(inventory: Inventory) -> None:
    """The rules of file_sd: a list of objects with `targets` and `labels`, both of texts."""
    groups = json.loads(render_inventory_prometheus(inventory, port=9256))
    found = {}
    for group in groups:
        assert group.keys() == {"targets", "labels"}
        (target,) = group["targets"]
        address, _, port = target.rpartition(":")
        assert port == "9256"
        for name, value in group["labels"].items():
            assert _PROMETHEUS_LABEL.fullmatch(name)
            value.encode("utf-8")
        found[group["labels"]["instance"]] = address.strip("[]")
    assert found == reached(inventory)


def test_groups_are_by_stack_base_key_tag_and_pool() -> None:
    groups = ansible(full_inventory())
    assert groups["stack_web_prod"]["hosts"] == [WEB_2.name, BUILDING.name]
    assert groups["key_web"]["hosts"] == [WEB_2.name, BUILDING.name]
    assert groups["pool_pool_iw_ssd"]["hosts"] == [WEB_2.name]
    assert groups["without_address"]["hosts"] == [BUILDING.name]


def test_tags_that_become_one_name_are_one_group_of_all_their_hosts() -> None:
    assert ansible(full_inventory())["tag_env_prod"]["hosts"] == [WEB_2.name, FOREIGN.name]


def test_a_retired_server_is_a_host_only_while_the_file_declares_it_again() -> None:
    assert not OLD.is_host
    assert not replace(OLD, status=Standing.OTHER_STACK).is_host
    assert replace(OLD, status=Standing.DECLARED).is_host
    assert not replace(OLD, marks=("retire:soon",), retires=None).is_host
    assert replace(OLD, marks=("retire-after:7d",), retires=None).is_host
    text = render_inventory_hosts(replace(full_inventory(), servers=(OLD, WEB_2)))
    assert f"# {OLD.name} is retired, so left out" in text
    assert f" {OLD.name}\n" not in text


def test_missing_servers_and_those_that_are_being_deleted_are_no_hosts() -> None:
    variables = ansible(full_inventory())["_meta"]["hostvars"]
    assert MISSING.name not in variables
    assert GOING.name not in variables
    assert "ansible_host" not in variables[BUILDING.name]
    for render in (render_inventory_ssh_config, render_inventory_hosts):
        text = render(full_inventory())
        assert f"# {MISSING.name} is declared and missing, so left out" in text
        assert f"# {GOING.name} is being deleted, so left out" in text
        assert f"# {BUILDING.name} is being built, without an address yet" in text


def test_a_text_that_looks_like_a_template_is_unsafe_for_ansible() -> None:
    lookup = "{{ lookup('pipe', 'id') }}"
    hostile = replace(WEB_2, custom_name=lookup, tags=(lookup, "web"), os_name="{% raw %}")
    variables = ansible(of(hostile), host=WEB_2.name)
    assert variables["ccloud_custom_name"] == {"__ansible_unsafe": lookup}
    assert variables["ccloud_tags"] == [{"__ansible_unsafe": lookup}, "web"]
    assert variables["ccloud_os_name"] == {"__ansible_unsafe": "{% raw %}"}


def test_the_variables_of_a_host_that_is_not_there_are_none() -> None:
    assert ansible(full_inventory(), host="nobody") == {}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"])
def test_a_name_like_a_formula_begins_with_an_apostrophe(text: str) -> None:
    server = replace(WEB_2, custom_name=text)
    _, row = csv.reader(StringIO(render_inventory_csv(of(server))))
    assert row[3] == f"'{text}"


def test_a_tab_before_a_formula_is_a_text() -> None:
    _, row = csv.reader(StringIO(render_inventory_csv(of(replace(WEB_2, custom_name="\t=1")))))
    assert row[3] == r"\t=1"


def test_what_follows_a_semicolon_is_no_formula_either() -> None:
    server = replace(WEB_2, custom_name='a"; =1+1', tags=("=2", "b", "@SUM(A1)"))
    text = render_inventory_csv(of(server))
    for cell in text.replace('"', "").replace(";", ",").split(","):
        assert not cell.strip().startswith(("=", "+", "-", "@"))
    _, row = csv.reader(StringIO(text))
    assert (row[3], row[13]) == ("a\";' =1+1", "'=2;b;'@SUM(A1)")


def test_a_server_with_two_families_has_both_of_its_public_addresses_in_the_hosts_file() -> None:
    lines = render_inventory_hosts(of(WEB_2)).splitlines()[1:]
    assert lines == ["185.14.233.5 web-prod-web-2", "2a00:1158::5 web-prod-web-2"]
    private = replace(WEB_2, addresses=Addresses(ipv4=("10.0.0.5",)))
    assert render_inventory_hosts(of(private)).splitlines()[1:] == ["10.0.0.5 web-prod-web-2"]


def test_an_empty_account_is_an_empty_list_in_every_format() -> None:
    assert "There are no servers." in render_inventory(of())
    assert json.loads(render_inventory_prometheus(of())) == []
    assert read_ssh_config(render_inventory_ssh_config(of())) == {}
    assert ansible(of())["_meta"] == {"hostvars": {}}
    assert len(render_inventory_csv(of()).splitlines()) == 1


def test_the_text_tells_unknown_from_what_is_not_there() -> None:
    text = render_inventory(full_inventory())
    (building,) = (line for line in text.splitlines() if "web-10" in line)
    assert "unknown" in building
    assert "being built" in building
    (missing,) = (line for line in text.splitlines() if line.endswith(Standing.MISSING))
    assert "?" not in missing
    assert "51.50 per month (12.50 of it for retired servers), 3 unknown" in text
