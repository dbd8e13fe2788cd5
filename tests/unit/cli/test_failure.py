"""What stopped a command: wording and exit codes."""

import signal

import click
import pytest

from ccloud_apply.cli.failure import describe, exit_code, has_events, wants_json
from ccloud_apply.cli.main import group
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.cli.signals import Interrupted
from ccloud_apply.errors import PlanError, StalePlanError, UsageError
from ccloud_apply.home import install_hint
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.internal_error import describe_places


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 1),
        (click.UsageError("x"), 1),
        (RuntimeError("x"), 1),
        (OSError(28, "No space left on device", "x"), 1),
        (KeyboardInterrupt(), 130),
        (Interrupted(signal.SIGINT), 130),
        (Interrupted(signal.SIGTERM), 143),
        (SystemExit(143), 143),
    ],
)
def test_exit_codes(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


def test_diagnostics_of_planning_come_through_as_they_are() -> None:
    diagnostics = (Diagnostic(code="a", what="one"), Diagnostic(code="b", what="two"))
    assert describe(PlanError(diagnostics)) == diagnostics


def test_a_hint_is_kept() -> None:
    (diagnostic,) = describe(StalePlanError("stale plan: web-1", hint="plan again"))
    assert (diagnostic.code, diagnostic.what) == ("stale-plan", "stale plan: web-1")
    assert diagnostic.hint == "plan again"


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (["inventory", "--stat"], "there is no option --stat", 'did you mean "--state"?'),
        (
            ["plan", "--auto-approve"],
            "there is no option --auto-approve",
            "ccloud-apply plan --help",
        ),
        (["apply", "--yes"], "there is no option --yes", "ccloud-apply apply --help"),
        (["plan", "--formt=json"], "there is no option --formt", 'did you mean "--format"?'),
        (["--sandbx", "plan"], "there is no option --sandbx", 'did you mean "--sandbox"?'),
        (["plan", "--zzzzz"], "there is no option --zzzzz", "ccloud-apply plan --help"),
        (["plan", "-x"], "there is no option -x", "ccloud-apply plan --help"),
    ],
)
def test_an_option_that_does_not_exist_is_answered_with_the_nearest(
    words: list[str], what: str, hint: str
) -> None:
    with pytest.raises(click.NoSuchOption) as raised:
        group.main(words, prog_name="ccloud-apply", standalone_mode=False, obj=Flags())
    (diagnostic,) = describe(raised.value)
    assert (diagnostic.code, diagnostic.what, diagnostic.hint) == ("usage", what, hint)


def test_a_package_that_is_not_installed_is_named_with_the_way_to_install_it() -> None:
    error = ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn")
    (diagnostic,) = describe(error)
    assert diagnostic.code == "usage"
    assert diagnostic.what == "this needs the package uvicorn, which is not installed"
    assert diagnostic.hint == install_hint()


def test_a_missing_module_of_our_own_is_a_bug() -> None:
    (diagnostic,) = describe(ModuleNotFoundError("x", name="ccloud_apply.plan.nothing"))
    assert diagnostic.code == "internal"


def test_an_internal_error_shows_its_type_and_never_its_text() -> None:
    try:
        raise ValueError("Bearer s3cret") from RuntimeError("also s3cret")
    except ValueError as error:
        (diagnostic,) = describe(error)
        places = describe_places(error)
    assert diagnostic.code == "internal"
    assert diagnostic.what.startswith("internal error: ValueError")
    assert "report" in diagnostic.hint
    assert "s3cret" not in f"{diagnostic}"
    assert "RuntimeError" in places
    assert 'Bearer s3cret")' in places or "raise ValueError" in places  # the line, not the value


@pytest.mark.parametrize(
    ("arguments", "is_json"),
    [
        (["plan", "--format", "json", "x"], True),
        (["plan", "--format=json"], True),
        (["plan", "--format", "text", "json"], False),
        ([], False),
    ],
)
def test_json_is_recognised_in_a_command_line_that_is_wrong_otherwise(
    arguments: list[str], *, is_json: bool
) -> None:
    assert wants_json(arguments) is is_json


def test_only_apply_and_destroy_answer_in_events() -> None:
    assert has_events(["--sandbox", "apply", "x"])
    assert has_events(["destroy"])
    assert not has_events(["plan", "apply"])
