"""A write-ahead intent: what is recorded about a request before it leaves. Never a secret."""

import hashlib
import json
from typing import Any

from ccloud_apply.apply.once.outcome import Change
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference, Template
from ccloud_apply.model.journal import Intent
from ccloud_apply.model.results.plan import Step
from ccloud_apply.operations import OPERATIONS


@dataclass(slots=True, kw_only=True)
class RecordedIntent:
    """A change that is in the journal and may leave now.

    `attempts` counts how often it has left. `is_withheld`: another attempt was not allowed.
    """

    number: int
    change: Change
    attempts: int = 0
    is_withheld: bool = False

    @property
    def is_unsure(self) -> bool:
        """True if it may have happened before a further attempt was withheld.

        The client repeats an operation that adds something only if the platform has not seen it.
        """
        is_repeatable = OPERATIONS[self.change.operation_id].repeat == "absolute"
        return self.is_withheld and self.attempts > 0 and is_repeatable


def build_intent(
    step: Step, change: Change, *, closed_by: str | None, override_window: str = ""
) -> Intent:
    """The journal's record of a change. `closed_by` is the step that has to follow it,
    `override_window` why windows and freezes do not count."""
    return Intent(
        step=step.id,
        server=step.server,
        operation=step.operation,
        operation_id=step.operation_id,
        method=step.method,
        path=change.path,
        hostname=change.hostname,
        digest=digest_body(step.body),
        baseline=change.baseline,
        closed_by=closed_by,
        closes=step.closes,
        override_window=override_window or None,
    )


def digest_body(body: Any) -> str:
    """Of the request as planned: references count by their names, so that no secret is in it."""

    def plain(value: Any) -> Any:
        if isinstance(value, Reference):
            return {"$reference": [value.kind, value.name]}
        if isinstance(value, Template):
            secrets = [[name, plain(secret)] for name, secret in value.secrets]
            return {"$reference": ["template", value.name, *secrets]}
        return str(value)

    text = json.dumps(body, sort_keys=True, default=plain)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
