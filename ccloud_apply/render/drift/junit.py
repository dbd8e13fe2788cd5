"""Drift as JUnit XML: a suite for each stack, a case for each server.

A drifted, missing or extra server is a failure; a retired one that waits for its day is skipped,
and so is one case for all fields of a stack that were not looked at. One that is not compared is an
error, JUnit's word for a test that could not be made: it has neither passed nor failed. XML 1.0
cannot hold control characters, so all text passes `render/lib/escape.py` first.
"""

from collections.abc import Iterator
from dataclasses import astuple
from html import escape

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    ExtraServer,
    StackDrift,
    UncomparedServer,
)
from ccloud_apply.model.text import count_of
from ccloud_apply.render.drift.words import (
    SET_SIGNS,
    describe_extra,
    describe_restored,
    describe_retired,
    describe_task,
    describe_unlooked,
    describe_warning,
    describe_why,
    name_live,
    name_other_stack,
    name_unmanaged,
    show_drift,
    source_words,
    unknown_fields,
)
from ccloud_apply.render.lib.escape import escape_line
from ccloud_apply.render.lib.shown_change import ShownChange

_UNMANAGED = "servers without a stack"
_OTHERS = "servers of other stacks"
_UNLOOKED = "fields not looked at"
"""No key: those have no spaces."""


def render_drift_junit(report: DriftReport, *, has_unmanaged: bool = False) -> str:
    """The report. `has_unmanaged` adds the other stacks and the servers that no stack declares, as
    skipped cases."""
    suites = [_suite(stack, report) for stack in report.stacks]
    counts = sum(map(_count, report.stacks), start=_Counts())
    if has_unmanaged:
        for name, cases in (
            (_OTHERS, _other_cases(report)),
            (_UNMANAGED, _unmanaged_cases(report)),
        ):
            skipped = _Counts(skipped=len(cases))
            counts += skipped
            if cases or name == _UNMANAGED:
                text = "".join(cases)
                suites.append(f' <testsuite name="{name}" {skipped}>\n{text} </testsuite>\n')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="ccloud-apply drift" {counts}>\n'
        f" <!-- {_comment(source_words(report))} -->\n{''.join(suites)}</testsuites>\n"
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """The cases of a suite by their result."""

    passed: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0

    def __add__(self, other: "_Counts") -> "_Counts":
        pairs = zip(astuple(self), astuple(other), strict=True)
        return _Counts(*(mine + theirs for mine, theirs in pairs))

    def __str__(self) -> str:
        """The attributes of a suite."""
        tests = sum(astuple(self))
        return (
            f'tests="{tests}" failures="{self.failures}" errors="{self.errors}"'
            f' skipped="{self.skipped}" time="0"'
        )


def _count(stack: StackDrift) -> _Counts:
    return _Counts(
        passed=len(stack.in_sync),
        failures=len(stack.entries) + len(stack.missing) + len(stack.extra),
        errors=len(stack.not_compared),
        skipped=len(stack.retired) + bool(stack.not_looked_at),
    )


def _comment(text: str) -> str:
    """No comment of XML holds two hyphens in a row, or ends in one."""
    return escape(text).replace("--", "-\u2010")


def _text(text: str) -> str:
    return escape(escape_line(text))


def _suite(stack: StackDrift, report: DriftReport) -> str:
    cases = "".join(_cases(stack))
    warnings = "\n".join(map(describe_warning, stack.warnings))
    told = f"  <system-err>{escape(warnings)}</system-err>\n" if warnings else ""
    head = f'{_count(stack)} timestamp="{report.read_at:%Y-%m-%dT%H:%M:%S}"'
    return f' <testsuite name="{_text(stack.path)}" {head}>\n{cases}{told} </testsuite>\n'


def _cases(stack: StackDrift) -> Iterator[str]:
    unknown = unknown_fields(stack)

    def case(key: str, result: str = "") -> str:
        fields = unknown.get(key)
        out = f"<system-out>compared without {escape(fields)}</system-out>" if fields else ""
        return _case(stack, key, result + out)

    for server in stack.entries:
        yield case(server.key, _drifted(server))
    for key in stack.missing:
        yield case(key, _failure("missing", "declared but does not exist"))
    for extra in stack.extra:
        yield _case(stack, extra.key, _extra(extra))
    for uncompared in stack.not_compared:
        yield case(uncompared.key, _not_compared(uncompared))
    for retired in stack.retired:
        why = f"{name_live(retired.hostname)} {describe_retired(retired)}"
        yield _case(stack, retired.key, f'<skipped message="{escape(why)}"/>')
    for key in stack.in_sync:
        yield case(key)
    if unlooked := describe_unlooked(stack):
        yield _case(stack, _UNLOOKED, f'<skipped message="{escape(unlooked)}"/>')


def _case(stack: StackDrift, key: str, result: str) -> str:
    """One server. Class and name together identify a case."""
    path = _text(stack.path)
    head = f'classname="{_text(stack.stack)}" name="{_text(key)}" file="{path}" time="0"'
    return f"  <testcase {head}>{result}</testcase>\n" if result else f"  <testcase {head}/>\n"


def _failure(kind: str, message: str, details: str = "", *, element: str = "failure") -> str:
    body = escape(details or message)
    return f'<{element} type="{kind}" message="{escape(message)}">{body}</{element}>'


def _not_compared(server: UncomparedServer) -> str:
    return _failure("not_compared", f"not compared: {describe_why(server)}", element="error")


def _drifted(server: DriftedServer) -> str:
    changes = show_drift(server)
    fields = ", ".join(change.field for change in changes)
    lines = [line for change in changes for line in _change_lines(change)]
    if server.last_tasks:
        lines += ["last tasks:", *(f"  {describe_task(task)}" for task in server.last_tasks)]
    what = describe_restored(server) or f"differs: {fields}"
    return _failure("drift", f"{name_live(server.hostname)} {what}", "\n".join(lines))


def _change_lines(change: ShownChange) -> list[str]:
    note = f" ({change.note})" if change.note else ""
    if change.items:
        return [f"{change.field}: {change.items} ({SET_SIGNS}){note}"]
    if not change.lines:
        return [f"{change.field}: live: {change.live}; declared: {change.declared}{note}"]
    return [f"{change.field}: - live, + declared{note}", *(f"  {line}" for line in change.lines)]


def _extra(extra: ExtraServer) -> str:
    return _failure("extra", f"{name_live(extra.hostname)} {describe_extra(extra)}")


def _other_cases(report: DriftReport) -> list[str]:
    return [
        _skipped(
            _OTHERS,
            name_other_stack(other),
            f"{count_of(other.servers, 'server')} of a stack that was not given",
        )
        for other in report.other_stacks
    ]


def _unmanaged_cases(report: DriftReport) -> list[str]:
    return [
        _skipped(_UNMANAGED, name_unmanaged(server), "no stack declares it")
        for server in report.unmanaged
    ]


def _skipped(suite: str, name: str, why: str) -> str:
    return (
        f'  <testcase classname="{suite}" name="{_text(name)}" time="0">'
        f'<skipped message="{why}"/></testcase>\n'
    )
