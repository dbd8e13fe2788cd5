"""Plans as Markdown: what a reviewer sees, how much of it, and that no text of others draws."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ccloud_apply import __version__
from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import DESTROYS_DATA, Action, Plan, ServerPlan
from ccloud_apply.render.lib.markdown import code_span, html_code, render_fence, table_code
from ccloud_apply.render.plan.markdown import MAX_BYTES, plan_marker, render_plan_markdown
from tests.conftest import ROOT
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless
from tests.support.render.plans import PLANS, change, create_step, created, plan_of, step, unchanged
from tests.support.render.strategies import hostile_texts, plans

CASES = ROOT / "tests" / "cases" / "render"
GITHUB_LIMIT = 65_536

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))

_OWN_WORDS = re.compile(r"[A-Za-z0-9 ,.;:()\[\]!→…-]*")
_OWN_BLOCK = re.compile(
    "html_block|fence|inline|(?:heading|paragraph|blockquote|table|thead|tbody|tr|th|td)_(open|close)"
)
_OWN_HTML = re.compile(
    r"<!-- ccloud-apply:plan[a-z0-9_ -]* -->"
    r"|<details>\n<summary><code>(?:[^<>&`@|*\[\]]|&#\d+;)*</code>: [a-z0-9, ]*</summary>"
    r"|</details>"
)


def parse(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def inlines(text: str) -> list[Token]:
    return [child for token in parse(text) for child in token.children or ()]


def fences(text: str) -> list[str]:
    return [token.content for token in parse(text) if token.type == "fence"]


def lines_outside_fences(text: str) -> list[str]:
    """All but what a fenced block holds, where a line is text whatever it begins with."""
    fenced = {n for t in parse(text) if t.type == "fence" and t.map for n in range(*t.map)}
    return [line for n, line in enumerate(text.split("\n")) if n not in fenced]


def destroyed(count: int) -> tuple[ServerPlan, ...]:
    return tuple(
        ServerPlan(key=f"k-{i}", hostname=f"vs{i}", action=Action.DESTROY, steps=("x",))
        for i in range(count)
    )


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_reads_as_in_its_file(name: str) -> None:
    text = render_plan_markdown(PLANS[name]()).replace(__version__, "VERSION")
    assert text == (CASES / f"plan_{name}.md").read_text("utf-8")


def assert_own_structure(text: str) -> None:
    """Every element is ours; text of others is in code alone."""
    for token in parse(text):
        assert _OWN_BLOCK.fullmatch(token.type)
        if token.type == "html_block":
            assert _OWN_HTML.fullmatch(token.content.strip())
    for token in inlines(text):
        assert token.type in {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
        assert token.type != "text" or _OWN_WORDS.fullmatch(token.content)


@thorough
@given(plans)
@example(plan_of(ignored=(IgnoredField(key="k", field="|", reason="r"),)))
def test_no_text_of_others_becomes_markup(plan: Plan) -> None:
    text = render_plan_markdown(plan)
    assert_harmless(text)
    assert_own_structure(text)
    rows = [line for line in lines_outside_fences(text) if line.startswith("| ")]
    cells = [token for token in parse(text) if token.type in ("th_open", "td_open")]
    has_losing = any(stack.summary[DESTROYS_DATA] for stack in plan.stacks)
    has_unknown = any(stack.summary["not_compared"] for stack in plan.stacks)
    rare = ("reinstall", "retire", "restore")
    found = [any(stack.summary[name] for stack in plan.stacks) for name in rare]
    found += [any(stack.retired for stack in plan.stacks)]
    found += [any(stack.deferred for stack in plan.stacks)]
    assert len(cells) == max(len(rows) - 1, 0) * (
        9 + has_losing + has_unknown + sum(found)
    )  # the line below the heading has no cells


@thorough
@given(plans, st.integers(20_000, 30_000))
def test_a_limit_is_kept_and_what_is_cut_off_ends_well(plan: Plan, limit: int) -> None:
    large = Plan(stacks=plan.stacks * 40)
    text = render_plan_markdown(large, limit)
    assert len(text.encode("utf-8")) <= limit
    assert_own_structure(text)
    blocks = [token.content.strip() for token in parse(text) if token.type == "html_block"]
    opened = [block.startswith("<details>") for block in blocks[1:]]
    assert opened == [True, False] * (len(opened) // 2)


@thorough
@given(hostile_texts)
def test_code_shows_the_text_and_nothing_else(text: str) -> None:
    assert [token.type for token in inlines(f"x {code_span(text)}")] == ["text", "code_inline"]
    table = parse(f"| a |\n| - |\n| {table_code(text)} |\n")
    assert [token.type for token in table].count("td_open") == 1
    (cell,) = [token for token in table if token.type == "inline"][1:]
    assert [child.type for child in cell.children or ()] == ["code_inline"]
    assert not re.search("[`@|*<>]", html_code(text).removeprefix("<code>")[: -len("</code>")])


@pytest.mark.parametrize("text", ["`", "``", " a ", "a`", "`a", "a``b`c", "\\", "a\\`", "<b>", "*"])
def test_code_reads_back_as_what_it_was(text: str) -> None:
    (shown,) = inlines(code_span(text))
    assert shown.content == text


def test_an_empty_text_is_said_to_be_empty() -> None:
    assert code_span("") == "`(empty)`"


def test_a_fence_is_longer_than_every_run_in_it() -> None:
    fence = render_fence([["a ```` b"], ["```"]], 100)
    assert fence.text.startswith("`````diff\n")
    assert fence.shown == 2
    assert fences(fence.text) == ["a ```` b\n```\n"]


def test_a_fence_takes_parts_whole_or_not_at_all() -> None:
    parts = [["a", "b"], ["c", "d"], ["e"]]
    assert fences(render_fence(parts, 20).text) == ["a\nb\nc\nd\n"]
    assert render_fence(parts, 20).shown == 2
    assert render_fence(parts, 10).text == ""


def test_the_marker_is_the_first_line_and_says_whose_comment_it_is() -> None:
    plan = PLANS["all_actions"]()
    text = render_plan_markdown(plan)
    assert text.splitlines()[0] == plan_marker(plan) == "<!-- ccloud-apply:plan web-prod -->"


def test_the_marker_depends_on_the_stacks_alone() -> None:
    one, two = (replace(PLANS["nothing"]().stacks[0], stack=name) for name in ("b", "a"))
    assert plan_marker(Plan(stacks=(one, two))) == plan_marker(Plan(stacks=(two, one)))
    assert plan_marker(Plan(stacks=(one, two))) == "<!-- ccloud-apply:plan a b -->"
    of_prod = plan_marker(Plan(stacks=(one, two), env="prod"))
    assert of_prod == "<!-- ccloud-apply:plan env:prod a b -->", "not the comment of staging"
    changed = replace(PLANS["held"]().stacks[0], stack="b")
    assert plan_marker(Plan(stacks=(changed,))) == plan_marker(Plan(stacks=(one,)))


def test_the_marker_of_many_stacks_is_short_and_their_own() -> None:
    stack = PLANS["nothing"]().stacks[0]
    many = tuple(replace(stack, stack=f"stack-{i}") for i in range(300))
    marker = plan_marker(Plan(stacks=many))
    assert re.fullmatch("<!-- ccloud-apply:plan 300-stacks-[0-9a-f]{16} -->", marker)
    other = replace(stack, stack="other")
    assert plan_marker(Plan(stacks=(*many[1:], other))) != marker


def test_what_destroys_or_is_held_is_open_and_the_rest_is_folded() -> None:
    text = render_plan_markdown(PLANS["all_actions"]())
    opened, _, folded = text.partition("<details>")
    for name in ("old-1 (vs10003)", "old-2 (vs10004)", "db (vs10042)", "web-1 (vs10001,"):
        assert name in opened
    assert "DESTROYS DATA: delete disk" in opened
    assert "web-2 will be created" not in opened
    assert "web-2 will be created" in folded
    held = render_plan_markdown(PLANS["held"]())
    assert "the plan destroys 4 servers, and at most 1 is allowed" in held
    assert "<details>" not in held


def test_nothing_to_do_is_two_lines_and_a_table() -> None:
    text = render_plan_markdown(PLANS["nothing"]())
    assert "### ccloud-apply plan: no changes" in text
    assert "<details>" not in text
    assert fences(text) == []


def test_no_stacks_are_said_to_be_none() -> None:
    assert render_plan_markdown(Plan()).splitlines() == [
        "<!-- ccloud-apply:plan -->",
        "### ccloud-apply plan: no stacks",
    ]


def test_ten_thousand_destroyed_servers_fit_and_the_rest_are_counted() -> None:
    text = render_plan_markdown(plan_of(*destroyed(10_000)))
    assert len(text) < GITHUB_LIMIT
    (block,) = fences(text)
    shown = block.count("-   k-")
    assert shown > 2_000
    assert f"… and {10_000 - shown:,} more destructive changes" in text
    assert "**destroys 10,000 servers**" in text
    last = text.splitlines()[-1]
    assert last.startswith(
        f"**Not shown for lack of room: {10_000 - shown:,} destructive changes, "
    )


def test_each_of_a_thousand_destroyed_servers_is_named_before_everything_else() -> None:
    gone = [
        replace(server, key=f"{'a-long-name-' * 3}{number:04}", goes=(change("memory", 16),))
        for number, server in enumerate(destroyed(1_000))
    ]
    alike = [created(f"web-{i}", custom_name="web") for i in range(1_000)]
    plan = plan_of(*alike, *gone, steps=tuple(create_step(server.key) for server in alike))
    text = render_plan_markdown(plan)
    assert len(text) < GITHUB_LIMIT
    first, *others = fences(text)
    assert first.startswith("- DESTROYS 1,000 servers with all data:\n")
    assert [line for line in first.splitlines() if line.startswith("-   ")] == [
        f"-   {server.key} ({server.hostname})" for server in gone
    ]
    assert any("web-0 … web-999 (1,000 servers) will be created" in block for block in others)
    details = sum(block.count("will be DESTROYED") for block in others)
    rest = f"{1_000 - details:,} details of destructive changes"
    assert f"Not shown for lack of room: {rest}." in text.splitlines()[-1]
    assert "`ccloud-apply show PLANFILE` shows all" in text.splitlines()[-1]


def test_destroyed_servers_of_every_stack_are_named_although_the_first_has_many() -> None:
    stacks = tuple(
        replace(plan_of(*destroyed(400)).stacks[0], stack=name) for name in ("one", "two", "three")
    )
    gone = tuple(
        replace(
            stack,
            servers=tuple(
                replace(
                    server, key=f"{stack.stack}-{server.key}", goes=(change("notes", "x" * 70),)
                )
                for server in stack.servers
            ),
        )
        for stack in stacks
    )
    text = render_plan_markdown(Plan(stacks=gone))
    assert len(text) < GITHUB_LIMIT
    for stack in gone:
        for server in stack.servers:
            assert f"-   {server.key} ({server.hostname})\n" in text


def test_holds_come_before_everything_that_can_take_their_room() -> None:
    guard = Diagnostic(code="destroy-cap", what="too many", severity=Severity.HELD)
    text = render_plan_markdown(plan_of(*destroyed(10_000), held=(guard,)))
    assert text.index("blocked: too many") < text.index("k-0 (vs0)")


def test_thousands_of_different_servers_fit_and_leave_room_for_the_reason() -> None:
    alike = [created(f"web-{i}", notes=f"{i}\n" * 50) for i in range(2_000)]
    steps = tuple(create_step(server.key) for server in alike)
    text = render_plan_markdown(plan_of(*alike, steps=steps))
    assert 0.9 * MAX_BYTES < len(text.encode("utf-8")) <= MAX_BYTES < GITHUB_LIMIT
    shown = sum(block.count("will be created") for block in fences(text))
    assert f"{2_000 - shown:,} changes" in text.splitlines()[-1]


def test_a_thousand_stacks_are_fifty_rows_and_one_for_the_others() -> None:
    calm, busy = PLANS["nothing"]().stacks[0], PLANS["held"]().stacks[0]
    stacks = [replace(calm, stack=f"calm-{i}") for i in range(1_000)]
    text = render_plan_markdown(Plan(stacks=(*stacks, replace(busy, stack="busy"))))
    assert len(text) < GITHUB_LIMIT
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert rows[2].startswith("| `busy` |")
    assert len(rows) == 2 + 50 + 2
    assert rows[-2].startswith("| 951 more | 0 | 0 | 0 | 0 | 0 | 11,412 |")
    assert rows[-1] == "| **all** | 0 | 0 | 0 | **4** | 0 | 12,002 | 0 | **2** |"


def test_downtime_is_told_in_the_open() -> None:
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, has_downtime=True)
    text = render_plan_markdown(plan_of(server))
    assert (
        "> **Downtime** on 1 server, of unknown length: `web (vs1)`"
        in text.partition("<details>")[0]
    )


def test_signs_of_a_changed_text_stand_in_the_first_column() -> None:
    notes = change("notes", "a\nb\n", "a\n- c\n")
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, changes=(notes,))
    (block,) = fences(render_plan_markdown(plan_of(server)))
    assert "-         | b\n+         | - c\n" in block


def test_lines_of_a_new_text_keep_the_signs_that_are_their_own() -> None:
    (block,) = fences(render_plan_markdown(plan_of(created("web", notes="a\n- b\n"))))
    assert "          | - b\n" in block


def test_a_secret_is_nowhere() -> None:
    secret = change("password", "hunter1", "hunter2", is_sensitive=True)
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, changes=(secret,))
    text = render_plan_markdown(plan_of(server, *unchanged(1)))
    assert "hunter" not in text
    assert "(sensitive value)" in text


def test_data_loss_on_a_server_that_stays_is_open() -> None:
    disk = change("disks.2", 20, None, is_destructive=True)
    server = ServerPlan(
        key="web", hostname="vs1", action=Action.UPDATE, changes=(disk,), steps=("web/disk",)
    )
    delete = step("web/disk", "delete disk", "DELETE", "/x", is_destructive=True)
    text = render_plan_markdown(plan_of(server, steps=(delete,)))
    assert "### ccloud-apply plan: 1 to update, 1 server loses data" in text
    assert "| **1** | 0 | 0 |" in text
    assert "> This plan **destroys data** on 1 server." in text
    assert "-!    DESTROYS DATA: delete disk" in text
    assert "<details>" not in text


def test_a_snapshot_that_is_deleted_is_open_and_no_data_loss() -> None:
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, steps=("web/old",))
    delete = step("web/old", "delete snapshot old", "DELETE", "/x", is_destructive=True)
    text = render_plan_markdown(plan_of(server, steps=(delete,)))
    assert "> This plan **deletes snapshots** of 1 server." in text
    assert "-!    DELETES SNAPSHOTS: delete snapshot old" in text
    assert "destroys data" not in text
