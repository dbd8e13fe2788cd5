"""Which rule of fleet.yaml is that of a stack. Pure."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from ccloud_apply.fleet.model.config import Rule


def choose_rule(
    rules: Sequence[Rule], account: str, stack: str, labels: Mapping[str, str]
) -> tuple[int, Rule]:
    """The first rule that matches, with its number; without any, the stack is reported."""
    for number, rule in enumerate(rules):
        if _matches(rule, account, stack, labels):
            return number, rule
    return -1, Rule()


def _matches(rule: Rule, account: str, stack: str, labels: Mapping[str, str]) -> bool:
    if rule.account is not None and not fnmatchcase(account, rule.account):
        return False
    if rule.stack is not None and not fnmatchcase(stack, rule.stack):
        return False
    return all(
        name in labels and fnmatchcase(labels[name], pattern)
        for name, pattern in rule.labels.items()
    )
