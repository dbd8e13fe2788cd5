"""Answers of the API, and of whoever stands between it and us.

Any bytes are a value, an answer that is told to be unreadable, or an error of the platform; no
error quotes a secret, and what is decoded can be shown.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.api.decode import access, account, billing, performance, task
from ccloud_apply.api.decode.server import decode_server
from ccloud_apply.api.decode.shape import Unreadable
from ccloud_apply.api.http.door import MAX_BODY_BYTES, RawResponse
from ccloud_apply.api.http.error_mapping import build_error
from ccloud_apply.api.http.exchange import Call
from ccloud_apply.api.http.page import read_page
from ccloud_apply.api.http.reply import ErrorStatus, Malformed, Success, read_reply
from ccloud_apply.api.http.unpack import BadlyPacked, TooLarge, unpack
from ccloud_apply.operations import OPERATIONS
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.matching.select import match_account
from ccloud_apply.plan.views.drift import find_drift
from ccloud_apply.render.registry import render
from tests.fuzz.target import Target, files
from tests.fuzz.targets.laws import check_refused, check_shown
from tests.support.builders import account as build_account
from tests.support.builders import live, spec, stack
from tests.support.render.harmless import assert_harmless
from tests.unit.api.decode.test_decode import DECODERS

_SECRET = "s3cret-of-the-call"
_MORE: Mapping[str, Callable[[Any], Any]] = {
    "password": access.decode_password,
    "console": access.decode_console,
    "list_customers": account.decode_customers,
    "subscription": account.decode_subscription,
    "invoices": billing.decode_invoices,
    "invoice": billing.decode_invoice,
    "reports": billing.decode_reports,
    "contract": billing.decode_contract,
    "performance": lambda value: performance.decode_performance(value, "cpu"),
    "task_id": task.decode_task_id,
}
_GET_SERVER = OPERATIONS["get_server"]


def check_reply(data: bytes) -> None:
    """The body of an answer, for everything that decodes one."""
    answer = RawResponse(status=200, headers={}, content=data)
    result = read_reply(_GET_SERVER, answer)
    if isinstance(result, Malformed):
        assert result.why
        return
    assert isinstance(result, Success)
    for decode in (*DECODERS.values(), *_MORE.values()):
        try:
            decode(result.value)
        except Unreadable as error:
            check_refused(error)


def check_page(data: bytes) -> None:
    """One page of a list: its first line is the headers, all else the body."""
    line, _, body = data.partition(b"\n")
    headers = {}
    for part in line.decode("latin-1").split("\t"):
        name, _, text = part.partition("=")
        headers[name] = text
    result = read_reply(
        OPERATIONS["list_servers"], RawResponse(status=200, headers=headers, content=body)
    )
    if not isinstance(result, Success):
        return
    try:
        page = read_page(result.value, lambda row, place: row, headers)
    except Unreadable as error:
        check_refused(error)
        return
    assert page.pages is None or page.pages >= 1
    assert page.next_page is None or page.next_page >= 0


def check_error(data: bytes) -> None:
    """The body of an error: no message quotes what the request kept secret, and none is long."""
    call = Call(
        operation=_GET_SERVER,
        path="/ccloud/servers/vs10001",
        token=_SECRET,
        body={"password": _SECRET},
    )
    for status in (401, 404, 422, 429, 503):
        failed = ErrorStatus(status=status, headers={}, content=data)
        error = build_error(call, failed, maybe_done=False, secrets=(_SECRET,))
        assert _SECRET not in str(error)
        assert _SECRET not in repr(error.__dict__)
        assert len(str(error)) < 5_000


def check_packed(data: bytes) -> None:
    """A packed body: its first line says how, and what it becomes is bounded."""
    coding, _, body = data.partition(b"\n")
    try:
        plain = unpack(body, coding.decode("latin-1"))
    except BadlyPacked as error:
        check_refused(error)
    except TooLarge:
        return
    else:
        assert len(plain) <= max(MAX_BODY_BYTES, len(body))


def check_live(data: bytes) -> None:
    """A server as somebody else named, tagged and described it, planned and shown in every way."""
    try:
        document = json.loads(data)
        server = decode_server(document)
    except (ValueError, RecursionError, Unreadable):
        return
    known = live(10001, key="web", snapshots=(), network=())
    read = replace(server, parts={**known.parts, **server.parts})
    there = replace(
        build_account(known, replace(read, id=read.id if read.id != known.id else 2)),
        customer_addons={},
        subscriptions=(),
    )
    desired = [stack(spec("web", cores=4, notes="x"), spec("db", cores=2))]
    plan, diagnostics = build_plan(desired, there, PlanOptions())
    for found in diagnostics:
        check_shown(found)
    if plan is not None:
        for name in ("text", "markdown", "html", "json", "terraform-json", "gitlab"):
            assert_harmless(render("plan", name, plan))
    options = PlanOptions()
    report, _ = find_drift(match_account(desired, there, options), options)
    if report is not None:
        for name in ("text", "markdown", "html", "json", "junit"):
            assert_harmless(render("drift", name, report))


def _pack(window: int) -> bytes:
    packer = zlib.compressobj(wbits=window + zlib.MAX_WBITS)
    return packer.compress(b'{"data": []}') + packer.flush()


def _replies() -> tuple[bytes, ...]:
    cases = map(json.loads, files("tests/cases/decode/*/*.json"))
    return tuple(dict.fromkeys(json.dumps(case["reply"]).encode() for case in cases))


_KEYS = (
    *("id", "data", "tags", "size", "hostname", "addons", "name", "count", "frequency", "next_run"),
    *("stack:shop", "server:db", "server:web", "prevent-destroy", "incomplete", "untaken:cores-"),
    *("retire:2027-01-01", "retire-after:7d", "created_at", "status", "items", "results", "meta"),
    *("::error::x", "</script>", "| x |", "```", "=1+1", "\x1b[2J", "1e400", "NaN"),
)
_LIVE = {
    "id": 10002,
    "hostname": "vs10002",
    "custom_name": "shop-db",
    "tags": ["stack:shop", "server:db"],
    "data": {"cores": 2, "memory": 4, "notes": "of a colleague", "addons": []},
    "created_at": "2027-01-01 03:00:00",
}
_ERROR = {
    "message": f"denied for {_SECRET}",
    "errors": {"password": [f"{_SECRET} is too short"]},
    "error": {"msg": "x", "errors": {"a": "b"}},
}

TARGETS = (
    Target(name="reply", check=check_reply, seeds=_replies(), words=_KEYS),
    Target(
        name="page",
        check=check_page,
        seeds=(
            b'link=<https://a/x?page=2>; rel="next"\tx-total-count=7\n{"data": [{"id": 1}]}',
            b'\n{"data": [], "meta": {"last_page": 3, "current_page": 1, "total": 9}}',
            b'\n{"data": [], "links": {"next": "https://a/x?cursor=a"}, "has_more": true}',
        ),
        words=(*("link=", "<", ">;", ' rel="next"', "x-total-count=", "next_cursor"), *_KEYS),
    ),
    Target(
        name="error",
        check=check_error,
        seeds=(json.dumps(_ERROR).encode(), b"<html>", f'{{"error": "{_SECRET}"}}'.encode()),
        words=(_SECRET, "\\u0073", "%73", "&#115;", *_KEYS),
    ),
    Target(
        name="packed",
        check=check_packed,
        seeds=(b"gzip\n" + _pack(16), b"deflate\n" + _pack(0), b"gzip, deflate\n" + _pack(0)),
        words=("gzip", "deflate", ",", "x-gzip", "\n"),
    ),
    Target(name="live", check=check_live, seeds=(json.dumps(_LIVE).encode(),), words=_KEYS),
)
