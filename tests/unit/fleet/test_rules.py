"""The first rule that matches is that of a stack."""

from typing import Any

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.fleet.config.build import load_fleet
from ccloud_apply.fleet.model.config import FleetConfig, Rule
from ccloud_apply.fleet.rules import choose_rule, digest_rule
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.fleet.work.options import rule_of

RULES = (
    Rule(labels={"tier": "prod*"}, account="customer-*", mode="propose"),
    Rule(stack="web-*", mode="apply"),
    Rule(mode="report"),
)


def choose(account: str, stack: str, **labels: str) -> int:
    return choose_rule(RULES, account, stack, labels)[0]


def test_all_that_a_rule_names_has_to_match() -> None:
    assert choose("customer-a", "web-1", tier="production") == 0
    assert choose("customer-a", "web-1", tier="test") == 1
    assert choose("customer-a", "web-1") == 1
    assert choose("ours", "web-1", tier="production") == 1
    assert choose("ours", "db", tier="production") == 2


def test_case_counts_and_no_rule_means_a_report() -> None:
    assert choose("ours", "Web-1") == 2
    number, rule = choose_rule((), "a", "b", {})
    assert (number, rule.mode) == (-1, "report")


FILE = """\
accounts: {{a: {{endpoint: {endpoint}, token: {{env: X}}}}}}
sources: [{{folder: s}}]
rules: [{{mode: {mode}, {more}}}]
"""


def load(path: str = "fleet.yaml", **changes: str) -> FleetConfig:
    values = {"endpoint": "https://one.example/api", "mode": "apply", "more": "", **changes}
    config, found = load_fleet(FILE.format(**values).encode(), path=path)
    assert config is not None, found
    return config


def row(config: str) -> StackRow:
    values: dict[str, Any] = dict.fromkeys(StackRow.__dataclass_fields__)
    return StackRow(**{**values, "account": "a", "name": "web", "rule": 0, "config": config})


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "propose"},
        {"more": "allow: [create]"},
        {"more": "rehearse: true"},
        {"more": "window: {deny: [01:00/02:00]}"},
        {"more": "freeze: [{from: '2027-01-01'}]"},
        {"endpoint": "https://two.example/api"},
    ],
)
def test_a_worker_with_another_fleet_yaml_runs_nothing_by_it(changes: dict[str, str]) -> None:
    serve, worker = load(), load(**changes)
    with pytest.raises(UsageError, match="says something else of a/web"):
        rule_of(worker, row(digest_rule(serve, 0, "a")))


def test_the_same_file_at_another_place_is_the_same() -> None:
    window = {"more": "window: {deny: [01:00/02:00]}"}
    serve, worker = load("/etc/fleet.yaml", **window), load("/srv/fleet.yaml", **window)
    assert rule_of(worker, row(digest_rule(serve, 0, "a"))).mode == "apply"
