"""Which rule of fleet.yaml is that of a stack. Pure."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from ccloud_apply.fleet.model.config import FleetConfig, Rule


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


def find_rule(config: FleetConfig, number: int) -> Rule:
    """The rule of this number, as `choose_rule` gives it."""
    return config.rules[number] if 0 <= number < len(config.rules) else Rule()


def digest_rule(config: FleetConfig, number: int, account: str) -> str:
    """What stands for all that fleet.yaml says of how a stack with this rule is run, and where: a
    worker whose own file says something else must not run it."""
    import hashlib

    rule = find_rule(config, number)
    windows = [(sorted(w.classes), sorted(w.days), w.opens, w.closes, w.zone) for w in rule.windows]
    freezes = [(f.first, f.last, sorted(f.classes), f.zone) for f in rule.freezes]
    told = (
        *(rule.mode, rule.every_s, rule.is_rehearsed, windows, freezes),
        None if rule.allow is None else sorted(rule.allow),
        config.accounts[account].endpoint if account in config.accounts else None,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
