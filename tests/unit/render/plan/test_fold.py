"""What is grouped, apart from how it looks: nothing is lost and no difference is hidden."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Action, FieldChange, ServerPlan, StackPlan, ValueKind
from ccloud_apply.render.lib.style import PLAIN
from ccloud_apply.render.plan.fold import Fold, fold_servers
from ccloud_apply.render.plan.html_document import render_plan_html
from ccloud_apply.render.plan.markdown import render_plan_markdown
from ccloud_apply.render.plan.server_text import render_block
from ccloud_apply.render.plan.text import render_plan
from tests.support.render.parsed_page import Page
from tests.support.render.plans import change, create_step, created, plan_of, step, unchanged

# Fleets in which many servers are alike, and some nearly.

NAME = ValueKind.NAME
_TEXTS = (
    "front end",
    "web {key}",
    "node {instance} of {key}",
    "{key}9 is not {key}",
    "at {hostname}",
    "${{key}}",
    "${{index}}",
    "1",
    "",
)
_values = st.sampled_from(_TEXTS) | st.sampled_from([1, 1.0, True, None, 8])


def _fill_in(value: Any, names: Mapping[str, str]) -> Any:
    return value.format(**names) if isinstance(value, str) else value


@st.composite
def _changes(draw: st.DrawFn, names: Mapping[str, str]) -> FieldChange:
    field = draw(st.sampled_from(["memory", "notes", "custom_name", "tags"]))
    if field == "tags":
        tags = draw(st.lists(st.sampled_from(["a", "site:{instance}", "{key}"]), max_size=3))
        return change(field, after=[_fill_in(tag, names) for tag in tags])
    before, after = (_fill_in(draw(_values), names) for _ in range(2))
    return change(field, before, after, note=_fill_in(draw(st.sampled_from(["", "{key}"])), names))


@st.composite
def _servers(draw: st.DrawFn, number: int) -> ServerPlan:
    base = draw(st.sampled_from(["web", "db-9", "x"]))
    instance = draw(st.sampled_from([f"{number}", f"{number:03}", f"fra-{number}"]))
    key = f"{base}-{instance}"
    hostname = draw(st.none() | st.just(f"vs{10_000 + number}"))
    names = {"key": key, "instance": instance, "hostname": hostname or "none"}
    return ServerPlan(
        key=key,
        hostname=hostname,
        action=draw(st.sampled_from([*Action, Action.CREATE, Action.UPDATE, Action.UPDATE])),
        changes=tuple(draw(st.lists(_changes(names), max_size=2, unique_by=lambda c: c.field))),
        steps=(f"{key}/work",),
        has_downtime=draw(st.booleans()),
        warnings=tuple(
            _fill_in(text, names)
            for text in draw(st.lists(st.sampled_from(["slow", "{key} is"]), max_size=1))
        ),
        instance=draw(st.sampled_from([instance, None])),
        is_busy=draw(st.sampled_from([False, False, True])),
        why=_fill_in(draw(st.sampled_from(["", "{hostname} is busy"])), names),
    )


@st.composite
def fleets(draw: st.DrawFn) -> StackPlan:
    """Up to thirty servers, most of them copies that only their names tell apart."""
    servers: list[ServerPlan] = []
    while len(servers) < 30 and (not servers or draw(st.booleans())):
        kind = draw(_servers(len(servers)))
        servers.append(kind)
        for _ in range(draw(st.sampled_from([0, 2, 6]))):
            number = len(servers)
            swap = {kind.key: f"web-{number}", kind.hostname: f"vs{10_000 + number}"}
            servers.append(_copy(kind, swap, f"{number}"))
    costs = {
        server.key: {"monthly_change": draw(st.sampled_from(["1.00", "2.00"])), "setup_fees": "0"}
        for server in servers
    }
    steps = tuple(
        step(f"{server.key}/work", "do it", "PUT", "/x", is_destructive=draw(_rarely))
        for server in servers
    )
    plan = plan_of(*servers, steps=steps, cost={"servers": costs})
    return plan.stacks[0]


_rarely = st.sampled_from([False, False, False, True])


def _copy(server: ServerPlan, swap: Mapping[str | None, str], number: str) -> ServerPlan:
    def other(value: Any) -> Any:
        if isinstance(value, list):
            return list(map(other, value))
        if not isinstance(value, str):
            return value
        for old, new in swap.items():
            if old is not None:
                value = value.replace(old, new)
        return value

    return replace(
        server,
        key=f"web-{number}",
        hostname=None if server.hostname is None else swap[server.hostname],
        instance=None if server.instance is None else number,
        steps=(f"web-{number}/work",),
        changes=tuple(
            replace(
                each,
                before=other(each.before),
                after=_rename(other(each.after), number)
                if each.kind is NAME
                else other(each.after),
                note=other(each.note),
            )
            for each in server.changes
        ),
        warnings=tuple(map(other, server.warnings)),
        why=other(server.why),
    )


def _rename(name: Any, number: str) -> Any:
    """Some copies have a name that follows no pattern."""
    return f"{name}, renamed" if isinstance(name, str) and number.endswith("2") else name


def fill(value: Any, server: ServerPlan) -> Any:
    """A pattern with a server's own parts in it."""
    if isinstance(value, list | tuple):
        return [fill(item, server) for item in value]
    if not isinstance(value, str):
        return value
    own = {"${key}": server.key, "${hostname}": server.hostname, "${index}": server.instance}
    own["${each.key}"] = server.instance
    for placeholder, text in own.items():
        if text is not None:
            value = value.replace(placeholder, text)
    return value


@given(fleets())
def test_the_groups_hold_every_server_once(stack: StackPlan) -> None:
    told = stack.told_servers()
    folds = fold_servers(told, stack)
    grouped = [server for fold in folds for server in fold.servers]
    assert Counter(server.key for server in grouped) == Counter(server.key for server in told)
    order = {server.key: number for number, server in enumerate(told)}
    for fold in folds:
        numbers = [order[server.key] for server in fold.servers]
        assert numbers == sorted(numbers)
    firsts = [order[fold.first.key] for fold in folds]
    assert firsts == sorted(firsts)


@given(fleets())
def test_what_a_group_says_is_true_for_each_of_its_servers(stack: StackPlan) -> None:
    for fold in fold_servers(stack.told_servers(), stack):
        for number, server in enumerate(fold.servers):
            assert server.action is fold.first.action
            assert server.has_downtime == fold.first.has_downtime
            assert [fill(text, server) for text in fold.warnings] == list(server.warnings)
            assert fill(fold.why, server) == server.why
            for shown, own in zip(fold.changes, server.changes, strict=True):
                each = fold.own.get(shown.field)
                assert_says(shown if each is None else each[number], own, server)


def assert_says(shown: FieldChange, own: FieldChange, server: ServerPlan) -> None:
    assert shown.field == own.field
    if shown == own:
        return
    for text, side in (
        (shown.before, own.before),
        (shown.after, own.after),
        (shown.note, own.note),
    ):
        assert type(text) is type(side)
        assert fill(text, server) == side


@given(fleets())
def test_losses_and_servers_that_a_guard_names_are_shown_one_by_one(stack: StackPlan) -> None:
    guarded = stack.servers[0].key
    guard = Diagnostic(code="x", where=f"servers.{guarded}", what="held", severity=Severity.HELD)
    held = replace(stack, held=(guard,))
    losing = {step.server for step in stack.steps if step.is_destructive}
    for fold in fold_servers(held.told_servers(), held):
        if len(fold.servers) > 1:
            keys = {server.key for server in fold.servers}
            assert keys.isdisjoint({guarded, *losing})
            assert fold.first.action not in (Action.DESTROY, Action.REPLACE, Action.REINSTALL)


_RUN = re.compile(r"(\S+?)(\d+)(?: \(\S+\))? … (\S+?)(\d+)(?: \(\S+\))?(?=,| |$)")


def told_keys(text: str) -> set[str]:
    """Every word, and every key between the ends of a run."""
    keys = set(re.findall(r"[a-z0-9-]+", text))
    for base, first, _, last in _RUN.findall(text):
        keys |= {f"{base}{n:0{len(first)}}" for n in range(int(first), int(last) + 1)}
    return keys


@given(fleets())
def test_every_key_is_found_in_the_text_of_the_groups(stack: StackPlan) -> None:
    steps = {step.id: step for step in stack.steps}
    for fold in fold_servers(stack.told_servers(), stack):
        text = "\n".join(render_block(fold, steps, PLAIN))
        assert {server.key for server in fold.servers} <= told_keys(text)


@given(fleets())
def test_a_run_names_no_server_that_is_not_in_its_group(stack: StackPlan) -> None:
    every = {server.key for server in stack.servers}
    steps = {step.id: step for step in stack.steps}
    for fold in fold_servers(stack.told_servers(), stack):
        heading = "\n".join(render_block(replace(fold, changes=(), own={}), steps, PLAIN)[:1])
        named = {key for key in told_keys(heading.partition(" will be ")[0]) if key in every}
        assert named <= {server.key for server in fold.servers}


@given(fleets())
def test_grouped_or_not_a_plan_says_the_same_counts(stack: StackPlan) -> None:
    plan = plan_of(*stack.servers, steps=stack.steps, cost=stack.cost)
    for shown, full in (
        (render_plan(plan), render_plan(plan, is_full=True)),
        (render_plan_markdown(plan), render_plan_markdown(plan, is_full=True)),
    ):
        assert _numbers(shown) == _numbers(full)
    told = len(stack.told_servers())
    assert sum(len(fold.servers) for fold in fold_servers(stack.told_servers(), stack)) == told
    assert len(fold_servers(stack.told_servers(), stack, is_full=True)) == told
    page = Page(render_plan_html(plan)).text
    assert all(server.key in page for server in stack.servers)
    assert render_plan_html(plan, is_full=True).count("<article") == told


def _numbers(text: str) -> list[str]:
    """The lines that count: the conclusion, the table, the titles."""
    return [
        line for line in text.splitlines() if line.startswith(("Plan:", "| ", "###", "<summary>"))
    ]


def fold_of(*servers: ServerPlan) -> Fold:
    (fold,) = fold_servers(servers)
    return fold


def test_servers_of_one_shape_are_a_group_wherever_they_stand() -> None:
    servers = [created(f"web-{i}", memory=8 if i < 5 else i) for i in range(8)]
    servers.append(ServerPlan(key="old", hostname="vs1", action=Action.DESTROY))
    servers.append(created("web-9", memory=8))
    folds = fold_servers(servers)
    assert [len(fold.servers) for fold in folds] == [6, 1, 1, 1, 1]
    assert folds[0].servers[-1].key == "web-9"


def test_two_servers_without_details_are_as_short_as_a_list() -> None:
    bare = [ServerPlan(key=f"a-{i}", hostname=None, action=Action.UPDATE) for i in range(3)]
    assert len(fold_servers(bare[:2])) == 2
    assert len(fold_servers(bare)) == 1


def test_a_servers_own_part_of_its_key_makes_no_difference() -> None:
    servers = [
        replace(created(f"worker-{name}", tags=["worker", f"site:{name}"]), instance=name)
        for name in ("fra-01", "nue-02")
    ]
    fold = fold_of(*servers)
    assert [c.after for c in fold.changes if c.field == "tags"] == [["worker", "site:${each.key}"]]


def test_a_number_that_only_contains_the_index_is_left_alone() -> None:
    servers = [
        replace(created(f"web-{i}", notes=f"node {i} of debian12"), instance=str(i)) for i in (1, 2)
    ]
    notes = [c.after for c in fold_of(*servers).changes if c.field == "notes"]
    assert notes == ["node ${index} of debian12"]


def test_a_text_that_is_spelt_like_a_pattern_is_never_taken_for_one() -> None:
    servers = [
        replace(created("web-1", notes="node ${index}"), instance="1"),
        *(replace(created(f"web-{i}", notes=f"node {i}"), instance=f"{i}") for i in (2, 3)),
    ]
    assert [len(fold.servers) for fold in fold_servers(servers)] == [1, 2]


def test_names_without_a_pattern_are_listed_beside_their_servers() -> None:
    servers = [created(f"web-{i}", custom_name=name) for i, name in enumerate(("Ann", "Bob"))]
    fold = fold_of(*servers)
    assert [own.after for own in fold.own["custom_name"]] == ["Ann", "Bob"]
    text = render_plan(plan_of(*servers))
    assert "          web-0  Ann\n          web-1  Bob\n" in text
    page = " ".join(Page(render_plan_html(plan_of(*servers))).text.split())
    assert "web-0: Ann" in page
    assert "web-1: Bob" in page


def test_servers_whose_cost_changes_by_another_amount_are_told_apart() -> None:
    servers = [created(f"web-{i}") for i in range(4)]
    costs = {
        server.key: {"monthly_change": "1.00" if i < 2 else "2.00", "setup_fees": "0.00"}
        for i, server in enumerate(servers)
    }
    (stack,) = plan_of(*servers, cost={"servers": costs}).stacks
    assert [len(fold.servers) for fold in fold_servers(servers, stack)] == [2, 2]


def test_servers_whose_steps_differ_are_told_apart() -> None:
    servers = [created(f"web-{i}") for i in range(4)]
    steps = [create_step(server.key) for server in servers]
    steps[3] = replace(steps[3], needs=("db/create",))
    (stack,) = plan_of(*servers, steps=tuple(steps)).stacks
    assert [len(fold.servers) for fold in fold_servers(servers, stack)] == [3, 1]


def test_servers_that_are_not_compared_for_one_reason_are_one_block() -> None:
    busy = [
        ServerPlan(
            key=f"web-{i}", hostname=f"vs{i}", action=Action.NOT_COMPARED, why=f"vs{i} is Paused"
        )
        for i in range(1, 6)
    ]
    text = render_plan(plan_of(*busy, *unchanged(1)))
    assert "web-1 (vs1) … web-5 (vs5) (5 servers) are not compared: ${hostname} is Paused" in text


def test_a_moved_server_stands_alone() -> None:
    moved = [
        ServerPlan(key=f"b-{i}", hostname=f"vs{i}", action=Action.UPDATE, moved_from=f"a-{i}")
        for i in range(4)
    ]
    assert len(fold_servers(moved)) == 4


def test_servers_of_a_renamed_stack_stand_together_and_those_with_another_key_alone() -> None:
    moved = [
        ServerPlan(
            key=f"b-{i}",
            hostname=f"vs{i}",
            action=Action.UPDATE,
            moved_from=f"old/{'a' if i > 4 else 'b'}-{i}",
            warnings=(f"vs{i} moves here from stack old",),
        )
        for i in range(1, 7)
    ]
    folds = fold_servers(moved)
    assert [[server.key for server in fold.servers] for fold in folds] == [
        ["b-1", "b-2", "b-3", "b-4"],
        ["b-5"],
        ["b-6"],
    ]
    (heading, warning) = render_block(folds[0], {}, PLAIN)
    assert "b-1 (vs1, was old/b-1) … b-4 (vs4, was old/b-4) (4 servers)" in heading
    assert "${hostname} moves here from stack old" in warning
    other = replace(moved[1], moved_from="older/b-2")
    assert len(fold_servers([moved[0], other])) == 2


def test_servers_that_lose_data_stand_alone() -> None:
    disk = FieldChange(field="disks.2", before=20, is_destructive=True)
    losing = [
        ServerPlan(key=f"b-{i}", hostname=f"vs{i}", action=Action.UPDATE, changes=(disk,))
        for i in range(4)
    ]
    assert len(fold_servers(losing)) == 4


def test_each_server_stands_alone_where_that_is_asked_for() -> None:
    assert len(fold_servers([created(f"web-{i}") for i in range(4)], is_full=True)) == 4


def test_no_servers_are_no_folds() -> None:
    assert fold_servers([]) == ()
