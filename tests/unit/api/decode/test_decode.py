"""The vendor's JSON to our values, case by case: `tests/cases/decode/<operation>/<case>.json`.

A case holds what it is `about`, the API's `reply`, and the `value` or the `error`; fields of values
that are None or empty collections are left out.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.api.decode import account, catalog, device, server, task
from ccloud_apply.api.decode.shape import Unreadable
from tests.conftest import ROOT

CASES = ROOT / "tests" / "cases" / "decode"

DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "get_server": server.decode_server,
    "get_server_state": server.decode_state,
    "list_server_disks": server.decode_disks,
    "list_server_dvds": device.decode_drives,
    "list_server_isos": device.decode_isos,
    "preview_invoice": account.decode_invoice_preview,
    "list_ips": device.decode_addresses,
    "add_server_ip": device.decode_new_address,
    "list_server_network_adapters": device.decode_adapters,
    "get_server_boot_order": device.decode_boot_order,
    "list_server_snapshots": server.decode_snapshots,
    "list_server_tags": server.decode_tags,
    "list_customer_addons": account.decode_customer_addons,
    "get_task": task.decode_task,
    "list_tasks": task.decode_tasks,
    "list_snapshot_schedules": task.decode_schedules,
    "get_server_snapshot_schedule": task.decode_schedule,
    "list_os": catalog.decode_images,
    "list_pools": catalog.decode_pools,
    "list_addons": catalog.decode_addons,
    "list_rollouts": catalog.decode_rollouts,
    "list_subnets": catalog.decode_subnets,
    "list_subnet_ips": device.decode_subnet_addresses,
    "list_vpcs": catalog.decode_vpcs,
    "list_gpus": catalog.decode_gpus,
    "list_server_gpus": catalog.decode_available_gpus,
    "list_licenses": catalog.decode_licenses,
    "get_pool_prices": lambda value: catalog.decode_prices(value, "pool_iw_ssd"),
    "get_resource_info": catalog.decode_resource_info,
}


def is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, tuple | frozenset | Mapping) and not value)


def to_plain(value: Any) -> Any:
    """A value of the model as JSON."""
    if dataclasses.is_dataclass(value):
        fields = (f.name for f in dataclasses.fields(value) if f.compare)  # the rest is not told
        told = {name: getattr(value, name) for name in fields}
        return {name: to_plain(v) for name, v in told.items() if not is_nothing(v)}
    if isinstance(value, Mapping):
        return {name: to_plain(v) for name, v in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [to_plain(v) for v in value]
    return str(value) if isinstance(value, Decimal | datetime) else value


def decode(operation_id: str, reply: Any) -> dict[str, Any]:
    try:
        return {"value": to_plain(DECODERS[operation_id](reply))}
    except Unreadable as error:
        return {"error": str(error)}


@pytest.mark.parametrize(
    "path", sorted(CASES.rglob("*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_a_reply_becomes_its_value(path: Path, update_cases: bool) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    found = decode(path.parent.name, case["reply"])
    if update_cases:
        text = json.dumps({**case, **found}, indent=2, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert (
        found == {name: case[name] for name in ("value", "error") if name in case} or update_cases
    )
    assert ("error" in found) == path.stem.startswith("error-")


def test_every_decoder_has_cases() -> None:
    assert {path.parent.name for path in CASES.rglob("*.json")} == set(DECODERS)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "data", "tags", "size", "hostname", "addons", "name", "count"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(reply=VALUES)
def test_any_json_is_a_value_or_unreadable_and_never_a_crash(reply: Any) -> None:
    for operation_id in DECODERS:
        decode(operation_id, reply)


@given(size_gb=st.integers(1, 5120))
def test_a_disks_size_is_the_same_in_either_unit(size_gb: int) -> None:
    (gb,) = server.decode_disks([{"id": "a", "size": size_gb}])
    (in_bytes,) = server.decode_disks([{"id": "a", "size": size_gb * 1024**3}])
    assert gb == in_bytes


def test_an_unreadable_server_says_where_it_stands() -> None:
    with pytest.raises(Unreadable, match=r"data\[3\]\.custom_name: expected text"):
        server.decode_server({"id": 1, "tags": [], "custom_name": [], "data": {}}, "data[3]")


@pytest.mark.parametrize(
    ("name", "fact"),
    [("cores", "cores"), ("memory", "memory_gb"), ("pool", "pool"), ("notes", "notes")],
)
def test_a_value_that_cannot_be_understood_is_not_told(name: str, fact: str) -> None:
    found = server.decode_server({"id": 1, "tags": [], "data": {"cores": 2, name: [{}]}})
    assert fact in found.untold
    assert found.fact(fact) is None


@pytest.mark.parametrize(
    "operation", ["list_snapshot_schedules", "get_server_snapshot_schedule", "list_ips"]
)
@pytest.mark.parametrize(
    "value", [{"items": []}, {"results": [], "next": "x"}, {"message": "maintenance"}, [{"x": 1}]]
)
def test_a_list_in_an_unknown_wrapper_is_unknown_and_never_empty(
    operation: str, value: object
) -> None:
    with pytest.raises(Unreadable, match=r"\b(frequency|ip): "):
        DECODERS[operation](value)
