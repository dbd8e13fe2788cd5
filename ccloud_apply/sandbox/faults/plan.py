"""Chooses the faults of each request, by rules with conditions, counters and random draws.

Injecting them belongs to injector.py. The choice depends on the seed and the order of requests.
Only throttle depends on the time: it limits requests per minute.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, NamedTuple

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.sandbox.faults.check import check_data
from ccloud_apply.sandbox.faults.throttle import Throttle

ANSWERS = ("drop", "late", "status", "body", "redirect", "throttle")
"""Kinds that replace the answer. Of several that are due, only the first is injected."""

OTHERS = (
    "delay", "token_expires", "visibility_lag", "stuck_task", "failing_task", "task_status",
    "page_shift", "other_actor", "server_state", "tells", "lacks", "ignore",
)  # fmt: skip


class Occurrence(NamedTuple):
    """An injected fault: the request's number (from 1), its operation, the rule (from 0)."""

    call: int
    operation: str
    rule: int
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that is due. `settings` are as written; `seed` is for its own random draws."""

    kind: str
    settings: Mapping[str, Any]
    seed: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def value(self) -> Any:
        """The value of the kind's key."""
        return self.settings[self.kind]

    def describe(self) -> str:
        """The fault in a few words: `drop after`, `status 503`, `other_actor delete`."""
        value = self.value
        if isinstance(value, Mapping):
            value = value.get("action") or value.get("per_minute") or ", ".join(value)
        if isinstance(value, list):
            value = ", ".join(value)
        return self.kind if value is True else f"{self.kind} {value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The faults of one request. `headers` describe the rate limits that it passed."""

    answer: Fault | None
    others: tuple[Fault, ...]
    headers: Mapping[str, str]

    def of(self, kind: str) -> tuple[Fault, ...]:
        """Those of a kind, in the order of their rules."""
        return tuple(fault for fault in self.others if fault.kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    operation: str
    method: str | None
    when: Mapping[str, Any]
    kind: str
    settings: Mapping[str, Any]

    def matches(self, operation: str, method: str, page: int) -> bool:
        if self.kind == "page_shift" and page < 2:
            return False
        return self.method in (None, method) and fnmatchcase(operation, self.operation)

    def is_due(self, count: int, seed: str) -> bool:
        when = self.when
        if "nth" in when and not _is_nth(when["nth"], count):
            return False
        if not when.get("after", 0) < count <= when.get("until", count):
            return False
        return "probability" not in when or _draw(seed) < when["probability"]


class FaultPlan:
    """Rules with their counters. A plan is for one emulator and is not persisted."""

    def __init__(self, seed: str | int, rules: Sequence[_Rule]) -> None:
        self.seed = seed
        self.log: list[Occurrence] = []
        """Every injected fault, in order."""
        self.watch: Callable[[Occurrence], None] | None = None
        """Called with every injected fault."""
        self._rules = tuple(rules)
        self._counts = [0] * len(self._rules)
        self._calls = 0
        self._is_enabled = True
        self._throttles = {
            at: Throttle(per_minute=rule.settings["throttle"]["per_minute"])
            for at, rule in enumerate(self._rules)
            if rule.kind == "throttle"
        }

    @classmethod
    def from_data(cls, data: Any) -> "FaultPlan":
        """The plan that plain data describes. Raises FaultDataError."""
        check_data(data)
        return cls(data.get("seed", 0), [_read_rule(rule) for rule in data["rules"]])

    @property
    def is_enabled(self) -> bool:
        """Whether faults are still injected."""
        return self._is_enabled

    def disable(self) -> None:
        """Stops injecting faults; stuck tasks end.

        What has begun continues: a late request still arrives, a lag ends in its own time.
        """
        self._is_enabled = False

    def choose(self, operation: str, method: str, *, page: int, now: datetime) -> Choice:
        """The faults of a request. Every matching rule counts it, whether due or not."""
        self._calls += 1
        answer: Fault | None = None
        others: list[Fault] = []
        headers: dict[str, str] = {}
        for at, rule in enumerate(self._rules):
            if not rule.matches(operation, method, page):
                continue
            self._counts[at] += 1
            seed = f"{self.seed}/{at}/{operation}/{self._counts[at]}"
            if not rule.is_due(self._counts[at], seed):
                continue
            is_answer = rule.kind in ANSWERS
            if is_answer and answer is not None:
                continue
            told: Mapping[str, str] = {}
            if rule.kind == "throttle":
                may_pass, told = self._throttles[at].take(now)
                if may_pass:
                    headers |= told
                    continue
            fault = Fault(kind=rule.kind, settings=rule.settings, seed=seed, headers=told)
            self._note(Occurrence(self._calls, operation, at, fault.describe()))
            if is_answer:
                answer = fault
            else:
                others.append(fault)
        return Choice(answer=answer, others=tuple(others), headers=headers)

    def _note(self, occurrence: Occurrence) -> None:
        self.log.append(occurrence)
        if self.watch is not None:
            self.watch(occurrence)


def _read_rule(data: Mapping[str, Any]) -> _Rule:
    when, fault = data.get("when", "always"), data["fault"]
    # `body` beside `status` is a detail of it.
    kind = next(kind for kind in (*ANSWERS, *OTHERS) if kind in fault)
    return _Rule(
        operation=data.get("operation", "*"),
        method=data.get("method"),
        when={} if when == "always" else MappingProxyType(dict(when)),
        kind=kind,
        settings=MappingProxyType(dict(fault)),
    )


def _is_nth(nth: Any, count: int) -> bool:
    if isinstance(nth, Mapping):
        return bool(count % nth["every"] == 0)
    return count in nth if isinstance(nth, Sequence) else bool(count == nth)


def _draw(seed: str) -> float:
    """A number from 0 to 1, the same for the same seed on every machine."""
    digest = blake2b(seed.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
