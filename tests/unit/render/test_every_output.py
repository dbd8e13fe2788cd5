"""Every function that makes a document of values meets hostile text; a new one cannot be forgotten.

What a format is besides harmless (its tags, its tree, its fences) is tested beside that format.
"""

import inspect
import json
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import ccloud_apply.render as package
from ccloud_apply.load.request.document import read_operations
from ccloud_apply.load.request.example import example_words
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.documented import ApiAnswer
from ccloud_apply.model.journal import Entry, Intent, JournalReading
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.explanation import (
    Declaration,
    EntryCommit,
    ExplainedField,
    ExplainedMark,
    Explanation,
    FieldStatus,
    LastCommit,
    LiveField,
    NextPlan,
    Status,
)
from ccloud_apply.model.results.formatting import FormattedFile, Formatting
from ccloud_apply.model.results.listing import Listing
from ccloud_apply.model.results.plan import Action, PlanAccount, ValueKind
from ccloud_apply.model.results.rehearsal import Rehearsal, RehearsedServer, RehearsedStep, Rule
from ccloud_apply.model.results.resolved import (
    Origin,
    ResolvedStack,
    ResolvedStacks,
    ResolvedValue,
)
from ccloud_apply.model.results.validation import Validation
from ccloud_apply.render.api.operation_help import OperationHelp
from ccloud_apply.render.fleet.change import render_change_event
from tests.support.examples import examples
from tests.support.render.billing import contracts, invoice_lists, invoices, moves, performances
from tests.support.render.drifts import hostile_drifts, hostile_reports
from tests.support.render.fleet_values import (
    fleet_changes,
    fleet_checks,
    fleet_decisions,
    fleet_run_details,
    fleet_runs,
    fleet_statuses,
)
from tests.support.render.harmless import assert_harmless
from tests.support.render.inventories import hostile_inventories
from tests.support.render.strategies import (
    changes,
    diagnostics,
    events,
    hostile_texts,
    ignored,
    plans,
    present_servers,
    servers,
    steps,
    values,
)

_texts = hostile_texts
_maybe = st.none() | hostile_texts
_now = st.just(datetime(2027, 1, 1, 3, tzinfo=UTC))

tasks = st.lists(
    st.builds(
        Task,
        id=st.integers(),
        action=_texts,
        status=_texts,
        hostname=_maybe,
        username=_maybe,
        error_message=_maybe,
        created_at=_maybe,
    ),
    max_size=3,
).map(tuple)

_intents = st.builds(
    Intent,
    step=_texts,
    server=_texts,
    operation=_texts,
    operation_id=_texts,
    method=_texts,
    path=_texts,
    hostname=_maybe,
    digest=_texts,
    baseline=st.dictionaries(_texts, values, max_size=2),
    closed_by=_maybe,
    closes=_maybe,
)
_entries = st.builds(
    Entry,
    number=st.integers(1, 9),
    run=_texts,
    time=_texts,
    intent=_intents,
    task_id=st.none() | st.integers(),
    outcome=st.sampled_from([None, "done", "failed", "unknown"]),
    hostname=_maybe,
    error=_maybe,
)
journals = st.lists(
    st.builds(
        JournalReading,
        path=_texts,
        stack=_texts,
        account=_texts,
        entries=st.lists(_entries, max_size=2).map(tuple),
        is_torn=st.booleans(),
        damage=_maybe,
    ),
    max_size=2,
)
catalogs = st.builds(
    Listing,
    kind=st.sampled_from(["pools", "images", "prices", "limits"]),
    rows=st.lists(st.dictionaries(_texts, values, max_size=3), max_size=3),
)
found = st.lists(diagnostics, max_size=3).map(tuple)
validations = st.builds(
    Validation,
    stacks=st.integers(0),
    diagnostics=found,
    unknown=st.lists(_texts, max_size=2).map(tuple),
    is_complete=st.booleans(),
)

_sources = st.none() | st.builds(
    SourceRange, path=_texts, line=st.integers(1, 99), column=st.integers(1, 99)
)
_origins = st.lists(
    st.builds(Origin, expression=_texts, name=_texts, source=_sources), max_size=2
).map(tuple)


def _resolve(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(ResolvedValue, value=inner, source=_sources, origins=_origins)


_resolved_values = st.recursive(
    _resolve(st.none() | st.booleans() | st.integers() | _texts),
    lambda inner: _resolve(
        st.lists(inner, max_size=2).map(tuple) | st.dictionaries(_texts, inner, max_size=2)
    ),
    max_leaves=6,
)
resolved_stacks = st.builds(
    ResolvedStacks,
    stacks=st.lists(
        st.builds(
            ResolvedStack,
            name=_texts,
            path=_texts,
            env=_maybe,
            root=st.builds(
                ResolvedValue, value=st.dictionaries(_texts, _resolved_values, max_size=3)
            ),
        ),
        max_size=2,
    ).map(tuple),
)

formattings = st.builds(
    Formatting,
    files=st.lists(
        st.builds(
            FormattedFile, path=_texts, after=_texts, shown_before=_texts, shown_after=_texts
        ),
        max_size=2,
    ).map(tuple),
)

_rehearsed_steps = st.builds(
    RehearsedStep,
    stack=_texts,
    server=_texts,
    step=_texts,
    operation=_texts,
    status=st.sampled_from(["done", "failed", "skipped"]),
    start_s=st.none() | st.floats(0, 1e6),
    seconds=st.none() | st.floats(0, 1e6),
    why=_maybe,
)
_live_servers = st.builds(
    LiveServer,
    id=st.integers(),
    hostname=_maybe,
    custom_name=_maybe,
    tags=st.lists(_texts, max_size=2).map(tuple),
    os_name=_maybe,
    addons=st.dictionaries(_texts, st.integers(), max_size=2),
)
rehearsals = st.builds(
    Rehearsal,
    plan=plans,
    read_at=_now,
    servers_copied=st.integers(0, 9),
    requests=st.integers(0, 9),
    steps=st.lists(_rehearsed_steps, max_size=2).map(tuple),
    servers=st.lists(
        st.builds(
            RehearsedServer,
            stack=_texts,
            key=_texts,
            action=st.sampled_from(Action),
            live=st.none() | _live_servers,
        ),
        max_size=2,
    ).map(tuple),
    rules=st.lists(
        st.builds(Rule, name=st.just("a rule"), holds=st.booleans(), what=_texts), max_size=2
    ).map(tuple),
    unread=st.dictionaries(_texts, _texts, max_size=2),
    left_out=st.lists(_texts, max_size=2).map(tuple),
    warnings=st.lists(_texts, max_size=2).map(tuple),
)

_answers = st.builds(
    ApiAnswer,
    status=st.integers(100, 999),
    headers=st.lists(st.tuples(_texts, _texts), max_size=2).map(tuple),
    value=values | st.lists(st.dictionaries(_texts, values, max_size=3), max_size=3),
    has_body=st.booleans(),
)
_operations = st.sampled_from(list(read_operations().values()))
_helps = _operations.map(
    lambda operation: OperationHelp(operation=operation, example=tuple(example_words(operation)))
)
_explained_tasks = tasks.map(lambda found: found[:5])
explanations = st.builds(
    Explanation,
    status=st.sampled_from(get_args(Status)),
    stack=_maybe,
    key=_maybe,
    hostname=_maybe,
    custom_name=_maybe,
    created_at=_maybe,
    declaration=st.none()
    | st.builds(
        Declaration,
        path=_texts,
        line=st.integers(1),
        end_line=st.integers(1),
        last=st.builds(
            LastCommit,
            commit=st.none()
            | st.builds(EntryCommit, id=_texts, author=_texts, date=_texts, subject=_texts),
            is_changed=st.none() | st.booleans(),
            why=_texts,
        ),
    ),
    addresses=st.none() | st.just(Addresses(ipv4=("198.18.0.1",))),
    moved_from=_maybe,
    is_released=st.booleans(),
    depends_on=st.lists(_texts, max_size=2).map(tuple),
    needed_by=st.lists(_texts, max_size=2).map(tuple),
    fields=st.lists(
        st.builds(
            ExplainedField,
            field=_texts,
            status=st.sampled_from(get_args(FieldStatus)),
            declared=values,
            live=values,
            unknown=_texts,
            is_sensitive=st.booleans(),
            kind=st.sampled_from(ValueKind),
            changes=st.lists(changes, max_size=2).map(tuple),
            cause=st.none() | _explained_tasks.filter(bool).map(lambda found: found[0]),
        ),
        max_size=3,
    ).map(tuple),
    ignored=st.lists(ignored, max_size=2).map(tuple),
    unmanaged=st.lists(
        st.builds(
            LiveField,
            field=_texts,
            live=values,
            unknown=_texts,
            kind=st.sampled_from(ValueKind),
        ),
        max_size=2,
    ).map(tuple),
    marks=st.lists(
        st.builds(ExplainedMark, tag=_texts, meaning=_texts, way_out=_texts, due=_maybe), max_size=2
    ).map(tuple),
    last_tasks=st.none() | _explained_tasks,
    tasks_why=_texts,
    why=_texts,
    plan=st.none()
    | st.builds(
        NextPlan,
        server=st.none() | servers,
        steps=st.lists(steps, max_size=2).map(tuple),
        held=found,
        warnings=found,
        errors=found,
    ),
    account=st.none() | st.builds(PlanAccount, endpoint=_texts, customer_id=_maybe),
    read_at=st.none() | _now,
)

_operation_lists = st.lists(_operations, max_size=3)
_run_lists = st.lists(fleet_runs, max_size=3)
_run_details = fleet_run_details(journals)
_change_events = fleet_changes.map(render_change_event)
_name_lists = st.lists(_texts, max_size=3)
_contract_lists = st.lists(contracts, max_size=2)

ARGUMENTS: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    "render_answer": (_answers,),
    "render_answer_json": (_answers.map(lambda answer: replace(answer, has_body=True)),),
    "render_operation_help": (_helps,),
    "render_operations": (_operation_lists,),
    "render_operations_json": (_operation_lists,),
    "render_apply_summary": (st.lists(events, max_size=5),),
    "render_catalog_json": (catalogs,),
    "render_catalog": (catalogs,),
    "render_errors_json": (found,),
    "render_resolved_json": (resolved_stacks,),
    "render_formatting": (formattings,),
    "render_formatting_diff": (formattings,),
    "render_validation": (validations,),
    "render_validation_json": (validations,),
    "render_diagnostic": (diagnostics,),
    "render_diagnostics": (found,),
    "render_drift_event": (hostile_reports,),
    "render_drift_html": (hostile_reports,),
    "render_drift_part": (hostile_drifts, st.integers(0, 5)),
    "render_drift_json": (hostile_reports,),
    "render_drift_junit": (hostile_reports,),
    "render_drift_markdown": (hostile_reports,),
    "render_drift_prometheus": (hostile_reports,),
    "render_drift": (hostile_reports,),
    "render_event_json": (events,),
    "render_event": (events,),
    "render_explanation_json": (explanations,),
    "render_explanation": (explanations,),
    "render_failures": (st.lists(events, max_size=3),),
    "render_change_event": (fleet_changes,),
    "render_change_text": (_change_events,),
    "render_change_title": (_change_events,),
    "render_fleet_audit": (fleet_decisions,),
    "render_fleet_audit_json": (fleet_decisions,),
    "render_fleet_check": (fleet_checks,),
    "render_fleet_check_json": (fleet_checks,),
    "render_fleet_history": (_run_lists,),
    "render_fleet_history_json": (_run_lists,),
    "render_fleet_run": (_run_details,),
    "render_fleet_run_json": (_run_details,),
    "render_fleet_status": (fleet_statuses,),
    "render_fleet_status_json": (fleet_statuses,),
    "render_graph_dot": (plans,),
    "render_graph_mermaid": (plans,),
    "render_graph_svg": (plans,),
    "render_inventory_ansible": (hostile_inventories, st.none(), st.booleans()),
    "render_inventory_csv": (hostile_inventories,),
    "render_inventory_hosts": (hostile_inventories,),
    "render_inventory_html": (hostile_inventories,),
    "render_inventory_json": (hostile_inventories,),
    "render_inventory_prometheus": (hostile_inventories,),
    "render_inventory_ssh_config": (hostile_inventories,),
    "render_inventory": (hostile_inventories,),
    "render_invoice": (invoices,),
    "render_invoice_json": (invoices,),
    "render_invoices": (invoice_lists,),
    "render_invoices_json": (invoice_lists,),
    "render_move": (moves.map(lambda moved: moved.move),),
    "render_moved": (moves,),
    "render_moved_json": (moves,),
    "render_performance": (performances,),
    "render_performance_csv": (performances,),
    "render_performance_json": (performances,),
    "render_performance_svg": (performances,),
    "render_reports": (_name_lists,),
    "render_reports_json": (_name_lists,),
    "render_subscription": (contracts,),
    "render_subscription_json": (contracts,),
    "render_subscriptions": (_contract_lists,),
    "render_subscriptions_json": (_contract_lists,),
    "render_journals_json": (journals,),
    "render_journals": (journals,),
    "render_made_markdown": (present_servers,),
    "render_made": (present_servers,),
    "render_plan_gitlab": (plans,),
    "render_plan_html": (plans,),
    "render_plan_part": (plans,),
    "render_plan_json": (plans,),
    "render_plan_markdown": (plans,),
    "render_plan_summary": (plans,),
    "render_plan_terraform": (plans,),
    "render_plan": (plans,),
    "render_rehearsal_json": (rehearsals,),
    "render_rehearsal": (rehearsals,),
    "render_run_line": (
        _texts,
        _maybe,
        st.sampled_from(["applied", "failed"]),
        _maybe,
        st.dictionaries(st.sampled_from(["create", "drift"]), st.integers(0, 9)),
        st.integers(0, 9),
    ),
    "render_tasks_json": (tasks,),
    "render_tasks": (tasks,),
}
"""What each is called with. JSON is harmless as a text too, whoever prints it."""

_PARTS = {
    "github",
    "html_drawing",
    "html_later",
    "progress_text",
    "server_text",
    "steps_text",
}
"""Modules that make parts of documents, which are tested with those; and what speaks to a build
runner on purpose. All of `render/lib/` makes parts."""

thorough = settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))


def find_renderers() -> dict[str, Callable[..., Any]]:
    """Every function of `render/` that makes a document, by its name."""
    functions: dict[str, Callable[..., Any]] = {}
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if found.name.startswith(f"{package.__name__}.lib") or found.name.split(".")[-1] in _PARTS:
            continue
        module = import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("render_") and function.__module__ == module.__name__:
                functions[name] = function
    return functions


RENDERERS = find_renderers()


def test_every_function_that_makes_a_document_is_in_the_table() -> None:
    assert sorted(RENDERERS) == sorted(ARGUMENTS)


def find_groups() -> list[list[str]]:
    """The functions that are called with the same: making a value takes longer than showing it."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for name, strategies in sorted(ARGUMENTS.items()):
        groups.setdefault(tuple(map(id, strategies)), []).append(name)
    return list(groups.values())


@pytest.mark.parametrize("names", find_groups(), ids=lambda names: names[0])
def test_no_text_of_others_commands_the_terminal_or_the_build_runner(names: list[str]) -> None:
    @thorough
    @given(st.tuples(*ARGUMENTS[names[0]]))
    def check(arguments: tuple[Any, ...]) -> None:
        for name in names:
            note(name)
            text = RENDERERS[name](*arguments)
            assert_harmless(text or "")
            if "_json" in name or "terraform" in name:
                json.loads(text)

    check()
