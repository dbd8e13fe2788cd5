"""Invoices and reports, by whole commands."""

import json
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pypdf import PdfReader

from ccloud_apply.schemas import read_schema
from tests.conftest import RunCli
from tests.support.stacks import with_faults

SCHEMA = read_schema("invoices.schema.json")


@pytest.mark.parametrize("is_http", [False, True])
def test_the_parts_of_an_invoice_come_to_its_total(
    is_http: bool, call_cli: RunCli, request: pytest.FixtureRequest
) -> None:
    env = request.getfixturevalue("http_env" if is_http else "sandbox_env")
    listed = json.loads(call_cli("invoices", "--format", "json", env=env).out)
    jsonschema.validate(listed, SCHEMA)
    months = [(one["year"], one["month"]) for one in listed["invoices"]]
    assert months == sorted(months, reverse=True)
    for arguments in (("1",), ("--preview",)):
        document = json.loads(call_cli("invoices", *arguments, "--format", "json", env=env).out)
        jsonschema.validate(document, SCHEMA)
        details = document["invoice"]["details"]
        parts = [one["amount"] for pool in details["pools"] for one in pool["servers"]]
        parts += [one["amount"] for one in details["subscriptions"]]
        assert sum(map(Decimal, parts)) == Decimal(details["total"])
        assert document["invoice"]["preview"] is (arguments == ("--preview",))


def test_people_see_tables_with_aligned_amounts(call_cli: RunCli) -> None:
    assert "ID  MONTH     TOTAL" in call_cli("invoices").out
    shown = call_cli("-v", "invoices", "1")
    assert "all               total                   995.70" in shown.out
    assert "1 requests: get_invoice 1" in shown.err
    preview = call_cli("-v", "invoices", "--preview")
    assert preview.out.startswith("Preview of this month's invoice: ")
    assert "1 requests: preview_invoice 1" in preview.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("invoices", "99"), "`ccloud-apply invoices` lists the invoices"),
        (("invoices", "1", "--preview"), "exclude each other"),
        (("invoices", "x"), "'x' is not a valid integer\n"),
        (("reports", "2026-10"), "--out FILE"),
        (("reports", "1999-01", "--out", "x.pdf"), "`ccloud-apply reports` lists the months"),
        (("reports", "..", "--out", "x.pdf"), "is not a month"),
        (("reports", "../../ccloud/os", "--out", "x.pdf"), "is not a month"),
        (("reports", "--out", "x.pdf"), "--out needs a MONTH"),
        (("reports", "2026-10", "--out", "no/x.pdf"), "does not exist"),
        (("reports", "2026-10", "--out", "."), "is not a file"),
    ],
)
def test_bad_input_is_an_error_with_the_way_out(
    arguments: tuple[str, ...], words: str, call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli(*arguments)
    assert ended.code == 1
    assert words in ended.err
    assert not (tmp_path / "x.pdf").exists()


@pytest.mark.parametrize("is_http", [False, True])
def test_a_report_is_a_pdf_for_its_owner_alone_and_replaces_no_file(
    is_http: bool, call_cli: RunCli, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    env = request.getfixturevalue("http_env" if is_http else "sandbox_env")
    (month, *_) = json.loads(call_cli("reports", "--format", "json", env=env).out)["reports"]
    write = ("reports", month, "--out", "r.pdf")
    written = call_cli(*write, env=env)
    assert (written.code, written.out) == (0, "")
    file = tmp_path / "r.pdf"
    assert f"Report {month}" in PdfReader(file).pages[0].extract_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("mine")
    again = call_cli("-v", *write, env=env)
    assert (again.code, file.read_text()) == (1, "mine")
    assert "r.pdf exists already" in again.err
    assert "requests" not in again.err  # nothing is asked for in vain
    assert call_cli(*write, "--overwrite", env=env).code == 0
    assert file.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    "fault",
    [
        {"body": "html"},
        {"body": "garbage"},
        pytest.param({"body": "truncated"}, marks=pytest.mark.slow),
        pytest.param({"body": "empty"}, marks=pytest.mark.slow),
    ],
    ids=json.dumps,
)
def test_an_answer_that_is_no_whole_pdf_leaves_the_file_as_it_was(
    fault: dict[str, Any], call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "r.pdf").write_text("mine")
    (month, *_) = call_cli("reports").out.split()
    env = with_faults(sandbox_env, tmp_path, {"operation": "get_report", "fault": fault})
    ended = call_cli("reports", month, "--out", "r.pdf", "--overwrite", env=env)
    assert ended.code == 1
    assert "read report" in ended.err
    assert (tmp_path / "r.pdf").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"r.pdf", "faults.yaml"}
