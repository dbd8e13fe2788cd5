"""What came of one run, as a value; and the texts of it that the tables keep."""

from collections.abc import Mapping, Sequence

from ccloud_apply.errors import (
    ApiError,
    CcloudApplyError,
    LockedError,
    PlanError,
    ServerError,
    StackError,
    StoreError,
    ThrottledError,
    TransportError,
    UnsettledError,
)
from ccloud_apply.fleet.model.status import Decision, Kind, Outcome, State
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.documents.encode import encode_step, encode_value
from ccloud_apply.model.results.plan import Plan

MAX_TEXT = 2000
"""Characters of a text that a table keeps."""

TRANSIENT = (TransportError, ServerError, ThrottledError, StoreError, LockedError, UnsettledError)
"""What passes by itself, as a rule: a stack fails by it only if it goes on."""

FAILING_AFTER = 3
"""So many failures of that kind in a row make a stack `failing`; one of any other kind does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a run, before it is in the tables.

    `proposal` is a plan to save for somebody's decision, `decision` what becomes of the plans that
    were open. `opens_at` is when it is worth a look again (seconds), None for the usual interval.
    `digest` stands for the plan that has failed, `report` is a drift report with something new.
    `is_failure` makes the next run wait, `is_transient` says that it may pass by itself.
    """

    outcome: Outcome
    state: State
    why: str | None = None
    error: str | None = None
    is_seen: bool = True
    is_failure: bool = False
    is_transient: bool = False
    is_due: bool = False
    proposal: Plan | None = None
    decision: Decision | None = None
    opens_at: float | None = None
    digest: str | None = None
    report: str | None = None
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """A run or a sweep (without a stack) that has ended, for whoever watches the worker."""

    account: str
    stack: str | None
    run: int
    kind: Kind
    outcome: Outcome
    state: State | None
    why: str | None
    counts: Mapping[str, int]
    requests: int


def fail(error: CcloudApplyError, *, digest: str | None = None) -> Result:
    """What comes of a run that this has ended."""
    text = describe_error(error)
    return Result(
        outcome="failed",
        state="failing",
        why=text,
        error=text,
        is_seen=False,
        is_failure=True,
        is_transient=isinstance(error, TRANSIENT),
        digest=digest or f"error:{error.code}",
    )


def describe_error(error: CcloudApplyError) -> str:
    """What has gone wrong and the way out, in a line."""
    if isinstance(error, StackError | PlanError):
        return describe_diagnostics(error.diagnostics)
    text = " ".join(str(error).split())
    # What the API's errors advise is about flags, of which a fleet has none.
    hint = "" if isinstance(error, ApiError) else error.hint
    return (f"{text} ({hint})" if hint else text)[:MAX_TEXT]


def describe_diagnostics(diagnostics: Sequence[Diagnostic]) -> str:
    """All that is wrong, or that holds a plan, in a line."""
    told = [one for one in diagnostics if one.severity is not Severity.WARNING] or diagnostics
    parts = (f"{one.where}: {one.what}" if one.where else one.what for one in told)
    return "; ".join(dict.fromkeys(" ".join(part.split()) for part in parts))[:MAX_TEXT]


def count_actions(plan: Plan) -> dict[str, int]:
    """How many servers each action happens to, without those of none."""
    return {name: number for name, number in plan.summary.items() if number}


def digest_steps(plan: Plan) -> str:
    """What stands for the changes of a plan: the same as long as the same would be sent."""
    import hashlib
    import json

    steps = [
        encode_step(step) | {"body": encode_value(step.body)}
        for stack in plan.stacks
        for step in stack.steps
    ]
    text = json.dumps(steps, sort_keys=True, default=str)
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
