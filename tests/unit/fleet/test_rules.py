"""The first rule that matches is that of a stack."""

from ccloud_apply.fleet.model.config import Rule
from ccloud_apply.fleet.rules import choose_rule

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
