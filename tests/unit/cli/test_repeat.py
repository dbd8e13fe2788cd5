"""Commands that messages name, completed with options of the run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.cli.completion.answer import read_commands
from ccloud_apply.cli.main import PROGRAM, group
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.cli.repeat import (
    complete_diagnostics,
    complete_event,
    complete_plan,
    complete_text,
)
from ccloud_apply.clock import SystemClock
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan, StackPlan
from tests.conftest import ROOT

HINTED = re.compile(r"`ccloud-apply ([a-z]+(?: [a-z-]+)*)")


def parse(*words: str) -> Flags:
    """The flags of a command line, as its command gets them."""
    flags = Flags(arguments=words)
    context: Any = group.make_context(PROGRAM, list(words), obj=flags)
    while hasattr(context.command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, command, rest = context.command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
    return flags


@pytest.mark.parametrize(
    ("words", "hint", "completed"),
    [
        (
            "fleet approve web --config other.yaml",
            "`ccloud-apply fleet status` lists the stacks",
            "`ccloud-apply fleet status --config other.yaml` lists the stacks",
        ),
        (
            "fleet show 3 --config other.yaml",
            "to see it: ccloud-apply fleet show 7",
            "to see it: ccloud-apply fleet show --config other.yaml 7",
        ),
        (
            "fleet status --config other.yaml",
            "`ccloud-apply fleet init` writes a first one",
            "`ccloud-apply fleet init` writes a first one",
        ),
        (
            "--sandbox fleet show 3",
            "`ccloud-apply fleet history` lists the runs",
            "`ccloud-apply fleet history` lists the runs",
        ),
        (
            "plan --sandbox a.yaml",
            "`ccloud-apply tasks 7` waits for it",
            "`ccloud-apply --sandbox tasks 7` waits for it",
        ),
        (
            "--endpoint https://api.example/v1 apply a.yaml",
            "compare the panel with `ccloud-apply export --all`, and run apply again",
            "compare the panel with `ccloud-apply --endpoint https://api.example/v1 export --all`,"
            " and run apply again",
        ),
        (
            "plan a.yaml --no-project --var size=4 --var name='a --var-file=v.yaml",
            "to destroy the whole stack: ccloud-apply destroy a.yaml",
            "to destroy the whole stack: ccloud-apply --no-project destroy --var size=4"
            """ --var 'name='"'"'a' --var-file v.yaml a.yaml""",
        ),
        (
            "plan a.yaml --var size=4",
            "`ccloud-apply tasks 7` waits for it",
            "`ccloud-apply tasks 7` waits for it",
        ),
        (
            "--sandbox plan a.yaml",
            "`ccloud-apply schema` prints it; `ccloud-apply api GetServer --help` shows it",
            "`ccloud-apply schema` prints it; `ccloud-apply api GetServer --help` shows it",
        ),
        (
            "--sandbox plan a.yaml",
            "`ccloud-apply --sandbox plan a.yaml`; ccloud-apply keeps it; an old ccloud-apply",
            "`ccloud-apply --sandbox plan a.yaml`; ccloud-apply keeps it; an old ccloud-apply",
        ),
    ],
)
def test_a_command_of_a_hint_repeats_what_it_needs(words: str, hint: str, completed: str) -> None:
    assert complete_text(hint, parse(*words.split())) == completed


def test_new_repeats_all_of_its_own_options() -> None:
    flags = parse("--sandbox", "new", "--pipeline", "github", "--nightly", "--branch", "b", "sub")
    hint = "ccloud-apply new --pipeline github /top"
    assert complete_text(hint, flags) == (
        "ccloud-apply --sandbox new --branch b --nightly --pipeline github /top"
    )
    flags = parse("new", "--disk", "20", "--disk", "50", "--adopt-all", "stacks")
    assert complete_text("ccloud-apply new stacks.yaml", flags) == (
        "ccloud-apply new --disk 20 --disk 50 --adopt-all stacks.yaml"
    )
    flags = parse("new", "--pool", "p", "--env", "prod", "x.yaml")
    assert complete_text("`ccloud-apply new --project` writes one", flags) == (
        "`ccloud-apply new --project` writes one"
    )
    flags = parse("new", "--project", "--no-project", "x.yaml")
    assert complete_text("`ccloud-apply new --project` writes one", flags) == (
        "`ccloud-apply --no-project new --project` writes one"
    )


def test_a_project_and_its_environment_are_for_commands_that_take_stacks() -> None:
    flags = parse("plan", "--project", "p/ccloud-apply.yaml", "--env", "prod", "a.yaml")
    assert complete_text("`ccloud-apply plan a.yaml` shows it", flags) == (
        "`ccloud-apply --project p/ccloud-apply.yaml --env prod plan a.yaml` shows it"
    )
    assert complete_text("`ccloud-apply tasks 7` waits", flags) == "`ccloud-apply tasks 7` waits"


def test_an_environment_is_repeated_where_its_project_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "ccloud-apply.yaml").write_text("project: shop\n", encoding="utf-8")
    (tmp_path / "sub" / "web.yaml").write_text("stack: web\n", encoding="utf-8")
    flags = parse("plan", "--env", "prod", "sub/web.yaml")
    hint = "`ccloud-apply destroy sub/web.yaml` or `ccloud-apply inventory --all`"
    assert complete_text(hint, flags) == (
        "`ccloud-apply --env prod destroy sub/web.yaml` or `ccloud-apply inventory --all`"
    )
    monkeypatch.chdir(tmp_path / "sub")
    assert complete_text("`ccloud-apply inventory --all`", flags) == (
        "`ccloud-apply --env prod inventory --all`"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "a.yaml"),
        ("--endpoint", "https://me:secret@api.example/v1", "plan", "a.yaml"),
        ("--endpoint", "https://api.example/v1?key=secret", "plan", "a.yaml"),
        ("--endpoint", "https://api.example/\x1b[31m", "plan", "a.yaml"),
    ],
)
def test_nothing_is_repeated_that_is_not_given_or_must_not_be_shown(words: tuple[str, ...]) -> None:
    hint = "`ccloud-apply tasks 7` waits for it"
    assert complete_text(hint, parse(*words)) == hint
    assert complete_text(hint, None) == hint
    assert complete_text(hint, Flags()) == hint


def test_diagnostics_plans_and_events_are_completed() -> None:
    flags = parse("--sandbox", "plan", "a.yaml")
    said, whole = "`ccloud-apply tasks 7` waits", "`ccloud-apply --sandbox tasks 7` waits"
    found = Diagnostic(code="x", what=said, hint=said)
    (completed,) = complete_diagnostics((found,), flags)
    assert (completed.what, completed.hint) == (whole, whole)
    plan = Plan(stacks=(StackPlan(stack="a", path="a.yaml", held=(found,), warnings=(found,)),))
    (stack,) = complete_plan(plan, flags).stacks
    assert stack.held == stack.warnings == (completed,)
    event = Event(type="error", time=SystemClock().now(), message=said, error=said, because=said)
    told = complete_event(event, flags)
    assert (told.message, told.error, told.because) == (whole, whole, whole)


def _texts() -> Iterator[str]:
    """Every text of the product that names one of its commands, f-strings as far as the name."""
    for path in sorted((ROOT / "ccloud_apply").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from HINTED.findall(node.value)


def test_every_named_command_is_one() -> None:
    names = list(_texts())
    assert len(names) > 30
    for name in names:
        entry: Any = read_commands()
        for at, word in enumerate(name.split()):
            if word not in entry.get("commands", {}):
                assert at, name
                break
            entry = entry["commands"][word]
        assert "commands" not in entry, f"{name} is a group"
