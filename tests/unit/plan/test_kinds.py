"""What kind a changed value is: from the field's aspect, wherever the change comes from."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.stack import AccountSpec, Declared, Lifecycle
from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.live.account import Subscription
from ccloud_apply.model.results.plan import Plan, ServerPlan, ValueKind
from ccloud_apply.plan.kinds import kind_of, with_kinds_in
from tests.support.builders import (
    COMPLETE,
    HERE,
    account,
    drift_of,
    live,
    only_server,
    plan,
    spec,
    stack,
)

WANTED: dict[str, Any] = {
    "memory": 8,
    "cores": 4,
    "disks": [80, 20],
    "addons": {"monitoring": 1},
    "tags": ["front"],
    "custom_name": "front",
    "notes": "a\nb",
    "scheduled_snapshots": {"frequency": 6},
}


def kinds(server: ServerPlan) -> dict[str, ValueKind]:
    return {change.field: change.kind for change in server.changes}


def plain(kind: ValueKind) -> bool:
    return kind is ValueKind.PLAIN


EXPECTED = {
    "memory": ValueKind.GB,
    "cores": ValueKind.PLAIN,
    "disks.1": ValueKind.GB,
    "disks.2": ValueKind.GB,
    "addons.monitoring": ValueKind.PLAIN,
    "tags": ValueKind.TAGS,
    "custom_name": ValueKind.NAME,
    "notes": ValueKind.PLAIN,
    "scheduled_snapshots": ValueKind.SCHEDULE,
}


def test_every_change_of_a_live_server_has_its_fields_kind() -> None:
    server = only_server(stack(spec("web", **WANTED)), account(live(key="web")))
    assert kinds(server) == EXPECTED


def test_every_change_of_a_new_server_has_its_fields_kind() -> None:
    found = kinds(only_server(stack(spec("web", **(COMPLETE | WANTED))), account()))
    assert {name: found[name] for name in EXPECTED} == EXPECTED


def test_a_replaced_server_has_kinds_too() -> None:
    wanted = spec(
        "web",
        **(COMPLETE | {"pool": "other"}),
        lifecycle=Lifecycle(on_create_only_change="replace"),
    )
    server = only_server(stack(wanted), account(live(key="web", memory_gb=2)))
    assert kinds(server)["memory"] is ValueKind.GB


def test_the_tags_of_a_released_server_are_a_set() -> None:
    found = stack(spec("other"), released=["web"])
    (server,) = (
        server
        for server in plan(found, account(live(key="web"), live(2, key="other")))[0].servers
        if server.key == "web"
    )
    assert kinds(server) == {"tags": ValueKind.TAGS}


def test_the_tags_of_a_server_that_a_destroy_gives_back_are_a_set() -> None:
    found = stack(spec("other"), released=["web"])
    lives = account(live(key="web"), live(2, key="other"))
    servers = plan(found, lives, is_destroy=True)[0].servers
    assert [kinds(server) for server in servers if server.key == "web"] == [
        {"tags": ValueKind.TAGS}
    ]


def test_disks_that_cannot_be_told_apart_are_sizes_in_a_drift_report() -> None:
    desired = stack(spec("web", disks=[20]))
    report, _ = drift_of([desired], account(live(key="web", disks=[50])))
    assert report is not None
    (change,) = report.stacks[0].drifted[0].changes
    assert (change.field, change.kind) == ("disks", ValueKind.GB)


def test_the_accounts_changes_have_the_kinds_of_the_same_fields() -> None:
    subscription = Subscription(id=2, name="S1", display_name="Main")
    declared = AccountSpec(
        addons={"report": Declared(1, HERE)}, subscriptions={"S1": Declared("Other", HERE)}
    )
    there = replace(account(), customer_addons={}, subscriptions=(subscription,))
    built, _ = plan(replace(stack(), account=declared), there)
    assert built.account is not None
    assert kinds(built.account.entry) == {
        "addons.report": kind_of("addons"),
        "subscriptions.S1": ValueKind.PLAIN,
    }


@given(st.sampled_from(sorted(ASPECTS)), st.text(max_size=5))
def test_a_part_of_a_field_has_its_kind_and_an_unknown_field_a_plain_one(
    field: str, part: str
) -> None:
    assert kind_of(f"{field}.{part}") is kind_of(field) is ASPECTS[field].kind
    assert plain(kind_of(f"x_{field}"))


def test_a_plan_that_was_saved_gets_its_kinds_back_and_stores_none() -> None:
    built = plan(stack(spec("web", **WANTED)), account(live(key="web")))[0]
    document = encode_plan(Plan(stacks=(built,)))
    assert '"kind"' not in json.dumps(document)
    decoded = decode_plan(document)
    assert all(map(plain, kinds(decoded.stacks[0].servers[0]).values()))
    assert kinds(with_kinds_in(decoded).stacks[0].servers[0]) == EXPECTED
