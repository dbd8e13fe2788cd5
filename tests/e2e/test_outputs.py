"""Which file gets which format, which account a document names, and what it says of what goes."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import APPLY, BOX, IS_EMPTY, write_stack

NAMES = {
    "text": "plan.txt",
    "json": "plan.json",
    "markdown": "plan.md",
    "html": "plan.html",
    "terraform-json": "tf.json",
    "gitlab": "gitlab.json",
}
OLD = """\
stack: shop
servers:
  old: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4, disks: [50],
    custom_name: till, tags: [database], notes: ask Jane}
  web: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 2, disks: [20]}
"""
WITHOUT_OLD = OLD[: OLD.index("  old:")] + OLD[OLD.index("  web:") :]


def writes() -> list[str]:
    return [word for name, path in NAMES.items() for word in ("--write", f"{name}={path}")]


def test_one_run_writes_each_format_as_it_would_be_printed(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    ended = call_cli("plan", stack, "--out", "web.plan", *writes(), "--detailed-exitcode")
    assert ended.code == 2, ended.err
    for name, path in NAMES.items():
        file = tmp_path / path
        assert file.read_text("utf-8") == call_cli("show", "web.plan", "--format", name).out
        assert file.stat().st_mode & 0o777 == 0o600
        assert f"Wrote the plan to {path} ({name})." in ended.err
    assert ended.out == (tmp_path / "plan.txt").read_text("utf-8")


def test_files_of_ours_are_written_anew_and_shown_plans_too(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    assert call_cli("plan", stack, "--out", "web.plan", *writes()).code == 0
    before = {path: (tmp_path / path).read_bytes() for path in NAMES.values()}
    write_stack(tmp_path, OLD)
    assert call_cli("plan", stack, *writes()).code == 0
    assert all((tmp_path / path).read_bytes() != old for path, old in before.items())
    assert call_cli("show", "web.plan", *writes()).code == 0
    assert {path: (tmp_path / path).read_bytes() for path in NAMES.values()} == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["# my notes\n", '{"create": 1}\n', "stack: web\nservers: {}\n"])
def test_a_file_of_somebody_else_stays(
    name: str, text: str, call_cli: RunCli, tmp_path: Path
) -> None:
    (tmp_path / "report").write_text(text, encoding="utf-8")
    ended = call_cli("plan", write_stack(tmp_path), "--write", f"{name}=report")
    assert ended.code == 1
    assert "it would be overwritten" in ended.err
    assert (tmp_path / "report").read_text("utf-8") == text


def test_a_saved_plan_is_not_overwritten_by_a_plan_in_a_format(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    assert call_cli("plan", stack, "--out", "plan.json").code == 0
    for name in ("json", "terraform-json", "gitlab"):
        assert call_cli("plan", stack, "--write", f"{name}=plan.json").code == 1
    assert call_cli("apply", "plan.json").code == 0


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["plan", "--out", "x.html"], "--write html=x.html"),
        (["plan", "--format", "html", "--out", "x.html"], "--write html=x.html"),
        (["plan", "--out", "x.md"], "--write markdown=x.md"),
        (["plan", "--out", "x.xml"], "--out x.plan"),
        (["plan", "--out", "x.yaml"], "--out x.plan"),
        (["plan", "--out", "build/x.xml"], "--out build/x.plan"),
        (["plan", "--write", "html=x.md"], "--write markdown=x.md"),
        (["plan", "--write", "text=x.json"], "--write json=x.json"),
        (["drift", "--out", "x.html"], "--format html --out x.html"),
        (["drift", "--format", "json", "--out", "x.xml"], "--format junit --out x.xml"),
        (["drift", "--save", "x.html"], "--save x.json"),
        (["drift", "--save", "build/x.html"], "--save build/x.json"),
    ],
)
def test_a_name_that_is_another_formats_is_refused_and_the_hint_works(
    options: list[str], hint: str, call_cli: RunCli, tmp_path: Path
) -> None:
    command, *flags = options
    stack = write_stack(tmp_path)
    (tmp_path / "build").mkdir()
    ended = call_cli(command, stack, *flags)
    assert ended.code == 1
    assert f"hint: {hint}\n" in ended.err
    assert not list(tmp_path.rglob("x.*"))
    assert call_cli(command, stack, *hint.split()).code in (0, 2)
    assert list(tmp_path.rglob("x.*"))


def test_an_export_has_the_name_of_a_stack_file(call_cli: RunCli, tmp_path: Path) -> None:
    refused = call_cli("export", "--all", "--stack", "all", "--out", "new/all.json")
    assert refused.code == 1
    assert "hint: --out new/all.yaml\n" in refused.err


def test_a_report_of_drift_overwrites_no_stack_file(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    (tmp_path / "report").write_bytes((tmp_path / stack).read_bytes())
    assert call_cli("drift", stack, "--out", "report").code == 1
    for name, path in (("junit", "d.xml"), ("html", "d.html"), ("markdown", "d.md"), ("text", "d")):
        for _ in range(2):
            ended = call_cli("drift", stack, "--format", name, "--out", path)
            assert ended.code == 2, ended.err


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        (["--write", "pdf=x"], "'pdf' is not a format of plan"),
        (["--write", "html"], "expected FORMAT=FILE"),
        (["--write", "html="], "expected FORMAT=FILE"),
        (["--write", "html=x", "--write", "text=./x"], "./x is named twice"),
        (["--out", "x", "--write", "text=x"], "x is named twice"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_read(
    flags: list[str], what: str, call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli("--endpoint", "http://127.0.0.1:9", "plan", write_stack(tmp_path), *flags)
    assert ended.code == 1
    assert what in ended.err


def test_every_document_names_its_account(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    account = json.loads(call_cli("plan", stack, "--format", "json").out)["account"]
    assert account["endpoint"].startswith("sandbox ")
    line = rf"Account {re.escape(account['endpoint'])} \(customer {account['customer_id']}\), read "
    line += r"\d{4}-\d\d-\d\d \d\d:\d\d UTC, ccloud-apply \d"
    for name in ("text", "markdown"):
        shown = call_cli("plan", stack, "--format", name).out
        assert re.search(line, "\n".join(shown.splitlines()[:5])), shown[:500]
    page = call_cli("plan", stack, "--format", "html").out
    facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page[: page.index("</dl>")])
    assert facts[:2] == [
        ("Account", account["endpoint"]),
        ("Customer", account["customer_id"]),
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", dict(facts)["Read"])
    terraform = json.loads(call_cli("plan", stack, "--format", "terraform-json").out)
    assert terraform["x_ccloud"]["account"] == account
    rehearsed = json.loads(call_cli("rehearse", stack, "--format", "json").out)
    assert rehearsed["account"] == account
    for words in (("tasks",), ("catalog", "pools")):
        document = json.loads(call_cli(*words, "--format", "json").out)
        assert document["account"]["endpoint"] == account["endpoint"]
    events = call_cli("apply", stack, "--auto-approve", "--format", "json").out.splitlines()
    plans = [event["plan"] for event in map(json.loads, events) if event["type"] == "plan"]
    assert [plan["account"] for plan in plans] == [account]


def test_a_plan_says_what_goes_with_a_server_in_every_format(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, OLD)
    assert call_cli("apply", stack, "--auto-approve").code == 0
    write_stack(tmp_path, WITHOUT_OLD)
    shown = {name: call_cli("plan", stack, "--format", name).out for name in NAMES}
    for name in ("text", "markdown", "html", "json"):
        for fact in ("till", "50", "ebian", "database"):
            assert fact in shown[name], name
        assert "per month" in shown[name] or "monthly_cost" in shown[name]
    (change,) = (
        found["change"]
        for found in json.loads(shown["terraform-json"])["resource_changes"]
        if found["name"] == "old"
    )
    before = change["before"]
    assert (change["after"], before["custom_name"], before["cores"]) == (None, "till", 2)
    assert (before["tags"], before["disk"], before["notes"]) == (["database"], 50, "ask Jane")
    assert before["ownership_tags"] == ["server:old", "stack:shop"]
    assert before["pool"] == "pool_iw_ssd"
    assert before["os_name"] == "Linux Debian 12"
    assert before["created_at"]


def test_tags_that_stay_are_not_shown_as_absent(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path, OLD.replace("[database]", "[one, two]"))
    assert call_cli("apply", stack, "--auto-approve").code == 0
    write_stack(tmp_path, OLD.replace("[database]", "[one, two, three]"))
    for name in ("text", "markdown", "html"):
        shown = call_cli("plan", stack, "--format", name).out
        assert "+three (" in shown
        assert "(none)" not in shown


def test_what_is_tolerated_is_told_once_by_a_plan_without_changes(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX + "    tags: [Prod]\n")
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, BOX + "    tags: [prod]\n")
    told = "the platform spells the tag prod as Prod"
    for name in ("text", "markdown", "html", "gitlab", "terraform-json"):
        planned = call_cli(*IS_EMPTY, "--format", name, env=sandbox_env)
        assert planned.code == 0, planned.err
        assert (planned.out + planned.err).count(told) == 1, name


def test_every_format_of_a_plan_says_what_blocks_it_once(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, BOX)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, BOX[: BOX.index("servers:")] + "servers: {}\n")
    told = "declares no server"
    for name in ("text", "markdown", "html", "json", "gitlab", "terraform-json"):
        planned = call_cli("plan", stack, "--format", name, env=sandbox_env)
        assert planned.code == 3, planned.err
        assert told in (planned.err if name in ("gitlab", "terraform-json") else planned.out), name
        assert planned.err.count("blocked: ") == (name in ("gitlab", "terraform-json")), name
