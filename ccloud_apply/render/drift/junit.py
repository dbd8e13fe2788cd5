"""Drift as JUnit XML: a suite for each stack, a case for each server.

A drifted, missing or extra server is a failure. XML 1.0 cannot hold control characters, so all text
passes `render/lib/escape.py` first.
"""

from collections.abc import Iterator
from html import escape

from ccloud_apply.model.results.drift import DriftedServer, DriftReport, ExtraServer, StackDrift
from ccloud_apply.render.drift.words import (
    describe_task,
    describe_warning,
    name_live,
    name_unmanaged,
    show_drift,
)
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.lib.shown_change import ShownChange

_UNMANAGED = "servers without a stack"


def render_drift_junit(report: DriftReport, *, has_unmanaged: bool = False) -> str:
    """The report. `has_unmanaged` adds the servers that no stack declares, as skipped cases."""
    suites = [_suite(stack, report) for stack in report.stacks]
    if has_unmanaged:
        suites.append(_unmanaged_suite(report))
    failures = sum(_count_failures(stack) for stack in report.stacks)
    skipped = sum(len(stack.not_compared) for stack in report.stacks)
    tests = failures + skipped + sum(len(stack.in_sync) for stack in report.stacks)
    if has_unmanaged:
        tests, skipped = tests + len(report.unmanaged), skipped + len(report.unmanaged)
    counts = _counts(tests, failures, skipped)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="ccloud-apply drift" {counts}>\n{"".join(suites)}</testsuites>\n'
    )


def _count_failures(stack: StackDrift) -> int:
    return len(stack.entries) + len(stack.missing) + len(stack.extra)


def _counts(tests: int, failures: int, skipped: int) -> str:
    return f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}" time="0"'


def _text(text: str) -> str:
    return escape(escape_line(text))


def _suite(stack: StackDrift, report: DriftReport) -> str:
    cases = "".join(_cases(stack))
    failures, skipped = _count_failures(stack), len(stack.not_compared)
    counts = _counts(failures + skipped + len(stack.in_sync), failures, skipped)
    warnings = "\n".join(map(describe_warning, stack.warnings))
    told = f"  <system-err>{escape(warnings)}</system-err>\n" if warnings else ""
    time = f'timestamp="{report.read_at:%Y-%m-%dT%H:%M:%S}"'
    return f' <testsuite name="{_text(stack.path)}" {counts} {time}>\n{cases}{told} </testsuite>\n'


def _cases(stack: StackDrift) -> Iterator[str]:
    for server in stack.entries:
        yield _case(stack, server.key, _drifted(server))
    for key in stack.missing:
        yield _case(stack, key, _failure("missing", "declared and not there"))
    for extra in stack.extra:
        yield _case(stack, extra.key, _extra(extra))
    for key in stack.not_compared:
        yield _case(stack, key, '<skipped message="being built"/>')
    for key in stack.in_sync:
        yield _case(stack, key, "")


def _case(stack: StackDrift, key: str, result: str) -> str:
    """One server. Class and name together identify a case."""
    path = _text(stack.path)
    head = f'classname="{_text(stack.stack)}" name="{_text(key)}" file="{path}" time="0"'
    return f"  <testcase {head}>{result}</testcase>\n" if result else f"  <testcase {head}/>\n"


def _failure(kind: str, message: str, details: str = "") -> str:
    body = escape(details or message)
    return f'<failure type="{kind}" message="{escape(message)}">{body}</failure>'


def _drifted(server: DriftedServer) -> str:
    changes = show_drift(server)
    fields = ", ".join(change.field for change in changes)
    lines = [line for change in changes for line in _change_lines(change)]
    if server.last_tasks:
        lines += ["last tasks:", *(f"  {describe_task(task)}" for task in server.last_tasks)]
    return _failure("drift", f"{name_live(server.hostname)} differs: {fields}", "\n".join(lines))


def _change_lines(change: ShownChange) -> list[str]:
    note = f" ({change.note})" if change.note else ""
    if not change.lines:
        return [f"{change.field}: live: {change.live}; declared: {change.declared}{note}"]
    return [f"{change.field}: - live, + declared{note}", *(f"  {line}" for line in change.lines)]


def _extra(extra: ExtraServer) -> str:
    live = name_live(extra.hostname)
    return _failure("extra", f"{live} carries the stack's tag and is not declared")


def _unmanaged_suite(report: DriftReport) -> str:
    cases = "".join(
        f'  <testcase classname="{_UNMANAGED}" name="{_text(name_unmanaged(server))}" time="0">'
        '<skipped message="no stack declares it"/></testcase>\n'
        for server in report.unmanaged
    )
    counts = _counts(len(report.unmanaged), 0, len(report.unmanaged))
    return f' <testsuite name="{_UNMANAGED}" {counts}>\n{cases} </testsuite>\n'
