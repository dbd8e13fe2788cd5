"""Values of a catalogue, which editors complete; what is valid stays as it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.editor.catalogue import KINDS, is_catalogue, offer_catalogues
from ccloud_apply.load.editor.describe import (
    build_base_document,
    build_project_document,
    build_stack_document,
)
from ccloud_apply.load.schema.validate import Checker
from tests.support.schemastore import find_violations

STACK = build_stack_document()
ROWS: dict[str, list[dict[str, Any]]] = {
    "pools": [
        {"pool": "pool_new", "name": "New", "is_active": True},
        {"pool": "pool_old", "name": "Old", "is_active": False},
        {"pool": "pool_new", "name": "Again"},
    ],
    "images": [{"image": "debian13_uefi", "name": "Debian 13"}, {"image": None}, {"name": "x"}],
    "rollouts": [{"rollout": "app_x", "name": "X"}],
    "subnets": [{"id": 12, "name": "Public IPv4"}, {"id": True, "name": "no"}],
    "addons": [
        {"name": "backup", "description": "Backups", "is_addable": True},
        {"name": "gone", "description": "", "is_addable": False},
        {"name": "not a name", "description": "x"},
    ],
}


def document(kind: str, rows: Any = None) -> dict[str, Any]:
    return {"format_version": "1.0", kind: ROWS[kind] if rows is None else rows}


def offered(field: str, *documents: dict[str, Any]) -> dict[Any, str]:
    """What an editor completes for a field, with what it says about it."""
    found: dict[Any, str] = {}

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            found.update(zip(part.get("enum", ()), part.get("enumDescriptions", ()), strict=False))
            for name, inner in part.items():
                if name == "properties" and field == "addons":
                    found.update(
                        (key, one["description"]) for key, one in inner.items() if "title" in one
                    )
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(offer_catalogues(STACK, documents)["$defs"][field])
    return found


@pytest.mark.parametrize(
    ("kind", "field", "expected"),
    [
        ("pools", "pool", {"pool_new": "New"}),
        ("images", "image", {"debian13_uefi": "Debian 13"}),
        ("rollouts", "rollouts", {"app_x": "X"}),
        ("subnets", "subnets", {12: "Public IPv4"}),
        ("subnets", "subnets_intern", {12: "Public IPv4"}),
    ],
)
def test_what_can_be_ordered_is_offered_once_with_its_name(
    kind: str, field: str, expected: dict[Any, str]
) -> None:
    assert offered(field, document(kind)) == expected


def test_addons_are_offered_as_keys() -> None:
    found = offered("addons", document("addons"))
    assert found["backup"] == "Backups"
    assert not {"gone", "not a name"} & found.keys()


@pytest.mark.parametrize(
    "build", [build_stack_document, build_project_document, build_base_document]
)
def test_a_schema_with_catalogues_keeps_the_strict_rules(build: Any) -> None:
    whole = build()
    found = offer_catalogues(whole, map(document, KINDS))
    assert find_violations(found, whole["$id"].rpartition("/")[2]) == []


VALUES = {
    "pool": st.sampled_from(["pool_new", "other", "${var.x}", "", 7, None]),
    "image": st.sampled_from(["debian13_uefi", "x", 7, []]),
    "rollouts": st.lists(st.sampled_from(["app_x", "y", 7, "", "${var.x}"]), max_size=3),
    "subnets": st.lists(st.sampled_from([12, 13, -1, "VLAN", "", None]), max_size=3),
    "addons": st.dictionaries(
        st.sampled_from(["backup", "other", "not a name"]),
        st.sampled_from([1, 0, 2000, "x", "${var.x}", None]),
        max_size=3,
    ),
}


@given(field=st.sampled_from(sorted(VALUES)), data=st.data())
def test_no_value_becomes_valid_or_invalid_by_a_catalogue(field: str, data: Any) -> None:
    value = data.draw(VALUES[field])
    changed = offer_catalogues(STACK, map(document, KINDS))
    before, after = (
        Checker({"$defs": whole["$defs"], **whole["$defs"][field]}) for whole in (STACK, changed)
    )
    assert before.fits(value) == after.fits(value)


def test_an_empty_catalogue_and_rows_of_another_shape_offer_nothing() -> None:
    for rows in ([], ["x", None, 7, {"pool": {"a": 1}}, {"pool": ""}]):
        assert offer_catalogues(STACK, [document("pools", rows)])["$defs"] == STACK["$defs"]


@pytest.mark.parametrize(
    ("kind", "field", "row"),
    [
        ("addons", "addons", {"name": 5, "description": "a number is no key"}),
        ("addons", "addons", {"name": "\ud800"}),
        ("pools", "pool", {"pool": "\ud800", "name": "half a pair"}),
    ],
)
def test_a_value_that_no_stack_file_can_hold_is_not_offered(
    kind: str, field: str, row: dict[str, Any]
) -> None:
    found = offer_catalogues(STACK, [document(kind, [row])])
    assert found["$defs"][field] == STACK["$defs"][field]


@pytest.mark.parametrize("value", [None, [], {}, {"pools": {}}, {"gpus": []}, "pools"])
def test_any_other_document_is_no_catalogue(value: Any) -> None:
    assert not is_catalogue(value)


def test_hostile_names_stay_texts_of_json() -> None:
    name = "\x1b[31m\n::add-mask::\u2028\x9b"
    rows = [{"image": f"i{name}", "name": name}]
    found = json.dumps(offer_catalogues(STACK, [document("images", rows)]))
    assert found.isprintable()
    assert found.isascii()
