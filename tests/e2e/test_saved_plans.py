"""Plan files: an approval that is checked, never a list of instructions."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.model.documents.saved_plan import digest_document
from tests.conftest import RunCli
from tests.support.stacks import EMPTY, write_stack


def test_a_saved_plan_is_shown_and_applied_without_asking(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    planned = call_cli("plan", stack, "--var", "size=4", "--out", "web.plan.json")
    assert (tmp_path / "web.plan.json").stat().st_mode & 0o777 == 0o600
    assert call_cli("show", "web.plan.json").out == planned.out
    shown = json.loads(call_cli("show", "web.plan.json", "--format", "json").out)
    assert shown["stacks"][0]["summary"]["create"] == 3

    applied = call_cli("apply", "web.plan.json")
    assert applied.code == 0, applied.err
    assert call_cli("plan", stack, "--var", "size=4", "--detailed-exitcode").code == 0


def test_an_applied_plan_is_stale(call_cli: RunCli, tmp_path: Path) -> None:
    call_cli("plan", write_stack(tmp_path), "--out", "plan.json")
    assert call_cli("apply", "plan.json").code == 0
    again = call_cli("apply", "plan.json")
    assert again.code == 1
    assert "stale plan" in again.err
    assert "web-1" in again.err


def test_a_change_elsewhere_does_not_make_a_plan_stale(call_cli: RunCli, tmp_path: Path) -> None:
    call_cli("plan", write_stack(tmp_path), "--out", "plan.json")
    other = "stack: other\nservers:\n  a: {hostname: vs10001, notes: mine}\n"
    assert call_cli("apply", write_stack(tmp_path, other, "o.yaml"), "--auto-approve").code == 0
    applied = call_cli("apply", "plan.json")
    assert applied.code == 0, applied.err


def test_a_stack_that_was_edited_makes_its_plan_stale(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    call_cli("plan", stack, "--out", "plan.json")
    text = (tmp_path / stack).read_text(encoding="utf-8").replace("memory: 4", "memory: 8")
    write_stack(tmp_path, text)
    ended = call_cli("apply", "plan.json")
    assert ended.code == 1
    assert "stale plan" in ended.err


def test_a_stale_plan_says_what_has_changed_and_who_has_changed_it(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    assert call_cli("apply", stack, "--auto-approve").code == 0
    text = (tmp_path / stack).read_text(encoding="utf-8")
    write_stack(tmp_path, text.replace("memory: 4", "memory: 8"))
    assert call_cli("plan", stack, "--out", "plan.json").code == 0
    write_stack(tmp_path, text.replace("size: 2", "size: 3"), "colleague.yaml")
    assert call_cli("apply", "colleague.yaml", "--auto-approve").code == 0
    ended = call_cli("apply", "plan.json")
    assert ended.code == 1
    assert "cores changed since the plan (last tasks: 20" in ended.err
    assert "resize-server by " in ended.err


def test_what_changes_while_the_question_stands_is_not_overwritten(
    call_cli: RunCli,
    run_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = write_stack(tmp_path)
    assert call_cli("apply", stack, "--auto-approve").code == 0
    text = (tmp_path / stack).read_text(encoding="utf-8")
    write_stack(tmp_path, text.replace("memory: 4", "memory: 8"))
    write_stack(tmp_path, text.replace("memory: 4", "memory: 16"), "colleague.yaml")
    elsewhere = {**sandbox_env, "CCLOUD_WORK_DIR": str(tmp_path / "elsewhere")}

    async def answer(_terminal: Terminal, _question: str) -> str:
        colleague = run_cli("apply", "colleague.yaml", "--auto-approve", env=elsewhere)
        assert colleague.code == 0, colleague.err
        return "yes"

    monkeypatch.setattr(Terminal, "can_ask", True)
    monkeypatch.setattr(Terminal, "ask", answer)
    ended = call_cli("apply", stack)
    assert ended.code == 1
    assert ended.err.count("is 16, not 4") == 3
    monkeypatch.undo()
    left = run_cli("plan", "colleague.yaml", "--detailed-exitcode")
    assert left.code == 0, left.out


def test_an_edited_plan_is_refused(call_cli: RunCli, tmp_path: Path) -> None:
    call_cli("plan", write_stack(tmp_path), "--out", "plan.json")
    file = tmp_path / "plan.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"memory": 4', '"memory": 64'), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != text
    for command in ("apply", "show"):
        ended = call_cli(command, "plan.json")
        assert ended.code == 1
        assert "edited" in ended.err


@pytest.mark.parametrize("text", ["", "[]", "{}", "stack: web", "[" * 100_000, '"\\ud800"', "NaN"])
def test_what_is_no_plan_is_refused(text: str, call_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    ended = call_cli("apply", "plan.json")
    assert ended.code == 1
    assert "not a saved plan" in ended.err


def test_a_held_plan_can_be_saved_and_is_not_applied(call_cli: RunCli, tmp_path: Path) -> None:
    call_cli("apply", write_stack(tmp_path), "--auto-approve")
    stack = write_stack(tmp_path, EMPTY)
    assert call_cli("plan", stack, "--out", "plan.json").code == 3
    for option in ((), ("--allow-destroy", "1"), ("--retry", "web")):
        ended = call_cli("apply", "plan.json", *option)
        assert ended.code == 3
        assert "the plan was blocked when it was saved" in ended.err


def test_a_held_plan_stays_held_though_an_option_in_its_file_was_raised(
    call_cli: RunCli, tmp_path: Path
) -> None:
    call_cli("apply", write_stack(tmp_path), "--auto-approve")
    text = (tmp_path / "web.yaml").read_text(encoding="utf-8")
    stack = write_stack(tmp_path, text.replace("web:", "other:"))
    assert call_cli("plan", stack, "--out", "plan.json").code == 3
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    document["options"]["allow_destroy"] = 99
    document["digest"] = digest_document(document)
    (tmp_path / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    ended = call_cli("apply", "plan.json")
    assert (ended.code, "nothing was changed" in ended.err) == (3, True)


@pytest.mark.parametrize("given", [(), ("--allow-destroy", "2")])
def test_no_option_in_a_plan_file_lifts_a_guard_whoever_wrote_it(
    given: tuple[str, ...], call_cli: RunCli, tmp_path: Path
) -> None:
    call_cli("apply", write_stack(tmp_path), "--auto-approve")
    text = (tmp_path / "web.yaml").read_text(encoding="utf-8")
    stack = write_stack(tmp_path, text.replace("web:", "other:"))
    assert call_cli("plan", stack, "--out", "plan.json").code == 3
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    options = {**document["options"], "allow_destroy": 99}
    stacks = [{**each, "held": []} for each in document["stacks"]]
    redigest(tmp_path / "plan.json", options=options, stacks=stacks)
    ended = call_cli("apply", "plan.json", *given)
    assert (ended.code, "nothing was changed" in ended.err) == (3, True), ended.err


def test_a_plan_that_may_destroy_more_is_applied_by_who_says_so_again(
    call_cli: RunCli, tmp_path: Path
) -> None:
    call_cli("apply", write_stack(tmp_path), "--auto-approve")
    text = (tmp_path / "web.yaml").read_text(encoding="utf-8")
    stack = write_stack(tmp_path, text.replace("web:", "other:"))
    assert call_cli("plan", stack, "--allow-destroy", "3", "--out", "plan.json").code == 0
    held = call_cli("apply", "plan.json")
    assert held.code == 3
    assert "--allow-destroy 3" in held.out
    assert call_cli("apply", "plan.json", "--target", "web-1").code == 1
    assert call_cli("apply", "plan.json", "--allow-destroy", "3").code == 0


def test_a_plan_that_a_policy_on_money_held_stays_held_without_prices(
    call_cli: RunCli, tmp_path: Path
) -> None:
    text = (tmp_path / write_stack(tmp_path)).read_text(encoding="utf-8")
    stack = write_stack(tmp_path, f"{text}\npolicy: {{max_monthly_cost: 1}}\n")
    assert call_cli("plan", stack, "--out", "plan.json").code == 3
    assert call_cli("apply", "plan.json", "--no-cost").code == 3


def test_a_plan_that_cannot_be_written_is_an_error(call_cli: RunCli, tmp_path: Path) -> None:
    ended = call_cli("plan", write_stack(tmp_path), "--out", "no/such/folder/plan.json")
    assert ended.code == 1
    assert "no/such/folder/plan.json" in ended.err


@pytest.mark.parametrize("arguments", [("plan", "--out"), ("drift", "--save")], ids=" ".join)
def test_a_file_with_something_else_in_it_is_not_overwritten(
    arguments: tuple[str, str], call_cli: RunCli, tmp_path: Path
) -> None:
    command, option = arguments
    write_stack(tmp_path)
    before = (tmp_path / "web.yaml").read_text(encoding="utf-8")
    (tmp_path / "other.json").write_text("[1]", encoding="utf-8")
    for file, what in (
        ("web.yaml", "the name web.yaml is that of a stack file"),
        ("other.json", "other.json exists and is not a"),
    ):
        ended = call_cli(command, "web.yaml", option, file)
        assert ended.code == 1
        assert what in ended.err
    assert (tmp_path / "web.yaml").read_text(encoding="utf-8") == before
    (tmp_path / "empty").touch()
    for _ in range(2):
        assert "Traceback" not in call_cli(command, "web.yaml", option, "empty").err
        assert (tmp_path / "empty").stat().st_size


def test_options_that_a_saved_plan_has_already_are_refused(
    call_cli: RunCli, tmp_path: Path
) -> None:
    call_cli("plan", write_stack(tmp_path), "--out", "plan.json")
    ended = call_cli("apply", "plan.json", "--target", "web-1")
    assert ended.code == 1
    assert "saved plan" in ended.err


@pytest.mark.parametrize(
    "command", ["rehearse", "validate", "plan", "drift", "graph", "destroy", "journal"]
)
def test_a_saved_plan_in_place_of_a_stack_file_is_one_sentence(
    command: str, call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path)
    assert call_cli("plan", "web.yaml", "--out", "plan.json").code == 0
    ended = call_cli(command, "plan.json")
    assert ended.code == 1
    error, *hint = ended.err.splitlines()
    assert error == "error: plan.json is a saved plan; this command takes stack files"
    assert len(hint) == 1
    beside = call_cli("apply", "plan.json", "web.yaml")
    assert "plan.json is a saved plan" in beside.err


KEY = "a-key-that-nobody-sees"


def signed_env(env: dict[str, str], key: str = KEY) -> dict[str, str]:
    return {**env, "CCLOUD_PLAN_KEY": key}


def redigest(path: Path, **changes: object) -> None:
    document = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    document["digest"] = digest_document(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_signed_plan_is_applied_with_its_key(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = signed_env(sandbox_env)
    planned = call_cli("-v", "plan", write_stack(tmp_path), "--out", "plan.json", env=env)
    assert planned.code == 0
    shown = call_cli("show", "plan.json", env=env)
    assert shown.code == 0
    applied = call_cli("-v", "apply", "plan.json", env=env)
    assert applied.code == 0, applied.err
    told = [planned, shown, applied]
    assert not [ended for ended in told if KEY in ended.out + ended.err]
    assert KEY not in (tmp_path / "plan.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["apply", "show"])
def test_a_plan_that_was_altered_and_digested_anew_is_refused_where_a_key_is_set(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path, command: str
) -> None:
    env = signed_env(sandbox_env)
    stack = write_stack(tmp_path)
    call_cli("plan", stack, "--out", "plan.json", env=env)
    options = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["options"]
    redigest(tmp_path / "plan.json", options={**options, "target": ["web-1"]})
    ended = call_cli(command, "plan.json", env=env)
    assert (ended.code, ended.out) == (1, "")
    assert "another key signed the file, or it was altered" in ended.err
    assert call_cli("plan", stack, "--detailed-exitcode").code == 2, "something was applied"


@pytest.mark.parametrize("command", ["apply", "show"])
def test_an_unsigned_plan_and_one_of_another_key_are_refused(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path, command: str
) -> None:
    stack = write_stack(tmp_path)
    call_cli("plan", stack, "--out", "unsigned.json")
    call_cli("plan", stack, "--out", "other.json", env=signed_env(sandbox_env, "another"))
    unsigned = call_cli(command, "unsigned.json", env=signed_env(sandbox_env))
    other = call_cli(command, "other.json", env=signed_env(sandbox_env))
    assert (unsigned.code, other.code) == (1, 1)
    assert "is not signed" in unsigned.err
    assert "another key" in other.err
    assert call_cli("plan", stack, "--detailed-exitcode").code == 2, "something was applied"


def test_a_signed_plan_is_read_without_a_key_too(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    call_cli("plan", write_stack(tmp_path), "--out", "plan.json", env=signed_env(sandbox_env))
    assert call_cli("show", "plan.json").code == 0
    assert call_cli("apply", "plan.json").code == 0


def test_a_plan_key_that_is_set_but_empty_does_not_pass_for_none(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    call_cli("plan", stack, "--out", "plan.json")
    for arguments in (["apply", "plan.json"], ["show", "plan.json"], ["plan", stack, "--out", "p"]):
        ended = call_cli(*arguments, env=signed_env(sandbox_env, ""))
        assert ended.code == 1
        assert "CCLOUD_PLAN_KEY is set but empty" in ended.err
    assert call_cli("plan", stack, env=signed_env(sandbox_env, "")).code == 0


def test_a_blocked_plan_that_was_digested_anew_is_not_applied(
    call_cli: RunCli, tmp_path: Path
) -> None:
    """The guards are computed anew, so that nothing in the file lifts one."""
    stack = write_stack(tmp_path)
    assert call_cli("apply", stack, "--auto-approve").code == 0
    gone = "stack: web\nservers: {}\n"
    name = json.loads(call_cli("plan", stack, "--format", "json").out)["stacks"][0]["stack"]
    write_stack(tmp_path, gone.replace("web", name), stack)
    assert call_cli("plan", stack, "--out", "plan.json").code == 3
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    options = {**document["options"], "allow_destroy": 99}
    stacks = [{**each, "held": []} for each in document["stacks"]]
    redigest(tmp_path / "plan.json", options=options, stacks=stacks)
    ended = call_cli("apply", "plan.json")
    assert ended.code == 3
    kept = call_cli("export", "--tag", f"stack:{name}")
    assert "web-1" in kept.out


def test_a_part_of_a_stack_is_not_destroyed_by_a_plan_that_says_it_destroys_all(
    call_cli: RunCli, tmp_path: Path
) -> None:
    """No cap holds the removal of all servers, so that it may not stand for that of some."""
    server = "{pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 1}"
    both = f"""\
        stack: caps
        policy: {{max_destroy: 0}}
        defaults: {{disks: [10]}}
        servers: {{a: {server}, b: {server}}}
        """
    stack = write_stack(tmp_path, dedent(both))
    assert call_cli("apply", stack, "--auto-approve").code == 0
    write_stack(tmp_path, dedent(both).replace(f", b: {server}", ""))
    assert call_cli("plan", stack, "--out", "plan.json").code == 3
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    options = {**document["options"], "is_destroy": True}
    stacks = [{**each, "held": []} for each in document["stacks"]]
    redigest(tmp_path / "plan.json", options=options, stacks=stacks)
    ended = call_cli("apply", "plan.json", "--auto-approve")
    assert ended.code == 1
    assert "caps/a is not in the plan" in ended.err
    assert "2 servers" in call_cli("export", "--tag", "stack:caps").out
    assert call_cli("plan", stack, "--destroy", "--out", "all.json").code == 0
    assert call_cli("apply", "all.json", "--auto-approve").code == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("target", [5]),
        ("target", "web"),
        ("exclude", None),
        ("variables", [1]),
        ("var_file", [{"a": 1}]),
        ("allow_destroy", "9"),
        ("is_destroy", "no"),
        ("no_checks", [["cost"]]),
    ],
)
def test_an_option_of_another_type_is_refused_with_its_place(
    call_cli: RunCli, tmp_path: Path, option: str, value: object
) -> None:
    call_cli("plan", write_stack(tmp_path), "--out", "plan.json")
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    redigest(tmp_path / "plan.json", options={**document["options"], option: value})
    ended = call_cli("apply", "plan.json")
    assert ended.code == 1
    assert "the saved plan does not say what it was made from" in ended.err
    assert f"options.{option}" in ended.err
