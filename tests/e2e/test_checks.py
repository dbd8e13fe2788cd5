"""Each check as a user meets it: the plan refuses, with the line; without the check, the API does.

The table of docs/checks.md names these cases, and the refusals are quoted there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccloud_apply.model.codes import CODES
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.plan.checks.registry import CHECKS
from ccloud_apply.sandbox.state.record import Snapshot
from ccloud_apply.sandbox.state.store import Store
from tests.conftest import RunCli
from tests.support.desk import Desk
from tests.support.stacks import with_faults, write_stack

SECRET = "CCLOUD_SECRET_ROOT"
WEB: Mapping[str, Any] = {
    "pool": "pool_iw_ssd",
    "type": "unmanaged",
    "image": "debian12_uefi",
    "cores": 2,
    "memory": 4,
    "disks": [50],
}
GPU_POOL = {"pool": "pool_iw3_ssd_gpu"}
NVIDIA = "gpu_nvidia_a2_16gb"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file that the platform refuses: `fields` of the server web, after `before` was applied.

    `at` is how the line ends that is named, where the value begins; `refusal` what the API says.
    """

    code: str
    fields: Mapping[str, Any]
    at: str
    refusal: str
    before: Mapping[str, Any] = field(default_factory=dict)


CASES: Mapping[str, Case] = {
    "CCA101-unknown": Case(
        code="CCA101",
        fields={"pool": "pool_iw_sd"},
        at="pool: pool_iw_sd",
        refusal="The pool pool_iw_sd does not exist.",
    ),
    "CCA101-full": Case(
        code="CCA101",
        fields={"pool": "pool_iw1_sas"},
        at="pool: pool_iw1_sas",
        refusal="The pool pool_iw1_sas is full.",
    ),
    "CCA103": Case(
        code="CCA103",
        fields={"image": "debian12"},
        at="image: debian12",
        refusal="The image debian12 does not exist.",
    ),
    "CCA104": Case(
        code="CCA104",
        fields={"image": "windows2022_uefi", "disks": [30, 100]},
        at="- 30",
        refusal="The image needs a system disk of at least 40 GB.",
    ),
    "CCA105": Case(
        code="CCA105",
        fields={"image": "pfsense27", "user_data": "#cloud-config"},
        at="user_data: '#cloud-config'",
        refusal="The image pfsense27 has no cloud-init support.",
    ),
    "CCA106": Case(
        code="CCA106",
        fields={"subnets_intern": [20]},
        at="- 20",
        refusal="Internal subnets are available for pfSense systems only.",
    ),
    "CCA107": Case(
        code="CCA107",
        fields={"disks": [10, 11, 12, 13, 14, 15]},
        at="- 10",
        refusal="The disks must have between 1 and 5 items.",
    ),
    "CCA110": Case(
        code="CCA110",
        fields={"addons": {"backups": 1}},
        at="backups: 1",
        refusal="The addon backups does not exist.",
    ),
    "CCA110-more": Case(
        code="CCA110",
        before={"addons": {"backup": 1}},
        fields={"addons": ["backup", {"name": "anti_virus", "count": 1}]},
        at="name: anti_virus",
        refusal="The addon anti_virus does not exist.",
    ),
    "CCA111": Case(
        code="CCA111",
        fields={"addons": {"legacy_firewall": 1}},
        at="legacy_firewall: 1",
        refusal="The addon legacy_firewall can not be added.",
    ),
    "CCA112": Case(
        code="CCA112",
        before={"addons": {"ddos_protection": 1}},
        fields={"addons": {"backup": 1}},
        at="backup: 1",
        refusal="The addon ddos_protection can not be deleted.",
    ),
    "CCA113": Case(
        code="CCA113",
        fields={"addons": {"antivirus": 1}},
        at="antivirus: 1",
        refusal="The addon antivirus does not support Linux Debian 12.",
    ),
    "CCA114": Case(
        code="CCA114",
        fields={"type": "managed", "addons": ["monitoring"]},
        at="- monitoring",
        refusal="The addon monitoring is not available for managed servers.",
    ),
    "CCA115": Case(
        code="CCA115",
        fields={"addons": {NVIDIA: 1}},
        at=f"{NVIDIA}: 1",
        refusal="The pool pool_iw_ssd has no NVIDIA A2 16 GB.",
    ),
    "CCA116": Case(
        code="CCA116",
        before={**GPU_POOL, "count": 2, "addons": {NVIDIA: 1}},
        fields={**GPU_POOL, "count": 2, "addons": {NVIDIA: 3}},
        at=f"{NVIDIA}: 3",
        refusal="There are not enough NVIDIA A2 16 GB available.",
    ),
    "CCA120": Case(
        code="CCA120",
        fields={"rollouts": ["app_nginx", "app_apach"]},
        at="- app_apach",
        refusal="The rollout app_apach does not exist.",
    ),
    "CCA121": Case(
        code="CCA121",
        fields={"rollouts": ["win_iis"]},
        at="- win_iis",
        refusal="The rollout win_iis is not valid for debian12_uefi.",
    ),
    "CCA122": Case(
        code="CCA122",
        fields={"rollouts": ["app_php"]},
        at="- app_php",
        refusal="The rollout app_php depends on app_apache.",
    ),
    "CCA123": Case(
        code="CCA123",
        fields={"rollouts": ["app_mysql"]},
        at="- app_mysql",
        refusal="The rollout app_mysql is for managed servers only.",
    ),
    "CCA130": Case(
        code="CCA130",
        fields={"subnets": [99]},
        at="- 99",
        refusal="The subnet 99 does not exist.",
    ),
    "CCA131": Case(
        code="CCA131",
        fields={"subnets": [12, 14]},
        at="- 14",
        refusal="Only one IPv4 and one IPv6 subnet is allowed.",
    ),
    "CCA132": Case(
        code="CCA132",
        fields={"subnets": [13]},
        at="- 13",
        refusal="One of the subnets must be an IPv4 subnet.",
    ),
    "CCA133": Case(
        code="CCA133",
        fields={"subnets": [14], "count": 2},
        at="- 14",
        refusal="The subnet 14 has no free address.",
    ),
    "CCA140": Case(
        code="CCA140",
        fields={"password": {"env": SECRET}},
        at=f"env: {SECRET}",
        refusal="The password must be at least 8 characters.",
    ),
    "CCA170": Case(
        code="CCA170",
        fields={"count": 2, "cores": 6},
        at="cores: 6",
        refusal="The resource limit of 8 cores is exceeded",
    ),
    "CCA180": Case(
        code="CCA180",
        before={"dvds": []},
        fields={"dvds": ["virtio.iso"]},
        at="- virtio.iso",
        refusal="The selected name is invalid.",
    ),
    "CCA190": Case(
        code="CCA190",
        before={"notes": "by hand"},
        fields={"memory": 8, "lifecycle": {"snapshot_before": ["resize"]}},
        at="pool: pool_iw_ssd",
        refusal="A server can have at most 10 snapshots.",
    ),
}


def build(fields: Mapping[str, Any]) -> str:
    """The file, each value on a line of its own."""
    document = {"stack": "shop", "servers": {"web": {**WEB, **fields}}}
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=False)


def find_place(text: str, at: str) -> int:
    """The line that holds a text, from 1."""
    (line,) = (n for n, line in enumerate(text.splitlines(), 1) if line.strip().endswith(at))
    return line


@pytest.fixture
def env(
    request: pytest.FixtureRequest, sandbox_env: dict[str, str], case_id: str
) -> dict[str, str]:
    """The sandbox; over HTTP and with limits where they are what is refused."""
    if case_id != "CCA170":
        return {**sandbox_env, SECRET: "1234567"}
    serve = request.getfixturevalue("serve")
    endpoint = serve("--limits", "cores=8", db="limited.db")
    return {
        **request.getfixturevalue("clean_env"),
        "CCLOUD_ENDPOINT": endpoint,
        "CCLOUD_TOKEN": "sandbox-e2e",
        "CCLOUD_SETTLE": "0",
        "CCLOUD_GRACE": "2",
    }


@pytest.fixture
def prepared(case_id: str, call_cli: RunCli, env: dict[str, str], tmp_path: Path) -> Case:
    """The case, with what comes before it applied and its file written as web.yaml."""
    case = CASES[case_id]
    if case_id == "CCA170":  # the servers that the sandbox begins with
        seeded = call_cli("sandbox", "reset", "--db", str(tmp_path / "limited.db"))
        assert seeded.code == 0
        assert call_cli("sandbox", "seed", "empty", "--db", str(tmp_path / "limited.db")).code == 0
    if case.before:
        stack = write_stack(tmp_path, build(case.before))
        assert call_cli("apply", stack, "--auto-approve", env=env).code == 0
    if case_id == "CCA133":
        assert call_cli("catalog", "subnets", env=env).code == 0
        shrink_subnet(env["CCLOUD_SANDBOX_DB"], 14)
    if case_id == "CCA190":
        take_snapshots(env["CCLOUD_SANDBOX_DB"], 10)
    write_stack(tmp_path, build(case.fields))
    return case


def shrink_subnet(db: str, subnet: int) -> None:
    """Leave the subnet one address for a server."""
    store = Store(db)
    with store.transaction(write=True):
        entry = store.read_entry("subnets", f"{subnet}")
        assert entry is not None
        store.write_entry("subnets", f"{subnet}", 2, {**entry, "mask_bits": 30})
    store.close()


def take_snapshots(db: str, count: int) -> None:
    """Give the newest server so many snapshots, as if somebody had taken them in the last days."""
    store = Store(db)
    with store.transaction(write=True):
        server = store.all_servers()[-1]
        server["snapshots"] = [
            Snapshot(
                id=f"id-{n}",
                name=f"by hand {n}",
                active=False,
                parent=None,
                created_at="2026-01-01T03:00:00.000000Z",
            )
            for n in range(count)
        ]
        store.write_server(server)
    store.close()


@pytest.mark.parametrize("case_id", CASES)
def test_a_plan_refuses_what_a_check_finds_and_names_the_line(
    prepared: Case, call_cli: RunCli, env: dict[str, str]
) -> None:
    ended = call_cli("plan", "web.yaml", "--format", "json", env=env)
    assert ended.code == 1, ended
    errors = json.loads(ended.out)["errors"]
    assert {error["code"] for error in errors} == {prepared.code}
    assert errors[0]["line"] == find_place(build(prepared.fields), prepared.at)
    assert errors[0]["path"] == "web.yaml"
    assert errors[0]["column"] > 1
    assert errors[0]["hint"] or CHECKS[prepared.code].is_of_schema
    assert f"[{prepared.code}]" in ended.err


OF_SCHEMA = [name for name, case in CASES.items() if CHECKS[case.code].is_of_schema]


@pytest.mark.parametrize("case_id", [name for name in CASES if name not in OF_SCHEMA])
def test_with_the_check_silenced_the_api_refuses_it(
    prepared: Case, call_cli: RunCli, env: dict[str, str]
) -> None:
    silenced = ("--no-checks", prepared.code)
    ended = call_cli("apply", "web.yaml", "--auto-approve", "--format", "json", *silenced, env=env)
    assert ended.code == 1, ended
    events = [json.loads(line) for line in ended.out.splitlines()]
    failed = [event["error"] for event in events if event["type"] == "step_failed"]
    assert failed
    assert "422" in failed[0]
    assert prepared.refusal in failed[0]


@pytest.mark.parametrize("case_id", OF_SCHEMA)
def test_what_the_schema_refuses_cannot_be_left_out_and_the_api_refuses_it_too(
    prepared: Case, call_cli: RunCli
) -> None:
    assert call_cli("validate", "web.yaml").code == 1
    ended = call_cli("plan", "web.yaml", "--no-checks", prepared.code)
    assert "a rule of the stack file's schema" in ended.err
    errors = Desk(seed="empty").refused("POST", "/ccloud/servers", {**WEB, **prepared.fields})
    assert prepared.refusal in errors.values()


def test_every_check_that_is_an_error_has_a_case() -> None:
    warnings = {code for code, row in CODES.items() if row.severity is Severity.WARNING}
    # What CCA151 is about no API refuses: a plan would come out otherwise than it says.
    assert {case.code for case in CASES.values()} == CHECKS.keys() - warnings - {"CCA151"}


FAILING = ("list_pools", "get_resource_info", "list_addons", "list_subnets", "list_rollouts")
RICH = {"addons": {"backup": 1}, "subnets": [12], "rollouts": ["app_nginx"]}


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 404}, {"body": "not-an-object"}])
def test_catalogues_that_cannot_be_read_fail_nothing(
    fault: Mapping[str, Any], call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rules = [{"operation": operation, "fault": dict(fault)} for operation in FAILING]
    env = with_faults(sandbox_env, tmp_path, *rules)
    stack = write_stack(tmp_path, build(RICH))
    planned = call_cli("plan", stack, env=env)
    assert planned.code == 0, planned
    for operation in FAILING:
        assert f"{operation}: the catalogue could not be read" in planned.out
    assert "[CCA100]" in planned.out
    assert "[CCA100]" not in call_cli("plan", stack, "--no-checks", "CCA100", env=env).out
    assert call_cli("apply", stack, "--auto-approve", env=env).code == 0


def test_a_plan_without_changes_asks_for_no_catalogue(call_cli: RunCli, tmp_path: Path) -> None:
    """Neither does the look at the end of an apply: what is done was allowed."""
    stack = write_stack(tmp_path, build(RICH))
    applied = call_cli("-v", "apply", stack, "--auto-approve")
    assert applied.code == 0
    for operation in FAILING:
        assert f"{operation} " in applied.err
    planned = call_cli("-v", "plan", stack)
    assert "\n\nNo changes. " in planned.out
    assert "list_servers 1" in planned.err
    assert not any(operation in planned.err for operation in FAILING)


def test_a_saved_plan_is_applied_without_the_checks_it_was_made_without(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    case = CASES["CCA113"]
    stack = write_stack(tmp_path, build(case.fields))
    ended = call_cli("plan", stack, "--out", "plan.json", "--no-checks", case.code)
    assert ended.code == 0, ended
    applied = call_cli("apply", "plan.json")
    assert case.refusal in applied.err
    with_codes = call_cli("apply", "plan.json", "--no-checks", case.code)
    assert "is a saved plan, which contains its options" in with_codes.err


def test_validate_says_what_takes_no_account(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    fields = {"type": "managed", "addons": ["monitoring"], "password": {"env": SECRET}}
    stack = write_stack(tmp_path, build({**fields, "tags": ["a", "A"]}))
    env = {**clean_env, SECRET: "short"}
    ended = call_cli("validate", stack, "--format", "json", env=env)
    document = json.loads(ended.out)
    assert ended.code == 1
    assert [error["code"] for error in document["errors"]] == ["CCA114", "CCA140"]
    assert [warning["code"] for warning in document["warnings"]] == ["CCA150"]
    assert "short" not in ended.out
    silenced = ("--no-checks", "CCA114", "--no-checks", "CCA140", "--no-checks", "CCA150")
    assert call_cli("validate", stack, *silenced, env=env).out == "Valid: 1 stack, 1 server.\n"


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_an_unknown_code_is_an_error_of_the_command_line(
    command: str, call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli(command, write_stack(tmp_path), "--no-checks", "CCA1")
    assert ended.code == 1
    assert "--no-checks: there is no check CCA1" in ended.err


def test_warnings_leave_a_plan_as_it_is(call_cli: RunCli, tmp_path: Path) -> None:
    fields = {"count": 2, "custom_name": "web", "tags": ["Production"]}
    ended = call_cli("plan", write_stack(tmp_path, build(fields)), "--format", "json")
    assert ended.code == 0
    warnings = json.loads(ended.out)["stacks"][0]["warnings"]
    assert {warning["code"] for warning in warnings} == {"CCA150", "CCA160"}
