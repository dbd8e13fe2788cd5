"""All checks, found in the folders `catalogues` and `rules`, in the order of their codes."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping

from ccloud_apply.errors import UsageError
from ccloud_apply.plan.checks import catalogues, rules
from ccloud_apply.plan.checks.lib.base import Check

UNREAD = "CCA100"
"""The code of the warning that checks are not made because their catalogue cannot be read."""


def _find_checks() -> dict[str, Check]:
    found: list[Check] = []
    for folder in (catalogues, rules):
        for module in pkgutil.iter_modules(folder.__path__):
            imported = importlib.import_module(f"{folder.__name__}.{module.name}")
            found += [value for value in vars(imported).values() if isinstance(value, Check)]
    by_code = {check.code: check for check in sorted(found, key=lambda check: check.code)}
    if len(by_code) != len(found):
        raise TypeError("two checks have the same code")
    return by_code


CHECKS: Mapping[str, Check] = _find_checks()


def parse_codes(given: Iterable[str]) -> frozenset[str]:
    """The codes of `--no-checks`. Raises UsageError for one that cannot be left out."""
    codes = frozenset(given)
    free = (UNREAD, *(check.code for check in CHECKS.values() if not check.is_of_schema))
    for code in sorted(codes - {*free}):
        raise UsageError(
            f"--no-checks: {code} is a rule of the stack file's schema, which is always held"
            if code in CHECKS
            else f"--no-checks: there is no check {code}",
            hint=f"these can be left out: {', '.join(free)}",
        )
    return codes
