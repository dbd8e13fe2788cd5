"""What people see of a fleet and decide about it, by the command line: on a database that some
worker has left."""

import asyncio
import json
import re
import shlex
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.fleet.store.database import Transaction
from tests.conftest import RunCli
from tests.support.documents import validator_of
from tests.support.fleet_rows import add_account, add_plan, add_run, add_stack, insert
from tests.support.stores import open_store

FLEET = """\
accounts:
  acme: {endpoint: sandbox}
  beta: {endpoint: sandbox, sandbox_db: beta.db}
sources: [{folder: stacks, account: acme}]
"""
HOSTILE = "::add-mask::x\x1b[31m\n##[error]boo"


def write_rows(folder: Path, write: Callable[[Transaction], Awaitable[Any]]) -> None:
    async def whole() -> None:
        work_dir = folder / ".ccloud-apply"
        work_dir.mkdir(exist_ok=True)
        with open_store("sqlite", work_dir) as store:
            async with store.open() as database, database.write() as tx:
                await write(tx)

    asyncio.run(whole())


async def fill(tx: Transaction) -> None:
    """Four stacks, of which one has a proposed plan and one a hostile reason."""
    now = time.time()
    seen: dict[str, Any] = {"seen_at": now - 60, "state_since": now - 60, "due": now + 900}
    await add_account(tx, swept_at=now, sweep_due=now)
    await add_account(tx, "beta", swept_at=now, sweep_due=now)
    await add_stack(tx, "web", state="proposed", labels={"tier": "production"}, **seen)
    await add_stack(tx, "db", **seen)
    await add_stack(tx, "db", "beta", state="drift", **seen)
    await add_stack(tx, "mail", "beta", state="failing", why=HOSTILE, **seen)
    run = await add_run(tx, "web", kind="plan", outcome="proposed", started=now, ended=now)
    await add_run(tx, "mail", "beta", outcome="failed", error=HOSTILE, started=now)
    await add_run(tx, None, started=now)
    await add_plan(tx, "web", run_id=run, digest="sha256:0123456789abcdef", made_at=now)


@pytest.fixture
def fleet(call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path) -> Callable[..., Any]:
    """Calls `fleet ...` in a folder with such a fleet."""
    (tmp_path / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    (tmp_path / "stacks").mkdir()
    write_rows(tmp_path, fill)
    return lambda *arguments: call_cli("fleet", *arguments, env=clean_env)


def test_the_status_lists_what_needs_somebody_first_and_shows_hostile_text_harmless(
    fleet: Callable[..., Any],
) -> None:
    ended = fleet("status")
    lines = ended.out.splitlines()
    assert lines[0] == "4 stacks: 1 clean, 1 drift, 1 proposed, 1 failing."
    assert [line.split()[0] for line in lines[3:7]] == [
        *("beta/mail", "acme/web", "beta/db", "acme/db")
    ]
    assert "  beta/mail is failing: \\u{3a}:add-mask::x" in ended.out
    assert "\x1b" not in ended.out
    assert (ended.code, ended.err) == (1, "")


@pytest.mark.parametrize(
    ("selector", "names", "code"),
    [
        (["db"], ["beta/db", "acme/db"], 2),
        (["acme/db"], ["acme/db"], 0),
        (["account:acme", "tier=prod*"], ["acme/web"], 2),
        (["state:failing"], ["beta/mail"], 1),
        (["state:unknown"], [], 0),
        (["db", "is:paused"], [], 0),
    ],
)
def test_the_status_of_chosen_stacks_answers_for_them_alone(
    fleet: Callable[..., Any], selector: list[str], names: list[str], code: int
) -> None:
    ended = fleet("status", *selector, "--format", "json")
    document = json.loads(ended.out)
    validator_of("fleet-status.schema.json").validate(document)
    assert [f"{one['account']}/{one['stack']}" for one in document["stacks"]] == names
    assert sum(document["counts"].values()) == len(names)
    assert ended.code == code


def test_a_problem_of_a_file_fails_the_status_of_the_whole_fleet(
    fleet: Callable[..., Any], tmp_path: Path
) -> None:
    row = {"source": "stacks", "path": "x.yaml", "line": 2, "what": "broken"}
    write_rows(tmp_path, lambda tx: insert(tx, "problem", row))
    whole = fleet("status", "--format", "json")
    assert json.loads(whole.out)["problems"] == [row]
    one = fleet("status", "acme/db", "--format", "json")
    assert (one.code, json.loads(one.out)["problems"]) == (0, [])


def test_a_stack_that_nobody_has_seen_for_long_fails_the_status(
    fleet: Callable[..., Any], tmp_path: Path
) -> None:
    write_rows(tmp_path, lambda tx: tx.execute("update stack set seen_at = 1"))
    ended = fleet("status", "acme/db")
    assert ended.code == 1
    assert "clean (stale)" in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("approve", "none"),
        ("approve", "beta/db"),
        ("approve", "acme/web", "--plan", "0123"),
        ("approve", "acme/web", "--plan", "ffffffff"),
        ("show", "99"),
        ("run", "acme/db"),
    ],
)
def test_a_hint_names_the_file_of_the_fleet_where_the_run_was_given_one(
    fleet: Callable[..., Any], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "fleet.yaml").rename(tmp_path / "our fleet.yaml")
    given = ("--config", "our fleet.yaml")
    if arguments[0] == "run":
        assert fleet("pause", "acme/db", "--reason", "x", *given).code == 0
    ended = fleet(*arguments, *given)
    assert ended.code == 1
    (command,) = re.findall(r"hint: .*?ccloud-apply fleet ([^`\n]+)", ended.err)
    assert "--config 'our fleet.yaml'" in command
    followed = fleet(*shlex.split(command))
    assert "does not exist" not in followed.err, followed.err


def test_a_fleet_that_has_no_file_yet_is_begun_as_the_hint_says(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    for given in ((), ("--config", "our fleet.yaml")):
        ended = call_cli("fleet", "status", *given, env=clean_env)
        assert (ended.code, ended.out) == (1, "")
        (command,) = re.findall(r"hint: `ccloud-apply ([^`]+)` writes a first one", ended.err)
        assert call_cli(*shlex.split(command), env=clean_env).code == 0
        (tmp_path / "stacks").mkdir(exist_ok=True)
        assert "does not exist" not in call_cli("fleet", "status", *given, env=clean_env).err


def test_an_approval_is_made_once_by_name_and_is_in_the_audit(fleet: Callable[..., Any]) -> None:
    ended = fleet("approve", "web", "--plan", "012345", "--allow-destroy", "1")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "Approved 0123456789ab of acme/web: 1 to create, +39.00 per month.\n"
    again = fleet("approve", "acme/web")
    assert again.code == 1
    assert "error: the plan of acme/web is approved already, by " in again.err
    audit = json.loads(fleet("audit", "--format", "json").out)
    validator_of("fleet-history.schema.json").validate(audit)
    (row,) = audit["audit"]
    assert (row["what"], row["account"], row["subject"]) == ("approve", "acme", "web")
    assert row["detail"] == {"plan": "sha256:0123456789abcdef", "allow_destroy": 1}
    assert "@" in row["who"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["approve", "db"], "several accounts have a stack db: acme/db, beta/db"),
        (["approve", "none"], "there is no stack none in this fleet"),
        (["approve", "w*"], "'w*' does not name one stack"),
        (["approve", "acme/"], "'acme/' does not name one stack"),
        (["approve", "acme/db"], "acme/db has no plan that waits for a decision"),
        (
            ["approve", "web", "--plan", "ffffff"],
            "the plan of acme/web that waits is 0123456789ab, not ffffff",
        ),
        (["approve", "web", "--allow-destroy", "3000000000"], "at most 100,000"),
        (["reject", "web", "--reason", " "], "a reason is needed"),
        (["reject", "web"], "Missing option '--reason'"),
        (["pause", "web"], "Missing option '--reason'"),
        (["pause", "--reason", "x"], "Missing argument 'SELECTOR...'"),
        (["pause", "web", "--reason", "x", "--until", "soon"], '--until: "soon" is not a moment'),
        (["pause", "web", "--reason", "x", "--until", "1.5h"], "hint: write 2h, 7d, "),
        (["pause", "web", "--reason", "x", "--until", "2020-01-01"], '"2020-01-01" is over'),
        (["pause", "web", "--reason", "x", "--until", "9999d"], "must end within ten years"),
        (["status", "state:green"], "green is not a state"),
        (["show", "99"], "there is no run 99"),
        (["status", "wbe"], 'there is no stack wbe in this fleet\n  hint: did you mean "web"?'),
        (["status", "web", "nothing"], "nothing in this fleet\n  hint: this fleet has db, "),
        (["status", "beta/mali"], 'beta/mali in this fleet\n  hint: did you mean "beta/mail"?'),
        (["status", "x*"], "there is no stack x* in this fleet"),
        (["status", "account:acne"], 'account acne in this fleet\n  hint: did you mean "acme"?'),
        (["status", "tier=pord"], "no stack of this fleet has the label tier=pord"),
        (["history", "wbe"], "there is no stack wbe in this fleet"),
        (["audit", "wbe"], "there is no stack wbe in this fleet"),
        (["history", "--limit", "0"], "0 is not in the range"),
        (["status", "--config", "other.yaml"], "fleet init other.yaml` writes a first one"),
    ],
)
def test_what_cannot_be_done_is_an_error_with_a_way_out(
    fleet: Callable[..., Any], arguments: list[str], what: str
) -> None:
    ended = fleet(*arguments)
    assert ended.code == 1
    assert what in ended.err
    assert "hint: " in ended.err
    assert fleet("audit").out == "No decisions.\n"


def test_a_rejected_plan_is_drift_and_its_reason_is_kept(fleet: Callable[..., Any]) -> None:
    ended = fleet("reject", "web", "--reason", "not before Monday")
    assert ended.out.startswith("Rejected 0123456789ab of acme/web: ")
    (stack,) = json.loads(fleet("status", "web", "--format", "json").out)["stacks"]
    assert (stack["state"], stack["plan"]) == ("drift", None)
    assert 'reason "not before Monday"' in fleet("audit").out


def test_a_pause_is_shown_and_ends_by_a_resume(fleet: Callable[..., Any]) -> None:
    assert fleet("pause", "account:acme", "--reason", "moving", "--until", "2h").out == (
        "Paused 2 stacks: acme/db, acme/web.\n"
    )
    shown = fleet("status", "is:paused").out
    assert shown.startswith("2 stacks: 1 clean, 1 proposed; 2 paused.\n")
    assert ": moving\n" in shown
    assert fleet("approve", "web").out.endswith(
        "It waits for the end of the pause by "
        f"{json.loads(fleet('audit', '--format', 'json').out)['audit'][0]['who']}.\n"
    )
    assert fleet("resume", "*").out == "Resumed 2 stacks: acme/db, acme/web.\n"
    assert fleet("resume", "*").out == "No paused stack matches.\n"
    nothing = fleet("pause", "none", "--reason", "x")
    assert (nothing.code, nothing.out) == (1, "No stack matches.\n")


def test_the_audit_of_chosen_stacks_has_theirs_alone(fleet: Callable[..., Any]) -> None:
    fleet("pause", "db", "--reason", "x")
    fleet("approve", "web")

    def subjects(*selector: str) -> list[str]:
        rows = json.loads(fleet("audit", *selector, "--format", "json").out)["audit"]
        return [f"{row['what']} {row['account']}/{row['subject']}" for row in rows]

    assert subjects() == ["approve acme/web", "pause beta/db", "pause acme/db"]
    assert subjects("acme/*") == ["approve acme/web", "pause acme/db"]
    assert subjects("tier=production") == ["approve acme/web"]
    assert subjects("is:paused", "account:beta") == ["pause beta/db"]


def test_a_pause_until_a_resume_has_no_end(fleet: Callable[..., Any]) -> None:
    assert fleet("pause", "web", "--reason", "x", "--until", "resumed").code == 0
    (stack,) = json.loads(fleet("status", "web", "--format", "json").out)["stacks"]
    assert stack["paused"]["until"] is None


def test_the_history_is_of_chosen_stacks_and_of_sweeps_if_they_are_wanted(
    fleet: Callable[..., Any],
) -> None:
    def runs(*arguments: str) -> list[tuple[str, str | None]]:
        document = json.loads(fleet("history", *arguments, "--format", "json").out)
        validator_of("fleet-history.schema.json").validate(document)
        return [(one["account"], one["stack"]) for one in document["runs"]]

    assert runs() == [("beta", "mail"), ("acme", "web")]
    assert runs("--sweeps", "--limit", "2") == [("acme", None), ("beta", "mail")]
    assert runs("account:acme") == [("acme", "web")]
    assert runs("state:failing") == [("beta", "mail")]
    text = fleet("history").out
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3


def test_a_run_is_shown_whole(fleet: Callable[..., Any]) -> None:
    text = fleet("show", "2").out
    assert text.startswith("Run of beta/mail, number 2\n")
    assert "\\u{1b}[31m" in text
    document = json.loads(fleet("show", "2", "--format", "json").out)
    validator_of("fleet-history.schema.json").validate(document)
    assert document["run"]["error"] == HOSTILE
    assert (document["plan"], document["reports"], document["journal"]) == (None, [], None)


def test_a_plan_that_cannot_be_read_is_an_error_and_no_crash(fleet: Callable[..., Any]) -> None:
    ended = fleet("show", "1")
    assert ended.code == 1
    assert "error: the plan of run 1 cannot be read: plan file: this is not a saved" in ended.err


def test_a_fleet_without_a_database_has_no_stacks(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    (tmp_path / "stacks").mkdir()
    assert call_cli("fleet", "status", env=clean_env).out == "No stacks.\n"
    assert call_cli("fleet", "history", env=clean_env).out == "No runs.\n"
