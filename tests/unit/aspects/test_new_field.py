"""A new field is one class: everything that handles fields alike knows it without a further line.

The field of these tests has one operation that sets it. Its operation and its decoding are those
of another fact, for a table of operations has a row for each and is no part of an aspect.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from ccloud_apply.api.decode.server import decode_server
from ccloud_apply.aspects.effects import Sent
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.aspects.shapes import Scalar, Text, task_effect
from ccloud_apply.load.schema import stack_schema, validate
from ccloud_apply.load.stack.build import VariableSources, load_stack
from ccloud_apply.load.write.dump import dump_stack
from ccloud_apply.model.declared.stack import Lifecycle, Policy, Stack
from ccloud_apply.model.live.account import Account, LiveServer, Task
from ccloud_apply.model.live.read import Read
from ccloud_apply.model.results.plan import Action, StackPlan
from ccloud_apply.plan.fingerprint import build_fingerprint
from ccloud_apply.plan.views.drift import (
    as_compared,
    drifted_hostnames,
    with_last_tasks,
)
from ccloud_apply.plan.views.export import build_export, export_reads
from ccloud_apply.plan.views.export_selection import ExportRequest, choose_servers
from ccloud_apply.plan.views.rehearsal_copy import describe_account
from tests.support.builders import (
    COMPLETE,
    account,
    drift_of,
    errors,
    live,
    only_server,
    plan,
    spec,
    stack,
    why_not_compared,
)
from tests.support.reads import parts

MOTTO = "get_server_bios_type"
"""What tells the live value; here it stands for the read of a new field."""


class Motto(Scalar):
    """A text of which a server has one."""

    field = "motto"
    order = 85
    live_read = MOTTO
    set_operation = "set_server_notes"
    body_name = "text"
    is_in_create = False
    is_needed_to_create = True
    is_rename_evidence = True
    task_actions = ("set-motto",)
    snapshot_kind = "resize"
    schema: ClassVar[Mapping[str, Any]] = {
        "type": "string",
        "minLength": 1,
        "description": "The server's motto.",
    }


class Purpose(Text, Scalar):
    """A text that the server list shows, and that nothing decodes by its name."""

    field = "purpose"
    order = 86
    set_operation = "set_server_notes"
    is_in_create = False
    schema: ClassVar[Mapping[str, Any]] = {"type": "string", "description": "What it is for."}


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The classes stand in this module and not in `fields/`, where the registry would find them."""
    monkeypatch.setitem(ASPECTS, "motto", Motto())
    monkeypatch.setitem(ASPECTS, "purpose", Purpose())
    _forget_schemas()
    yield
    _forget_schemas()


def _forget_schemas() -> None:
    """The schemas are built once a process, from the fields that there are."""
    for module in (stack_schema, validate):
        for member in vars(module).values():
            if hasattr(member, "cache_clear"):
                member.cache_clear()


def with_motto(value: str | None, number: int = 10001, **facts: Any) -> LiveServer:
    server = live(number, **{"key": "web", "network": (), "snapshots": ()} | facts)
    return replace(server, parts={**server.parts, MOTTO: value})


def changed(declared: str, value: str | None, **options: Any) -> StackPlan:
    built, _ = plan(stack(spec(motto=declared, **options)), account(with_motto(value)))
    return built


def test_a_plan_reads_it_where_it_is_declared_and_sets_what_differs() -> None:
    desired, lives = stack(spec(motto="be bold")), account(live(key="web"))
    assert parts(desired, lives) == {"vs10001": {MOTTO}}
    assert parts(stack(spec(cores=2)), lives) == {}

    built = changed("be bold", "be kind")
    (change,) = built.servers[0].changes
    assert (change.field, change.before, change.after) == ("motto", "be kind", "be bold")
    (step,) = built.steps
    assert (step.id, step.operation_id, step.body) == (
        "web/motto",
        "set_server_notes",
        {"text": "be bold"},
    )
    assert changed("be bold", " be bold\r\n").servers[0].action is Action.UNCHANGED


def test_a_value_that_is_not_told_is_no_difference() -> None:
    why = why_not_compared(stack(spec(motto="be bold")), account(with_motto(None)))
    assert why.startswith("the API does not say ")


def test_a_new_server_gets_it_and_is_refused_without_it() -> None:
    built, _ = plan(stack(spec(**COMPLETE, motto="be bold")), account())
    assert ("motto", "be bold") in [(c.field, c.after) for c in built.servers[0].changes]
    assert built.steps[-1].body == {"text": "be bold"}
    assert built.steps[-1].needs == ("web/create",)
    (found,) = errors(stack(spec(**COMPLETE)), account())
    assert "requires motto" in found.what


def test_an_unchanged_one_is_shown_where_that_is_asked_for() -> None:
    server = only_server(
        stack(spec(motto="be bold")), account(with_motto("be bold")), has_unchanged=True
    )
    assert server.unchanged == {"motto": "be bold"}


def test_a_snapshot_is_taken_before_where_the_server_asks_for_it() -> None:
    lifecycle = Lifecycle(snapshot_before=frozenset({"resize"}))
    built = changed("be bold", "be kind", lifecycle=lifecycle)
    assert [step.id for step in built.steps] == ["web/snapshot", "web/motto"]


def test_drift_shows_it_with_the_task_that_changed_it() -> None:
    desired = as_compared(stack(spec(motto="be bold")))
    report, _ = drift_of([desired], account(with_motto("be kind")))
    assert report is not None
    task = Task(id=1, action="set-motto", status="done", hostname="vs10001")
    assert drifted_hostnames(report) == ("vs10001",)
    (server,) = with_last_tasks(report, {"vs10001": (task,)}, {}).stacks[0].drifted
    assert [change.field for change in server.changes] == ["motto"]
    assert server.causes == {"motto": task}


def test_an_export_reads_it_writes_it_and_plans_nothing() -> None:
    lives = account(with_motto("be ${bold}"))
    choice, _ = choose_servers(lives, ExportRequest(stack="shop"))
    assert choice is not None
    assert Read(MOTTO, "vs10001") in export_reads(choice)
    exported, warnings = build_export(choice, lives)
    assert (exported["servers"]["web"]["motto"], warnings) == ("be ${bold}", ())
    loaded = load(dump_stack(exported))
    assert plan(loaded, lives)[0].steps == ()


def load(text: str) -> Stack:
    loaded = load_stack(
        text.encode(), path="x.yaml", variables=VariableSources(), look=lambda reference: None
    )
    assert loaded.stack is not None, loaded.diagnostics
    return loaded.stack


def test_the_copy_of_a_rehearsal_has_it() -> None:
    assert describe_row(account(with_motto("be bold")))["motto"] == "be bold"
    assert describe_row(account(live(key="web")))["motto"] is None


def describe_row(lives: Account) -> dict[str, Any]:
    row: dict[str, Any] = describe_account([], lives)["servers"][0]
    return row


@pytest.mark.parametrize(("value", "is_offered"), [("be bold", True), ("be kind", False)])
def test_two_servers_that_differ_in_it_are_no_rename(value: str, is_offered: bool) -> None:
    desired = stack(spec("db", **COMPLETE, motto="be bold"), policy=Policy(max_destroy=1))
    built, _ = plan(desired, account(with_motto(value, key="database")))
    codes = [warning.code for warning in built.warnings]
    assert codes.count("looks-like-rename") == is_offered


def test_the_schema_and_the_loader_know_it() -> None:
    schema = stack_schema.build_file_schema()
    assert schema["$defs"]["motto"]["description"] == "The server's motto."
    for part in ("server", "defaults"):
        assert "motto" in schema["$defs"][part]["properties"]
    lifecycle = stack_schema.build_strict_schema()["$defs"]["lifecycle"]
    assert "motto" in lifecycle["properties"]["ignore_changes"]["items"]["anyOf"][0]["enum"]
    loaded = load("stack: shop\nservers:\n  web: {motto: be bold}\n")
    assert loaded.servers[0].value("motto") == "be bold"


def listed(**data: Any) -> LiveServer:
    """A server as the list shows it, with these values of its own."""
    tags = ["stack:shop", "server:web"]
    decoded = decode_server({"id": 1, "hostname": "vs10001", "tags": tags, "data": data})
    return replace(decoded, parts=live(key="web").parts)


def test_a_fact_of_the_server_list_needs_no_decoder_of_its_own() -> None:
    desired = stack(spec(purpose="shop"))
    same = only_server(desired, account(listed(purpose=" shop\r\n")))
    assert same.action is Action.UNCHANGED
    changed = only_server(desired, account(listed(purpose="mail")))
    assert [(c.field, c.before, c.after) for c in changed.changes] == [("purpose", "mail", "shop")]
    empty = only_server(desired, account(listed(purpose=None)))
    assert [(c.before, c.after) for c in empty.changes] == [(None, "shop")]


def test_a_fact_whose_key_is_missing_is_unknown_and_not_empty() -> None:
    why = why_not_compared(stack(spec(purpose="shop")), account(listed(cores=2)))
    assert why == "the API does not say what purpose vs10001 has"


def test_a_saved_plan_rests_on_the_facts_that_a_field_is_about_and_on_no_others() -> None:
    before = build_fingerprint(listed(purpose="mail", load=1))
    assert build_fingerprint(listed(purpose="mail", load=2)) == before
    assert build_fingerprint(listed(purpose="shop", load=1)) != before


def test_the_effect_of_a_task_is_told_by_the_fact_that_was_sent() -> None:
    effect = task_effect(Purpose)
    body = {"purpose": "shop"}
    sent = Sent(path="/x", body=body, baseline=effect.note_body(Sent(path="/x", body=body)))
    assert effect.on_server is not None
    assert effect.on_server(listed(purpose="shop"), sent)
    assert not effect.on_server(listed(purpose="mail"), sent)
    assert not effect.on_server(listed(), sent)
    assert not effect.on_server(listed(), Sent(path="/x")), "without a baseline nothing is told"
