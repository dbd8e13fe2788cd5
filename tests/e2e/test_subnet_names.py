"""Subnets and VPCs by name, from the file to the server's address, against the embedded API."""

import json
from pathlib import Path

import pytest

from ccloud_apply.sandbox.state.store import Store
from tests.conftest import RunCli
from tests.support.stacks import APPLY, BOX, IS_EMPTY, with_faults, write_stack

NAMED = BOX + '    subnets: ["Public IPv4 reserved", Public IPv6]\n'
LAN = BOX + "    subnets: [vpc-reserved]\n"


def rename(db: str, subnet: int, **values: object) -> None:
    """Change an entry of the catalogue of subnets, as the vendor would."""
    store = Store(db)
    with store.transaction(write=True):
        entry = store.read_entry("subnets", f"{subnet}")
        assert entry is not None
        store.write_entry("subnets", f"{subnet}", subnet, {**entry, **values})
    store.close()


@pytest.fixture
def begun(call_cli: RunCli, sandbox_env: dict[str, str]) -> str:
    """The path of the sandbox's data, which exists."""
    assert call_cli("catalog", "subnets").code == 0
    return sandbox_env["CCLOUD_SANDBOX_DB"]


def test_a_server_gets_its_addresses_in_the_subnets_of_these_names(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, NAMED)
    assert call_cli("validate", "web.yaml").code == 0
    planned = call_cli("plan", "web.yaml")
    assert "+ subnets  14, 13  # Public IPv4 reserved is 14, Public IPv6 is 13" in planned.out
    made = call_cli(*APPLY)
    assert made.code == 0, made
    assert made.out.splitlines()[-1].split()[2:] == ["203.0.113.10", "2001:db8:1200::d"]
    again = call_cli(*IS_EMPTY, "-v")
    assert again.code == 0
    assert "list_subnets" not in again.err


def test_a_vpc_stands_for_its_subnets(call_cli: RunCli, tmp_path: Path, begun: str) -> None:
    rename(begun, 14, _vpc="vpc-reserved")
    write_stack(tmp_path, LAN)
    made = call_cli(*APPLY, "-v")
    assert made.code == 0, made
    assert made.out.splitlines()[-1].split()[2] == "203.0.113.10"
    assert "list_vpcs" in made.err


def test_a_name_that_nothing_has_is_an_error_at_its_place(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, BOX + "    subnets: [13, Public IPv5]\n")
    ended = call_cli("plan", "web.yaml", "--no-checks", "CCA130", "--format", "json")
    assert ended.code == 1
    (error,) = json.loads(ended.out)["errors"]
    assert (error["code"], error["line"], error["column"]) == ("subnet-unknown", 10, 19)
    assert error["where"] == "servers.box.subnets[1]"
    assert error["hint"].startswith('did you mean "Public IPv')


def test_a_name_of_two_subnets_of_a_family_is_refused(
    call_cli: RunCli, tmp_path: Path, begun: str
) -> None:
    rename(begun, 14, name="Public IPv4")
    write_stack(tmp_path, BOX + "    subnets: [Public IPv4]\n")
    ended = call_cli("plan", "web.yaml")
    assert "means 2 subnets: 12 (IPv4 198.18.0.0), 14 (IPv4 203.0.113.0)" in ended.err


def test_a_saved_plan_is_stale_once_a_name_means_another_subnet(
    call_cli: RunCli, tmp_path: Path, begun: str
) -> None:
    write_stack(tmp_path, NAMED)
    assert call_cli("plan", "web.yaml", "--out", "plan.json").code == 0
    rename(begun, 14, name="gone")
    rename(begun, 12, name="Public IPv4 reserved")
    ended = call_cli("apply", "plan.json")
    assert ended.code == 1
    assert "box/box: the plan for it has changed: subnets" in ended.err


def test_a_catalogue_that_cannot_be_read_is_not_known_and_sends_no_name(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, NAMED)
    refused = {"operation": "list_subnets", "fault": {"status": 403}}
    env = with_faults(sandbox_env, tmp_path, refused)
    ended = call_cli(*APPLY, env=env)
    assert ended.code == 1
    assert "it is not known which subnet Public IPv6 is: " in ended.err
    assert call_cli("drift", "web.yaml", "-v", env=env).code == 2  # nothing there asks for it


def test_a_rehearsal_knows_the_names_too(call_cli: RunCli, tmp_path: Path, begun: str) -> None:
    rename(begun, 14, _vpc="vpc-reserved")
    for text in (NAMED, LAN):
        write_stack(tmp_path, text)
        ended = call_cli("rehearse", "web.yaml")
        assert ended.code == 0, ended


def test_the_addresses_of_a_full_subnet_that_cannot_be_read_are_told_as_unknown(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, NAMED)
    refused = {"operation": "list_subnet_ips", "fault": {"status": 403}}
    planned = call_cli("plan", "web.yaml", env=with_faults(sandbox_env, tmp_path, refused))
    assert planned.code == 0
    assert "list_subnet_ips: the catalogue could not be read, so CCA133 cannot be" in planned.out


@pytest.mark.parametrize(("kind", "word"), [("vpcs", "vpc-public"), ("ips", "198.18.0.10")])
def test_vpcs_and_addresses_are_listed(kind: str, word: str, call_cli: RunCli) -> None:
    listed = call_cli("catalog", kind)
    assert (listed.code, word in listed.out) == (0, True)
    document = json.loads(call_cli("catalog", kind, "--format", "json").out)
    assert word in json.dumps(document[kind][0])
    if kind == "vpcs":
        assert "Public IPv4 (12), Public IPv6 (13), Public IPv4 reserved (14)" in listed.out
        assert document[kind][0]["subnets"][0]["id"] == 12
