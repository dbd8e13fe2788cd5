"""CCLOUD_LIMIT_...: what the platform takes, where it differs from what is known of it.

Apart from settings.py, because commands that need no account need this.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.errors import UsageError
from ccloud_apply.model.limits import DEFAULT_LIMITS, LIMIT_VARIABLES, MAX_LIMIT, Limits

_LIMIT_DIGITS = 7


def read_limits(environment: Mapping[str, str]) -> Limits:
    """What the platform takes: the defaults, and what CCLOUD_LIMIT_... says. Raises UsageError."""
    found: dict[str, Any] = {
        name: _read_limit(environment, name, variable)
        for name, variable in LIMIT_VARIABLES.items()
        if environment.get(variable)
    }
    return replace(DEFAULT_LIMITS, told=frozenset(found), **found)


def _read_limit(environment: Mapping[str, str], name: str, variable: str) -> Any:
    text = environment[variable].strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LIMIT_DIGITS
    try:
        if not is_number:
            raise ValueError
        number: dict[str, Any] = {name: int(text)}
        replace(DEFAULT_LIMITS, **number)
    except ValueError:
        least = 0 if name == "snapshot_pause_s" else 1
        raise UsageError(
            f"{variable} must be a whole number from {least} to {MAX_LIMIT:,}",
            hint="unset it for the default",
        ) from None
    return int(text)
