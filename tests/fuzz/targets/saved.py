"""Documents of our own that somebody else may have held: plan files, journals, drift reports.

Each is read as it was written, or refused: never half of it, and never with another exception.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ccloud_apply.apply.journal.record import (
    Contents,
    accepted_record,
    add_record,
    closed_record,
    encode_record,
    ended_record,
    entry_records,
    intent_record,
    learnt_record,
    read_contents,
    run_record,
)
from ccloud_apply.errors import UsageError
from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.decode_drift import decode_drift
from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.documents.saved_plan import (
    decode_saved_plan,
    digest_document,
    encode_saved_plan,
    sign_document,
)
from ccloud_apply.model.journal import find_unclosed
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.render.registry import render
from ccloud_apply.workflows.inputs.drift_report import read_report
from ccloud_apply.workflows.inputs.saved_plan import read_request
from tests.fuzz.target import MAX_BYTES, Target
from tests.fuzz.targets.laws import check_refused
from tests.support.builders import account, live, spec, stack
from tests.support.journals import INTENT
from tests.support.render.drifts import full_report
from tests.support.render.harmless import assert_harmless

_KEY = "the-key-of-the-pipeline"
_OPTIONS = {
    "variables": {"size": "2"},
    "var_file": None,
    "project": None,
    "no_project": True,
    "env": None,
    "target": (),
    "exclude": ("db",),
    "replace": (),
    "accept": (),
    "retry": (),
    "is_destroy": False,
    "allow_destroy": None,
    "no_checks": (),
    "retires_now": False,
    "is_deferring": False,
}


def _plan() -> Plan:
    plan, diagnostics = build_plan(
        [stack(spec("web", cores=4, notes="x", tags=["a"]), spec("db", disks=[50]))],
        account(live(10001, key="web"), live(10002, key="db", disks=(50, 30)), live(3, key="old")),
        PlanOptions(has_fingerprints=True, has_unchanged=True),
    )
    assert plan is not None, diagnostics
    return plan


def check_plan_file(data: bytes) -> None:
    """A plan file whose writer made its digest anew: only a key's signature stands in his way."""
    try:
        document = json.loads(data)
        if not isinstance(document, dict):
            return
        document["digest"] = digest_document(document)
    except (ValueError, RecursionError):
        return
    try:
        saved = decode_saved_plan(document)
        request = read_request(saved)
    except (CodecError, UsageError) as error:
        check_refused(error)
        return
    assert request.options.allow_destroy is None or type(request.options.allow_destroy) is int
    assert decode_plan(json.loads(json.dumps(encode_plan(saved.plan)))).stacks is not None
    for name in ("text", "markdown", "html", "json", "terraform-json", "gitlab"):
        assert_harmless(render("plan", name, saved.plan))


def check_signature(data: bytes) -> None:
    """A signed plan file that was altered in any way says something else, or is refused."""
    try:
        document = json.loads(data)
        if not isinstance(document, dict):
            return
        document["digest"] = digest_document(document)
        is_signed = document.get("signature") == sign_document(document, _KEY)
    except (ValueError, RecursionError):
        return
    try:
        decode_saved_plan(document, key=_KEY)
    except CodecError as error:
        check_refused(error)
    else:
        assert is_signed
        unsealed = {"digest", "signature"}
        sealed = {name: value for name, value in document.items() if name not in unsealed}
        assert sealed == {name: _SIGNED[name] for name in _SIGNED if name not in unsealed}


def check_journal(data: bytes) -> None:
    """The lines of a journal: as they are, and each with the checksum that fits it."""
    _check_contents(data)
    lines = []
    for line in data.split(b"\n"):
        try:
            record = json.loads(line)
            lines.append(encode_record(record if isinstance(record, dict) else {"type": "run"}))
        except (ValueError, RecursionError):
            lines.append(line + b"\n")
    _check_contents(b"".join(lines))


def _check_contents(data: bytes) -> None:
    found = read_contents(data)
    assert found.length <= len(data)
    again = read_contents(data[: found.length])
    assert (again.entries, again.count, again.damage) == (found.entries, found.count, None)
    assert found.is_torn or found.damage or found.length == len(data)
    find_unclosed(found.entries.values())
    rewritten = Contents()
    records = [record for entry in found.entries.values() for record in entry_records(entry)]
    first = {**run_record(run="r", stack="s", account="a"), "time": "t"}
    for number, record in enumerate([first, *records], start=1):
        add_record(rewritten, {"n": number, **record})
    assert rewritten.entries == found.entries


def check_drift_report(data: bytes) -> None:
    """A drift report that a pipeline kept in a cache."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drift.json"
        path.write_bytes(data)
        try:
            document = read_report(str(path))
        except UsageError as error:
            check_refused(error)
            return
    assert document is not None
    try:
        decode_drift(document)
    except CodecError as error:
        check_refused(error)


def _document(key: str | None = None) -> dict[str, Any]:
    document = encode_saved_plan(_plan(), paths=["a.yaml"], options=_OPTIONS, key=key)
    found: dict[str, Any] = json.loads(json.dumps(document))
    return found


def _journal() -> bytes:
    contents = Contents()
    records: list[dict[str, Any]] = [run_record(run="r", stack="web", account="a" * 64)]
    records += [
        {**intent_record(1, "r", INTENT), "time": "2027-01-01T12:00:00+00:00"},
        accepted_record(1, 7),
        learnt_record(1, {"slots": 3}),
        ended_record(1, "done", "vs10001", None),
        closed_record(1),
    ]
    lines = []
    for number, record in enumerate(records, start=1):
        add_record(contents, {"n": number, **record})
        lines.append(json.dumps({"n": number, **record}).encode())
    return b"\n".join(lines) + b"\n"


_SIGNED = _document(_KEY)
_WORDS = ("$reference", "$literal", "sensitive", "$hole", "env", "file", "web", "vs10001", "1.0")
assert len(json.dumps(_SIGNED)) < MAX_BYTES

TARGETS = (
    Target(
        name="plan-file",
        check=check_plan_file,
        seeds=(json.dumps(_document()).encode(),),
        words=_WORDS,
    ),
    Target(
        name="signature",
        check=check_signature,
        seeds=(json.dumps(_SIGNED).encode(),),
        words=_WORDS,
    ),
    Target(
        name="journal",
        check=check_journal,
        seeds=(_journal(), b"".join(map(encode_record, map(json.loads, _journal().splitlines())))),
        words=('"n":2', '"entry":1', '"type":"ended"', '"outcome":"done"', "unknown", '"check":"'),
    ),
    Target(
        name="drift-report",
        check=check_drift_report,
        seeds=(render("drift", "json", full_report()).encode(),),
        words=_WORDS,
    ),
)
