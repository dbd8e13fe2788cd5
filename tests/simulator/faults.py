"""What is drawn to go wrong: errors, lost answers, failing tasks, reads that are behind."""

import random
from collections.abc import Mapping
from typing import Any

Rule = Mapping[str, Any]

_READS = (
    {"drop": "before"},
    {"drop": "connect"},
    {"status": 502, "body": "html"},
    {"status": 500},
    {"status": 503, "retry_after": 3},
    {"status": 429, "retry_after": 7},
    {"status": 429},
    {"body": "truncated"},
    {"body": "garbage"},
    {"delay": 12},
    {"delay": 40},
    {"token_expires": True},
)
_WRITES = (
    {"drop": "before"},
    {"drop": "after"},
    {"drop": "after"},
    {"drop": "connect"},
    {"status": 500},
    {"status": 500, "acts": True},
    {"status": 502, "acts": True, "body": "html"},
    {"status": 504, "body": "html"},
    {"status": 409},
    {"status": 429, "retry_after": 9},
    {"body": "missing-task-id"},
    {"body": "garbage"},
    {"body": "empty"},
    {"delay": 45},
    {"token_expires": True},
    {"failing_task": "no capacity"},
    {"stuck_task": 90},
    {"stuck_task": 300},
    {"stuck_task": True},
)


def draw_rules(chance: random.Random) -> list[Rule]:
    """Rules of the emulator's fault plan."""
    rules: list[Rule] = []
    if chance.random() < 0.6:
        lag = {"visibility_lag": chance.randint(1, 15), "of": _draw_of(chance)}
        if lag["of"] == ["task"] or chance.random() < 0.3:
            lag["since"] = "request"
        operation = chance.choice(("create_server", "*"))
        rules += [
            {"operation": operation, "method": method, "fault": lag}
            for method in ("POST", "PUT", "DELETE")
        ]
    for _ in range(chance.randint(0, 3)):
        rules.append(
            {
                "method": "GET",
                "when": {"probability": chance.choice((0.02, 0.06, 0.15))},
                "fault": chance.choice(_READS),
            }
        )
    if chance.random() < 0.2:  # often, and nobody could tell it from an account without servers
        when = {"nth": chance.randint(1, 8)}
        empty = {"body": "empty-list"}
        rules.append({"operation": "list_servers", "when": when, "fault": empty})
    for _ in range(chance.randint(1, 4)):
        operation = chance.choice(("create_server", "create_server", "*", "*", "*disk*", "*state*"))
        fault: Mapping[str, Any] = chance.choice(_WRITES)
        if chance.random() < 0.25:
            fault = {"late": chance.randint(3, 60), "answer": chance.choice(("504", "drop"))}
        elif "failing_task" in fault:
            fault = {**fault, "leaves": chance.choice(("nothing", "server", "critical"))}
        rules += [
            {"operation": operation, "method": method, "when": {"probability": p}, "fault": fault}
            for p in (chance.choice((0.05, 0.15, 0.3)),)
            for method in (("POST",) if operation == "create_server" else ("POST", "PUT", "DELETE"))
        ]
    if chance.random() < 0.15:
        rules.append({"method": "GET", "fault": {"throttle": {"per_minute": 60}}})
    if chance.random() < 0.1:
        rules.append(
            {
                "operation": "list_tasks",
                "when": {"probability": 0.2},
                "fault": {"task_status": "queued"},
            }
        )
    return rules


def draw_lags(chance: random.Random) -> list[Rule]:
    """The list and the read of one server are behind, each for a time of its own: a little after
    any change, or longer after those that a server shows as a value. Drawn apart."""
    if chance.random() < 0.4:
        return []
    is_long = chance.random() < 0.5
    operations = ("resize_*", "redeploy_server") if is_long else ("*",)
    lags = [
        {"visibility_lag": chance.randint(1, 45 if is_long else 15), "of": [of]}
        for of in ("list", "detail")
        if chance.random() < 0.8
    ]
    return [
        {"operation": operation, "method": method, "fault": lag}
        for lag in lags
        for operation in operations
        for method in ("POST", "PUT", "DELETE")
    ]


def _draw_of(chance: random.Random) -> list[str]:
    return chance.choice((["server"], ["server"], ["tags"], ["server", "tags"], ["task"]))
